"""The way of an account's owner: out to the receiver's consent page, back by the one callback address, to a clean page.

The callback is the one GET that changes something, as the protocol wants it; the one-time state stands in for the form's token.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

from flask import (
    Blueprint,
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from werkzeug.exceptions import Gone, NotFound
from werkzeug.wrappers import Response as BaseResponse

from plugin_spec import Authoriser, Credential, Denied
from tiktok_destination.credentials import CredentialStoreError, Forged, Granted, grant_credential
from tiktok_destination.harness.connecting import Connections, Purpose
from tiktok_destination.harness.destination_files import DestinationFile
from tiktok_destination.harness.host_platform import HostPlatform
from tiktok_destination.harness.pages.connect import authorise_address, redirect_uri
from tiktok_destination.harness.pages.routes import blueprint_of
from tiktok_destination.harness.senders import CannotAskError, opened
from tiktok_destination.harness.told import denial, meaning

_NOT_TAKEN: Final[Mapping[Forged, tuple[str, str]]] = {
    Forged.STATE_MISSING: (
        "This did not begin here",
        "The address holds no state, so it belongs to no authorisation that was begun here.",
    ),
    Forged.STATE_UNKNOWN: (
        "This authorisation is not under way",
        "It was finished already, or begun in another browser or before the last start.",
    ),
    Forged.STATE_EXPIRED: (
        "This took too long",
        "An authorisation has ten minutes between its beginning here and the way back.",
    ),
    Forged.REPEATED: (
        "This address cannot be trusted",
        "One of its parameters is there more than once.",
    ),
    Forged.REFUSED_BY_OWNER: (
        "The account's owner refused",
        "Nothing was granted.",
    ),
    Forged.CODE_MISSING: (
        "There is no code",
        "The way back holds no authorisation code.",
    ),
}
_MOST_TITLES: Final = 5
"""Of accounts in a message, which travels in a cookie; the page lists them all."""
_UNCHANGED: Final = "The credential that was there is unchanged. Begin again: a code works once."
_USED: Final = "This link was used already, is older than 24 hours, or was made before the last start. Ask for another one."


def create_blueprint(platform: HostPlatform, connections: Connections) -> Blueprint:
    """The pages of one harness."""
    page = _Pages(platform, connections)
    routes = (
        ("/oauth/leave/<departure>", "leave", "GET", page.leave),
        ("/oauth/callback", "callback", "GET", page.callback),
        ("/oauth/not-taken/<reason>", "not_taken", "GET", page.not_taken),
        ("/oauth/done", "done", "GET", page.done),
        ("/authorise/<token>", "link", "GET", page.link),
        ("/authorise/<token>", "use_link", "POST", page.use_link),
    )
    return blueprint_of("authorise", routes)


class _Pages:
    def __init__(self, platform: HostPlatform, connections: Connections) -> None:
        self._platform = platform
        self._workspace = platform.workspace
        self._connections = connections

    def leave(self, departure: str) -> Response:
        found = self._connections.departure(departure, session["id"])
        if found is None:
            raise NotFound("This page belonged to another browser session, or its ten minutes are over.")
        asks = self._platform.destination(found.purpose.file)
        return _page("leave.html", departure=found, asks=asks, redirect_uri=redirect_uri(self._platform))

    def callback(self) -> BaseResponse:
        end = self._connections.come_back(session["id"], request.args.to_dict(flat=False))
        if isinstance(end, Forged):
            return redirect(url_for("authorise.not_taken", reason=end.value), 303)
        purpose, code = end
        kind, told = self._exchange(purpose, code)
        for sentence in told:
            flash(sentence, kind)
        if purpose.by_link:
            return redirect(url_for("authorise.done"), 303)
        return redirect(url_for("connect.page", file=purpose.file), 303)

    def not_taken(self, reason: str) -> Response:
        if reason not in {one.value for one in Forged}:
            raise NotFound
        title, text = _NOT_TAKEN[Forged(reason)]
        return make_response(_page("not_taken.html", title=title, text=text), 400)

    def done(self) -> Response:
        return _page("authorise_done.html")

    def link(self, token: str) -> Response:
        purpose = self._connections.link(token)
        if purpose is None:
            raise Gone(_USED)
        asks = self._platform.destination(purpose.file)
        return _page("authorise_link.html", purpose=purpose, asks=asks, token_of_link=token)

    def use_link(self, token: str) -> BaseResponse:
        purpose = self._connections.use_link(token)
        if purpose is None:
            raise Gone(_USED)
        found = self._platform.destination(purpose.file)
        try:
            self._workspace.store.require_room()
            departure = self._connections.begin(
                session["id"],
                purpose,
                lambda state: authorise_address(self._platform, found, purpose, state),
            )
        except (CannotAskError, CredentialStoreError) as error:
            flash(str(error), "bad")
            return redirect(url_for("authorise.done"), 303)
        return redirect(url_for("authorise.leave", departure=departure), 303)

    def _exchange(self, purpose: Purpose, code: str) -> tuple[str, list[str]]:
        """What became of it, as a kind of message and its sentences."""
        found = self._workspace.destination(purpose.file)
        if found is None or found.destination is None or found.plugin_config is None:
            return "bad", ["The configuration was changed in the meantime and has to be mended first."]
        credential = Credential(purpose.credential, "", purpose.app)
        store, services = self._workspace.store, self._platform.services
        try:
            with opened(found.destination, found.plugin_config, credential, services) as sender:
                granted = grant_credential(cast("Authoriser", sender), code, store, services.clock)
        except (CannotAskError, CredentialStoreError) as error:
            return "bad", [f"Not connected. {error}", _UNCHANGED]
        if isinstance(granted, Denied):
            return "bad", [f"Not connected. {denial(found.destination.about, granted)}", _UNCHANGED]
        self._workspace.credential_changed(purpose.credential)
        return _told(granted, found)


def _told(granted: Granted, found: DestinationFile) -> tuple[str, list[str]]:
    accounts = granted.stored.accounts
    titles = ", ".join(one.title for one in accounts[:_MOST_TITLES])
    more = f" and {len(accounts) - _MOST_TITLES} more" if len(accounts) > _MOST_TITLES else ""
    sentences = [f"Connected as {granted.stored.name}: {titles or 'no account was granted'}{more}."]
    if found.destination is not None:
        sentences += [f"Missing: {meaning(found.destination.about, code)}" for code in granted.missing]
    return ("wait" if granted.missing or not accounts else "good"), sentences


def _page(template: str, **values: object) -> Response:
    return make_response(render_template(template, bare=True, **values))
