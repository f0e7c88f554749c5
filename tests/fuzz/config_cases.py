"""Cases of configurations: a mutated YAML file is loaded and compiled; what can be used prepares a few sample records."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import yaml
from jsonschema import Draft202012Validator

from plugin_spec import ConfigError, ConfigFault, Plan
from tests.fuzz import damage, record_cases, values
from tests.fuzz.bench import Bench
from tests.fuzz.entry_checks import expect
from tests.fuzz.mutation import mutated
from tests.fuzz.samples import TOKEN, Environment, Sample, chosen
from tiktok_destination.config import LoadedConfig, load, render

_REFERENCE = "${TIKTOK_ACCESS_TOKEN}"
_LITERAL = "9d1f6c0be7a24f53a94a8fe5ccb19ba61c4c0873"
"""A token that somebody wrote into the file itself; it may stand in no message either."""

_SCALARS = (
    "", "~", "null", "true", "no", "on", "0", "-1", "1e999", "0x1F", "012", "1_000", ".inf", ".nan", "2026-01-01", "12:30:00", "9" * 50, "1" * 5_000,
    "''", '""', '"', "'", "[]", "{}", "[", "{", "]", "}", "[[[]]]", "{a: 1}", "{a: {b: [1, {c: 2}]}}", "[a, b]", "- x", "&a x", "*a", "&a", "!!python/object:os.system x",
    "!!binary aGk=", "!x y", "<<", "? x", "| ", ">", "|2-\n  x", "%YAML 1.1", "@x", "`x`", "${X}", "${UNSET}", "${file:/dev/null}", "${file:nowhere}", "${TOKEN}", "$", "#", "a: b", "a:b",
    '"\\ud800"', '"\\x00"', '"\\u202e"', '"\\q"', '"\\UFFFFFFFF"', '"\\U00110000"', '"\\xZZ"', "!<%FF>", "!%ZZ", "|99999999999", "!a%C3%28 x", "\u2028", "\x85", "é", "\U0001f600", "\ufeff", "a" * 3_000, "web", "offline", "app", "crm", "segment", "amperity",
    "products[0].price", "a..b", 'a."b', "{const: 1}", "{query: x, of: a}", "{path: a, gt: x}", "[{event: Lead}, {event: Lead}]", "{event: Lead, value: -1}", "Purchase", "[null]",
)  # fmt: skip
_LINES = (
    "---", "...", "%TAG ! x", "\t", "  - x", "? [a]: b", "<<: *a", "<<: {a: 1}", "a: &a [*a]", "? a", ": b", "- - - -", "version: 1", "version: 2", "enabled: no", "enabled: false",
    "delivery: {patience_s: 0}", "delivery: {in_flight: 99}", "mapping: null", "settings:", "name: a/b", "{", "'", '"', "|", "# x", "true: 1", "1: x", "null: x", "~: ~", '"": x', "x:\x00y",
)  # fmt: skip
_DIRECTIVES = (
    "%YAML 1.1",
    "%YAML 1",
    "%YAML 2.0",
    "%YAML 1.x",
    f"%YAML 1.{'9' * 5_000}",
    "%TAG ! a:b",
    "%TAG x",
    "%TAG !e! tag:%FF",
    "%X y",
    "%",
)
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_OF_THE_FILE = (": the file holds no settings", ": the file is larger than")
"""Faults that stand in no line."""
_PLACE = re.compile(r":(\d+):(\d+): ")


def run(seed: int, bench: Bench) -> Counter[str]:
    """Load and compile the file of this seed. Raises BreachError, and whatever the loader raises."""
    rng = Random(f"configs:{seed}")
    sample = chosen(seed, bench.samples)
    content = file_of(rng, sample, bench)
    path = bench.folder / "fuzzed.yaml"
    path.write_bytes(content)
    with _schema_checked_already():
        result, plan = _result(path, content, bench)
    counted = Counter({"files": 1, f"file {result}": 1})
    if plan is not None and rng.random() < 0.5:
        records = record_cases.batch(rng, sample, bench.targets)[:8]
        entries = record_cases.check(rng, plan, records, record_cases.NOW, bench)
        counted["records prepared by changed files"] += entries["entry prepared"]
    return counted


def file_of(rng: Random, sample: Sample, bench: Bench) -> bytes:
    """The sample's file, changed."""
    draw = rng.random()
    if draw < 0.45:
        text = _changed_lines(rng, sample.text)
    elif draw < 0.85:
        text = _changed_data(rng, sample, bench)
    elif draw < 0.87:
        text = _enormous(rng, sample.text)
    else:
        content = sample.text.encode()
        other = rng.choice(bench.samples).text.encode()
        return damage.damaged(rng, content, other) if draw < 0.97 else damage.reencoded(rng, content)
    if rng.random() < 0.02:
        text = f"{rng.choice(_DIRECTIVES)}\n---\n{text}"
    if rng.random() < 0.15:
        text = text.replace(_REFERENCE, _LITERAL)
    return text.encode("utf-8", "surrogatepass")


