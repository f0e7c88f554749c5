"""Where requests go: TikTok's own host, unless `TIKTOK_BASE_URL` names another that is allowed.

The access token travels with every request, so the only other hosts are TikTok's sandbox and this machine itself.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from plugin_spec import ConfigError, ConfigFault

VARIABLE = "TIKTOK_BASE_URL"

# TikTok portal doc 1771101303285761 (event/track) and 1737172488964097 (sandbox; it takes no events), 2026-08.
TIKTOK = "https://business-api.tiktok.com"
_TIKTOK_HOSTS = frozenset({"business-api.tiktok.com", "sandbox-ads.tiktok.com"})

_REMEDY = (
    f"Unset {VARIABLE}, or write https://business-api.tiktok.com, or an address of this machine such as"
    " http://127.0.0.1:8080."
)


def base_url(environ: Mapping[str, str]) -> str:
    """Scheme, host and port, without a slash at the end. Raises ConfigError, which never repeats the address."""
    given = environ.get(VARIABLE, "")
    if not given:
        return TIKTOK
    if any(character <= " " or character > "~" or character == "\\" for character in given):
        raise _refused("holds a character that no address may hold")
    try:
        url = urlsplit(given)
        port = url.port
    except ValueError:
        raise _refused("cannot be read as an address") from None
    _check(url, port)
    host = url.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    return f"{url.scheme}://{shown}" + (f":{port}" if port is not None else "")


def _check(url: SplitResult, port: int | None) -> None:
    if url.scheme not in ("http", "https"):
        raise _refused("does not begin with https:// (or http:// for this machine)")
    if "@" in url.netloc:
        raise _refused("holds a user name or password")
    if url.path not in ("", "/") or url.query or url.fragment:
        raise _refused("holds more than scheme, host and port")
    host = url.hostname or ""
    if _is_this_machine(host):
        return
    if host not in _TIKTOK_HOSTS:
        raise _refused("names a host that is neither TikTok's nor this machine")
    if url.scheme != "https" or port not in (None, 443):
        raise _refused("reaches TikTok by something else than https on port 443")


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        return address == ipaddress.IPv6Address("::1") and address.scope_id is None
    return address.is_loopback


def _refused(problem: str) -> ConfigError:
    return ConfigError((ConfigFault((VARIABLE,), f"the base URL {problem}", _REMEDY),))
