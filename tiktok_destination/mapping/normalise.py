"""One function for each kind of identifier: text in, the form that TikTok wants out (hashed where TikTok wants a hash).

Every function takes a non-empty trimmed text and the region (ISO 3166-1 alpha-2, upper case, or None), and returns a
`Normalised`: the value, or None with a note code that says why it is left out. The rules are tiktok-api A.5; hash
parity with the browser pixel is the aim, so nothing is "improved" that the pixel leaves alone.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable
from typing import Final, NamedTuple
from urllib.parse import unquote

from tiktok_destination.catalog.limits import unreplaced_macro
from tiktok_destination.catalog.places import countries, not_public_networks, us_states
from tiktok_destination.mapping.hashing import is_md5, is_sha256, names_nobody, sha256


class Normalised(NamedTuple):
    """A value ready for the wire, or the reason for its absence; and what was done, for explaining."""

    value: str | None
    note: str | None
    steps: tuple[str, ...]


Normaliser = Callable[[str, str | None], Normalised]

_HASHED_ALREADY: Final = ("passed on as the SHA-256 that it is",)
_EMAIL = re.compile(r"[^@\s<>,;:()\[\]\"]+@[^@\s<>,;:()\[\]\".]+(\.[^@\s<>,;:()\[\]\".]+)+")
_PHONE_SHAPE = re.compile(r"[+(\d][\d\s().\-/\u00a0]*")
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_US_ZIP = re.compile(r"[0-9]{5}")
_LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*")
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_WEB_URL = re.compile(r"https?://[^\s/?#]\S*", re.IGNORECASE)
_ANY_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://[^\s]+")


def _left_out(note: str) -> Normalised:
    return Normalised(None, note, ())


def email(text: str, _region: str | None) -> Normalised:
    """Trimmed, lower-cased, hashed. Dots and +tags stay: the pixel keeps them."""
    if is_sha256(text):
        return Normalised(text.lower(), None, _HASHED_ALREADY)
    if is_md5(text):
        return _left_out("md5_unfit")
    if _EMAIL.fullmatch(text) is None:
        return _left_out("email_unfit")
    return Normalised(sha256(text.lower()), None, ("trimmed", "lower-cased", "SHA-256"))


def phone(text: str, region: str | None) -> Normalised:
    """E.164 with its leading +, hashed. A number without country code is read by the region, never by a guess."""
    if is_sha256(text):
        return Normalised(text.lower(), None, _HASHED_ALREADY)
    if is_md5(text):
        return _left_out("md5_unfit")
    if _PHONE_SHAPE.fullmatch(text) is None:
        return _left_out("phone_unfit")
    if not text.startswith("+") and region is None:
        return _left_out("phone_region_unknown")
    number = _e164(text, region)
    if number is None:
        return _left_out("phone_unfit")
    return Normalised(sha256(number), None, ("E.164", "SHA-256"))


def _e164(text: str, region: str | None) -> str | None:
    import phonenumbers  # noqa: PLC0415 - 40 ms at import, and only phones need it

    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    possible = (
        phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    )
    # The +, an exit code or the trunk prefix (07700 … in Britain) says how a number is meant to be read. One without is
    # read by the region alone, so the region's numbering plan has to know it: 12133734253 is no German number.
    if region is not None and number.country_code == phonenumbers.country_code_for_region(region):
        plan = phonenumbers.PhoneMetadata.metadata_for_region(region, None)
        prefix = plan.national_prefix if plan else None
        digits = phonenumbers.normalize_digits_only(text)
        if not text.startswith("+") and not (prefix and digits.startswith(prefix)):
            possible = phonenumbers.is_valid_number(number)
    if not possible:
        return None
    formatted: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return formatted if _E164.fullmatch(formatted) else None


def external_id(text: str, _region: str | None) -> Normalised:
    """Trimmed and hashed; letter case is kept, as TikTok's own tag keeps it."""
    if is_sha256(text):
        return Normalised(text.lower(), None, _HASHED_ALREADY)
    return Normalised(sha256(text), None, ("trimmed", "SHA-256"))


def person_name(text: str, _region: str | None) -> Normalised:
    """Lower-cased without punctuation, hashed; spaces inside a name stay."""
    if is_sha256(text):
        return Normalised(text.lower(), None, _HASHED_ALREADY)
    if is_md5(text):
        return _left_out("md5_unfit")
    kept = "".join(c for c in text.lower() if not unicodedata.category(c).startswith("P")).strip()
    if not kept:
        return _left_out("non_identifier")
    return Normalised(sha256(kept), None, ("lower-cased", "punctuation removed", "SHA-256"))


def zip_code(text: str, region: str | None) -> Normalised:
    """Lower-cased without spaces and hyphens, hashed; in the US the first five digits."""
    if is_sha256(text):
        return Normalised(text.lower(), None, _HASHED_ALREADY)
    if is_md5(text):
        return _left_out("md5_unfit")
    kept = "".join(text.lower().split()).replace("-", "")
    if not kept:
        return _left_out("non_identifier")
    if region == "US":
        kept = kept[:5]
        if _US_ZIP.fullmatch(kept) is None:
            return _left_out("zip_code_unfit")
    return Normalised(sha256(kept), None, ("lower-cased", "spaces and hyphens removed", "SHA-256"))


