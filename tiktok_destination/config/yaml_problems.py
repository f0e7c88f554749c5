"""YAML's syntax errors in words that say what to do. The parser's own text may quote the file, so none of it is kept."""

from __future__ import annotations

import yaml

UNREADABLE = "this cannot be read as YAML"

# How the parser's problem begins → what is wrong, what to do (PyYAML 6.0). The first row that fits is taken.
_PROBLEMS: tuple[tuple[str, str, str], ...] = (
    ("found character '\\t'", "a tab stands where YAML allows spaces alone", "Indent with spaces"),
    ("found character '\t'", "a tab stands where YAML allows spaces alone", "Indent with spaces"),
    ("found character", "no plain value begins with this character", "Put the value in quotes"),
    (
        "mapping values are not allowed",
        "a colon stands where none can",
        'Indent the line as its neighbours, put a space after each colon, or put text that holds ": " in quotes',
    ),
    (
        "could not find expected ':'",
        "a key stands without its colon",
        "Write key: value, with a space after the colon",
    ),
    ("found unexpected end of stream", "a quote is opened and not closed", "Close it"),
    ("found unknown escape", "a backslash in double quotes is no escape", "Use single quotes"),
    ("expected escape sequence", "a backslash in double quotes is no escape", "Use single quotes"),
    ("expected ',' or", "a bracket is opened and not closed, or a comma is missing", "Close the bracket"),
    (
        "expected <block end>",
        "the indentation does not fit the lines above",
        "Begin the lines of a section alike",
    ),
    (
        "expected '<document start>'",
        "nothing can follow here",
        "Check quotes, brackets and indentation above",
    ),
    ("did not find expected", "the indentation or a bracket does not fit", "Check the line above too"),
)


def explain(error: yaml.YAMLError, text: str) -> tuple[int, int, str, str]:
    """Line and column from 1 (0 where unknown), what is wrong, what to do."""
    if isinstance(error, yaml.reader.ReaderError):
        before = text[: error.position]
        line = before.count("\n") + 1
        column = len(before) - (before.rfind("\n") + 1) + 1
        return (
            line,
            column,
            "the file holds a control character",
            "Remove it, or write it as an escape in quotes",
        )
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    raw = getattr(error, "problem", None) or ""
    if mark and text[: mark.index + 1].endswith("${"):
        return line, column, "a ${NAME} between brackets needs quotes", 'Write "${NAME}"'
    if mark and raw.startswith("expected ',' or") and _is_path_with_bracket(text, mark.index):
        return (
            line,
            column,
            "a path that holds a bracket needs quotes here",
            'Write it as "products[0].price"',
        )
    for beginning, problem, remedy in _PROBLEMS:
        if raw.startswith(beginning):
            return line, column, problem, remedy
    return line, column, UNREADABLE, "Check quotes, brackets and indentation"


def _is_path_with_bracket(text: str, index: int) -> bool:
    """Between brackets and braces, `[` ends plain text; directly behind a word it was meant as part of a path."""
    return text[index : index + 1] == "[" and text[index - 1 : index].isalnum()
