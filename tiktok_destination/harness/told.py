"""How codes become sentences: by what the destination says of itself, and nothing else."""

from __future__ import annotations

from plugin_spec import About, ConfigFault, Denied
from plugin_spec.errors import show_path


def meaning(about: About, code: str) -> str:
    """What a code means and what to do about it."""
    known = about.codes.get(code)
    if known is None:
        return f"Code {code}."
    return " ".join(_sentence(words) for words in (known.meaning, known.remedy) if words)


def denial(about: About, denied: Denied) -> str:
    """Why the receiver would not."""
    request = f" (request {denied.request_id})" if denied.request_id else ""
    return f"{denied.code}: {meaning(about, denied.code)}{request}"


def beside(fault: ConfigFault, shown_at: int) -> str:
    """A fault, as it stands beside the field for the first `shown_at` steps of its path."""
    below = fault.path[shown_at:]
    subject = f"{show_path(below)}: " if below else ""
    said = " ".join(_sentence(words) for words in (fault.problem, fault.remedy) if words)
    return f"{subject}{said}" if subject else said[:1].upper() + said[1:]


def _sentence(words: str) -> str:
    words = words.strip()
    return words if words.endswith((".", "?", "!")) else f"{words}."
