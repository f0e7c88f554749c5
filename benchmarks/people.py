"""Made-up visitors of many countries: names of several scripts, addresses, telephone numbers in the ways that people write them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

FIRST_NAMES: Final = (
    "Ada", "Ben", "Chloe", "David", "Emma", "Grace", "Jack", "Lena", "Maria", "Noah", "Olivia", "Paul", "Sara", "Tom",
    "Zoë", "José Ángel", "Łukasz", "François", "Мария", "雪", "Jean-Luc", "Søren",
)  # fmt: skip
LAST_NAMES: Final = (
    "Smith", "Jones", "Weber", "Fischer", "Martin", "Bernard", "Garcia", "Silva", "Kowalski", "Lindqvist", "Brown",
    "Miller", "Taylor", "Evans", "O'Brien", "Müller-Lüdenscheidt", "Núñez", "Иванова", "田中", "Nowakówna",
)  # fmt: skip


@dataclass(frozen=True)
class Country:
    """Where a visitor lives. In `mobile` and `zip_code` a `#` is any digit."""

    code: str
    calling: str
    trunk: str
    mobile: str
    """The national number without trunk prefix."""
    zip_code: str
    locale: str
    currency: str
    places: tuple[tuple[str, str], ...]
    """City and state."""


COUNTRIES: Final = (
    Country("GB", "44", "0", "77## ######", "SW1A #AA", "en-GB", "GBP", (("London", "England"), ("Leeds", "England"))),
    Country("DE", "49", "0", "151 ########", "#####", "de-DE", "EUR", (("München", "Bayern"), ("Köln", "NRW"))),
    Country("FR", "33", "0", "6 ## ## ## ##", "#####", "fr-FR", "EUR", (("Saint-Étienne", "Loire"), ("Paris", "IDF"))),
    Country("US", "1", "", "(213) 373-####", "#####", "en-US", "USD", (("Los Angeles", "CA"), ("New York", "NY"))),
    Country("SE", "46", "0", "70 ### ## ##", "### ##", "sv-SE", "SEK", (("Göteborg", "O"), ("Umeå", "AC"))),
    Country("JP", "81", "0", "90-####-####", "###-####", "ja-JP", "JPY", (("東京", "東京都"), ("Osaka", "Osaka"))),
    Country("BR", "55", "0", "11 9####-####", "#####-###", "pt-BR", "BRL", (("São Paulo", "SP"), ("Santos", "SP"))),
    Country("PL", "48", "", "512 ### ###", "##-###", "pl-PL", "PLN", (("Łódź", "łódzkie"), ("Gdańsk", "pomorskie"))),
)  # fmt: skip
_SHARES: Final = (30, 15, 12, 18, 6, 7, 6, 6)

BROWSERS: Final = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 15_2) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Safari/605.1.15",
)


@dataclass(frozen=True)
class Visitor:
    """One person, as a shop knows it."""

    number: int
    first_name: str
    last_name: str
    email: str
    country: Country
    city: str
    state: str
    zip_code: str
    phone: str
    """E.164."""
    written_phone: str
    """The same number as its owner writes it."""
    browser: str
    ip: str


def visitor(draw: random.Random, number: int) -> Visitor:
    """A visitor of that number; all the rest is drawn."""
    country = draw.choices(COUNTRIES, _SHARES)[0]
    first, last = draw.choice(FIRST_NAMES), draw.choice(LAST_NAMES)
    city, state = draw.choice(country.places)
    mobile = digits(draw, country.mobile)
    phone = "+" + country.calling + "".join(sign for sign in mobile if sign.isdigit())
    return Visitor(
        number=number,
        first_name=first,
        last_name=last,
        email=_email(draw, number),
        country=country,
        city=city,
        state=state,
        zip_code=digits(draw, country.zip_code),
        phone=phone,
        written_phone=draw.choices(
            (phone, f"+{country.calling} {mobile}", country.trunk + mobile),
            (60, 25, 15 if country.trunk and country.code != "BR" else 0),
        )[0],
        browser=draw.choice(BROWSERS),
        ip=f"203.0.113.{draw.randrange(1, 255)}" if draw.random() < 0.85 else f"2001:db8::{number:x}",
    )


def _email(draw: random.Random, number: int) -> str:
    """Mostly plain; some as people type them."""
    plain = f"{draw.choice(('ada', 'ben', 'chloe', 'noah', 'sara', 'tom'))}.{number}@mail.example"
    return draw.choices((plain, plain.title(), f" {plain} ", plain.replace("@", "+shop@")), (80, 12, 4, 4))[0]


def digits(draw: random.Random, pattern: str) -> str:
    """The pattern with a digit for each `#`; the first one is no zero."""
    filled = "".join(str(draw.randrange(10)) if sign == "#" else sign for sign in pattern)
    return filled if not pattern.startswith("#") else str(draw.randrange(1, 10)) + filled[1:]
