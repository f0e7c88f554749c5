"""`credential` and `connect`: tokens by name, never shown; an owner is led to the consent page and back."""

import json
import socket
from urllib.parse import urlsplit

import pytest
from cli_testing import CONFIG, TOKEN, record

from tests.portal_walk import ADMIN, APP_ID, APP_SECRET, SHOP, Person

CANARY = "canary-4f1b9c2d7e8a6350ffee00112233445566778899"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def named_config(folder):
    path = folder / "shop.yaml"
    text = CONFIG.format(enabled="true", patience_s=900, pixel_code="C0PIXELCODE00000001A")
    path.write_text(
        text.replace("credential:\n  access_token: ${TIKTOK_ACCESS_TOKEN}", "credential: shop"),
        encoding="utf-8",
    )
    return path


def add(run, name, token, **options):
    return run("credential", "add", name, input=f"{token}\n", **options)


def test_a_token_is_kept_by_name_and_sent_with(run, named_config, events, emulator):
    assert add(run, "shop", TOKEN).exit_code == 0
    result = run("send", named_config, events(record(1)), "--json")
    assert json.loads(result.stdout)["outcomes"]["delivered"] == 1


def test_no_command_shows_a_token(run, folder):
    shown = add(run, "shop", CANARY).output
    shown += run("credential", "list").output + run("credential", "list", "--json").output
    shown += run("credential", "remove", "shop").output
    assert CANARY not in shown
    assert run("credential", "list", "--json").stdout.strip() == "[]"


def test_a_name_that_is_not_there_is_a_fault_that_does_not_repeat_it(run, named_config):
    result = run("validate", named_config)
    assert result.exit_code == 2
    assert "credential: no credential of this name is stored" in result.stderr


def test_a_token_written_where_a_name_belongs_is_never_repeated(run, folder, named_config):
    named_config.write_text(named_config.read_text().replace("credential: shop", f"credential: {CANARY}"))
    assert CANARY not in run("validate", named_config).output
    assert CANARY not in run("credential", "add", CANARY.upper()).output


@pytest.mark.parametrize("token", ["", "two words", "umlaut-ü"])
def test_what_is_no_token_is_refused(run, folder, token):
    result = add(run, "shop", token)
    assert result.exit_code == 2
    assert not token or token not in result.output


def test_with_a_key_it_is_sealed_and_needs_the_key(run, named_config):
    key = {"TIKTOK_DESTINATION_KEY": "a long key of more than twenty"}
    add(run, "shop", CANARY, env=key)
    assert CANARY not in (named_config.parent / ".tiktok-destination" / "credentials.json").read_text()
    assert run("validate", named_config, env=key).exit_code == 0
    without = run("validate", named_config)
    assert without.exit_code == 2
    assert "TIKTOK_DESTINATION_KEY" in without.stderr


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def connecting(spawn, folder, emulator, monkeypatch):
    """Starts `connect shop`, and gives the process and the page where it begins."""
    monkeypatch.setenv("TIKTOK_APP_SECRET", APP_SECRET)

    def start(*more):
        process = spawn("connect", "shop", "--no-browser", "--port", free_port(), *more, text=True)
        process.stdout.readline()
        return process, process.stdout.readline().split()[-1]

    return start


def consent_of(person, start_page):
    return person.session.get(start_page, allow_redirects=False, timeout=20).headers["Location"]


def test_an_owner_authorises_and_the_credential_sends(connecting, run, named_config, events, emulator):
    process, start_page = connecting("--app-id", APP_ID)
    person = Person()
    back = person.decide(consent_of(person, start_page), ADMIN, accounts=[SHOP])
    page = person.open(back)
    assert "Connected" in page.text
    assert "auth_code" not in page.url
    output, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    assert "Example Shop" in output
    assert "Report conversion events" in output
    assert (
        json.loads(run("send", named_config, events(record(1)), "--json").stdout)["outcomes"]["delivered"]
        == 1
    )
    listed = json.loads(run("credential", "list", "--json").stdout)
    assert [(one["name"], one["kind"]) for one in listed] == [("shop", "granted")]

    assert run("connect", "shop", "--revoke").exit_code == 0
    assert run("validate", named_config).exit_code == 2


def test_the_owner_may_refuse_and_nothing_is_kept(connecting, run):
    process, start_page = connecting("--app-id", APP_ID)
    person = Person()
    person.open(person.decide(consent_of(person, start_page), ADMIN, decision="refuse"))
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 3
    assert "refused" in errors
    assert run("credential", "list", "--json").stdout.strip() == "[]"


