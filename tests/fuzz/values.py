"""Values that have broken programs before: what JSON can say, how JSON text can say it, and what Python can hand over."""

from __future__ import annotations

import hashlib
import uuid
from collections import ChainMap, OrderedDict, UserDict, deque
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from random import Random
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

CANARY = "canary-c0ffee17@shop.example"
"""Stands where a person's datum could; never in a code, path, reason or note."""

_TEXTS = (
    "", " ", "\t\n", "\u00a0", "\u3000", "\x00", "a\x00b", "\x7f", "\ud800", "\udfff\ud800", "a\ud83dz", "\U0001f600",
    "\u202etxt.exe", "\ufeffevent", "\ufffe", "e\u0301", "İstanbul", "ß", "ﬀ", "²", "½", "٠١٢٣", "１２３４", "𝟙𝟚", "\u2028",
    "0", "null", "None", "none", "guest", "N/A", "unknown", "undefined", "true", "FALSE", "NaN", "Infinity", "-inf", "{}", "[]",
    "00000000-0000-0000-0000-000000000000", "0" * 64, hashlib.sha256(b"").hexdigest(), "d41d8cd98f00b204e9800998ecf8427e",
    "A" * 64, "__proto__", "__class__", "constructor", "${TOKEN}", "{{email}}", "__CLICKID__", "%s%n", "'; DROP TABLE x;--",
    "a@", "@", "a@b", CANARY, "A.B+c@Shop.Example", "a@b@c.example", "zoë@shop.example", "a@[127.0.0.1]", "@" * 500,
    "+", "+1", "+1" + "0" * 300, "07700 900123", "+44 (0) 7700-900123", "٠٧٧٠٠٩٠٠١٢٣", "+999999999999999", "(", "0" * 20,
    "1.2.3.4", "::1", "::ffff:8.8.8.8", "fe80::1%eth0", "8.8.8.8:80", "8.8.8.8, 1.1.1.1", "256.1.1.1", "2001:4860:4860::8888",
    "http://[", "http://[::1", "https://a:99999999/", "//", "https://", "https://\ud800/", "https://x/?ttclid=%", "http://%zz",
    "https://shop.example/?ttclid=%20&ttclid=%00&ttclid=%ff", "javascript:alert(1)", "android-app://x", "https://[v1.x]/",
    "%", "%20", "%00", "%ff%fe", "%E2%82", "usd ", "USD", "EUR", "XXX", "₿", "BTC", "en_US", "xx-" + "a" * 90, "GB", "us", "ZZ",
    "1", "-1", "+5", "1.", ".5", "1,5", "1e5", "1_000", "0x10", "12.50", "-0.0", "1" * 18, "1" * 19, "0." + "0" * 30 + "1",
    "Purchase", "purchase ", "Order Completed", "Lead", "PageView", "page", "track", "identify", "O" * 51, "9Event", "Ünïcode",
)  # fmt: skip

_TIMES = (
    "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59.999999-23:59", "9999-12-31", "1969-12-31T23:59:59Z",
    "1970-01-01T00:00:00Z", "1970-01-01T00:00:01Z", "2026-02-30T00:00:00Z", "2026-11-19T24:00:00Z", "2026-11-19T23:59:60Z",
    "2026-W47-4", "2026-323", "20261119", "20261119T091231Z", "2026-11-19 09:12:31 UTC", "2026-11-19t09:12:31z", "2026-11-19T09:12",
    "2026-10-25T02:30:00", "2026-03-29T02:30:00", "2026-11-19T09:12:31.123456789Z", "2026-11-19T09:12:31+24:00", "19/11/2026",
    "1795079551", " 1795079551 ", "1795079551.5", "1795079551000", "1795079551000000", "1795079551000000000", "-1", "0.4",
    "1e9", "Thu, 19 Nov 2026 09:12:31 GMT", "2026-11-19T09:12:31Z[UTC]", "２０２６-11-19", "9" * 17, "9" * 18,
)  # fmt: skip
_EDGES = (
    None, True, False, 0, 1, -1, 0.4, 7, 2**31, 2**53 + 1, 10**17, 10**18 - 1, 10**18, 2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63) - 1,
    10**25, 10**63, 10**64, 10**400, -(10**400), 1795079551, 1795079551000, 1795079551000000, 99999999999, 10**11, 10**14,
    0.1, -0.0, 0.5, 1e-7, 5e-324, 1.5e17, 1e18, 1.7976931348623157e308, -1e300, 12.345678901234567, 99999999999.9,
    [], {}, [[]], [None], [{}], {"": ""}, {"": {}}, {"a": {}}, [[], {}, "", None], {"type": "track"}, {"id": 1}, ["a"], ["a", 1, None],
    [CANARY], [CANARY, "b@shop.example", "b@shop.example", 7], {"email": CANARY}, ["+447700900123", "", "x"], [0] * 500,
)  # fmt: skip

