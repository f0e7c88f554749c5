"""Starts and stops an emulator, for tests (`start`) and for a command line (`serve`). It listens on 127.0.0.1 only."""

from __future__ import annotations

import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

import requests

from tiktok_destination.emulator.app import create_app
from tiktok_destination.emulator.connections import HOST, LoopbackServer
from tiktok_destination.emulator.seed import load_seed
from tiktok_destination.emulator.world import World

_ADMIN_TIMEOUT_S = 60.0


class AdminError(RuntimeError):
    """The admin API refused a call; the message says why."""


class RunningEmulator:
    """An emulator that serves in a background thread until `stop`, or until the `with` block ends."""

    def __init__(self, seed: Mapping[str, Any] | Path, ledger: Path | None, port: int) -> None:
        """Raises SeedError, or OSError for the ledger's file or the port."""
        self._world = World(load_seed(seed), ledger, time.time, random.SystemRandom())
        self._stopping = threading.Event()
        try:
            self._server = LoopbackServer(create_app(self._world, self._stopping.wait), port)
        except OSError:
            self._world.close()
            raise
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy has no business on loopback
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="emulator", daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def url(self) -> str:
        """Without a slash at the end."""
        return f"http://{HOST}:{self.port}"

    def admin(self, path: str, payload: Any = None, method: str = "POST") -> dict[str, Any]:
        """Call the admin API: `admin("clock", {"advance_s": 60})`. Raises AdminError if it refuses."""
        answer = self._session.request(
            method,
            f"{self.url}/_emulator/{path}",
            json={} if payload is None and method == "POST" else payload,
            timeout=_ADMIN_TIMEOUT_S,
        )
        if answer.status_code != 200:
            raise AdminError(f"{method} /_emulator/{path}: HTTP {answer.status_code}: {answer.text}")
        result: dict[str, Any] = answer.json()
        return result

    def stop(self) -> None:
        """Stop serving and close the ledger. A second call does nothing."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._world.close()
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(seed: Mapping[str, Any] | Path, *, ledger: Path | None = None, port: int = 0) -> RunningEmulator:
    """Start an emulator in the background; port 0 takes a free one. Raises SeedError, or OSError for file or port."""
    return RunningEmulator(seed, ledger, port)


def serve(
    *,
    seed: Mapping[str, Any] | Path,
    port: int = 0,
    ledger: Path | None = None,
    announce: Callable[[str], None] | None = None,
) -> None:
    """Run an emulator until SIGINT or SIGTERM. Call it from the main thread. Raises as `start` does.

    `announce` gets one sentence once it listens, which holds the URL; the default writes it to standard output.
    """
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with start(seed, ledger=ledger, port=port) as emulator:
            kept = (
                f"the ledger goes to {ledger}" if ledger is not None else "the ledger is kept in memory only"
            )
            (announce or _print)(f"Emulator, not TikTok: {emulator.url} ({kept}; Ctrl-C stops it)")
            stopped.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _print(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()
