"""Between a configuration's data and the texts of its form. Nothing is lost on the way there and back.

- A value that its input cannot show is shown as YAML, under the field's name with `:yaml`.
- Keys that the schema does not know are shown as YAML, under the section's name with `:others`.
- A secret that stands in the file by mistake is never shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from plugin_spec import ConfigFault
from plugin_spec.errors import ConfigPath
from tiktok_destination.config.secrets import may_be_shown
from tiktok_destination.harness.form_shape import Alternatives, Field, Kind, Part, Section
from tiktok_destination.harness.yaml_text import fragment, written

AS_YAML: Final = ":yaml"
OTHERS: Final = ":others"
REFERENCE: Final = ":reference"
"""Of a credential's field: the text of a reference."""
NAMED_AFTER: Final = "+"
"""As a credential: one that is named after the destination."""
FROM_OUTSIDE: Final = "$"
"""As a credential: a reference, in the field beside it."""
TYPED: Final = ":typed"
"""Of a field with a list to choose from: a value that is typed instead."""

Texts = Mapping[str, str]


def texts_of(parts: tuple[Part, ...], data: Mapping[str, Any], others: str = OTHERS) -> dict[str, str]:
    """The form's texts for this data."""
    texts: dict[str, str] = {}
    for part in parts:
        value = data.get(str(part.path[-1]))
        if value is None:
            continue
        if isinstance(part, Field):
            texts.update(_field_texts(part, value))
        elif not isinstance(value, Mapping):
            texts[part.name + AS_YAML] = written(value)
        elif isinstance(part, Section):
            texts.update(texts_of(part.parts, value, part.name + OTHERS))
        else:
            texts.update(_alternative_texts(part, value))
    known = {part.path[-1] for part in parts}
    rest = {key: value for key, value in data.items() if key not in known}
    if rest:
        texts[others] = written(rest)
    return texts


def _field_texts(part: Field, value: Any) -> dict[str, str]:
    if part.kind is Kind.CREDENTIAL:
        return _credential_texts(part, value)
    if part.kind is Kind.SECRET:
        return {part.name: value} if may_be_shown(value) else {}
    if part.kind is Kind.BOOLEAN and isinstance(value, bool):
        return {part.name: "true" if value else "false"}
    if part.kind in (Kind.BOOLEAN, Kind.CHOICE) and isinstance(value, str) and value == value.strip() != "":
        return {part.name: value}  # also one that may not be chosen, so that somebody sees it
    if part.kind is Kind.NUMBER and isinstance(value, int | float) and not isinstance(value, bool):
        return {part.name: str(value)}
    if part.kind is Kind.CHOICE and value in part.options and not isinstance(value, bool):
        return {part.name: str(value)}
    if part.kind is Kind.TEXT and isinstance(value, str) and value and value == " ".join(value.split()):
        return {part.name: value}
    if part.kind is Kind.LINES and _one_to_a_line(value):
        return {part.name: "\n".join(value)}
    if part.kind is Kind.YAML:
        return {part.name: written(value)}
    return {part.name + AS_YAML: written(value)}


def _one_to_a_line(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, str) and [one] == one.split("\n") and one.strip() == one and one for one in value
    )


def _credential_texts(part: Field, value: Any) -> dict[str, str]:
    if isinstance(value, str):
        return {part.name: value}
    reference = value.get("access_token") if isinstance(value, Mapping) else None
    texts = {part.name: FROM_OUTSIDE}
    if may_be_shown(reference):
        texts[part.name + REFERENCE] = str(reference)
    return texts


def _alternative_texts(part: Alternatives, value: Mapping[str, Any]) -> dict[str, str]:
    word = value.get(part.key)
    rest = {key: member for key, member in value.items() if key != part.key}
    texts: dict[str, str] = {}
    for one in part.alternatives:
        if one.word == word:
            texts.update(texts_of(one.parts, rest, one.name + OTHERS))
        else:  # what it shares with the chosen one is there when somebody changes their mind
            shared = {key: rest[key] for key in rest if key in {it.path[-1] for it in one.parts}}
            texts.update(texts_of(one.parts, shared))
    if word in {one.word for one in part.alternatives}:
        texts[part.name] = str(word)
    else:
        texts[part.name + AS_YAML] = written(dict(value))
    return texts


