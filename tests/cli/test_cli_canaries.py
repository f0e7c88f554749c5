"""Canary values go through every command; none comes out in the raw."""

import logging
import time

import pytest
from cli_testing import record

EMAIL, PHONE, FIRST_NAME, LAST_NAME = "canary.7731@leak.example", "+447700900731", "Canarina", "Leakworth"
ZIP_CODE, TOKEN = "ZZ9 7QX", "canary-token-77317731"
CANARIES = (
    EMAIL,
    EMAIL.upper(),
    EMAIL.replace("@", "%40"),
    "900-731",
    PHONE,
    PHONE.removeprefix("+44"),
    FIRST_NAME,
    LAST_NAME,
    ZIP_CODE,
    TOKEN,
)


def personal(number, **changes):
    traits = {
        "email": EMAIL.upper(),
        "phone": PHONE,
        "first_name": FIRST_NAME,
        "last_name": LAST_NAME,
        "address": {"postal_code": ZIP_CODE},
    }
    context = {"page": {"url": "https://shop.example/"}, "traits": traits}
    return record(number, **{"context": context, **changes})


@pytest.fixture
def source(events):
    return events(
        personal(1),
        personal(2, timestamp=EMAIL),
        personal(3, event=f"{EMAIL} signed in"),
        personal(4, event=f"Call {PHONE}"),
        personal(5, messageId=EMAIL),
        personal(11, event="Call +44 (0)7700 900-731"),
        personal(12, event=f"From {EMAIL.replace('@', '%40')}"),
        personal(6, timestamp=time.time() + 9e6),
        personal(7, userId=EMAIL, properties={"currency": EMAIL, "value": PHONE, "order_id": 5}),
        personal(8, type=EMAIL),
        f'{{"context": {{"traits": {{"email": "{EMAIL}"',
        f'"{EMAIL}"',
    )


def assert_clean(*texts):
    for text in texts:
        for canary in CANARIES:
            assert canary not in text


def test_sending_shows_no_canary(run, emulator, config, source, caplog):
    caplog.set_level(logging.DEBUG)
    outcomes = source.with_suffix(".outcomes")
    emulator.admin("poison", {"event_ids": ["id-1"]})
    for options in ([], ["--json"]):
        result = run("send", config(), source, "--outcomes", outcomes, *options)
        assert result.exit_code == 3
        assert_clean(result.stdout, result.stderr, outcomes.read_text(encoding="utf-8"), caplog.text)


def test_a_token_that_is_refused_is_not_shown(run, emulator, config, source, caplog):
    caplog.set_level(logging.DEBUG)
    result = run("send", config(), source, env={"TIKTOK_ACCESS_TOKEN": TOKEN})
    assert result.exit_code == 4
    assert_clean(result.output, caplog.text)


def test_preview_holds_hashes_only(run, config, source):
    result = run("preview", config(), source)
    without_the_id = "\n".join(line for line in result.stdout.splitlines() if '"record":5,' not in line)
    assert_clean(without_the_id, result.stderr)


def test_explain_shows_what_is_sent_and_not_what_was_read(run, config, source):
    for number in (1, 2, 3, 4, 6, 7, 8, 9, 10):
        assert_clean(run("explain", config(), source, "--record", number).output)


def test_a_configuration_with_personal_data_in_it_is_not_repeated(run, config, source):
    path = config()
    text = path.read_text(encoding="utf-8")
    for fault in (
        f"  {EMAIL}: x\n",
        f"  preset: {TOKEN}\n",
        f"  naming: {EMAIL}\n",
    ):
        path.write_text(text + fault, encoding="utf-8")
        result = run("validate", path)
        assert result.exit_code == 2
        assert_clean(result.output)


def test_a_token_in_the_file_is_not_repeated(run, config):
    path = config()
    text = path.read_text(encoding="utf-8").replace("${TIKTOK_ACCESS_TOKEN}", TOKEN)
    path.write_text(text, encoding="utf-8")
    result = run("validate", path)
    assert result.exit_code == 2
    assert_clean(result.output)


def test_control_characters_of_a_record_never_reach_the_terminal(run, config, events):
    result = run("preview", config(), events(record(1, "Buy\x1b[31m\r\nforged line")))
    assert "\x1b" not in result.output
    assert "Buy[31mforged line" in result.stderr
