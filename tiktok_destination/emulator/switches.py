"""Switches: what TikTok's documentation leaves open, so that both readings can be tried. The defaults are the strict ones.

Each names the section of tiktok-api.md that leaves it open.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec


class Switches(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The emulator's readings of the open questions."""

    require_page_url: bool = True
    """A web event without `page.url` is refused (A.3: the table requires it, TikTok's own example leaves it out)."""
    require_hashed: bool = True
    """Unhashed email, phone or external id is refused (A.5)."""
    check_currency: bool = True
    """A currency off the list is refused (A.6)."""
    check_custom_names: bool = True
    """An ill-formed custom event name is refused (B.5)."""
    reject_future_s: Annotated[float, msgspec.Meta(ge=0)] | None = 300.0
    """An event further ahead than this many seconds is refused; null accepts any (A.4)."""
    reject_milliseconds: bool = True
    """An event time in milliseconds is refused (A.4)."""
    old_events: Literal["accept", "reject"] = "accept"
    """Events older than 28 days (A.4, L.2)."""
    partial_success: Literal["off", "detail", "plain"] = "off"
    """Some unfit events: refuse the request, or 20001 with or without `failed_events` (C.3, L.3)."""
    crm_standard_names: Literal["accept", "reject"] = "accept"
    """Standard names for CRM events (A.3, L.5)."""
    deny_app_events: bool = False
    """Treat every app as absent from the allowlist (A.2)."""
    dedup_name: Literal["recorded", "given"] = "recorded"
    """Whether an old event name and its new one are the same to deduplication (B.2, L.7)."""
    rate_limits: bool = True
    rate_limit_scale: Annotated[float, msgspec.Meta(gt=0)] = 1.0
    """Multiplies every quota of C.6, so that a test need not send thousands of requests."""

    def changed(self, changes: Any) -> Switches:
        """These switches with `changes` applied. Raises msgspec.ValidationError for an unknown name or value."""
        if not isinstance(changes, dict):
            raise msgspec.ValidationError("Expected `object` of switches")
        return msgspec.convert(msgspec.to_builtins(self) | changes, Switches)
