"""Secrets: from outside the file, only where they belong, and never in a message."""

import pytest
from configs import HEAD, TOKEN, WEB, faults_of, loaded


def with_token(written):
    return WEB.replace('"${TOKEN}"', written)


def test_a_token_comes_from_the_environment(tmp_path):
    assert loaded(tmp_path, WEB).credential.access_token == TOKEN


def test_a_token_comes_from_a_file_beside_the_configuration(tmp_path):
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "token").write_bytes(TOKEN.encode() + b"\r\n")
    config = loaded(tmp_path, with_token("'${file:secrets/token}'"), environ={})
    assert config.credential.access_token == TOKEN


def test_a_file_may_be_named_by_its_full_path(tmp_path):
    (tmp_path / "token").write_text(TOKEN)
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    config = loaded(folder, with_token(f'"${{file:{tmp_path}/token}}"'), environ={})
    assert config.credential.access_token == TOKEN


def test_neither_the_configuration_nor_its_credential_shows_the_token(tmp_path):
    config = loaded(tmp_path, WEB)
    assert TOKEN not in repr(config)
    assert TOKEN not in repr(config.document.data)


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "the environment variable TOKEN is not set"),
        ({"TOKEN": ""}, "the environment variable TOKEN is empty"),
        ({"TOKEN": "\n"}, "the environment variable TOKEN is empty"),
        ({"TOKEN": f"{TOKEN} {TOKEN}"}, "the environment variable TOKEN holds something that no token has"),
        (
            {"TOKEN": f"{TOKEN}\r\nX-Other: 1"},
            "the environment variable TOKEN holds something that no token has",
        ),
        ({"TOKEN": f" {TOKEN}"}, "the environment variable TOKEN holds something that no token has"),
        ({"TOKEN": f"{TOKEN}\x00"}, "the environment variable TOKEN holds something that no token has"),
        ({"TOKEN": f"{TOKEN}é"}, "the environment variable TOKEN holds something that no token has"),
    ],
)
def test_an_unusable_variable_is_named_and_its_value_is_not(tmp_path, environ, expected):
    (line,) = faults_of(tmp_path, WEB, environ=environ)
    assert line.startswith(f"shop.yaml:4:28: credential.access_token: {expected}")
    assert TOKEN not in line


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "cannot be read"),
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"\xff\xfe" + TOKEN.encode(), "holds something that no token has"),
        (TOKEN.encode() + b"\n" + TOKEN.encode(), "holds something that no token has"),
        (b"x" * 20_000, "cannot be read"),
    ],
)
def test_an_unusable_file_is_a_fault_that_shows_nothing_of_it(tmp_path, content, expected):
    if content is not None:
        (tmp_path / "token").write_bytes(content)
    (line,) = faults_of(tmp_path, with_token("'${file:token}'"))
    assert f"credential.access_token: the file that ${{file:…}} names {expected}" in line
    assert TOKEN not in line


def test_a_directory_in_place_of_the_file_is_a_fault(tmp_path):
    assert "cannot be read" in faults_of(tmp_path, with_token("'${file:.}'"))[0]


@pytest.mark.parametrize(
    "written",
    [
        TOKEN,
        f"'{TOKEN}'",
        "'${TOKEN} '",
        "'x${TOKEN}'",
        "'$TOKEN'",
        "'$${TOKEN}'",
        "'${TOKEN:-x}'",
        "'${file:}'",
        "'${1A}'",
        "''",
    ],
)
def test_a_token_in_the_file_is_refused_and_not_shown(tmp_path, written):
    (line,) = faults_of(tmp_path, with_token(written))
    assert line == (
        "shop.yaml:4:28: credential.access_token: a token does not belong in a configuration file."
        " Write ${NAME} or ${file:PATH}."
    )


def test_a_token_between_the_braces_of_a_variable_is_not_shown(tmp_path):
    mistaken = "a94a8fe5ccb19ba61c4c0873d391e987982fbbd3"
    for written in (mistaken, mistaken.upper()):
        (line,) = faults_of(tmp_path, with_token(f"'${{{written}}}'"))
        assert "the environment variable that ${…} names is not set" in line
        assert written not in line


@pytest.mark.parametrize(
    "credential",
    [
        TOKEN,
        f"[{TOKEN}]",
        f"{{{TOKEN}: x}}",
        f"{{{TOKEN}}}",
        f"{{access_token: [{TOKEN}]}}",
        "{hunter2: x}",
        "{access_token: 12345678}",
    ],
)
def test_whatever_stands_under_credential_is_never_shown(tmp_path, credential):
    lines = faults_of(tmp_path, WEB.replace('{access_token: "${TOKEN}"}', credential))
    assert lines
    assert all(shown not in line for line in lines for shown in (TOKEN, "12345678", "hunter2"))


def test_a_token_that_yaml_reads_as_a_number_is_asked_for_elsewhere(tmp_path):
    (line,) = faults_of(tmp_path, with_token("12345678"))
    assert line.endswith(
        "is a number, not text. Write ${NAME} for an environment variable or ${file:PATH} for a file."
    )


def test_a_refresh_token_is_told_what_tiktok_has_instead(tmp_path):
    lines = faults_of(tmp_path, WEB.replace("access_token:", "Refresh token:"))
    assert any("long-lived access token" in line and "authorise again" in line for line in lines)


def test_text_with_a_dollar_elsewhere_is_plain_text(tmp_path):
    for written in ("$5 off", "${A} and more", "$${A}", "${file:}", "${a-b}", "$"):
        text = f"{WEB}mapping: {{fields: {{properties.description: {{const: '{written}'}}}}}}\n"
        fields = loaded(tmp_path, text).plugin["mapping"]["fields"]
        assert fields["properties.description"]["const"] == written


def test_a_reference_elsewhere_is_a_fault_and_is_not_followed(tmp_path):
    text = HEAD + "settings: {event_source: web, pixel_code: '${TOKEN}'}\n"
    (line,) = faults_of(tmp_path, text)
    assert "settings.pixel_code: ${…} is read in credentials alone, not here" in line
    assert TOKEN not in line
