"""SHA-256 as TikTok wants it, and telling a value that is hashed already from one that is not (tiktok-api A.5, A.9)."""

from __future__ import annotations

import hashlib
import re
from functools import cache

from tiktok_destination.catalog.limits import non_identifiers

_SHA256 = re.compile(r"[0-9A-Fa-f]{64}")
_MD5 = re.compile(r"[0-9A-Fa-f]{32}")
_ZEROS = frozenset("0-")


def sha256(text: str) -> str:
    """Lower-case hex digest of the text as UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def is_sha256(text: str) -> bool:
    """64 hex digits, in either case: passed on in lower case, as TikTok's own tag does."""
    return _SHA256.fullmatch(text) is not None


def is_md5(text: str) -> bool:
    """32 hex digits: TikTok takes no MD5."""
    return _MD5.fullmatch(text) is not None


def names_nobody(text: str) -> bool:
    """A placeholder (`0`, `null`, all zeros), or the digest of one or of nothing."""
    folded = text.casefold()
    return (
        folded in non_identifiers()
        or folded in _digests_of_nobody()
        or (_ZEROS.issuperset(folded) and "0" in folded)
    )


@cache
def _digests_of_nobody() -> frozenset[str]:
    words = {"", *non_identifiers()}
    return frozenset(
        sha256(spelling) for word in words for spelling in (word, word.upper(), word.capitalize())
    )