_LONG = (
    "a" * 5_000, "1" * 10_000, " " * 5_000, "é" * 5_000, "a " * 2_500, "-" * 5_000, "a." * 2_500, "&a=" * 2_000, "%41" * 2_000, "[" * 5_000,
    "1" + " " * 30_000 + "x", "a@" + "b." * 2_500, "https://shop.example/?" + "a&" * 2_500, "\ud800" * 100, "1 " * 2_500, "Aa" * 3_000,
    "2026-11-19" + " " * 8_000 + "UTCx", "(" * 3_000 + ")" * 3_000, "0" * 70_000,
)  # fmt: skip

RAW = (
    b"NaN", b"Infinity", b"-Infinity", b"nan", b"1e400", b"-1e400", b"1e-400", b"1E999999999", b"-0", b"-", b"01", b"+1", b".5", b"1.", b"0x1",
    b"9" * 10_000, b"-" + b"9" * 10_000, b"9" * 4_300, b"9" * 4_301, b"0." + b"0" * 10_000 + b"1", b"9" * 400 + b".5", b"1" + b"0" * 308,
    rb'"\ud800"', rb'"\udc00\ud800"', rb'"\ud83d\ude00"', rb'"\u0000"', rb'"\x41"', rb'"\u12"', b'"\n"', b'"\x00"', b'"\xff"', b'"\xed\xa0\x80"',
    b'"\xc0\x80"', b'"\xf4\x90\x80\x80"', b"'x'", b"tru", b"True", b"None", b"undefined", b"", b"/*c*/1", b"1 //c\n", b'"', b"{", b"}", b"]", b",",
    b"[1,]", b'{"a":1,}', b'{"a":1,"a":2}', b'{"a"}', b"{1:2}", b"[" * 60 + b"]" * 60, b"[" * 2_000 + b"]" * 2_000, b"[" * 50_000,
    b'{"a":' * 300 + b"1" + b"}" * 300, b"18446744073709551616", b"-9223372036854775809", b"1.0", b"1795079551.0", b"123456789012345678901234567890",
)  # fmt: skip
"""JSON text for one value, well-formed and not."""


def _nested(depth: int, *, maps: bool) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = {"a": value} if maps else [value]
    return value


def _deep(rng: Random, most: int) -> Any:
    depth = rng.choice((5, 40, 300, rng.randint(900, 1_000), most))
    return _nested(depth, maps=rng.random() < 0.5)


def json_value(rng: Random) -> Any:
    """A value that JSON can say."""
    draw = rng.random()
    if draw < 0.42:
        return rng.choice(_TEXTS)
    if draw < 0.58:
        return rng.choice(_TIMES)
    if draw < 0.90:
        return rng.choice(_EDGES)
    if draw < 0.93:
        return rng.choice(_LONG)
    if draw < 0.94:
        return _deep(rng, 1_000)
    if draw < 0.97:
        return rng.randint(-(10 ** rng.randint(0, 30)), 10 ** rng.randint(0, 30))
    return [json_value(rng) for _ in range(rng.randint(0, 3))]


class _Words(str):
    __slots__ = ()


class _Count(int):
    __slots__ = ()


class _Size(float):
    __slots__ = ()


_AWARE = datetime(2026, 11, 19, 9, 12, 31, tzinfo=UTC)
_DEEP_TUPLE: Any = ()
for _ in range(400):
    _DEEP_TUPLE = (_DEEP_TUPLE,)

