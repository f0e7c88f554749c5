"""F5: the n-th operation of the store fails, for n = 1, 2, 3 … until a run comes to its end without meeting the failure.

A full disk is real where it can be: SQLite may have no further page, or the system no longer file (RLIMIT_FSIZE, in a process of
its own). Other errors are injected at the store's seam, its connection; once, or from then on. Afterwards, with all well
again, everything that was accepted is delivered, and what was not accepted had its caller told.
"""

from __future__ import annotations

import itertools
import json
import random
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from plugin_spec import Prepared
from tests.figures.clocks import Clock
from tests.figures.conservation import Tally as Sums
from tests.figures.driving import Receiver, drive, services
from tests.figures.figure import Effort, Happened
from tests.figures.poison import about
from tiktok_destination.delivery import QueueError
from tiktok_destination.delivery.outbox import (
    Incoming,
    Origin,
    Outbox,
    OutboxLedger,
    StoredQueue,
    Tally,
    scope_of,
)
from tiktok_destination.store import Database, StoreError
from tiktok_destination.store.database import connect

START = 1_795_176_000.0
KINDS = ("an error once", "an error for ever", "no further page", "no longer file")
_PORTIONS = 4
_PER_PORTION = 8
_BODY = b" of a size that fills a page now and then" * 10
_TOO_LONG = 20_000
"""Events that a small file cannot hold."""


class Failing:
    """SQLite's connection, whose n-th statement fails: once, or that and all that follow."""

    def __init__(self, address: str, trouble: Trouble) -> None:
        self._real = connect(address)
        self._trouble = trouble
        if trouble.pages is not None:
            self._real.execute(f"PRAGMA max_page_count = {trouble.pages}")

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> sqlite3.Cursor:
        self._trouble.meet()
        return self._real.execute(sql, parameters)

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> sqlite3.Cursor:
        self._trouble.meet()
        return self._real.executemany(sql, parameters)

    def close(self) -> None:
        self._real.close()


class Trouble:
    """What goes wrong."""

    def __init__(self, *, nth: int | None = None, once: bool = False, pages: int | None = None) -> None:
        self.pages = pages
        self.met = False
        self._left = nth
        self._once = once

    def meet(self) -> None:
        if self._left is None:
            return
        self._left -= 1
        if self._left == 0 or (self._left < 0 and not self._once):
            self.met = True
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR_WRITE
            error.sqlite_errorname = "SQLITE_IOERR_WRITE"
            raise error


def case(seed: int, effort: Effort) -> Happened:
    found = Happened()
    kind = KINDS[seed % len(KINDS)]
    if kind == "no longer file":
        _no_longer_file(random.Random(seed), found)
    elif kind == "no further page":
        for pages in itertools.count(30, 1 if not effort.short else 15):
            if not _one(Trouble(pages=pages), found, effort.tally, f"{pages} pages"):
                break
    else:
        once = kind == "an error once"
        for nth in itertools.count(1, 1 if not effort.short else 7):
            if not _one(Trouble(nth=nth, once=once), found, effort.tally, f"{kind}, n = {nth}"):
                break
    found.counts[kind] += 1
    return found


def _one(trouble: Trouble, found: Happened, sums: Sums, told: str) -> bool:
    """One run that meets the trouble, and one without it. Whether it met it."""
    receiver = Receiver()
    with tempfile.TemporaryDirectory(prefix="figures-") as folder:
        with Database(Path(folder)):
            pass  # a host that cannot even begin has accepted nothing
        accepted: list[bytes] = []
        refused = 0
        try:
            refused = _run(Path(folder), trouble, receiver, accepted, sums)
        except (StoreError, QueueError):
            trouble.met = True
        except Exception as error:  # noqa: BLE001 - any other exception is what must not be
            found.breaches.append(f"{told}: {type(error).__name__} escaped")
        trouble.met = trouble.met or bool(refused)
        _run(Path(folder), Trouble(), receiver, [], sums)
    lost = [body for body in accepted if body not in receiver.came]
    found.expect(not lost, f"{told}: {len(lost)} of {len(accepted)} accepted are lost")
    found.counts.update(runs=1, accepted=len(accepted))
    found.counts["met the failure"] += trouble.met
    found.counts["portions refused to their caller"] += refused
    return trouble.met


