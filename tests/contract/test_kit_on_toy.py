"""The toy keeps the contract."""

from __future__ import annotations

from typing import ClassVar

import pytest
from kit import DestinationContract

from plugin_spec import Record


@pytest.mark.usefixtures("toy_on_path")
class TestToy(DestinationContract):
    name = "toy"
    config: ClassVar = {"settings": {"url": "http://127.0.0.1:8080/"}, "mapping": {"prefix": "shop."}}
    records = (
        Record(1, b'{"name": "bought", "id": "a-1", "basket": [1, {"price": 2.5}]}'),
        Record(2, {"name": "bought", "id": "a-2"}),
        Record(3, {"name": "seen"}),
        Record(4, b'{"id": "a-4"}'),
    )
    now = 1_790_000_000.0
