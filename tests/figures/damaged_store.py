"""F4: the store is damaged on the disk: a torn log, a flipped bit in a row, flipped bits anywhere.

- After a torn log what was accepted is a prefix of what was accepted in order.
- A flipped row fails its digest: it is rejected, counted, and never sent.
- A flip in the structure: no sender starts, with one clear message; what salvage saves and what it counts as lost is everything.
- Whatever is flipped: no bytes are ever sent that were not accepted.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from collections import Counter
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from plugin_spec import Outcome, Prepared, Services
from tests.figures.clocks import Clock
from tests.figures.driving import Receiver, drive, services
from tests.figures.figure import Effort, Happened
from tests.figures.poison import about
from tiktok_destination.delivery import QueueError
from tiktok_destination.delivery.outbox import (
    Incoming,
    Origin,
    Outbox,
    OutboxLedger,
    Selection,
    StoredQueue,
    Tally,
    dead_letters,
    scope_of,
    soundness,
    tally,
)
from tiktok_destination.store import FILE, Database, StoreError
from tiktok_destination.store.salvage import salvage

START = 1_795_176_000.0
_PORTIONS = 12
_PER_PORTION = 10
KINDS = ("torn log", "flipped row", "flipped anywhere")


def case(seed: int, effort: Effort) -> Happened:
    found = Happened()
    rng = random.Random(seed)
    kind = KINDS[seed % len(KINDS)]
    with tempfile.TemporaryDirectory(prefix="figures-") as folder:
        judge = {"torn log": _torn, "flipped row": _flipped_row, "flipped anywhere": _flipped_anywhere}[kind]
        judge(Path(folder), rng, found, effort)
    found.counts[kind] += 1
    return found


def _bodies() -> list[bytes]:
    return [f"event {number:04d} ".encode() * 20 for number in range(_PORTIONS * _PER_PORTION)]


def _filled(folder: Path) -> list[bytes]:
    """A data folder with everything in its database file; the bodies in the order in which they were accepted."""
    with ExitStack() as stack:
        _accept(_outbox(stack, folder))
    return _bodies()


def _outbox(stack: ExitStack, folder: Path) -> Outbox:
    database = stack.enter_context(Database(folder, synced=True))
    scope = scope_of(database, "n", "r")
    return Outbox(database, scope, Tally(scope.number, ()), lambda: START, b"figures")


def _accept(outbox: Outbox) -> None:
    bodies = _bodies()
    for at in range(0, len(bodies), _PER_PORTION):
        outbox.accept(
            [
                Incoming(
                    Prepared(
                        number, 1, "Purchase", f"e-{number}", "k", b"key %d" % number, START + 1e6, body
                    ),
                    Origin("figures", number),
                )
                for number, body in enumerate(bodies[at : at + _PER_PORTION], at + 1)
            ]
        )


def _torn(folder: Path, rng: random.Random, found: Happened, effort: Effort) -> None:
    whole, torn = folder / "whole", folder / "torn"
    with ExitStack() as stack:
        outbox = _outbox(stack, whole)
        _accept(outbox)
        shutil.copytree(whole, torn)  # as it lies on the disk while its host works
    log = torn / f"{FILE}-wal"
    content = bytearray(log.read_bytes())
    (torn / f"{FILE}-shm").unlink(missing_ok=True)
    cut = rng.randrange(len(content))
    if rng.random() < 0.5:
        content = content[:cut]
    else:  # the end was not yet on the disk, and is what was there before
        content[cut:] = rng.randbytes(len(content) - cut)
    log.write_bytes(content)
    receiver, told = _sent(torn, found, effort)
    if told is not None:
        found.expect(cut < 32 * 4096, f"a torn log is no damage: {told}")
        return
    came = [body for body in _bodies() if body in receiver.came]
    found.expect(came == _bodies()[: len(came)], "what is left is no prefix of what was accepted")
    found.expect(len(came) % _PER_PORTION == 0, "a portion is left in part")
    found.counts["events found"] += len(came)
    _nothing_strange(receiver, found)


def _flipped_row(folder: Path, rng: random.Random, found: Happened, effort: Effort) -> None:
    bodies = _filled(folder)
    path = folder / FILE
    content = bytearray(path.read_bytes())
    victims = rng.sample(range(len(bodies)), rng.randint(1, 5))
    for victim in victims:
        at = content.index(bodies[victim]) + rng.randrange(len(bodies[victim]))
        content[at] ^= 1 << rng.randrange(8)
    path.write_bytes(content)
    receiver, told = _sent(folder, found, effort)
    found.expect(told is None, f"a flipped row keeps a sender from starting: {told}")
    sound = {body for number, body in enumerate(bodies) if number not in victims}
    found.expect(set(receiver.came) == sound, "not exactly the rows that are whole were sent")
    rejected = _counted(folder)[Outcome.REJECTED]
    found.expect(rejected == len(victims), f"{rejected} rejected, {len(victims)} rows were flipped")
    found.counts["flipped rows"] += len(victims)


def _flipped_anywhere(folder: Path, rng: random.Random, found: Happened, effort: Effort) -> None:
    bodies = _filled(folder)
    path = folder / FILE
    content = bytearray(path.read_bytes())
    for _ in range(rng.choice((1, 4, 16))):
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    path.write_bytes(content)
    receiver, told = _sent(folder, found, effort)
    if told is not None:
        found.counts["refused to start"] += 1
        found.expect("store salvage" in told or "newer" in told or "others" in told, f"the message is {told}")
        with suppress(StoreError):
            saved = salvage(folder, START)
            found.expect(saved is not None, "what cannot be opened is called whole")
            again, told = _sent(folder, found, effort)
            found.expect(told is None, f"after salvage: {told}")
            receiver.came += again.came
            found.counts["salvaged"] += 1
            found.counts["saved by salvage"] += len(again.came)
            lost = len(bodies) - len(receiver.came) - _counted(folder)[Outcome.REJECTED]
            gaps = 0 if saved is None else sum(one.gaps + one.unfit for one in saved.tables)
            found.expect(lost <= 0 or gaps > 0, f"{lost} events are gone, and nothing says so")
    else:
        missing = len(bodies) - len(receiver.came) - max(_counted(folder)[Outcome.REJECTED], 0)
        if missing:
            found.counts["events missing, and found by store check"] += missing
            with Database(folder) as database:
                found.expect(not soundness(database).good, f"{missing} events are gone, and nothing says so")
    _nothing_strange(receiver, found)
    found.expect(max(receiver.came.values(), default=0) <= 1, "an event was sent twice")


def _nothing_strange(receiver: Receiver, found: Happened) -> None:
    strange = set(receiver.came) - set(_bodies())
    found.expect(not strange, f"{len(strange)} bodies were sent that nobody accepted")


def _sent(folder: Path, found: Happened, effort: Effort) -> tuple[Receiver, str | None]:
    """Everything that can be sent is; what a sender says that does not start, or breaks off."""
    receiver = Receiver()
    clock = Clock(START)
    lent: Services = services(clock, seed=1)
    try:
        with ExitStack() as stack:
            database = stack.enter_context(Database(folder, check=True))
            outbox = _outbox(stack, folder)
            scope = scope_of(database, "n", "r")
            ledger = OutboxLedger(scope)
            queue = StoredQueue(database, scope, ledger, Tally(scope.number, ()), clock.wall)
            drive(
                map(ledger.hand, outbox.waiting()),
                sender=receiver,
                about=about(),
                services=lent,
                tally=effort.tally,
                queue=queue,
            )
    except (StoreError, QueueError) as error:
        return receiver, str(error)
    except Exception as error:  # noqa: BLE001 - any other is a breach, and the case goes on
        found.breaches.append(f"a sender ended with {type(error).__name__}: {error}")
        return receiver, "store salvage"
    return receiver, None


def _counted(folder: Path) -> Counter[Outcome]:
    counts: Counter[Outcome] = Counter()
    with Database(folder) as database:
        for one in tally(database, [1], 0):
            counts[one.outcome] += one.count
        letters = list(dead_letters(database, [1], Selection()))
    if len(letters) != counts[Outcome.REJECTED]:
        counts[Outcome.REJECTED] = -1
    return counts


def tell(whole: Happened) -> dict[str, Any]:
    return {
        "sent that was never accepted": sum("nobody accepted" in one for one in whole.breaches),
        "events that salvage saved": whole.counts["saved by salvage"],
    }