def _result(path: Path, content: bytes, bench: Bench) -> tuple[str, Plan | None]:
    try:
        config = load(path, environ=Environment(), plugin_schema=bench.plugin_schema)
    except ConfigError as error:
        _check_faults(path, content, error, render(path, None, error.faults))
        return "refused by load", None
    expect(isinstance(config, LoadedConfig), "load gives a configuration")
    _check_silence([*config.warnings, repr(config)])
    try:
        plan = bench.known.compile(config.plugin)
        bench.known.field_rules(config.plugin)
    except ConfigError as error:
        _check_faults(path, content, error, config.locate(error.faults))
        return "refused by compile", None
    return "good", plan


def _check_faults(path: Path, content: bytes, error: ConfigError, lines: Sequence[str]) -> None:
    expect(error.faults and isinstance(error.faults, tuple), "an error has faults")
    expect(len(lines) == len(error.faults), "each fault is one line")
    last = max(1, len(content.decode("utf-8", "replace").splitlines()) + 1)
    for fault in error.faults:
        expect(isinstance(fault, ConfigFault) and fault.problem.strip(), "a fault says what is wrong")
    for line in lines:
        expect(line.isprintable(), "a message is one printable line")
        said = line.removeprefix(str(path))
        if said.startswith(_OF_THE_FILE):
            continue
        place = _PLACE.match(said)
        expect(
            place and 1 <= int(place[1]) <= last and int(place[2]) >= 1,
            f"a message names a line of the file:{said}",
        )
    _check_silence([*lines, str(error), repr(error.faults)])


def _check_silence(told: Sequence[str]) -> None:
    for words in told:
        expect(TOKEN not in words and _LITERAL not in words, "no message holds a token")


def _schema_checked_already() -> Any:
    """The plugin's schema is the same for every file, and checking it again would be most of the work."""
    return mock.patch.object(Draft202012Validator, "check_schema")


def _changed_lines(rng: Random, text: str) -> str:
    lines = text.split("\n")
    for _ in range(rng.choice((1, 1, 1, 2, 2, 4, 8))):
        _change_line(rng, lines)
    return "\n".join(lines)


def _change_line(rng: Random, lines: list[str]) -> None:
    at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    line = lines[at]
    indent = line[: len(line) - len(line.lstrip())]
    key, colon, value = line.partition(": ")
    draw = rng.random()
    if draw < 0.30:
        lines[at] = f"{key}: {rng.choice(_SCALARS)}"
    elif draw < 0.36:
        lines[at] = f"{key}: {lines[other].partition(': ')[2]}"
    elif draw < 0.42:
        lines[at] = f"{indent}{lines[other].strip().partition(':')[0]}{colon or ':'}{value}"
    elif draw < 0.48:
        lines[at] = (
            f"{indent}{rng.choice((key.strip() + 's', key.strip()[:-1], 'x', 'event', 'token'))}{colon or ':'}{value}"
        )
    elif draw < 0.56:
        del lines[at]
        lines.append("")
    elif draw < 0.63:
        lines.insert(other, line)
    elif draw < 0.68:
        lines[at], lines[other] = lines[other], line
    elif draw < 0.78:
        lines[at] = rng.choice(
            ("  " + line, line[1:], line[2:], "\t" + line, line.lstrip(), " " * 40 + line, "- " + line)
        )
    elif draw < 0.92:
        lines.insert(at, indent + rng.choice(_LINES))
    else:
        at_char = rng.randrange(len(line) + 1)
        lines[at] = line[:at_char] + rng.choice(_SCALARS) + line[at_char + rng.choice((0, 0, 1, 3)) :]


