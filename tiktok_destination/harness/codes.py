"""The harness's own codes: why an event that nothing speaks against has not been sent yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from plugin_spec import About, Code
from tiktok_destination.hosting.codes import known_codes as codes_of_any_host

NOT_OPENED: Final = "not_opened"
BROKE_OFF: Final = "broke_off"
LOCKED: Final = "locked"
TEST_MODE: Final = "test_mode"

_OWN: Final = {
    code.code: code
    for code in (
        Code(
            NOT_OPENED,
            "The destination cannot send: its configuration is faulty, or its credential is missing.",
            "Mend the configuration or connect, then try again.",
        ),
        Code(
            BROKE_OFF,
            "Delivery broke off by a defect of the harness or of the destination's plugin. Nothing is lost.",
            "Report it: the log names the kind of error. Then try again.",
        ),
        Code(
            LOCKED,
            "Somebody else sends for this destination at the moment, so the harness does not.",
            "Wait for it to end, or stop it: the harness tries again by itself.",
        ),
        Code(
            TEST_MODE,
            "The configuration is in test mode, and this event was made before: it would count.",
            "Take the test code out of the configuration to send it.",
        ),
    )
}


def known_codes(about: About) -> Mapping[str, Code]:
    """Every code that a page may show."""
    return {**codes_of_any_host(about), **_OWN}
