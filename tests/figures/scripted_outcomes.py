"""F7: each event carries a script of answers, and its final outcome is its script's; nothing that has ended is sent again.

The whole way: records through the plugin, requests through its client over HTTP, answers through its reading of them.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from plugin_spec import Outcome, Record
from tests.figures import checker
from tests.figures.clocks import Clock
from tests.figures.driving import Watched, credential, drive, event_id_of, services, tiktok, web_config
from tests.figures.figure import Effort, Happened
from tests.figures.records import purchase
from tests.figures.scripted_receiver import BAD_ALONE, BAD_NAMED, ScriptedReceiver
from tiktok_destination.delivery import DeliverySettings

START = 1_795_176_000.0
PIXEL, TOKEN = "C0PIXELCODE00000001A", "figures-token"
EVENTS, SHORT_EVENTS = 600, 250
IN_DOUBT, CERTAIN, QUOTA = ("500", "503", "lost"), ("50000", "51305"), ("40100", "429")
PASSING = (*IN_DOUBT, *CERTAIN, *QUOTA)
"""Steps after which the event is sent again."""
_FEW_QUOTAS = 2
"""The third refusal for a quota in a row is waited out until midnight. What was in doubt before may then be left to a
person, as 48 hours pass: so a run has either few of the one kind or none of the other."""


def case(seed: int, effort: Effort) -> Happened:
    rng = random.Random(seed)
    scripts = dict(_scripts(rng, SHORT_EVENTS if effort.short else EVENTS))
    return compare(scripts, seed, effort, batch=rng.choice((7, 50, 50)))


def _scripts(rng: random.Random, count: int) -> Iterator[tuple[str, Sequence[str]]]:
    """The first events have none: a receiver that has accepted nothing is a case of its own."""
    passing = rng.choice((IN_DOUBT + CERTAIN, CERTAIN + QUOTA, PASSING))
    quotas = _FEW_QUOTAS if passing is PASSING else count * count
    for number in range(1, count + 1):
        draw = rng.random() if number > 60 else 0.5
        steps = [rng.choice(passing) for _ in range(rng.choice((1, 1, 2, 3)))] if draw > 0.97 else []
        quotas -= sum(step in QUOTA for step in steps)
        if quotas < 0:
            steps = [step for step in steps if step not in QUOTA]
        if 0.94 < draw <= 0.98:
            steps.append(rng.choice((BAD_ALONE, BAD_NAMED)))
        yield f"e-{number}", steps
    yield from ((f"p-{number}", (BAD_NAMED,) if number in (7, 8, 41) else ()) for number in range(50))


def compare(scripts: Mapping[str, Sequence[str]], seed: int, effort: Effort, *, batch: int) -> Happened:
    """Send these events, and compare what is said of each with its script."""
    found = Happened()
    clock, destination, config = Clock(START), tiktok(), web_config(PIXEL)
    plan = destination.compile(config)

    def entries() -> Iterator[Any]:
        return plan.prepare(_records(scripts), clock.wall)

    sent = checker.digests_of(entries())
    with ScriptedReceiver(scripts) as receiver:
        lent = services(clock, seed=seed, base_url=receiver.url)
        sender = Watched(destination.open(config, credential(TOKEN), lent), clock, name_of=event_id_of)
        outcomes = drive(
            entries(),
            sender=sender,
            about=dataclasses.replace(destination.about, max_events=batch),
            services=lent,
            tally=effort.tally,
            settings=DeliverySettings(patience_s=40 * 86_400.0),
        )
        sender.close()
    found.breaches += checker.breaches(sent, outcomes, receiver.arrived, may_be_missing={Outcome.REFUSED})
    for outcome in outcomes:
        told = (outcome.outcome, outcome.code)
        wanted = _end(scripts[outcome.event_id or ""])
        found.expect(
            told == wanted, f"{outcome.event_id} is {told}, its script {scripts[outcome.event_id or '']}"
        )
    found.expect(
        not receiver.sent_after_the_end,
        f"sent again after its end: {receiver.sent_after_the_end.most_common(3)}",
    )
    found.expect(set(receiver.refused.values()) <= {1}, f"refused twice: {receiver.refused.most_common(3)}")
    found.expect(not sender.log.changed(), f"sent again in other bytes: {sender.log.changed()[:3]}")
    found.counts.update(events=len(outcomes), requests=sender.log.requests)
    found.counts["steps that failed a request"] = receiver.steps_used.total()
    found.counts["refused alone"] = sum(scripts[one][-1] == BAD_ALONE for one in receiver.refused)
    found.counts["refused by name"] = sum(scripts[one][-1] == BAD_NAMED for one in receiver.refused)
    for step in PASSING:
        found.measure(step, receiver.steps_used[step])
    found.measure("sent again", receiver.sent_after_the_end.total())
    return found


def tell(whole: Happened) -> dict[str, Any]:
    return {
        "outcomes that differ from their script": len(whole.breaches),
        "ended events that were sent again": int(sum(whole.measured.get("sent again", []))),
        "steps": ", ".join(f"{step} × {sum(whole.measured.get(step, [])):.0f}" for step in PASSING),
    }


def _records(scripts: Mapping[str, Sequence[str]]) -> Iterator[Record]:
    for position, event_id in enumerate(scripts, 1):
        yield purchase(position, event_id, int(START) - position)


def _end(script: Sequence[str]) -> tuple[Outcome, str | None]:
    if script and script[-1] in (BAD_ALONE, BAD_NAMED):
        return Outcome.REFUSED, script[-1]
    return Outcome.DELIVERED, None