def test_another_browser_cannot_end_what_this_one_began(connecting, run):
    process, start_page = connecting("--app-id", APP_ID)
    mine, stranger = Person(), Person()
    back = mine.decide(consent_of(mine, start_page), ADMIN)
    assert "Not connected" in stranger.open(back).text
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 3
    assert "state_unknown" in errors
    assert run("credential", "list", "--json").stdout.strip() == "[]"


def test_a_way_back_with_a_forged_state_is_not_taken(connecting):
    process, start_page = connecting("--app-id", APP_ID)
    person = Person()
    consent_of(person, start_page)
    with socket.create_connection(("127.0.0.1", urlsplit(start_page).port), 20) as connection:
        connection.sendall(
            b"GET http://[ HTTP/1.1\r\nHost: %b\r\n\r\n" % urlsplit(start_page).netloc.encode()
        )
        assert connection.recv(1) == b""
    assert "Not connected" in person.open(f"{start_page}oauth/callback?state=forged&auth_code=x").text
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 3
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("app_id", "secret"), [("a b", "s"), ("", "s"), (APP_ID, "canary é"), (APP_ID, "canary\udcff")]
)
def test_what_is_no_app_is_told_before_anybody_authorises(run, folder, app_id, secret):
    env = {"TIKTOK_APP_SECRET": secret}
    result = run("connect", "shop", "--app-id", app_id, "--no-browser", "--port", free_port(), env=env)
    assert result.exit_code == 2
    assert "app" in result.stderr
    assert "canary" not in result.stderr
    assert result.stdout == ""


def test_authorising_again_replaces_the_token_with_the_same_app(connecting, run, folder):
    for more in (["--app-id", APP_ID], []):
        process, start_page = connecting(*more)
        person = Person()
        person.open(person.decide(consent_of(person, start_page), ADMIN))
        assert process.wait(30) == 0
    assert len(json.loads(run("credential", "list", "--json").stdout)) == 1


def test_a_store_that_cannot_keep_the_token_ends_it_before_anybody_authorises(run, folder):
    add(run, "other", CANARY, env={"TIKTOK_DESTINATION_KEY": "a long key of more than twenty"})
    for key in ("", "another long key of more than twenty"):
        env = {"TIKTOK_APP_SECRET": APP_SECRET, "TIKTOK_DESTINATION_KEY": key}
        result = run("connect", "shop", "--app-id", APP_ID, "--no-browser", "--port", free_port(), env=env)
        assert result.exit_code == 2
        assert "TIKTOK_DESTINATION_KEY" in result.stderr
        assert result.stdout == ""


def test_a_new_secret_of_the_app_takes_the_place_of_the_one_that_is_kept(connecting, run, monkeypatch):
    for secret, exit_code in (("of-old", 3), (APP_SECRET, 0), ("of-old", 3)):
        monkeypatch.setenv("TIKTOK_APP_SECRET", secret)
        process, start_page = connecting("--app-id", APP_ID)
        person = Person()
        person.open(person.decide(consent_of(person, start_page), ADMIN))
        assert process.wait(30) == exit_code


def test_a_store_that_breaks_on_the_way_sends_the_browser_to_the_terminal(connecting, folder):
    process, start_page = connecting("--app-id", APP_ID)
    person = Person()
    back = person.decide(consent_of(person, start_page), ADMIN)
    broken = folder / ".tiktok-destination" / "credentials.json"
    broken.touch(mode=0o600)
    assert "The terminal says" in person.open(back).text
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "is damaged" in errors


def test_a_page_under_another_name_is_not_served(connecting):
    process, start_page = connecting("--app-id", APP_ID)
    answer = Person().session.get(
        start_page, headers={"Host": "evil.example"}, allow_redirects=False, timeout=20
    )
    assert answer.status_code == 421
    process.terminate()
    assert process.wait(30) == 4


def test_without_app_or_secret_it_says_what_is_needed(run, folder, emulator):
    assert "--app-id" in run("connect", "shop", "--no-browser").stderr
    result = run("connect", "shop", "--app-id", "7", "--no-browser", env={"TIKTOK_APP_SECRET": ""})
    assert "TIKTOK_APP_SECRET" in result.stderr


def test_only_what_was_granted_can_be_revoked(run, folder):
    add(run, "shop", CANARY)
    result = run("connect", "shop", "--revoke")
    assert result.exit_code == 2
    assert "nothing to revoke" in result.stderr
