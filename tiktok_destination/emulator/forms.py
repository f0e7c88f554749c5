"""Forms of the emulator's own pages: taken only from those pages, not from another page in the same browser.

A form brings back a token that no other page knows. The address has to be loopback, so that a foreign name that is made
to point at this machine gets nothing.
"""

from __future__ import annotations

import hmac
import re

from flask import Request, abort

from tiktok_destination.emulator.world import World

_LOOPBACK = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:[0-9]+)?")
_FORBIDDEN = 403


def refuse_foreign(world: World, request: Request) -> None:
    """Ends the request with 403 unless its form comes from one of the emulator's own pages."""
    own = request.host_url.rstrip("/")
    fits = (
        _LOOPBACK.fullmatch(request.host) is not None
        and request.headers.get("Origin", own) == own
        and request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
        and hmac.compare_digest(request.form.get("form_token", "").encode(), world.form_token.encode())
    )
    if not fits:
        abort(_FORBIDDEN)