def _changed_data(rng: Random, sample: Sample, bench: Bench) -> str:
    """Good YAML with other data in it, written as JSON or in blocks."""
    words = _schema_words(bench.schema)

    def palette(source: Random) -> Any:
        draw = source.random()
        if draw < 0.5:
            return source.choice(words)
        if draw < 0.6:
            return {str(source.choice(words))[:200]: source.choice(words)}
        return source.choice(words) if draw < 0.7 else values.json_value(source)

    data = yaml.load(sample.text, _LOADER)
    draw = rng.random()
    if draw < 0.4:
        data = mutated(rng, data, palette, rng.choice((1, 1, 2, 4)))
    elif draw < 0.6:
        section = rng.choice([key for key, value in data.items() if isinstance(value, dict)])
        data[section] = {**data[section], str(rng.choice(words))[:200]: palette(rng)}
    else:
        mapping = dict(data.get("mapping") or {})
        data["mapping"] = mapping
        for _ in range(rng.choice((1, 1, 3))):
            key, rules = _likely_rules(rng, sample, bench, words)
            mapping[key] = {**(mapping.get(key) or {}), **rules}
    try:
        if rng.random() < 0.2:
            return yaml.safe_dump(data, allow_unicode=True, sort_keys=False)
        return json.dumps(data, indent=rng.choice((None, 1)), ensure_ascii=False)
    except (ValueError, RecursionError, yaml.YAMLError):
        return sample.text


def _likely_rules(
    rng: Random, sample: Sample, bench: Bench, words: Sequence[Any]
) -> tuple[str, dict[str, Any]]:
    """Rules as somebody might write them: mostly of the right shape, not always of the right sense."""
    path, other = (rng.choice(sample.paths).text for _ in range(2))
    if rng.random() < 0.6:
        rule = rng.choice((
            path, [path, other], None, {"const": rng.choice(words)}, {"const": values.json_value(rng)}, {"query": "ttclid", "of": path},
            {"from": path, "transform": rng.choice(("string", "number", "integer", "boolean", "lower", "upper", "trim", "split", "x"))},
        ))  # fmt: skip
        return "fields", {rng.choice(bench.targets): rule}
    test = rng.choice(
        (
            {"exists": True},
            {"equals": values.json_value(rng)},
            {"in": ["a", 1]},
            {"contains": "a"},
            {"gt": 1},
            {"lt": "x"},
        )
    )
    when: dict[str, Any] = {"path": path, **test}
    when = rng.choice((when, {"not": when}, {"all": [when, when]}, {"any": [{"not": {"not": when}}]}))
    one = {"event": rng.choice(("Purchase", "Lead", "lead ", "Subscribe", rng.choice(words))), "when": when}
    target = rng.choice(
        (
            None,
            "Lead",
            one,
            [one],
            [one, {"event": "Contact", "value": 5, "currency": "EUR"}],
            {**one, "value": rng.choice((1, -1, "x"))},
        )
    )
    return "events", {
        rng.choice(("Order Completed", "X", "Lead", "page", str(rng.choice(words))[:60])): target
    }


_words: list[Any] = []


def _schema_words(schema: Mapping[str, Any]) -> Sequence[Any]:
    """What the schema itself speaks of: keys, allowed values, examples."""
    if not _words:
        _words.extend(_told(schema))
    return _words


def _told(part: Any) -> Iterator[Any]:
    if isinstance(part, list):
        for member in part:
            yield from _told(member)
    if not isinstance(part, dict):
        return
    for key, member in part.items():
        if key in ("enum", "examples"):
            yield from member
        elif key in ("const", "default"):
            yield member
        else:
            if key == "properties":
                yield from member
            yield from _told(member)


def _enormous(rng: Random, text: str) -> str:
    draw = rng.randrange(9)
    if draw == 0:
        return text + "x: " + "a" * rng.choice((70_000, 300_000))
    if draw == 1:
        return text + "x: " + "[" * rng.choice((30, 40, 5_000))
    if draw == 2:
        return text + "x: " + "{a: " * rng.choice((30, 40, 2_000))
    if draw == 3:
        return text + "x: [" + "1, " * rng.choice((100, 10_500)) + "1]\n"
    if draw == 4:
        laughs = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
        return f"a0: &a0 ha\n{laughs}{text}"
    if draw == 5:
        return text + "".join(f"k{n}: v\n" for n in range(rng.choice((50, 3_000))))
    if draw == 6:
        return text + "- " * rng.choice((20, 60, 3_000)) + "x\n"
    if draw == 7:
        return text.replace("\n", "\n" * rng.choice((2, 200)))
    return text + "'" + "x\n" * 3_000
