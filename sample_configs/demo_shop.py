"""The shop of the demo: invented people, example domains, telephone numbers reserved for fiction, a few products.

Everything follows from the seed and from the moment that event times are counted back from.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

_DAY_S: Final = 86_400
_REPEATED_SHARE: Final = 0.02
"""How many lines stand twice, as they do behind a queue that delivers at least once."""

Json = dict[str, Any]
Draw = Callable[["Maker", int], Json | str]
"""Makes one record, or a line that is none."""
Mix = Sequence[tuple[int, Draw]]
"""How many of a thousand, roughly, and how they are made."""


class Person(NamedTuple):
    """Someone who does not exist."""

    number: int
    first_name: str
    last_name: str
    email: str
    phone: str
    city: str
    country: str


_FIRST_NAMES = (
    "Ada",
    "Zoë",
    "Jörg",
    "Łucja",
    "Søren",
    "李",
    "Нина",
    "محمد",
    "Mary Ann",
    "Siân",
    "さくら",
    "Ñuria",
)
_LAST_NAMES = (
    "Example",
    "O’Neill",
    "Müller",
    "Ångström",
    "Škoda",
    "García",
    "Nakamura",
    "Иванова",
    "D’Souza",
)
_PLACES = (
    ("London", "GB", "+44 7700 900{:03}"),
    ("Kingston upon Hull", "GB", "07700 900{:03}"),  # without country code: read with settings.default_region
    ("Seattle", "US", "+1 206-555-01{:02}"),
    ("Paris", "FR", "+33 6 39 98 {:02} 11"),
    ("Berlin", "DE", "+49 30 23125 {:03}"),
    ("Melbourne", "AU", "+61 491 570 {:03}"),
    ("Málaga", "ES", "+34 600 000 {:03}"),
)
PRODUCTS = (
    ("shoe-42", "Sohle™ running shoe", "Shoes", 59.9),
    ("mug-01", "Mug, blue", "Kitchen", 9.5),
    ("tea-07", "ティーポット", "Kitchen", 34.0),
    ("cap-03", 'Cap "Nord"', "Hats", 16.25),
    ("book-1", "Książka", "Books", 12.0),
)
BROWSERS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 17; Pixel 11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Mobile",
)


class Maker:
    """Draws from one seeded generator, so that the same seed gives the same shop."""

    def __init__(self, seed: int, now: float) -> None:
        self.draw = random.Random(seed)  # noqa: S311 - invents customers, guards nothing
        self.now = now
        self.people = [self._person(number) for number in range(1_200)]

    def _person(self, number: int) -> Person:
        draw = self.draw
        first, last = draw.choice(_FIRST_NAMES), draw.choice(_LAST_NAMES)
        city, country, phone = draw.choice(_PLACES)
        email = f"{draw.choice(('', ' '))}Customer.{number}@{draw.choice(('shop', 'mail', 'firm'))}.example"
        return Person(number, first, last, email, phone.format(draw.randrange(10, 100)), city, country)

    def time(self, *, youngest_days: float = 0.01, oldest_days: float = 20) -> str:
        seconds = self.now - self.draw.uniform(youngest_days, oldest_days) * _DAY_S
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def write_lines(path: Path, maker: Maker, mix: Mix, count: int) -> int:
    """Write `count` records as NDJSON; how many."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        lines = list(_lines(maker, mix, count))
        file.writelines(f"{line}\n" for line in lines)
    return len(lines)


def _lines(maker: Maker, mix: Mix, count: int) -> Iterator[str]:
    weights, makers = zip(*mix, strict=True)
    earlier: list[str] = []
    for number in range(1, count + 1):
        if earlier and maker.draw.random() < _REPEATED_SHARE:
            yield maker.draw.choice(earlier[-500:])
            continue
        record = maker.draw.choices(makers, weights)[0](maker, number)
        line = record if isinstance(record, str) else json.dumps(record, ensure_ascii=False)
        earlier.append(line)
        yield line
