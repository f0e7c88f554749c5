"""Deliveries over a scripted receiver: a record is `NAME STEP …` as in `tests.delivery.scripted_sender`, and so is its event.

Besides: `unfit …` is rejected, and a record with `twin` makes two events.
"""

from __future__ import annotations

import threading
import time

import msgspec

from plugin_spec import Explanation, Outcome, Settled
from tests.delivery.scripted_sender import Clock, Run, ScriptedSender, about, event
from tiktok_destination.delivery import DeliverySettings
from tiktok_destination.harness.deliveries import Deliveries
from tiktok_destination.harness.route import Route

LONGEST_S = 60
"""What is waited for is certain to come; this ends a test in which it does not."""


class ScriptedPlan:
    """Each record's own words are its event's."""

    def prepare(self, records, now):
        for record in records:
            words = record.body.decode().split()
            if words[0] == "unfit":
                yield Settled(record.position, 1, Outcome.REJECTED, "unfit")
                continue
            steps = [word for word in words[1:] if word not in ("test", "twin", "unrepeatable")]
            made = event(record.position, *steps, name=words[0], dedup=words[0].encode())
            if "test" in words:
                made = msgspec.structs.replace(made, test=True)
            if "unrepeatable" in words:
                made = msgspec.structs.replace(made, repeatable=False)
            yield made
            if "twin" in words:
                name = words[0] + "-twin"
                other = event(record.position, *steps, name=name, dedup=name.encode())
                yield msgspec.structs.replace(other, ordinal=2)

    def explain(self, records, now):
        for entry in self.prepare(records, now):
            yield Explanation(entry, "by its own words", (), entry.notes)


class Receiver(ScriptedSender):
    """A scripted sender at which a token can be out of date, and which calls back at each request."""

    def __init__(self):
        super().__init__()
        self.revoked = False
        self.at_each_request = lambda: None

    def send(self, batch_key, bodies):
        self.at_each_request()
        if self.revoked:
            bodies = [body + b" stop:credential" for body in bodies]
            self.used.clear()
        return super().send(batch_key, bodies)


class Scripted:
    """One destination with its deliveries, whose books are looked at whenever anything happens."""

    def __init__(self, folder, *, patience_s=30.0, max_events=10, open_sender=None, receiver=None, **options):
        self.receiver = receiver or Receiver()
        self.receiver.at_each_request = self.balance
        self.clock = Clock()
        self.announced = []
        self.opened = 0
        self.plan = ScriptedPlan()
        self.stop = threading.Event()
        self.route = Route(
            "scripted",
            about(max_events=max_events),
            DeliverySettings(patience_s=patience_s, in_flight=1),
            open_sender or self._open,
            folder,
            lambda: "the receiver",
        )
        self.deliveries = Deliveries(
            self.route,
            Run(self.receiver, clock=self.clock).services(),
            self.stop,
            announce=self.announced.extend,
            **options,
        )

    def take(self, *records):
        return [self.deliveries.accept_records([one.encode()], "pasted", self.plan) for one in records]

    def balance(self):
        """How it stands, with every sum checked."""
        now = self.deliveries.standing()
        decided = sum(now.outcomes.values()) + sum(now.test_outcomes.values())
        assert now.entries == decided == now.leading_records + now.further_events
        assert (
            now.outcomes["pending"] + now.test_outcomes["pending"]
            == now.in_line + now.set_aside + now.held_back
        )
        assert sum(one.count for one in now.events) == now.entries
        assert sum(one.entries for one in now.inputs) <= now.entries
        assert all(sum(one.outcomes.values()) == one.entries for one in now.inputs)
        assert all(count >= 0 for count in (*now.outcomes.values(), *now.test_outcomes.values()))
        return now

    def until(self, fits):
        ends = time.monotonic() + LONGEST_S
        while not fits(now := self.balance()):
            assert time.monotonic() < ends, now
            time.sleep(0.002)
        return now

    def _open(self, services):
        self.opened += 1
        return self.receiver
