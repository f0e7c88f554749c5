"""Damage to bytes, as disks, pipes, editors and hurried exports do it."""

from __future__ import annotations

import codecs
from random import Random

_PIECES = (
    b"\x00", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xe2\x80\xae", b"\n", b"\r", b"\r\n", b"\x0b", b"\x85", b"\t", b" ", b'"', b"'", b"\\", b"\\u",
    b",", b";", b":", b"{", b"}", b"[", b"]", b"#", b"&a ", b"*a", b"!!x ", b"|", b">", b"%", b"@", b"---\n", b"NaN", b"1e999", b"-", b"\x1a", b"\x1f\x8b", b"PAR1",
)  # fmt: skip


def damaged(rng: Random, content: bytes, other: bytes = b"") -> bytes:
    """The content with a few bytes flipped, lost, doubled, put in, or replaced by a piece of `other`."""
    held = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        _hurt(rng, held, other)
    return bytes(held)


def reencoded(rng: Random, content: bytes) -> bytes:
    """The content in another encoding, or with a byte order mark."""
    text = content.decode("utf-8", "replace")
    draw = rng.randrange(6)
    if draw == 0:
        return codecs.BOM_UTF8 + content
    if draw == 1:
        return text.encode("utf-16")
    if draw == 2:
        return text.encode("utf-16-be")
    if draw == 3:
        return text.encode("utf-32")
    if draw == 4:
        return text.encode("latin-1", "replace").replace(b"?", b"\xe9")
    return content.replace(b"\n", b"\r\n")


def _hurt(rng: Random, held: bytearray, other: bytes) -> None:
    at = rng.randrange(len(held) + 1)
    end = min(len(held), at + rng.choice((1, 1, 2, 5, 20, 200)))
    draw = rng.random()
    if draw < 0.30 and at < len(held):
        held[at] ^= 1 << rng.randrange(8)
    elif draw < 0.45:
        del held[at:end]
    elif draw < 0.55:
        held[at:at] = held[at:end]
    elif draw < 0.80:
        held[at : end if rng.random() < 0.5 else at] = rng.choice(_PIECES)
    elif draw < 0.88:
        del held[at:]
    elif draw < 0.96 and other:
        start = rng.randrange(len(other))
        held[at:end] = other[start : start + rng.choice((1, 5, 40, 400))]
    else:
        held[at:end] = rng.randbytes(end - at)
