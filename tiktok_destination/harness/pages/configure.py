"""The form of a destination, made from its schema: new or existing, as fields or as the file's own text.

A form that comes back with faults is shown again with what was typed; nothing is written before everything fits.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import quote

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from plugin_spec import Destination, PluginLoadError
from tiktok_destination.harness.choosing import ListKeeper
from tiktok_destination.harness.configuring import FIXED, Forms, Given, lines_of, parts_for, placed
from tiktok_destination.harness.destination_files import DestinationFile
from tiktok_destination.harness.file_text import shown_again, stamp_of, text_of
from tiktok_destination.harness.form_values import NAMED_AFTER, filled, texts_of
from tiktok_destination.harness.host_platform import HostPlatform
from tiktok_destination.harness.pages.routes import blueprint_of
from tiktok_destination.harness.saving import (
    NotSavedError,
    change_key,
    changed_since,
    faults_of,
    file_for,
    save,
)
from tiktok_destination.harness.yaml_text import opening_remarks, written

_PLAIN: Final = re.compile(r"[A-Za-z0-9._-]+")
_UNFIT: Final = 422
_HEADER: Final = "# Written by the harness. To check it: tiktok-destination validate {file}\n"


def create_blueprint(platform: HostPlatform) -> Blueprint:
    """The pages of one harness."""
    page = _Pages(platform)
    routes = (
        ("/destinations/new", "new", "GET", page.new),
        ("/destinations/new", "create", "POST", page.create),
        ("/destinations/<file>/configure", "page", "GET", page.shown),
        ("/destinations/<file>/configure", "change", "POST", page.change),
        ("/destinations/<file>/text", "text", "GET", page.text),
        ("/destinations/<file>/text", "change_text", "POST", page.change_text),
        ("/destinations/<file>/enabled", "switch", "POST", page.switch),
    )
    return blueprint_of("configure", routes)


class _Pages:
    def __init__(self, platform: HostPlatform) -> None:
        self._platform = platform
        self._workspace = platform.workspace
        self._forms = Forms(self._workspace, ListKeeper(platform.services))

    def new(self) -> Response:
        plugin = self._plugin(request.args.get("destination", ""))
        return self._form(plugin, None, Given({"credential": NAMED_AFTER}), 200)

    def create(self) -> BaseResponse:
        plugin = self._plugin(request.args.get("destination", ""))
        return self._submitted(plugin, None)

    def shown(self, file: str) -> BaseResponse:
        found = self._platform.destination(file)
        if found.destination is None or not found.data:
            return redirect(url_for("configure.text", file=file), 303)
        parts = parts_for(found.destination)
        texts = texts_of(parts, {key: found.data[key] for key in found.data if key not in FIXED})
        beside, others = placed(filled(parts, texts), found.faults)
        return self._form(found.destination, found, Given(texts, beside, others), 200)

    def change(self, file: str) -> BaseResponse:
        found = self._platform.destination(file)
        if found.destination is None:
            raise NotFound("The plugin of this destination is not installed.")
        return self._submitted(found.destination, found)

    def text(self, file: str) -> Response:
        found = self._platform.destination(file)
        return self._text(found, text_of(found), found.problems, 200)

    def change_text(self, file: str) -> BaseResponse:
        found = self._platform.destination(file)
        text = request.form.get("text", "").replace("\r\n", "\n")
        faults = faults_of(text, self._workspace)
        if request.form.get("action") == "download":
            return _download(file, text)
        if faults:
            return self._text(found, shown_again(text), lines_of(faults), _UNFIT)
        try:
            save(self._workspace, file, text, new=False, seen=_seen())
        except NotSavedError as error:
            return self._text(found, shown_again(text), (str(error),), _UNFIT)
        flash("Saved.", "good")
        return redirect(url_for("configure.text", file=file), 303)

    def switch(self, file: str) -> BaseResponse:
        found = self._platform.destination(file)
        enabled = request.form.get("enabled") == "true"
        try:
            change_key(self._workspace, file, "enabled", enabled)
        except NotSavedError as error:
            flash(f"{found.name} was not changed. {error}", "bad")
        else:
            flash(f"{found.name} is {'enabled' if enabled else 'disabled: nothing of it is sent'}.", "good")
        return redirect(url_for("destinations.page"), 303)

    def _plugin(self, name: str) -> Destination:
        try:
            return self._workspace.plugin(name)
        except PluginLoadError as error:
            raise NotFound(str(error)) from error

    def _submitted(self, plugin: Destination, found: DestinationFile | None) -> BaseResponse:
        """A form that came back: another look, a download, or a file."""
        action, texts = request.form.get("action", "save"), request.form.to_dict()
        back = filled(parts_for(plugin), texts)
        if action == "lists":
            return self._form(plugin, found, Given(texts, ask_again=True), 200)
        if back.faults:
            return self._form(plugin, found, Given(texts, *placed(back, back.faults)), _UNFIT)
        data = {"version": 1, "destination": plugin.name, **back.data}
        file = found.file if found else file_for(str(data.get("name", ""))) or "destination.yaml"
        text = _remarks(found, file) + written(data)
        faults = faults_of(text, self._workspace)
        if faults:
            return self._form(plugin, found, Given(texts, *placed(back, faults)), _UNFIT)
        if action == "download":
            return _download(file, text)
        try:
            self._check_name(str(data["name"]), found)
            save(self._workspace, file, text, new=found is None, seen=_seen())
        except NotSavedError as error:
            return self._form(plugin, found, Given(texts, {}, (str(error),), download=True), _UNFIT)
        flash(f"Saved as {file}.", "good")
        return redirect(url_for("configure.page", file=file), 303)

    def _check_name(self, name: str, found: DestinationFile | None) -> None:
        """Two destinations of one name would share their books. Raises NotSavedError."""
        taken = () if found and found.name == name else self._workspace.named(name)
        if taken:
            raise NotSavedError(f"The name {name} is taken: {taken[0]} has it.")

    def _form(
        self, plugin: Destination, found: DestinationFile | None, given: Given, status: int
    ) -> Response:
        if found is not None:
            given = replace(given, other_faults=_with_change(given.other_faults, found))
        form = self._forms.form(plugin, found, given)
        seen = stamp_of(found.path) if found else None
        page = render_template("configure.html", form=form, destination=found, seen=seen)
        return make_response(page, status)

    def _text(
        self, found: DestinationFile, text: str | None, problems: Sequence[str], status: int
    ) -> Response:
        page = render_template(
            "configure_text.html",
            destination=found,
            text=text,
            problems=_with_change(problems, found),
            seen=stamp_of(found.path),
        )
        return make_response(page, status)


def _seen() -> str | None:
    """The stamp of the file that stood in the page which was sent back."""
    return request.form.get("seen")


def _with_change(problems: Sequence[str], found: DestinationFile) -> list[str]:
    """The problems, and that the file has changed since: said at the latest before the next page has its new stamp."""
    changed = changed_since(found.path, _seen())
    return [*dict.fromkeys((changed, *problems) if changed else problems)]


def _remarks(found: DestinationFile | None, file: str) -> str:
    """The remarks with which the file begins, or a header for it."""
    text = text_of(found) if found else None
    return (opening_remarks(text) if text else "") or _HEADER.format(file=file)


def _download(file: str, text: str) -> Response:
    answer = Response(text, content_type="application/yaml; charset=utf-8")
    # A header is ASCII, and a quote would end the name (RFC 6266).
    name = f'filename="{file}"' if _PLAIN.fullmatch(file) else f"filename*=UTF-8''{quote(file, safe='')}"
    answer.headers["Content-Disposition"] = f"attachment; {name}"
    return answer
