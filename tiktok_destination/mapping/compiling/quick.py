"""Quick readers: the wire form of a text of the common shape, or None for whatever takes the interpreter's reader.

Each is a shortcut through one of `normalise`'s functions, and gives what that gives or nothing at all. None of them
keeps a value.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from typing import Any, Final

from tiktok_destination.catalog.limits import non_identifiers, unreplaced_macro
from tiktok_destination.catalog.places import countries, not_public_networks, us_states

Quick = Callable[[str, str | None], str | None]
"""Text and region → the wire form, or None for `not of the common shape`."""

_COUNTRIES = countries()
_WORDS = non_identifiers()
_LONGEST_WORD = max(map(len, _WORDS))
_DIGEST_CHARS = 64
_DIGEST_LENGTHS = (32, _DIGEST_CHARS)
_ASCII = "".join(map(chr, range(128)))
_EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", re.ASCII).fullmatch
_LEAST_DIGITS, _MOST_DIGITS = 7, 16
"""Characters of a number in E.164, its + included: more than, and at most."""
_BETWEEN_DIGITS = str.maketrans("", "", " ().-")
_PHONE = re.compile(r"\+[1-9][0-9 ().\-]*").fullmatch
_LOCALE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*").fullmatch
_WEB_URL = re.compile(r"[hH][tT][tT][pP][sS]?://[^\s/?#]\S*").fullmatch
_ANY_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://\S+").fullmatch
_US_ZIP = re.compile(r"[0-9]{5}").match
_OCTET = r"(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_MACRO = unreplaced_macro().fullmatch
_IPV4 = re.compile(rf"{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}").fullmatch
_PRINTED_APART = str.maketrans("", "", "".join(c for c in _ASCII if not c.isalnum()))
_PUNCTUATION = str.maketrans("", "", "".join(c for c in _ASCII if unicodedata.category(c).startswith("P")))
_ZEROS = "0-"


def _names_somebody(text: str) -> bool:
    """Plain ASCII without space around it that is no placeholder, and has not the length of a digest."""
    return (
        text.isascii()
        and len(text) != _DIGEST_CHARS
        and text.strip(_ZEROS) != ""
        and text[0] > " " < text[-1]
        and (len(text) > _LONGEST_WORD or text.lower() not in _WORDS)
    )


def email(text: str, _region: str | None) -> str | None:
    """Lower-cased and hashed."""
    return sha256(text.lower().encode()).hexdigest() if _EMAIL(text) else None


def phone(text: str, _region: str | None) -> str | None:
    """A number with its country code: E.164 and hashed, where its length is one that the country has."""
    if _PHONE(text) is None:
        return None
    number = text if text[1:].isdigit() else text.translate(_BETWEEN_DIGITS)
    if not _MOST_DIGITS >= len(number) > _LEAST_DIGITS:
        return None
    for length in (2, 3, 4):
        plan = _numbering_plan(number[1:length])
        if plan is not None:
            own = number[length:]
            if len(own) in plan.lengths and own[0] != "0" and (plan.prefix is None or not plan.prefix(own)):
                return sha256(number.encode()).hexdigest()
            return None
    return None


def external_id(text: str, _region: str | None) -> str | None:
    """Hashed as it is."""
    return sha256(text.encode()).hexdigest() if _names_somebody(text) else None


def person_name(text: str, _region: str | None) -> str | None:
    """Letters of any script, perhaps with spaces and ASCII's punctuation: lower-cased and hashed without the latter."""
    if text.isalpha():
        if len(text) in _DIGEST_LENGTHS or text.casefold() in _WORDS:
            return None
        return sha256(text.lower().encode()).hexdigest()
    if not text.translate(_PUNCTUATION).replace(" ", "").isalpha():
        return None
    trimmed = text.strip()
    if len(trimmed) in _DIGEST_LENGTHS or trimmed.casefold() in _WORDS:
        return None
    return sha256(trimmed.lower().translate(_PUNCTUATION).strip().encode()).hexdigest()


def zip_code(text: str, region: str | None) -> str | None:
    """Letters and digits: lower-cased and hashed."""
    if (
        not (text.isascii() and text.isalnum())
        or len(text) > 12
        or text.strip("0") == ""
        or text.lower() in _WORDS
    ):
        return None
    if region == "US":
        return sha256(text[:5].encode()).hexdigest() if _US_ZIP(text) else None
    return sha256(text.lower().encode()).hexdigest()


