"""Currencies, countries, US states, and networks that are not public."""

from __future__ import annotations

import ipaddress
from functools import cache

from tiktok_destination.catalog.reading import read

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@cache
def currencies() -> frozenset[str]:
    """The ISO 4217 codes that TikTok supports."""
    return frozenset(read("places")["currencies"])


@cache
def countries() -> frozenset[str]:
    """ISO 3166-1 alpha-2 codes, upper case."""
    return frozenset(read("places")["countries"])


@cache
def us_states() -> dict[str, str]:
    """Name of a US state (lower case, letters only) → its two-letter code (lower case)."""
    return dict(read("places")["us_states"])


@cache
def not_public_networks() -> tuple[Network, ...]:
    """Networks whose addresses never name a device on the internet."""
    return tuple(ipaddress.ip_network(text) for text in read("places")["not_public_networks"])
