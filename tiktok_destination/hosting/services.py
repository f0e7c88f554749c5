"""What a host hands to a sender: this machine's clock, chance, network and environment."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Mapping

import requests

from plugin_spec import Services

_LOGGER = logging.getLogger("tiktok_destination")
_LOGGER.addHandler(logging.NullHandler())  # silence by default, and no "last resort" on stderr


def host_services(environ: Mapping[str, str], stop: threading.Event) -> Services:
    """The services of a host; a wait of minutes ends as soon as `stop` is set."""

    def sleep(seconds: float) -> None:
        stop.wait(seconds)

    return Services(
        clock=time.time,
        monotonic=time.monotonic,
        sleep=sleep,
        random=random.Random(),  # noqa: S311 - spreads waits, guards nothing
        http_session=requests.Session,
        logger=_LOGGER,
        environ=environ,
    )
