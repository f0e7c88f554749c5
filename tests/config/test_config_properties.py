"""Whatever stands in the file: a configuration or a ConfigError, and no secret in any message."""

import json
from pathlib import Path

import pytest
from configs import OFFLINE, TOKEN, schema_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_config_loading import EXAMPLE

from plugin_spec import ConfigError
from tiktok_destination.config import LoadedConfig, document, load, render

LITERAL = "a94a8fe5ccb19ba61c4c0873d391e987982fbbd3"
TEXTS = [EXAMPLE, OFFLINE, EXAMPLE.replace("${TOKEN}", LITERAL), OFFLINE.replace("${TOKEN}", LITERAL)]
PIECES = ["", "\n", " ", "  ", ":", ": ", "- ", "{", "}", "[", "]", ",", "&a ", "*a", "!", "'", '"', "#", "|", ">", "?", "<<",
          "null", "1", "-", "\t", "\\", "%", "@", "é", "\u2028", "\x00", "---\n", "${", "$", "~"]  # fmt: skip


@st.composite
def mutated(draw):
    """A configuration with a few lines, words or marks cut out, doubled or put in."""
    text = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        end = draw(st.sampled_from([at, at, at + 1, at + 5, text.find("\n", at)]))
        if (
            LITERAL in text
            and text.find(LITERAL) - 1 < max(at, end)
            and at < text.find(LITERAL) + len(LITERAL)
        ):
            at = end = draw(st.sampled_from([text.find(LITERAL), text.find(LITERAL) + len(LITERAL)]))
        text = text[:at] + draw(st.sampled_from(PIECES)) + text[max(at, end) :]
    return text


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("config")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=mutated())
def test_a_mutated_file_gives_a_configuration_or_a_config_error_and_shows_no_secret(folder, text):
    file = folder / "shop.yaml"
    file.write_bytes(text.encode("utf-8"))
    try:
        config = load(file, environ={"TOKEN": TOKEN}, plugin_schema=schema_of)
    except ConfigError as error:
        shown = [*render(file, None, error.faults), str(error), repr(error.faults)]
    else:
        assert isinstance(config, LoadedConfig)
        shown = [*config.warnings, repr(config)]
    for words in shown:
        assert words.isprintable()
        assert TOKEN not in words
        assert LITERAL not in words


@settings(max_examples=150, deadline=None)
@given(text=st.text(alphabet=st.sampled_from("ab1.:-{}[],&*!|>'\"#%@`?\\ \n\t~<$"), max_size=40))
def test_any_text_is_read_or_refused(text):
    try:
        read = document.parse(text, Path("x.yaml"))
    except ConfigError:
        return
    assert isinstance(read.data, dict)


@settings(max_examples=150, deadline=None)
@given(
    data=st.recursive(
        st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(alphabet="abNO01:-.~ ", max_size=6),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc:NO ", min_size=1, max_size=4), inner, max_size=3),
        max_leaves=12,
    )
)  # fmt: skip
def test_json_reads_as_the_same_data(data):

    assert document.parse(json.dumps({"a": data}), Path("x.yaml")).data == {"a": data}
