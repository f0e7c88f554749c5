"""What the codes in a summary mean and what to do about them: the destination's, the host's own, and the reader's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from plugin_spec import About, Code, Outcome
from tiktok_destination.delivery.codes import CODES as DELIVERY_CODES
from tiktok_destination.formats.codes import CODES as FORMAT_CODES

PREVIEW: Final = "preview"

PREVIEW_MEANING: Final = "would be sent"

_OWN: Final = {
    PREVIEW: Code(PREVIEW, "This would be sent.", "Nothing."),
}

OUTCOME_MEANINGS: Final[Mapping[Outcome, str]] = {
    Outcome.DELIVERED: "accepted by the receiver",
    Outcome.REJECTED: "unfit, and not sent",
    Outcome.REFUSED: "sent, and refused by the receiver",
    Outcome.EXPIRED: "too old to be of use, and not sent",
    Outcome.FILTERED: "not meant to be sent",
    Outcome.SUPPRESSED: "held back for lack of consent, or forgotten on request",
    Outcome.DUPLICATE: "a copy of an event that is already on its way",
    Outcome.PENDING: "not decided yet",
}


def known_codes(about: About) -> Mapping[str, Code]:
    """Every code that a run with this destination may show. Where both have words for one, the destination's stand."""
    return {**DELIVERY_CODES, **FORMAT_CODES, **_OWN, **about.codes}