def place(text: str, _region: str | None) -> str | None:
    """A city: its letters and digits, lower-cased."""
    trimmed = text.strip()
    if (
        not text.isascii()
        or len(trimmed) in _DIGEST_LENGTHS
        or trimmed.strip(_ZEROS) == ""
        or trimmed.lower() in _WORDS
    ):
        return None
    return trimmed.lower().translate(_PRINTED_APART) or None


def state(text: str, region: str | None) -> str | None:
    """As a city; in the US the code of two letters."""
    written = place(text, region)
    if region != "US" or written is None:
        return written
    code = us_states().get(written, written)
    return code if code in _us_codes() else None


@cache
def _us_codes() -> frozenset[str]:
    return frozenset(us_states().values())


def country(text: str, _region: str | None) -> str | None:
    """A code of two letters, lower-cased."""
    return text.lower() if text.isascii() and text.upper() in _COUNTRIES else None


def ttclid(text: str, _region: str | None) -> str | None:
    """A click id that needs no decoding."""
    return text if _names_somebody(text) and "%" not in text and not _MACRO(text) else None


def as_it_is(text: str, _region: str | None) -> str | None:
    """An id or a user agent."""
    return text if _names_somebody(text) else None


def link_value(text: str, _region: str | None) -> str | None:
    """What stands in an ad's link."""
    return text if _names_somebody(text) and not _MACRO(text) else None


def ip(text: str, _region: str | None) -> str | None:
    """An IPv4 address outside of the networks that are not public."""
    found = _IPV4(text)
    if found is None:
        return None
    held = _not_public_by_octet().get(found[1])
    if held is not None:
        address = (int(found[1]) << 24) | (int(found[2]) << 16) | (int(found[3]) << 8) | int(found[4])
        for mask, network in held:
            if address & mask == network:
                return None
    return text


def locale(text: str, _region: str | None) -> str | None:
    """A language tag."""
    return text if _LOCALE(text) and text.lower() not in _WORDS else None


def web_url(text: str, _region: str | None) -> str | None:
    """A full http or https address."""
    return text if text.isascii() and _WEB_URL(text) else None


def referrer(text: str, _region: str | None) -> str | None:
    """A full address of any scheme."""
    return text if text.isascii() and _ANY_URL(text) else None


QUICK: Final[dict[str, Quick]] = {
    "email": email,
    "phone": phone,
    "external_id": external_id,
    "person_name": person_name,
    "zip_code": zip_code,
    "place": place,
    "state": state,
    "country": country,
    "ttclid": ttclid,
    "opaque_id": as_it_is,
    "link_value": link_value,
    "ip": ip,
    "user_agent": as_it_is,
    "locale": locale,
    "web_url": web_url,
    "referrer": referrer,
}
"""Kind of identifier → its quick reader; advertising ids have none."""


class _NumberingPlan:
    """What a country calling code allows, as far as it decides whether a number stands in E.164 already."""

    __slots__ = ("lengths", "prefix")

    def __init__(self, lengths: frozenset[int], prefix: Callable[[str], object] | None) -> None:
        self.lengths = lengths
        """Possible lengths of a number without its country code, those for local calls left out."""
        self.prefix = prefix
        """Matches what the library would take off or rewrite at the number's beginning."""


@cache
def _numbering_plan(code: str) -> _NumberingPlan | None:
    import phonenumbers  # noqa: PLC0415 - 40 ms at import, and only phones need it

    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(code))
    if regions is None:
        return None
    metadata: Any = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(int(code), regions[0])
    general = metadata.general_desc
    lengths = frozenset(general.possible_length) - frozenset(general.possible_length_local_only)
    pattern = metadata.national_prefix_for_parsing
    return _NumberingPlan(lengths, re.compile(pattern).match if pattern else None)


@cache
def _not_public_by_octet() -> dict[str, tuple[tuple[int, int], ...]]:
    """First octet → mask and address of the networks that begin with it or hold it."""
    networks = [network for network in not_public_networks() if network.version == 4]
    held = {
        str(octet): tuple(
            (int(network.netmask), int(network.network_address))
            for network in networks
            if _touches(octet, int(network.netmask), int(network.network_address))
        )
        for octet in range(256)
    }
    return {octet: found for octet, found in held.items() if found}


def _touches(octet: int, mask: int, network: int) -> bool:
    return (octet << 24) & mask & 0xFF000000 == network & 0xFF000000
