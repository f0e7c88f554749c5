"""F10: the receiver is away for ten minutes while 200 events a second come in; then it is back.

The receiver is an emulator in a process of its own, so that memory and CPU are the sender's. Time passes on the run's
clock: during the outage only while the run waits, afterwards not at all, which is the hardest case, as everything that
has gathered is there at once. What cannot be read yet waits in the source; the run holds its window and no more.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import msgspec
import requests

from plugin_spec import EntryOutcome, Outcome, Record
from tests.figures import checker
from tests.figures.clocks import Clock
from tests.figures.driving import Watched, credential, drive, services, tiktok, web_config
from tests.figures.figure import Effort, Happened
from tests.figures.records import purchase
from tiktok_destination.delivery import DeliverySettings

START = 1_795_176_000.0
PIXEL, TOKEN = "C0PIXELCODE00000001A", "emulator-token-0000000000000000000000000"
PER_SECOND = 200
OUTAGE_S, SHORT_OUTAGE_S = 600, 60
AHEAD_S = 30
"""The input has run this long when the outage begins, so that the run's window is full from the start."""
MOST_GROWTH_MB = 8
"""While the receiver is away, beyond what the full window takes."""
LEAST_TIMES_INPUT = 5
MOST_ATTEMPTS = 5_000
"""Then the time passes all the same, or a run that never waits would never end."""
IN_FLIGHT = 4
LONGEST_BACK_OFF_S = 60.0


def case(seed: int, effort: Effort) -> Happened:
    found = Happened()
    outage_s = SHORT_OUTAGE_S if effort.short else OUTAGE_S
    count = (AHEAD_S + outage_s) * PER_SECOND
    clock, destination, config = Clock(START), tiktok(), web_config(PIXEL)
    with emulator() as receiver, OutcomesFile() as file:
        outage = Outage(receiver, clock, outage_s)
        lent = services(clock, seed=seed, base_url=receiver.url)
        sender = Watched(
            destination.open(config, credential(TOKEN), lent), clock, before=outage.ahead_of_request
        )
        drive(
            destination.compile(config).prepare(_live(count, clock), clock.wall),
            sender=sender,
            about=destination.about,
            services=lent,
            tally=effort.tally,
            settings=DeliverySettings(patience_s=900, in_flight=IN_FLIGHT),
            on_outcomes=file.write,
            keep=False,
        )
        outage.drained()
        sender.close()
        lines, outcomes = list(receiver.ledger()), file.read()
    sent = checker.digests_of(destination.compile(config).prepare(_live(count, None), START + outage_s))
    found.breaches += checker.breaches(sent, outcomes, checker.of_ledger(lines))
    delivered = sum(outcome.outcome is Outcome.DELIVERED for outcome in outcomes)
    found.expect(delivered == count, f"{delivered} of {count} events are delivered")
    attempts = [at for at in sender.log.times if at < outage_s]
    steps = Counter(attempts)
    per_second = Counter(map(int, attempts))
    first_s = min(sender.log.delivered_at, default=float("inf")) - outage_s
    drained_per_second = count / outage.drain_cpu_s
    found.expect(
        0 <= first_s <= LONGEST_BACK_OFF_S, f"the first success came {first_s:.1f} s after the recovery"
    )
    pauses = [later - earlier for earlier, later in pairwise(sorted(steps))]
    longest_s = max(pauses, default=0.0)
    found.expect(
        longest_s <= LONGEST_BACK_OFF_S + 0.01, f"{longest_s:.1f} s between two steps of the back-off"
    )
    most = max([steps[at] for at in sorted(steps)[1:]], default=0)  # the first step knows of no outage yet
    found.expect(most <= 1, f"{most} requests at one step of the back-off")
    found.expect(
        effort.short or drained_per_second >= LEAST_TIMES_INPUT * PER_SECOND,  # a short run holds to no speed
        f"{drained_per_second:.0f} events a CPU second, {PER_SECOND} came in",
    )
    found.expect(outage.grown_mb <= MOST_GROWTH_MB, f"{outage.grown_mb:.1f} MB more at the end of the outage")
    found.counts.update(events=count)
    found.counts["failed attempts in the outage"] = len(attempts)
    found.counts["steps of the back-off"] = len(steps)
    for name, value in {
        "memory": outage.grown_mb,
        "drain": drained_per_second,
        "first": first_s,
        "a step": most,
        "a second": max(per_second.values()),
        "a minute": len(attempts) / (outage_s / 60),
        "memory of the whole run": outage.whole_mb,
        "pause": longest_s,
    }.items():
        found.measure(name, value)
    return found


