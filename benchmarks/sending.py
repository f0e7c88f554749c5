"""One run over a file in a process of its own: `python -m benchmarks.sending STAGE FILE PORT` prints its cost as JSON.

The parts are those of the command `send`, put together alike: digest of the file, books on the disk, reader, intake, plan,
delivery, account, sender. The books are new ones, in a folder of their own beside the file, and end with the run. The
clock of judging stands still, so that the events never grow too old.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks import plans
from benchmarks.events import NOW
from plugin_spec import (
    Credential,
    DestinationManager,
    EntryOutcome,
    Outcome,
    Prepared,
    Reply,
    Sender,
    Settled,
)
from tiktok_destination.cli.input_books import known_input, ledger_of
from tiktok_destination.delivery import DeliverySettings, deliver
from tiktok_destination.delivery.outbox import StoredQueue
from tiktok_destination.formats import open_records
from tiktok_destination.hosting.accounting import Account
from tiktok_destination.hosting.intake import Intake
from tiktok_destination.hosting.keeping import open_keeping
from tiktok_destination.hosting.services import host_services

IN_FLIGHT: Final = 4
_PORTION: Final = 256


def main() -> None:
    stage, path, port = sys.argv[1:]
    began, cpu_began = time.perf_counter(), time.process_time()
    told = STAGES[stage](path, int(port))
    told |= {
        "wall_s": time.perf_counter() - began,
        "cpu_s": time.process_time() - cpu_began,
        "peak_mb": peak_mb(),
    }
    print(json.dumps(told))


def peak_mb() -> float | None:
    """The most memory that this process has held; None where the system does not say."""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:
        return None
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _no_standard_input() -> Any:
    raise RuntimeError("a benchmark reads a file")


def _read(path: str, _port: int) -> dict[str, Any]:
    with open_records(path, _no_standard_input) as records:
        return {"records": sum(1 for _ in records)}


def _prepare(path: str, _port: int) -> dict[str, Any]:
    with open_records(path, _no_standard_input) as records:
        intake = Intake(records)
        entries = plans.plan("segment").prepare(intake.records(), NOW)
        for entry in entries:
            intake.forget_before(entry.position)
        return {"records": intake.records_read}


@dataclass
class _CountedSender(Sender):
    """Adds up the CPU of the threads that send."""

    sender: Sender
    requests: int = 0
    cpu_s: float = 0.0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def send(self, batch_key: str, bodies: Sequence[bytes]) -> Reply:
        began = time.thread_time()
        reply = self.sender.send(batch_key, bodies)
        spent = time.thread_time() - began
        with self._lock:
            self.requests += 1
            self.cpu_s += spent
        return reply

    def close(self) -> None:
        self.sender.close()


@dataclass
class _CountedEntries:
    """The CPU of reading and preparing, in portions as large as those that a run takes from a file."""

    entries: Iterable[Prepared | Settled]
    cpu_s: float = 0.0

    def __iter__(self) -> Iterator[Prepared | Settled]:
        entries = iter(self.entries)
        while True:
            began = time.thread_time()
            portion = list(islice(entries, _PORTION))
            self.cpu_s += time.thread_time() - began
            if not portion:
                return
            yield from portion


def _send(path: str, port: int) -> dict[str, Any]:
    manager = DestinationManager()
    destination = manager.load("tiktok")
    stop = threading.Event()
    environ = {"TIKTOK_BASE_URL": f"http://127.0.0.1:{port}"}
    services = replace(host_services(environ, stop), clock=lambda: NOW)
    config = plans.config("segment")
    settings = DeliverySettings(patience_s=60, in_flight=IN_FLIGHT)
    sender = _CountedSender(
        destination.open(
            config, Credential("benchmark", "benchmark-token-000000000000000000000000"), services
        )
    )
    account = Account(destination.about.unknown_name_codes)
    with TemporaryDirectory(dir=Path(path).parent, prefix="books-") as folder:
        with ExitStack() as stack:
            stack.callback(sender.close)
            records = stack.enter_context(open_records(path, _no_standard_input))
            named = (config["name"], destination.receiver(environ))
            keeping = stack.enter_context(
                open_keeping(
                    Path(folder),
                    named,
                    destination.about,
                    services.clock,
                    retention_days=settings.retention_days,
                )
            )
            digest_began = time.thread_time()
            known = known_input(keeping, path, is_sorted=False, resume=False)
            digest_s = time.thread_time() - digest_began
            intake = Intake(records, first=known.first_record, keep_records=settings.keep_records)
            ledger = ledger_of(known, keeping, intake, keep_records=settings.keep_records)
            plan = destination.compile(config)
            entries = _CountedEntries(
                ledger.left(intake.entries(plan.prepare(intake.records(), services.clock)))
            )

            def note(decided: Sequence[EntryOutcome]) -> None:
                account.add(decided)
                intake.forget_before(decided[-1].position)
                manager.announce(config["name"], decided, services.logger)

            began = time.thread_time()
            deliver(
                entries,
                sender=sender,
                about=destination.about,
                settings=settings,
                services=services,
                queue=StoredQueue(keeping.database, keeping.scope, ledger, keeping.tally, services.clock),
                on_outcomes=note,
                stop=stop,
                may_wait=False,
            )
            ledger.finish(intake.records_read)
            closing_began = time.thread_time()
            delivery_s = closing_began - began
        closing_s = time.thread_time() - closing_began
        books_bytes = sum(file.stat().st_size for file in Path(folder).iterdir())
    if account.records != intake.records_read or account.all_outcomes[Outcome.PENDING]:
        raise RuntimeError("not every record has its outcome")
    return {
        "records": intake.records_read,
        "requests": sender.requests,
        "delivered": account.outcomes[Outcome.DELIVERED],
        "books_mb": books_bytes / 1024**2,
        "cpu_by_stage_s": {
            "digest": digest_s,
            "reading and prepare": entries.cpu_s,
            "delivery": delivery_s - entries.cpu_s,
            "closing the books": closing_s,
            "HTTP": sender.cpu_s,
        },
    }


STAGES: Final = {"reading": _read, "prepare": _prepare, "send": _send}
"""What is run: reading alone, with prepare, or everything."""


if __name__ == "__main__":
    main()
