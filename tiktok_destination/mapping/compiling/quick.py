"""Shortcuts: for each kind of identifier the common shape of its text, and the wire form of a text of that shape.

A shortcut is two expressions over a text `v` and the record's `region`: when it holds, and the wire form. Generated code
has them in line, so that a plain value costs no call of ours. Each is a way through one of `normalise`'s functions, and
gives what that gives or does not hold. None of them keeps a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any, Final

from tiktok_destination.catalog.limits import non_identifiers
from tiktok_destination.catalog.places import Network, countries, not_public_networks, us_states
from tiktok_destination.mapping.compiling.telephones import e164

_WORDS = non_identifiers()
_ZEROS = "0-"
_LONGEST_WORD = max(len(word) for word in _WORDS if word.strip(_ZEROS))
"""Of the words that are more than zeros and hyphens."""
_LEAST_DIGEST, _DIGEST = 32, 64
_LONGEST_ZIP_CODE = 12
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = re.compile(rf"({_OCTET})\.({_OCTET})\.({_OCTET})\.({_OCTET})").fullmatch
_GROUP = "[0-9A-Fa-f]{1,4}"
_IPV6 = re.compile(rf"({_GROUP})(?::{_GROUP}){{7}}").fullmatch
_SHORT_IPV6 = re.compile(rf"({_GROUP})(?::{_GROUP}){{0,5}}::(?:{_GROUP}(?::{_GROUP}){{0,5}})?").fullmatch
_MOST_COLONS = 7
_WITHOUT_PUNCTUATION = str.maketrans("", "", "'-.")


@dataclass(frozen=True, slots=True)
class Shortcut:
    """When a text `v` is of the common shape, and its wire form then."""

    when: str
    wire: str = "v"


def is_somebody(text: str) -> bool:
    """ASCII without space around it that is no placeholder, and has not the length of a digest."""
    return (
        text.isascii()
        and len(text) != _DIGEST
        and text[:1] > " " < text[-1:]
        and text.strip(_ZEROS) != ""
        and text.lower() not in _WORDS
    )


def spelled(text: str) -> str | None:
    """The name of a person: letters of any script, lower-cased, with spaces but without the punctuation of names."""
    if text.isalpha():
        return None if len(text) >= _LEAST_DIGEST or text.casefold() in _WORDS else text.lower()
    trimmed = text.strip()
    if len(trimmed) >= _LEAST_DIGEST or trimmed.casefold() in _WORDS:
        return None
    kept = trimmed.lower().translate(_WITHOUT_PUNCTUATION).strip()
    return kept if kept.replace(" ", "").isalpha() else None


def zip_code(text: str, region: str | None) -> str | None:
    """Letters and digits, perhaps with spaces and hyphens between them."""
    kept = text.replace(" ", "").replace("-", "").lower()
    if (
        not (kept.isascii() and kept.isalnum())
        or len(text) > _LONGEST_ZIP_CODE
        or not kept.strip(_ZEROS)
        or text.strip().lower() in _WORDS
    ):
        return None
    if region == "US":
        kept = kept[:5]
        if not (kept.isdigit() and len(kept) == 5):
            return None
    return sha256(kept.encode()).hexdigest()


def place(text: str) -> str | None:
    """A city of any script: its letters and digits, lower-cased."""
    kept = text.lower().replace(" ", "").replace("-", "")
    if (
        not kept.isalnum()
        or len(text) >= _LEAST_DIGEST
        or not kept.strip(_ZEROS)
        or text.strip().casefold() in _WORDS
    ):
        return None
    return kept


def state(text: str, region: str | None) -> str | None:
    """As a city; in the US the code of two letters."""
    written = place(text)
    if region != "US" or written is None:
        return written
    code = us_states().get(written, written)
    return code if code in _us_codes() else None


def is_public_ip(text: str) -> bool:
    """An address outside of the networks that are not public; of IPv6, outside of all that begin as one of those do."""
    if ":" in text:
        found = _SHORT_IPV6(text) if "::" in text else _IPV6(text)
        return (
            found is not None
            and text.count(":") <= _MOST_COLONS
            and int(found[1], 16) >> 8 not in _not_public_ipv6()
        )
    found = _IPV4(text)
    if found is None:
        return False
    held = _not_public_ipv4().get(found[1], ())
    address = (int(found[1]) << 24) | (int(found[2]) << 16) | (int(found[3]) << 8) | int(found[4])
    return all(address & mask != network for mask, network in held)


@cache
def _not_public_ipv4() -> dict[str, tuple[tuple[int, int], ...]]:
    """First octet → mask and address of the networks that begin with it or hold it."""
    networks = [network for network in not_public_networks() if network.version == 4]
    held = {
        str(octet): tuple(
            (int(network.netmask), int(network.network_address))
            for network in networks
            if _touches(octet, network)
        )
        for octet in range(256)
    }
    return {octet: found for octet, found in held.items() if found}


@cache
def _not_public_ipv6() -> frozenset[int]:
    """The first bytes of addresses that may be in a network that is not public, or mean an address of IPv4."""
    networks = [network for network in not_public_networks() if network.version == 6]
    return frozenset(
        {0, *(byte for byte in range(256) if any(_touches(byte, network) for network in networks))}
    )


def _touches(first: int, network: Network) -> bool:
    """Whether a network has addresses with this first byte."""
    shift = network.max_prefixlen - 8
    return (first << shift) & int(network.netmask) == int(network.network_address) & 0xFF << shift


_SOMEBODY = f"(v.isascii() and {_DIGEST} != len(v) > {_LONGEST_WORD} and v[0] > '0' and v[-1] > ' ' or is_somebody(v))"
"""No placeholder, no space around it, not the length of a digest; the rare beginnings are left to the function."""
_NO_MACRO = "v[:2] != '__'"

SHORTCUTS: Final[Mapping[str, Shortcut]] = {
    "email": Shortcut("is_email(v)", "sha256(v.strip().lower().encode()).hexdigest()"),
    "phone": Shortcut("(w := e164(v, region)) is not None", "sha256(w.encode()).hexdigest()"),
    "external_id": Shortcut(_SOMEBODY, "sha256(v.encode()).hexdigest()"),
    "person_name": Shortcut("(w := spelled(v)) is not None", "sha256(w.encode()).hexdigest()"),
    "zip_code": Shortcut("(w := quick_zip_code(v, region)) is not None", "w"),
    "place": Shortcut("(w := quick_place(v)) is not None", "w"),
    "state": Shortcut("(w := quick_state(v, region)) is not None", "w"),
    "country": Shortcut("v in country_codes", "country_codes[v]"),
    "ttclid": Shortcut(f"{_SOMEBODY} and '%' not in v and {_NO_MACRO}"),
    "opaque_id": Shortcut(_SOMEBODY),
    "link_value": Shortcut(f"{_SOMEBODY} and {_NO_MACRO}"),
    "ip": Shortcut("(v.partition('.')[0] not in HELD_OCTETS and is_ipv4(v) or is_public_ip(v))"),
    "user_agent": Shortcut(_SOMEBODY),
    "locale": Shortcut("is_locale(v)"),
    "web_url": Shortcut("is_web_url(v)"),
    "referrer": Shortcut("is_url(v)"),
}
"""Kind of identifier → its shortcut; advertising ids have none."""

NAMES: Final[Mapping[str, Any]] = {
    "HELD_OCTETS": frozenset(_not_public_ipv4()),
    "WORDS": _WORDS,
    "e164": e164,
    "country_codes": {spelling: code.lower() for code in countries() for spelling in (code, code.lower())},
    "is_ipv4": _IPV4,
    "is_email": re.compile(
        r" *[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+ *", re.ASCII
    ).fullmatch,
    # With a country or script: no placeholder is written like that.
    "is_locale": re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})+").fullmatch,
    "is_public_ip": is_public_ip,
    "is_somebody": is_somebody,
    "is_url": re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://[!-~]+").fullmatch,
    "is_web_url": re.compile(r"https?://[^\s/?#\x7f-\U0010ffff][!-~]*").fullmatch,
    "quick_place": place,
    "sha256": sha256,
    "spelled": spelled,
    "quick_state": state,
    "quick_zip_code": zip_code,
}
"""What the expressions name."""


@cache
def reader(kind: str) -> Callable[[str, str | None], str | None]:
    """A shortcut as a function of text and region: the wire form, or None for what is not of the common shape."""
    shortcut = SHORTCUTS[kind]
    function: Callable[[str, str | None], str | None] = eval(  # noqa: S307 - made of the texts above alone
        f"lambda v, region: ({shortcut.wire}) if {shortcut.when} else None", dict(NAMES)
    )
    return function


@cache
def _us_codes() -> frozenset[str]:
    return frozenset(us_states().values())