def tell(whole: Happened) -> dict[str, Any]:
    most = {name: max(values) for name, values in whole.measured.items()}
    return {
        "memory during the outage (MB more)": round(most["memory"], 1),
        "through the drain (MB more)": round(most["memory of the whole run"], 1),
        "drain, to the input, in CPU time of the sender": f"{min(whole.measured['drain']) / PER_SECOND:.0f} ×",
        "first success after the recovery (virtual s)": round(most["first"], 1),
        "longest pause between attempts (virtual s)": round(most["pause"], 1),
        "attempts at a step after the first, at most": int(most["a step"]),
        "in one virtual second, at most": int(most["a second"]),
        "in a virtual minute": round(most["a minute"], 1),
    }


def _live(count: int, clock: Clock | None) -> Iterator[Record]:
    """An event each two hundredth of a second; each can be read from its moment on."""
    for number in range(count):
        due = START - AHEAD_S + number / PER_SECOND
        if clock is not None:
            clock.wait_until(due)
        yield purchase(number + 1, f"e-{number}", int(due))


class Outage:
    """The receiver answers 503 until the time is over."""

    def __init__(self, receiver: Receiver, clock: Clock, seconds: float) -> None:
        self._receiver = receiver
        self._clock = clock
        self._shown = 0.0
        self._at_first: float | None = None
        self._attempts = 0
        self._seconds = seconds
        self._cpu_s = 0.0
        self.grown_mb = self.whole_mb = self.drain_cpu_s = 0.0
        receiver.admin("faults", [{"kind": "http", "status": 503, "every": 1}])
        clock.at(seconds, self._recover)

    def ahead_of_request(self) -> None:
        """The emulator's clock follows the run's."""
        self._attempts += 1
        if self._attempts == MOST_ATTEMPTS and not self._cpu_s:
            self._clock.sleep(self._seconds)
        if self._shown != self._clock.wall():
            self._shown = self._clock.wall()
            self._receiver.admin("clock", {"now": self._shown, "frozen": True})
        if self._at_first is None and self._clock.passed() > 1:  # the window is full, all threads have begun
            self._at_first = resident_mb()

    def _recover(self) -> None:
        self._receiver.admin("faults", None, "DELETE")
        self.grown_mb = resident_mb() - (self._at_first or 0.0)
        self._cpu_s = time.process_time()

    def drained(self) -> None:
        """Everything that had gathered is delivered."""
        self.drain_cpu_s = time.process_time() - self._cpu_s
        self.whole_mb = resident_mb() - (self._at_first or 0.0)


class OutcomesFile:
    """Outcomes on disk, as a host writes them, so that the figure's own memory stays small."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - `__exit__` closes it
        self._encoder = msgspec.json.Encoder()

    def write(self, outcomes: Sequence[EntryOutcome]) -> None:
        self._file.write(self._encoder.encode_lines(outcomes))

    def read(self) -> list[EntryOutcome]:
        self._file.seek(0)
        return [msgspec.json.decode(line, type=EntryOutcome) for line in self._file]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._file.close()


def resident_mb() -> float:
    """Memory of this process that is in use now."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


class Receiver:
    """An emulator in another process."""

    def __init__(self, url: str, ledger: Path) -> None:
        self.url = url
        self._ledger = ledger
        self._session = requests.Session()
        self._session.trust_env = False

    def admin(self, path: str, payload: Any, method: str = "POST") -> None:
        """Call its admin API."""
        self._session.request(
            method, f"{self.url}/_emulator/{path}", json=payload, timeout=60
        ).raise_for_status()

    def ledger(self) -> Iterator[dict[str, Any]]:
        """Every line that it has written."""
        with self._ledger.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)

    def close(self) -> None:
        self._session.close()


@contextmanager
def emulator() -> Iterator[Receiver]:
    """A running one; it and its ledger go in the end."""
    with tempfile.TemporaryDirectory(prefix="figures-") as folder:
        ledger = Path(folder) / "ledger.ndjson"
        command = [
            sys.executable,
            "-m",
            "tiktok_destination",
            "emulator",
            "--port",
            "0",
            "--ledger",
            str(ledger),
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                told = re.search(r"http://[\w.:]+", process.stdout.readline() if process.stdout else "")
                if told is None:
                    raise RuntimeError("the emulator did not say where it listens")
                receiver = Receiver(told.group(), ledger)
                yield receiver
                receiver.close()
            finally:
                process.terminate()
                process.communicate()