def _run(folder: Path, trouble: Trouble, receiver: Receiver, accepted: list[bytes], sums: Sums) -> int:
    """Accept (where anything is asked for) and send; how many portions were refused."""
    refused = 0
    clock = Clock(START)
    with ExitStack() as stack:

        def seam(address: str) -> Failing:
            return Failing(address, trouble)

        synced = stack.enter_context(Database(folder, synced=True, connect=seam))
        scope = scope_of(synced, "n", "r")
        outbox = Outbox(synced, scope, Tally(scope.number, ()), clock.wall, b"figures")
        if trouble.pages is not None or trouble._left is not None:
            for portion in range(_PORTIONS):
                entries = _portion(portion)
                try:
                    outbox.accept(entries)
                except QueueError:
                    refused += 1
                else:
                    accepted += [one.entry.body for one in entries if isinstance(one.entry, Prepared)]
        run = stack.enter_context(Database(folder, check=True, connect=seam))
        ledger = OutboxLedger(scope)
        queue = StoredQueue(run, scope, ledger, Tally(scope.number, ()), clock.wall)
        drive(
            map(ledger.hand, outbox.waiting()),
            sender=receiver,
            about=about(),
            services=services(clock, seed=1),
            tally=sums,
            queue=queue,
            interrupted=True,
        )
    return refused


def _portion(portion: int) -> list[Incoming]:
    numbers = range(portion * _PER_PORTION + 1, (portion + 1) * _PER_PORTION + 1)
    return [
        Incoming(
            Prepared(
                number,
                1,
                "Purchase",
                f"e-{number}",
                "k",
                b"key %d" % number,
                START + 1e6,
                b"%d" % number + _BODY,
            ),
            Origin("figures", number),
        )
        for number in numbers
    ]


_CHILD = """\
import json, resource, signal, sys
from pathlib import Path
from tests.figures.nth_failure import fill
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
folder, most = Path(sys.argv[1]), int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
print(json.dumps(fill(folder)))
"""


def fill(folder: Path) -> dict[str, Any]:
    """Accept until a portion is refused; how many events were accepted, and by which code the next ones were not."""
    accepted = 0
    with Database(folder, synced=True) as database:
        scope = scope_of(database, "n", "r")
        outbox = Outbox(database, scope, Tally(scope.number, ()), lambda: START, b"figures")
        for portion in range(_TOO_LONG // _PER_PORTION):
            try:
                outbox.accept(_portion(portion))
            except QueueError as error:
                return {"accepted": accepted, "code": error.code}
            accepted += _PER_PORTION
    return {"accepted": accepted, "code": None}


def _no_longer_file(rng: random.Random, found: Happened) -> None:
    most = rng.randrange(300_000, 1_500_000)
    with tempfile.TemporaryDirectory(prefix="figures-") as folder:
        child = subprocess.run(
            [sys.executable, "-c", _CHILD, folder, str(most)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        found.expect(child.returncode == 0, f"a file of {most} bytes: {child.stderr[-300:]}")
        if child.returncode:
            return
        told = json.loads(child.stdout)
        found.expect(told["code"] in ("store_full", "store_failed"), f"a file of {most} bytes: {told}")
        receiver = Receiver()
        _run(Path(folder), Trouble(), receiver, [], Sums())
        found.expect(
            len(receiver.came) >= told["accepted"], f"{told['accepted']} accepted, {len(receiver.came)} found"
        )
        found.counts.update(runs=1, accepted=told["accepted"])
        found.counts["met the failure"] += 1
        found.counts["portions refused to their caller"] += 1


def tell(whole: Happened) -> dict[str, Any]:
    return {
        "accepted and lost": sum("lost" in one for one in whole.breaches),
        "exceptions that escaped": sum("escaped" in one for one in whole.breaches),
    }