def place(text: str, _region: str | None) -> Normalised:
    """A city: lower-cased letters and digits of any script, not hashed."""
    kept = _letters_and_digits(text)
    return (
        Normalised(kept, None, ("lower-cased", "letters and digits kept"))
        if kept
        else _left_out("non_identifier")
    )


def state(text: str, region: str | None) -> Normalised:
    """As a city; in the US the two-letter code."""
    kept = _letters_and_digits(text)
    if region == "US":
        code = us_states().get(kept, kept)
        if code not in us_states().values():
            return _left_out("state_unfit")
        return Normalised(code, None, ("two-letter code",))
    return (
        Normalised(kept, None, ("lower-cased", "letters and digits kept"))
        if kept
        else _left_out("non_identifier")
    )


def country(text: str, _region: str | None) -> Normalised:
    """ISO 3166-1 alpha-2, lower case."""
    if not text.isascii() or text.upper() not in countries():  # "ß" in upper case is "SS"
        return _left_out("country_unfit")
    return Normalised(text.lower(), None, ("lower-cased",))


def ttclid(text: str, _region: str | None) -> Normalised:
    """The click id as it is, URL-decoded; case-sensitive, never hashed."""
    decoded = unquote(text) if _PERCENT.search(text) else text
    if unreplaced_macro().fullmatch(decoded):
        return _left_out("macro_unreplaced")
    return Normalised(decoded, None, ("URL-decoded",) if decoded is not text else ())


def opaque_id(text: str, _region: str | None) -> Normalised:
    """An id that is passed on as it is: the `_ttp` cookie, a device's, an app's, a lead's."""
    return Normalised(text, None, ())


def link_value(text: str, _region: str | None) -> Normalised:
    """What TikTok puts into an ad's link in place of a macro; the macro itself says nothing."""
    return _left_out("macro_unreplaced") if unreplaced_macro().fullmatch(text) else Normalised(text, None, ())


def ip(text: str, _region: str | None) -> Normalised:
    """A public IPv4 or IPv6 address, as written."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return _left_out("ip_not_public")
    mapped = getattr(address, "ipv4_mapped", None) or address
    if any(mapped in network for network in not_public_networks()):
        return _left_out("ip_not_public")
    return Normalised(text, None, ())


def user_agent(text: str, _region: str | None) -> Normalised:
    """As it is."""
    return Normalised(text, None, ())


def locale(text: str, _region: str | None) -> Normalised:
    """A BCP 47 tag; an underscore is let through, since TikTok's own example has one."""
    return Normalised(text, None, ()) if _LOCALE.fullmatch(text) else _left_out("locale_unfit")


def idfa(text: str, _region: str | None) -> Normalised:
    """Apple's advertising id: the digest of its UPPER-case form (TikTok's own worked example)."""
    if is_sha256(text):
        return Normalised(text.lower(), None, _HASHED_ALREADY)
    return Normalised(sha256(text.upper()), None, ("upper-cased", "SHA-256"))


def gaid(text: str, _region: str | None) -> Normalised:
    """Google's advertising id: the digest of its lower-case form."""
    if is_sha256(text):
        return Normalised(text.lower(), None, _HASHED_ALREADY)
    return Normalised(sha256(text.lower()), None, ("lower-cased", "SHA-256"))


def web_url(text: str, _region: str | None) -> Normalised:
    """A full http or https address with its parameters, as it is."""
    return Normalised(text, None, ()) if _WEB_URL.fullmatch(text) else _left_out("url_unfit")


def referrer(text: str, _region: str | None) -> Normalised:
    """A full address of any scheme (apps refer as `android-app://…`)."""
    return Normalised(text, None, ()) if _ANY_URL.fullmatch(text) else _left_out("url_unfit")


NORMALISERS: Final[dict[str, Normaliser]] = {
    "email": email,
    "phone": phone,
    "external_id": external_id,
    "person_name": person_name,
    "zip_code": zip_code,
    "place": place,
    "state": state,
    "country": country,
    "ttclid": ttclid,
    "opaque_id": opaque_id,
    "link_value": link_value,
    "ip": ip,
    "user_agent": user_agent,
    "locale": locale,
    "idfa": idfa,
    "gaid": gaid,
    "web_url": web_url,
    "referrer": referrer,
}
"""The catalog's kinds of identifier and address → what makes them fit."""


def normalise(kind: str, text: str, region: str | None) -> Normalised:
    """Trim, refuse placeholders, then do what the kind asks for."""
    trimmed = text.strip()
    if not trimmed or names_nobody(trimmed):
        return _left_out("non_identifier")
    return NORMALISERS[kind](trimmed, region)


def _letters_and_digits(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())
