"""Every test of a run is held with each kind of queue: the one in memory, and the one that outlives the process; and with
inputs that are read in a thread of their own, and directly."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
import scripted_sender
from stored_books import stored_queue

from tiktok_destination.delivery import MemoryQueue

WITH_EACH_KIND = ("test_delivery_run", "test_delivery_properties")
MEMORY_ALONE = {
    # A second run over the same places is, for a queue that outlives the process, the same input going on.
    "test_a_copy_with_other_content_is_told_apart",
}

INPUT_WAITS = {
    "test_events_of_a_live_input_are_sent_though_the_batch_is_not_full",
    "test_stop_ends_a_run_whose_input_is_silent",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.module.__name__ in WITH_EACH_KIND:
        name = metafunc.function.__name__
        kinds = ["memory"] if name in MEMORY_ALONE else ["memory", "stored"]
        kinds += [] if name in INPUT_WAITS else ["direct"]
        metafunc.parametrize("kind_of_queue", kinds, indirect=True)


@pytest.fixture(autouse=True)
def kind_of_queue(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch):
    with ExitStack() as stack:

        def new_stored_queue():
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            return stored_queue(Path(folder), stack)

        kinds = {"memory": MemoryQueue, "stored": new_stored_queue, "direct": MemoryQueue}
        kind = getattr(request, "param", "memory")
        monkeypatch.setattr(scripted_sender, "new_queue", kinds[kind])
        monkeypatch.setattr(scripted_sender, "inputs_may_wait", kind != "direct")
        yield