@dataclass
class Filled:
    """What a form that came back says."""

    data: dict[str, Any] = field(default_factory=dict)
    faults: list[ConfigFault] = field(default_factory=list)
    """Of texts that are no YAML."""
    names: dict[ConfigPath, str] = field(default_factory=dict)
    """Where each property stands in the form."""

    def place(self, path: ConfigPath) -> str | None:
        """The name of the field (or section) that a fault belongs to, the nearest one above it."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.names:
                return self.names[path[:length]]
        return None


def filled(parts: tuple[Part, ...], texts: Texts) -> Filled:
    """The data that a form's texts stand for. A blank field is a property that is not there."""
    found = Filled()
    found.data = _section(parts, texts, found, (), OTHERS)
    return found


def _section(
    parts: tuple[Part, ...], texts: Texts, found: Filled, path: ConfigPath, others: str
) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for part in parts:
        found.names[part.path] = part.name
        value = _part_value(part, texts, found)
        if value is not None:
            data[str(part.path[-1])] = value
    rest = _yaml(texts.get(others, ""), path, found) if texts.get(others, "").strip() else None
    if isinstance(rest, Mapping):
        data.update({key: value for key, value in rest.items() if key not in data})
        found.names.update({(*path, key): others for key in rest if (*path, key) not in found.names})
    elif rest is not None:
        found.names[(*path, others)] = others
        found.faults.append(ConfigFault((*path, others), "is no section", "Write one key: value to a line"))
    return data


def _part_value(part: Part, texts: Texts, found: Filled) -> Any:
    as_yaml = texts.get(part.name + AS_YAML, "")
    if as_yaml.strip() and not (isinstance(part, Alternatives) and texts.get(part.name)):
        return _yaml(as_yaml, part.path, found)
    if isinstance(part, Field):
        return _field_value(part, texts, found)
    if isinstance(part, Section):
        value = _section(part.parts, texts, found, part.path, part.name + OTHERS)
        return value if value or part.required else None
    chosen = next((one for one in part.alternatives if one.word == texts.get(part.name)), None)
    found.names[(*part.path, part.key)] = part.name
    if chosen is None:
        return {} if part.required else None
    return {
        part.key: chosen.word,
        **_section(chosen.parts, texts, found, part.path, chosen.name + OTHERS),
    }


def _field_value(part: Field, texts: Texts, found: Filled) -> Any:
    text = texts.get(part.name + TYPED, "").strip() or texts.get(part.name, "").strip()
    if part.kind is Kind.CREDENTIAL:
        return _credential_value(part, text, texts)
    if not text:
        return None
    if part.kind is Kind.BOOLEAN:
        return {"true": True, "false": False}.get(text, text)
    if part.kind is Kind.CHOICE:
        return next((option for option in part.options if str(option) == text), text)
    if part.kind is Kind.LINES:
        return [line.strip() for line in text.splitlines() if line.strip()]
    if part.kind is Kind.YAML:
        return _yaml(texts[part.name], part.path, found)
    if part.kind is Kind.NUMBER:
        value, faults = fragment(text)
        return value if isinstance(value, int | float) and not faults else text
    return text


def _credential_value(part: Field, text: str, texts: Texts) -> Any:
    if text == NAMED_AFTER:
        return texts.get("name", "").strip() or None
    if text != FROM_OUTSIDE:
        return text or None
    reference = texts.get(part.name + REFERENCE, "").strip()
    return {"access_token": reference} if reference else {}


def _yaml(text: str, path: ConfigPath, found: Filled) -> Any:
    value, faults = fragment(text)
    found.faults += [ConfigFault((*path, *it.path), it.problem, it.remedy) for it in faults]
    return value
