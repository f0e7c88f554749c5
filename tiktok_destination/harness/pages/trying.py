"""The page "Try": what becomes of a record, field by field, before anything is sent; and test events.

What is pasted travels in the body of a form and back in the page; it stands in no address and is not kept, unless it is sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, cast

from flask import Blueprint, abort, make_response, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from plugin_spec import ConfigError, Destination, Plan, Tester
from tiktok_destination.harness.codes import known_codes
from tiktok_destination.harness.deliveries import NotAcceptedError
from tiktok_destination.harness.destination_files import DestinationFile
from tiktok_destination.harness.entries import Entry
from tiktok_destination.harness.host_platform import HostPlatform
from tiktok_destination.harness.pages.routes import blueprint_of
from tiktok_destination.harness.records_in import MAX_PICKED, NotReadError, opened, pick, read_pasted
from tiktok_destination.harness.samples import open_sample, sample_names
from tiktok_destination.harness.standing import Standing
from tiktok_destination.harness.stories import OutcomeTold, Told, outcome_told, stories

CAPABILITY: Final = "test"
_UNFIT: Final = 422
_PATIENCE_S: Final = 10.0
"""Somebody is waiting in front of a browser; what takes longer shows under Activity."""
_MOST_SHOWN: Final = 50


@dataclass(frozen=True)
class SentTest:
    """Test events that were sent from this page."""

    entries: tuple[tuple[Entry, OutcomeTold], ...]
    standing: Standing
    finished: bool
    where: tuple[str, ...]


@dataclass(frozen=True)
class Shown:
    """What the page shows beside its forms."""

    text: str = ""
    sample: str = ""
    number: str = "1"
    test_code: str = ""
    problem: str | None = None
    test_problem: str | None = None
    told: tuple[Told, ...] = ()
    sent: SentTest | None = field(default=None)


@dataclass(frozen=True)
class _Subject:
    """A destination with a plan."""

    found: DestinationFile
    destination: Destination
    plan: Plan


def create_blueprint(platform: HostPlatform) -> Blueprint:
    """The page of one harness."""
    page = _Page(platform)
    routes = (
        ("/destinations/<file>/try", "page", "GET", page.shown),
        ("/destinations/<file>/try", "explain", "POST", page.explain),
        ("/destinations/<file>/try/pick", "pick", "POST", page.pick),
        ("/destinations/<file>/try/test", "test", "POST", page.test),
        ("/destinations/<file>/try/standard", "standard", "POST", page.standard),
    )
    return blueprint_of("trying", routes)


class _Page:
    def __init__(self, platform: HostPlatform) -> None:
        self._platform = platform

    def shown(self, file: str) -> BaseResponse:
        return self._rendered(self._platform.destination(file), Shown())

    def explain(self, file: str) -> BaseResponse:
        subject = self._subject(file)
        return self._rendered(subject.found, self._explained(subject, self._typed()))

    def pick(self, file: str) -> BaseResponse:
        subject, typed = self._subject(file), self._typed()
        try:
            text = self._picked(subject, typed)
        except NotReadError as error:
            return self._rendered(subject.found, replace(typed, problem=str(error)))
        return self._rendered(subject.found, self._explained(subject, replace(typed, text=text)))

    def test(self, file: str) -> BaseResponse:
        """Send the records of the form as test events."""
        subject, typed = self._testable(file), self._typed()
        try:
            records = read_pasted(typed.text)
        except NotReadError as error:
            return self._rendered(subject.found, replace(typed, problem=str(error)))
        shown = self._explained(subject, typed)
        deliveries = self._platform.dispatch.of(subject.found, subject.destination)
        try:
            plan = cast("Tester", subject.plan).in_test_mode(typed.test_code or None)
            bodies = [record.body for record in records if isinstance(record.body, bytes)]
            number = deliveries.accept_records(bodies, "Try: test events", plan)
        except (ConfigError, NotAcceptedError) as error:
            return self._rendered(subject.found, replace(shown, test_problem=_words(error)))
        return self._rendered(subject.found, replace(shown, sent=self._sent(subject, number, typed)))

    def standard(self, file: str) -> BaseResponse:
        """Send the destination's own test events."""
        subject, typed = self._testable(file), self._typed()
        services = self._platform.services
        deliveries = self._platform.dispatch.of(subject.found, subject.destination)
        try:
            tests = cast("Tester", subject.plan).test_events(
                typed.test_code or None, self._platform.new_id(), services.clock()
            )
            number = deliveries.accept_events(tests.events, "Try: standard test events")
        except (ConfigError, NotAcceptedError) as error:
            return self._rendered(subject.found, replace(typed, test_problem=_words(error)))
        return self._rendered(subject.found, replace(typed, sent=self._sent(subject, number, typed)))

    def _typed(self) -> Shown:
        form = request.form
        return Shown(
            text=form.get("text", ""),
            sample=form.get("sample", ""),
            number=form.get("number", "1"),
            test_code=form.get("test_code", "").strip(),
        )

    def _subject(self, file: str) -> _Subject:
        found = self._platform.destination(file)
        if found.destination is None or found.plan is None:
            abort(409, "Its configuration is faulty, so nothing can be tried. Mend it first.")
        return _Subject(found, found.destination, found.plan)

    def _testable(self, file: str) -> _Subject:
        subject = self._subject(file)
        if not subject.found.can(CAPABILITY):
            abort(409, "This destination offers no test events.")
        if not subject.found.enabled:
            abort(409, "It is switched off (enabled: false): nothing is sent.")
        return subject

    def _explained(self, subject: _Subject, typed: Shown) -> Shown:
        codes = known_codes(subject.destination.about)
        try:
            records = read_pasted(typed.text)
        except NotReadError as error:
            return replace(typed, problem=str(error))
        told = stories(subject.plan, records, self._platform.services.clock(), codes)
        return replace(typed, told=tuple(told))

    def _picked(self, subject: _Subject, typed: Shown) -> str:
        number = int(typed.number) if typed.number.isdecimal() and len(typed.number) < 8 else 0
        if not 1 <= number <= MAX_PICKED:
            raise NotReadError(f"Give a record's number, from 1 to {MAX_PICKED:,}.")
        upload = request.files.get("file")
        if upload is not None and upload.filename:
            records = opened(upload.filename, upload.stream)
        else:
            sample = open_sample(typed.sample)
            if sample is None:
                raise NotReadError("Choose a sample or a file first.")
            records = sample
        codes = known_codes(subject.destination.about)
        return pick(records, number, subject.plan, self._platform.services.clock(), codes)

    def _sent(self, subject: _Subject, number: int, typed: Shown) -> SentTest:
        deliveries = self._platform.dispatch.of(subject.found, subject.destination)
        finished = deliveries.await_input(number, _PATIENCE_S)
        codes = known_codes(subject.destination.about)
        entries = deliveries.entries(lambda entry: entry.input == number, _MOST_SHOWN)
        return SentTest(
            entries=tuple((entry, outcome_told(entry.outcome, codes)) for entry in reversed(entries)),
            standing=deliveries.standing(),
            finished=finished,
            where=self._where(subject, typed),
        )

    def _where(self, subject: _Subject, typed: Shown) -> tuple[str, ...]:
        try:
            return cast("Tester", subject.plan).test_events(typed.test_code or None, "", 0.0).where
        except ConfigError:
            return ()

    def _rendered(self, found: DestinationFile, shown: Shown) -> BaseResponse:
        status = _UNFIT if shown.problem or shown.test_problem else 200
        page = render_template(
            "try.html",
            destination=found,
            shown=shown,
            samples=sample_names(),
            can_test=found.can(CAPABILITY) and found.enabled,
        )
        return make_response(page, status)


def _words(error: ConfigError | NotAcceptedError) -> str:
    if isinstance(error, NotAcceptedError):
        return str(error)
    return " ".join(
        f"{fault.problem[:1].upper()}{fault.problem[1:]}. {fault.remedy}" for fault in error.faults
    )
