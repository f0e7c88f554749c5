"""The page "Activity": what was given to a destination, how far it is, and what became of every entry.

The page is whole without script; a script of ours asks for the moving part again while something moves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec
from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from plugin_spec import Destination, Outcome
from tiktok_destination.formats import RecordFile
from tiktok_destination.harness.codes import known_codes
from tiktok_destination.harness.deliveries import Deliveries, NotAcceptedError
from tiktok_destination.harness.destination_files import DestinationFile
from tiktok_destination.harness.entries import MAX_DECIDED, Entry
from tiktok_destination.harness.host_platform import HostPlatform
from tiktok_destination.harness.pages.routes import blueprint_of
from tiktok_destination.harness.records_in import NotReadError, check_columns, opened
from tiktok_destination.harness.samples import open_sample, sample_names
from tiktok_destination.harness.standing import State
from tiktok_destination.harness.stories import outcome_told, story_again
from tiktok_destination.hosting.codes import OUTCOME_MEANINGS
from tiktok_destination.redaction import shown_name

_ROWS: Final = 100


@dataclass(frozen=True)
class Filter:
    """Which entries are shown. Empty: all."""

    outcome: str = ""
    code: str = ""
    event: str = ""
    input: str = ""

    def fits(self, entry: Entry) -> bool:
        """Whether this entry is among them."""
        outcome = entry.outcome
        return (
            self.outcome in ("", outcome.outcome.value)
            and self.code in ("", outcome.code, *(note.code for note in outcome.notes))
            and self.event in ("", shown_name(outcome.event_name or ""))
            and self.input in ("", str(entry.input))
        )


def create_blueprint(platform: HostPlatform) -> Blueprint:
    """The pages of one harness."""
    page = _Pages(platform)
    routes = (
        ("/destinations/<file>/activity", "page", "GET", page.shown),
        ("/destinations/<file>/activity/standing", "standing", "GET", page.standing),
        ("/destinations/<file>/activity/upload", "upload", "POST", page.upload),
        ("/destinations/<file>/activity/sample", "sample", "POST", page.sample),
        ("/destinations/<file>/activity/resume", "resume", "POST", page.resume),
        ("/destinations/<file>/activity/entries/<int:number>", "entry", "GET", page.entry),
        ("/destinations/<file>/activity/entries/<int:number>/again", "again", "POST", page.again),
    )
    blueprint = blueprint_of("activity", routes)
    blueprint.add_app_template_global(platform.dispatch.known, "deliveries_of")
    return blueprint


class _Pages:
    def __init__(self, platform: HostPlatform) -> None:
        self._platform = platform

    def shown(self, file: str) -> str:
        found, _, deliveries = self._subject(file)
        return render_template(
            "activity.html",
            destination=found,
            samples=sample_names(),
            kept=MAX_DECIDED,
            **self._moving(found, deliveries),
        )

    def standing(self, file: str) -> Response:
        """How it stands, for programs; and the moving part of the page, for the page's own script."""
        found, _, deliveries = self._subject(file)
        moving = self._moving(found, deliveries)
        shown = render_template("activity_moving.html", destination=found, **moving)
        told = {**msgspec.to_builtins(moving["standing"]), "moves": moving["moves"], "shown": shown}
        return Response(msgspec.json.encode(told), content_type="application/json")

    def upload(self, file: str) -> BaseResponse:
        upload = request.files.get("file")
        if upload is None or not upload.filename:
            return self._back(file, "Choose a file first.")
        try:
            records = opened(upload.filename, upload.stream)
        except NotReadError as error:
            return self._back(file, str(error))
        return self._send(file, records)

    def sample(self, file: str) -> BaseResponse:
        records = open_sample(request.form.get("sample", ""))
        if records is None:
            return self._back(file, "Choose a sample first.")
        return self._send(file, records)

    def resume(self, file: str) -> BaseResponse:
        _, _, deliveries = self._subject(file)
        deliveries.resume()
        return self._back(file)

    def entry(self, file: str, number: int) -> str:
        found, destination, deliveries = self._subject(file)
        known = deliveries.entry(number)
        if known is None:
            abort(
                404, f"There is no entry {number}, or it is not kept any more: the last {MAX_DECIDED:,} are."
            )
        entry, story = known
        codes = known_codes(destination.about)
        told = story_again(story, entry.outcome, entry.entered_at, codes) if story else None
        return render_template(
            "entry.html",
            destination=found,
            entry=entry,
            outcome=outcome_told(entry.outcome, codes),
            told=told,
            waits_for_a_word=deliveries.waits_for_a_word(number),
        )

    def again(self, file: str, number: int) -> BaseResponse:
        """A person's word that an event which may have arrived is to be sent again."""
        _, _, deliveries = self._subject(file)
        try:
            if not deliveries.send_again(number):
                flash("It does not wait for that any more.", "wait")
        except NotAcceptedError as error:
            flash(str(error), "bad")
        return redirect(url_for("activity.entry", file=file, number=number), 303)

    def _subject(self, file: str) -> tuple[DestinationFile, Destination, Deliveries]:
        found = self._platform.destination(file)
        if found.destination is None:
            abort(409, "The plugin of this destination is not installed, so nothing can be sent.")
        return found, found.destination, self._platform.dispatch.of(found, found.destination)

    def _send(self, file: str, records: RecordFile) -> BaseResponse:
        found, destination, deliveries = self._subject(file)
        try:
            _give(found, destination, deliveries, records)
        except (NotReadError, NotAcceptedError) as error:
            records.__exit__(None, None, None)
            return self._back(file, str(error))
        return self._back(file)

    def _back(self, file: str, problem: str | None = None) -> BaseResponse:
        if problem is not None:
            flash(problem, "bad")
        return redirect(url_for("activity.page", file=file), 303)

    def _moving(self, found: DestinationFile, deliveries: Deliveries) -> dict[str, object]:
        """The part of the page that moves."""
        chosen = Filter(**{name: request.args.get(name, "") for name in Filter.__dataclass_fields__})
        standing = deliveries.standing()
        entries = deliveries.entries(chosen.fits, _ROWS)
        waiting = any(one.state in ("waiting", "reading") for one in standing.inputs)
        about_to = waiting or standing.in_line > 0 or standing.further > 0
        return {
            "standing": standing,
            "chosen": chosen,
            "entries": entries,
            "rows": _ROWS,
            "moves": standing.state in (State.OPENING, State.SENDING)
            or (about_to and standing.state is State.IDLE),
            "meanings": {outcome.value: OUTCOME_MEANINGS[outcome] for outcome in Outcome},
            "test_mode": found.overview.test_mode,
        }


def _give(
    found: DestinationFile, destination: Destination, deliveries: Deliveries, records: RecordFile
) -> None:
    """Give a file to be sent. Raises NotReadError or NotAcceptedError; it is not closed then."""
    if found.plan is None or found.plugin_config is None:
        raise NotReadError("Its configuration is faulty, so nothing can be sent. Mend it first.")
    if not found.enabled:
        raise NotReadError("It is switched off (enabled: false): nothing is sent.")
    check_columns(records, destination.field_rules(found.plugin_config))
    deliveries.accept_file(records, found.plan)
