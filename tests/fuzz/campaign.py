"""Runs many cases: in processes of their own, within a time, each case watched; adds up what happened."""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import signal
import tempfile
import time
import traceback
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from tests.fuzz import answer_cases, config_cases, input_cases, record_cases
from tests.fuzz.bench import Bench, bench

Case = Callable[[int, Bench], Counter[str]]

KINDS: dict[str, Case] = {
    "records": record_cases.run,
    "configs": config_cases.run,
    "inputs": input_cases.run,
    "answers": answer_cases.run,
}
UNITS = {"records": "records", "configs": "files", "inputs": "inputs", "answers": "answers"}
"""What a kind of case is counted in."""
HANG_S = 60
"""A case that takes longer hangs; the slowest takes about a second."""
_PORTIONS = {"records": 100, "configs": 200, "inputs": 200, "answers": 100}
"""Cases that are handed to a process at once."""


class HangError(Exception):
    """A case took longer than `HANG_S`."""


@dataclass(frozen=True)
class Failure:
    """A case in which something happened that must not."""

    kind: str
    seed: int
    story: str


@dataclass
class Report:
    """What happened in some cases of one kind."""

    kind: str
    counted: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)
    cases: int = 0
    seconds: float = 0.0
    """Of work, in all processes together."""

    def add(self, other: Report) -> None:
        """Take in the report of further cases."""
        self.counted += other.counted
        self.failures += other.failures
        self.cases += other.cases
        self.seconds += other.seconds

    @property
    def units(self) -> int:
        """How many records, files, inputs or answers there were."""
        return self.counted[UNITS[self.kind]]


def run_case(kind: str, seed: int, bench: Bench) -> tuple[Counter[str], Failure | None]:
    """One case; whatever it raises is its failure."""
    try:
        return KINDS[kind](seed, bench), None
    except Exception:  # noqa: BLE001 - any exception at all is what is looked for
        return Counter(), Failure(kind, seed, traceback.format_exc())


def run_cases(kind: str, seeds: range, bench: Bench) -> Report:
    """These cases, one after the other, in this process."""
    report = Report(kind)
    began = time.perf_counter()
    for seed in seeds:
        counted, failure = run_case(kind, seed, bench)
        report.counted += counted
        report.cases += 1
        if failure is not None:
            report.failures.append(failure)
    report.seconds = time.perf_counter() - began
    return report


def campaign(
    kind: str, *, units: int, first: int, deadline: float, pool: Pool, progress: Callable[[Report], None]
) -> Report:
    """Cases from seed `first` on, until there were `units` of them or the deadline (of `time.monotonic`) is past."""
    report = Report(kind)
    waiting: deque[Future[Report]] = deque()
    portions = _portions(first, _PORTIONS[kind])
    try:
        while waiting or (report.units < units and time.monotonic() < deadline):
            while len(waiting) < 2 * pool.processes and report.units < units and time.monotonic() < deadline:
                waiting.append(pool.submit(kind, next(portions)))
            report.add(waiting.popleft().result())
            progress(report)
    except BrokenProcessPool:
        last = pool.last_words(kind)
        report.failures += last
        report.cases += len(last)
    return report


def _portions(first: int, size: int) -> Iterator[range]:
    while True:
        yield range(first, first + size)
        first += size


class Pool:
    """Processes that work on cases, each with a bench of its own."""

    def __init__(self, processes: int, folder: Path) -> None:
        self.processes = processes
        self._folder = folder
        self._executor = ProcessPoolExecutor(
            processes, multiprocessing.get_context("spawn"), initializer=_begin, initargs=(folder,)
        )

    def submit(self, kind: str, seeds: range) -> Future[Report]:
        """Hand over a portion of cases."""
        return self._executor.submit(_work, kind, seeds)

    def last_words(self, kind: str) -> list[Failure]:
        """The cases in which the processes were when one of them died without an exception."""
        held = [file.read_text().split() for file in self._folder.glob("*.case")]
        return [
            Failure(kind, int(words[0]), "the process died in this case or in one beside it")
            for words in held
            if words
        ]

    def close(self) -> None:
        """End the processes."""
        self._executor.shutdown(cancel_futures=True)


@contextmanager
def open_pool(processes: int) -> Iterator[Pool]:
    """A pool, and a folder for its files that is removed in the end."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        pool = Pool(processes, Path(folder))
        try:
            yield pool
        finally:
            pool.close()


class _Worker:
    """What a process keeps between two portions."""

    bench: Bench
    case: int
    """A file that holds the seed of the present case."""


def _begin(folder: Path) -> None:
    own = folder / str(os.getpid())
    own.mkdir()
    _Worker.bench = bench(own)
    _Worker.case = os.open(folder / f"{os.getpid()}.case", os.O_CREAT | os.O_WRONLY)
    signal.signal(signal.SIGALRM, _hang)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is interrupted, and ends its processes


def _work(kind: str, seeds: range) -> Report:
    report = Report(kind)
    for seed in seeds:
        os.pwrite(_Worker.case, f"{seed} ".encode().ljust(20), 0)
        signal.alarm(HANG_S)
        faulthandler.dump_traceback_later(2 * HANG_S, exit=True)  # where no signal gets through
        report.add(run_cases(kind, range(seed, seed + 1), _Worker.bench))
        signal.alarm(0)
    faulthandler.cancel_dump_traceback_later()
    return report


def _hang(_signal: int, _frame: FrameType | None) -> None:
    raise HangError(f"a case takes longer than {HANG_S} seconds")
