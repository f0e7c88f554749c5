"""Hosts in processes of their own, an emulator for them, and the joining of what they accepted with what it counted."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sample_configs
from tiktok_destination.emulator.server import RunningEmulator, start
from tiktok_destination.store import FILE

SEED = Path(sample_configs.__file__).parent / "emulator_seed.json"
TOKEN = "emulator-token-0000000000000000000000000"
PIXEL = "C0PIXELCODE00000001A"
_ANSWER_S = 0.03
LONGEST_S = 60.0
"""A host that does not end within this time hangs."""


@dataclass
class Workplace:
    """One data folder, one emulator, and everything that was told of both."""

    folder: Path
    emulator: RunningEmulator
    arrived: Counter[str] = field(default_factory=Counter)
    """Event id → how often it came in."""
    digests: dict[str, set[str]] = field(default_factory=dict)
    allowed_again: int = 0
    """Events that may have arrived when the last host ended."""
    _read_to: int = 0

    @property
    def log(self) -> Path:
        return self.folder / "accepted.log"

    def order(self, **changes: Any) -> dict[str, Any]:
        """What a host is told."""
        given = {
            "folder": str(self.folder / "data"),
            "log": str(self.log),
            "url": self.emulator.url,
            "token": TOKEN,
            "pixel": PIXEL,
            "name": "n",
            "seed": 0,
            "first": 0,
            "count": 0,
        }
        return given | changes

    def begin(self, **changes: Any) -> Host:
        return Host([sys.executable, "-m", "tests.figures.outbox_child", json.dumps(self.order(**changes))])

    def command(self, *arguments: object) -> Host:
        """The command line itself."""
        environ = {
            "TIKTOK_ACCESS_TOKEN": TOKEN,
            "TIKTOK_BASE_URL": self.emulator.url,
            "TIKTOK_DESTINATION_DATA": str(self.folder / "data"),
        }
        return Host([sys.executable, "-m", "tiktok_destination", *map(str, arguments)], environ)

    def await_arrival(self, host: Host) -> None:
        """Wait until something has come in that had not before, or the host has ended."""
        known = self.arrived.total()
        while self.arrived.total() == known and host.process.poll() is None:
            time.sleep(0.01)
            self.look()

    def look(self) -> None:
        """Read on in the emulator's ledger, which keeps the latest lines alone."""
        while True:
            page = self.emulator.admin(f"ledger?after={self._read_to}&limit=5000", method="GET")["lines"]
            if not page:
                return
            if page[0]["sequence"] != self._read_to + 1:
                raise RuntimeError("the emulator has forgotten lines that nobody has read")
            for line in page:
                self.arrived[line["event_id"]] += 1
                self.digests.setdefault(line["event_id"], set()).add(line["sha256"])
            self._read_to = page[-1]["sequence"]

    def accepted(self) -> list[str]:
        """The ids that hosts said were accepted."""
        return self.log.read_text(encoding="utf-8").split() if self.log.exists() else []

    def in_flight(self) -> list[int]:
        """How many events each request carries that was under way when a host ended."""
        path = self.folder / "data" / FILE
        if not path.exists():
            return []
        with closing(sqlite3.connect(path, timeout=30)) as database:
            try:
                return [len(keys) // 16 for (keys,) in database.execute("SELECT keys FROM flights")]
            except sqlite3.OperationalError:  # ended before there was a schema
                return []

    def in_doubt(self) -> int:
        """How many events may have arrived, by what hosts that ended have left: no others may come in again."""
        path = self.folder / "data" / FILE
        if not path.exists():
            return 0
        with closing(sqlite3.connect(path, timeout=30)) as database:
            try:
                (earlier,) = database.execute("SELECT COUNT(*) FROM uncertain").fetchone()
            except sqlite3.OperationalError:  # ended before there was a schema
                return 0
        return int(earlier) + sum(self.in_flight())

    @property
    def doubled(self) -> int:
        """Events that came in again."""
        return sum(often - 1 for often in self.arrived.values())


class Host:
    """One process."""

    def __init__(self, command: list[str], environ: dict[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | (environ or {}),
            text=True,
        )
        self.recovered_ms: float | None = None

    def await_ready(self) -> bool:
        """Wait until it says that it works; False: it has ended instead."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if line.startswith("ready "):
            self.recovered_ms = float(line.split()[1])
        return line.startswith("ready ")

    def end(self, number: signal.Signals) -> float:
        """Send it this signal; how long it then took to end, in seconds."""
        began = time.perf_counter()
        self.process.send_signal(number)
        self.wait()
        return time.perf_counter() - began

    def wait(self) -> int:
        try:
            self.out, self.error = self.process.communicate(timeout=LONGEST_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise
        return self.process.returncode


@contextmanager
def workplace() -> Iterator[Workplace]:
    with tempfile.TemporaryDirectory(prefix="figures-") as folder, start(SEED) as emulator:
        # Answers take a while, so that requests are under way at most moments.
        emulator.admin("faults", [{"kind": "delay", "seconds": _ANSWER_S, "every": 1}])
        yield Workplace(Path(folder), emulator)