_ODD: tuple[Any, ...] = (
    Decimal("NaN"), Decimal("sNaN"), Decimal("-sNaN123"), Decimal("Infinity"), Decimal("-Infinity"), Decimal("-0"), Decimal("12.50"),
    Decimal("1E+1000000"), Decimal("1E+999999999"), Decimal("1E-999999999"), Decimal("-1E+9999999"), Decimal("9" * 60), Decimal("0." + "3" * 60),
    Decimal(1795079551), Decimal("1795079551.999"), Decimal(10**18), Decimal("1e17"),
    datetime(2026, 11, 19, 9, 12, 31), datetime(2026, 11, 19, 9, 12, 31, 999_999), _AWARE, datetime.min, datetime.max,  # noqa: DTZ001, DTZ901 - naive is meant
    datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=timezone(timedelta(hours=23, minutes=59))),
    datetime.max.replace(tzinfo=timezone(-timedelta(hours=23, minutes=59))), _AWARE.replace(tzinfo=timezone(timedelta(seconds=1))),
    datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Berlin")), datetime(2026, 3, 29, 2, 30, tzinfo=ZoneInfo("Europe/Berlin")),
    datetime.max.replace(tzinfo=ZoneInfo("America/New_York")), datetime.min.replace(tzinfo=ZoneInfo("Asia/Tokyo")),
    date.min, date.max, date(2026, 11, 19), time.max, time(9, tzinfo=UTC), timedelta.max, timedelta(seconds=-1),
    b"", b"abc", b"\xff\xfe", b"a@shop.example", memoryview(b"abc"), (), ("a@shop.example",), ("a", None, 1), ((),), _DEEP_TUPLE,
    float("nan"), float("inf"), float("-inf"), 10**5_000, -(10**5_000), 1j, Fraction(1, 3), frozenset({"a"}), range(3), range(0),
    uuid.UUID(int=0), uuid.UUID(int=2**127), MappingProxyType({}), MappingProxyType({"email": CANARY}), object, len, ..., NotImplemented,
    _Words("a@shop.example"), _Count(5), _Size(5.5), _Words(""), Decimal, type(None),
)  # fmt: skip
_MADE: tuple[Callable[[], Any], ...] = (
    object, set, lambda: {"a", 1}, bytearray, lambda: bytearray(b"x"), lambda: deque(["a"]), OrderedDict, lambda: OrderedDict(a=1),
    lambda: ChainMap({"email": "a@shop.example"}, {}), lambda: UserDict({"id": 1}), lambda: {1: 2, None: 3, (1,): 4, b"x": 5, "a": 6},
    lambda: {"id": Decimal("sNaN"), "price": Decimal("NaN"), "quantity": float("nan")}, lambda: iter(()), lambda: [Decimal("sNaN"), _AWARE, b"x"],
    lambda: {float("nan"): 1, "type": 10**5_000, "id": 10**5_000}, lambda: [{"type": Decimal("sNaN"), "id": 1}, {"type": 10**5_000}],
    lambda: {"a": {"b": [{"c": {1.5: timedelta.max}}]}},
)  # fmt: skip


def python_value(rng: Random) -> Any:
    """A value that a host's own reader could hand over in a mapping."""
    draw = rng.random()
    if draw < 0.55:
        return rng.choice(_ODD)
    if draw < 0.75:
        return rng.choice(_MADE)()
    return json_value(rng) if draw < 0.99 else _deep(rng, 5_000)


def raw_mark(rng: Random) -> str:
    """A text that stands for JSON text of `RAW` until the record is written."""
    return f"@@raw{rng.randrange(len(RAW))}@@"


def time_value(rng: Random) -> str:
    """A moment at some edge."""
    return rng.choice(_TIMES)


def python_key(rng: Random) -> Any:
    """A key that no JSON object has."""
    return rng.choice(
        (
            None,
            0,
            1,
            -1,
            1.5,
            float("nan"),
            True,
            b"event",
            b"",
            (),
            ("event",),
            date(2026, 1, 1),
            frozenset(),
            Decimal(1),
        )
    )
