"""F1 and F2: a host is ended again and again, at moments of chance. Even cases: a host over the outbox; odd ones: `send` of a file.

The oracle is that of Kafka's bounce test: everything that was said to be accepted (or stands in the file) has arrived, in the same
bytes; an event comes in again only if it was in a request that was under way when its sender was killed.
"""

from __future__ import annotations

import json
import random
import signal
import statistics
import time
from pathlib import Path
from typing import Any

from tests.figures.figure import Effort, Happened
from tests.figures.hosts import PIXEL, Host, Workplace, workplace
from tests.figures.records import purchase

KILLS = 25
SHORT_KILLS = 3
_LATEST_S = 0.3
"""A host is ended within this time after it said that it works; a command, after something of it has come in."""
_PER_LIFE = 400
_PER_LIFE_OF_FILE = 900
_BEGINNING_S = 0.8
"""Every third life of the command is ended within this time, whatever it has come to."""

_CONFIG = """\
version: 1
destination: tiktok
name: n
credential:
  access_token: ${{TIKTOK_ACCESS_TOKEN}}
delivery: {{in_flight: {in_flight}, patience_s: 60}}
settings:
  event_source: web
  pixel_code: {pixel}
mapping:
  preset: segment
"""


def killed(seed: int, effort: Effort) -> Happened:
    """Ended by SIGKILL."""
    return _case(seed, effort, signal.SIGKILL)


def stopped(seed: int, effort: Effort) -> Happened:
    """Ended by SIGTERM."""
    return _case(seed, effort, signal.SIGTERM)


def _case(seed: int, effort: Effort, number: signal.Signals) -> Happened:
    found = Happened()
    kills = SHORT_KILLS if effort.short else KILLS
    with workplace() as place:
        run = _over_the_outbox if seed % 2 == 0 else _over_a_file
        expected = run(place, random.Random(seed), kills, number, found)
        _judge(place, expected, found)
    return found


def _over_the_outbox(
    place: Workplace, rng: random.Random, kills: int, number: signal.Signals, found: Happened
) -> list[str]:
    in_flight = rng.choice((1, 4))
    for life in range(kills):
        host = place.begin(first=life * _PER_LIFE, count=_PER_LIFE, seed=rng.random(), in_flight=in_flight)
        ready = host.await_ready()
        found.expect(ready, f"life {life} did not begin")
        if host.recovered_ms is not None:
            found.measure("recovered", host.recovered_ms)
        time.sleep(rng.random() * _LATEST_S)
        _end(place, host, number, in_flight, found)
    last = place.begin(in_flight=in_flight)
    found.expect(last.await_ready() and last.wait() == 0, "the last life did not end well")
    _again(place, found)
    return place.accepted()


def _over_a_file(
    place: Workplace, rng: random.Random, kills: int, number: signal.Signals, found: Happened
) -> list[str]:
    in_flight = rng.choice((1, 4))
    config, source = place.folder / "shop.yaml", place.folder / "events.ndjson"
    config.write_text(_CONFIG.format(in_flight=in_flight, pixel=PIXEL), encoding="utf-8")
    names = [f"f-{at}" for at in range(kills * _PER_LIFE_OF_FILE)]
    _write(source, names)
    for life in range(kills):
        host = place.command("send", config, source, "--resume", "--json")
        if life % 3 == 2:
            time.sleep(rng.random() * _BEGINNING_S)
        else:
            place.await_arrival(host)
            time.sleep(rng.random() * _LATEST_S)
        _end(place, host, number, in_flight, found)
    last = place.command("send", config, source, "--resume", "--json")
    found.expect(last.wait() == 0, "the last life did not end well")
    _again(place, found)
    told = json.loads(last.out)
    found.expect(
        told["records_before"] + told["records_accounted"] == len(names), "the file's records do not add up"
    )
    return names


def _end(place: Workplace, host: Host, number: signal.Signals, in_flight: int, found: Happened) -> None:
    """End one life. What came in again meanwhile was in a request that a kill had cut off before."""
    took = host.end(number)
    _again(place, found)
    cut_off = place.in_flight()
    place.allowed_again = place.in_doubt()
    found.counts["under way when ended"] += sum(cut_off)
    found.expect(
        len(cut_off) <= in_flight, f"{len(cut_off)} requests were under way, at most {in_flight} may be"
    )
    found.counts.update(ended=1)
    found.counts["ended with requests under way"] += bool(cut_off)
    found.measure("largest", max(cut_off, default=0))
    if number is signal.SIGTERM:
        found.measure("stopped", took)
        found.expect(not cut_off, "requests are known as under way after a clean end")


def _again(place: Workplace, found: Happened) -> None:
    before = place.doubled
    place.look()
    again, allowed = place.doubled - before, place.allowed_again
    found.expect(again <= allowed, f"{again} events came in again, {allowed} were in doubt")


def _judge(place: Workplace, expected: list[str], found: Happened) -> None:
    place.look()
    most = found.counts["under way when ended"]
    found.expect(
        place.doubled <= most, f"{place.doubled} events came in again, {most} were under way at an end"
    )
    lost = [name for name in expected if name not in place.arrived]
    found.expect(not lost, f"{len(lost)} lost, such as {lost[:3]}")
    changed = [name for name, digests in place.digests.items() if len(digests) > 1]
    found.expect(not changed, f"{len(changed)} came in again in other bytes, such as {changed[:3]}")
    unknown = set(place.arrived) - set(expected)
    found.measure("not said to be accepted", len(unknown))
    found.counts.update(accepted=len(expected), arrived=len(place.arrived), again=place.doubled)
    found.measure("lost", len(lost))


def _write(path: Path, names: list[str]) -> None:
    now = int(time.time()) - 60
    with path.open("wb") as file:
        for at, name in enumerate(names, 1):
            file.write(purchase(at, name, now).body + b"\n")  # type: ignore[operator] # its body is bytes


def tell_killed(whole: Happened) -> dict[str, Any]:
    return {
        "lost": int(sum(whole.measured["lost"])),
        "came in again, by the same id and bytes": whole.counts["again"],
        "largest request under way": int(max(whole.measured["largest"])),
        "median recovery (ms)": statistics.median(whole.measured.get("recovered", [0.0])),
    }


def tell_stopped(whole: Happened) -> dict[str, Any]:
    stops = sorted(whole.measured["stopped"])
    return {
        "lost": int(sum(whole.measured["lost"])),
        "came in again": whole.counts["again"],
        "time to stop, 99 of 100 (s)": stops[min(len(stops) * 99 // 100, len(stops) - 1)],
    }
