"""A host in a process of its own, to be killed: one thread accepts numbered events, the main thread sends what waits.

`python -m tests.figures.outbox_child ORDER`, ORDER in JSON. What it has accepted it writes to a log, after `accept` has returned. A
crash point ends it at once, without any tidying, at the n-th time that it is passed.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from plugin_spec import EntryOutcome, Prepared, Reply
from tests.figures.driving import credential, tiktok, web_config
from tests.figures.records import purchase
from tiktok_destination.delivery import DeliverySettings, QueueError, deliver
from tiktok_destination.delivery.outbox import (
    Incoming,
    Origin,
    Outbox,
    OutboxLedger,
    StoredQueue,
    Tally,
    scope_of,
)
from tiktok_destination.hosting.services import host_services
from tiktok_destination.store import Database, SenderLock, SenderLockedError, StoreError
from tiktok_destination.store.database import connect

CRASHED = 77
REFUSED = 78
"""Exit codes: a crash point was passed; another process sends."""
_ACCEPTED_AT_ONCE = 40
_BATCH = 20
"""Events to a request, so that there are many, and one is under way at most moments."""
_REST_S = 0.002


class CrashPoint:
    """Ends the process at the n-th passing of one point."""

    def __init__(self, name: str | None, nth: int) -> None:
        self._name = name
        self._left = nth

    def passed(self, name: str) -> None:
        if name == self._name:
            self._left -= 1
            if self._left == 0:
                os._exit(CRASHED)


class Crashing:
    """SQLite's connection, which knows what its transactions are about, and passes points at their ends."""

    def __init__(self, address: str, point: CrashPoint, kind: str) -> None:
        self._real = connect(address)
        self._point = point
        self._kind = kind
        self._about: list[str] = []

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> sqlite3.Cursor:
        if sql != "COMMIT":
            self._note(sql)
            return self._real.execute(sql, parameters)
        about, self._about = self._about, []
        for one in about:
            self._point.passed(f"before {one} is committed")
        done = self._real.execute(sql)
        for one in about:
            self._point.passed(f"after {one} is committed")
        return done

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> sqlite3.Cursor:
        self._note(sql)
        return self._real.executemany(sql, parameters)

    def close(self) -> None:
        self._real.close()

    def _note(self, sql: str) -> None:
        for start, what in ABOUT.items():
            if sql.startswith(start) and what not in self._about:
                self._about.append(what)


ABOUT = {
    "CREATE TABLE scopes": "the schema",
    "INSERT INTO events": "what is accepted",
    "INSERT OR REPLACE INTO flights": "a beginning request",
    "INSERT INTO key_log": "a delivery",
    "INSERT OR REPLACE INTO keys": "the filing of keys",
    "DELETE FROM events": "an outcome",
    "DELETE FROM keys WHERE scope = ? AND kept_until": "the forgetting of old keys",
}
"""How a statement begins → what its transaction is about."""
POINTS = (
    *(f"{moment} {what} is committed" for what in ABOUT.values() for moment in ("before", "after")),
    "before a request",
    "after a request",
    "before outcomes are told",
)


class Host:
    """The parts, put together as a host does; its database connections pass crash points."""

    def __init__(self, order: dict[str, Any], stack: ExitStack) -> None:
        self.order = order
        self.point = CrashPoint(order.get("crash"), order.get("nth", 1))
        self.stop = threading.Event()
        self.services = host_services({"TIKTOK_BASE_URL": order["url"]}, self.stop)
        folder = Path(order["folder"])
        stack.enter_context(SenderLock(folder, order["name"]))
        began = time.perf_counter()
        self.run = stack.enter_context(Database(folder, check=True, connect=self._connect("run")))
        synced = stack.enter_context(Database(folder, synced=True, connect=self._connect("accept")))
        self.scope = scope_of(synced, order["name"], "emulator")
        self.tally = Tally(self.scope.number, ())
        self.outbox = Outbox(synced, self.scope, self.tally, time.time, os.urandom(16))
        self.ledger = OutboxLedger(self.scope)
        self.queue = StoredQueue(self.run, self.scope, self.ledger, self.tally, time.time)
        self.recovered_s = time.perf_counter() - began
        self.accepting = threading.Event()
        self.accepting.set()
        self.destination = tiktok()
        self.plan = self.destination.compile(web_config(order["pixel"]))

    def _connect(self, kind: str) -> Callable[[str], Any]:
        return lambda address: Crashing(address, self.point, kind)

    def accept(self) -> None:
        """Accept events in portions of any size until there are no more, or the end is near."""
        order = self.order
        rng = random.Random(order["seed"])
        now = int(time.time())
        number, last = order["first"], order["first"] + order["count"]
        log = os.open(order["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        while number < last and not self.stop.is_set():
            names = range(number, min(number + rng.randint(1, _ACCEPTED_AT_ONCE), last))
            records = [purchase(at, f"{order['name']}-{name}", now - 60) for at, name in enumerate(names, 1)]
            entries = [
                Incoming(entry, Origin("numbers", entry.position))
                for entry in self.plan.prepare(records, now)
            ]
            try:
                self.outbox.accept(entries)
            except QueueError:
                break
            os.write(log, "".join(f"{order['name']}-{name}\n" for name in names).encode())
            number = names[-1] + 1
            time.sleep(rng.random() * _REST_S)
        self.accepting.clear()

    def flow(self) -> Iterator[Prepared]:
        """What waits, and what comes to wait, until nothing more is accepted (one that stays: until it is ended)."""
        last = 0
        while not self.stop.is_set():
            accepting = self.accepting.is_set()
            found = False
            for waiting in self.outbox.waiting(last):
                last, found = waiting.number, True
                yield self.ledger.hand(waiting)
            if not found and not accepting and not self.order.get("stays"):
                return
            if not found:
                time.sleep(_REST_S)

    def send(self) -> int:
        destination = self.destination
        sender = destination.open(
            web_config(self.order["pixel"]), credential(self.order["token"]), self.services
        )
        point, real_send = self.point, sender.send

        class Passing:
            def send(self, batch_key: str, bodies: Sequence[bytes]) -> Reply:
                point.passed("before a request")
                reply = real_send(batch_key, bodies)
                point.passed("after a request")
                return reply

            def close(self) -> None:
                sender.close()

        def told(outcomes: Sequence[EntryOutcome]) -> None:
            del outcomes
            point.passed("before outcomes are told")

        deliver(
            self.flow(),
            sender=Passing(),
            about=replace(destination.about, max_events=_BATCH),
            settings=DeliverySettings(in_flight=self.order.get("in_flight", 4), patience_s=60),
            services=self.services,
            queue=self.queue,
            on_outcomes=told,
            stop=self.stop,
        )
        sender.close()
        return 0


def main() -> int:
    order = json.loads(sys.argv[1])
    with ExitStack() as stack:
        try:
            host = Host(order, stack)
        except SenderLockedError as error:
            print(error, flush=True)
            return REFUSED
        except StoreError as error:
            print(error, flush=True)
            return REFUSED + 1
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=host.stop.set).start())
        print(f"ready {host.recovered_s * 1000:.1f}", flush=True)
        accepting = threading.Thread(target=host.accept)
        accepting.start()
        result = host.send()
        accepting.join()
        return result


if __name__ == "__main__":
    sys.exit(main())
