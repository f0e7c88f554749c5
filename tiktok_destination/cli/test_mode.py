"""The sentence about test mode. It stands alone, so that `validate` needs none of what a summary needs."""

from __future__ import annotations

from typing import Final

TEST_MODE: Final = "TEST MODE: the configuration has a test event code. The receiver shows these events and does not count them."
