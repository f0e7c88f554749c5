"""The page of a destination's credential: what it is, and every way to give, renew, check and end it.

Secrets go one way: in. No page, address or cookie ever holds one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
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
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response as BaseResponse

from plugin_spec import Authoriser, Check, Checker, Credential, Denied, DeveloperApp
from tiktok_destination.credentials import CredentialStoreError, StoredCredential
from tiktok_destination.harness.connecting import Connections, Purpose
from tiktok_destination.harness.destination_files import DestinationFile
from tiktok_destination.harness.host_platform import HostPlatform
from tiktok_destination.harness.pages.routes import blueprint_of
from tiktok_destination.harness.saving import NotSavedError, change_key
from tiktok_destination.harness.senders import CannotAskError, opened
from tiktok_destination.harness.told import denial

AUTHORISE: Final = "authorise"
APP_ID_VARIABLE: Final = "TIKTOK_APP_ID"
APP_SECRET_VARIABLE: Final = "TIKTOK_APP_SECRET"  # noqa: S105 - a variable's name

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_TOKEN: Final = re.compile(r"[!-~]{1,4096}")
_UNFIT: Final = 422


def create_blueprint(platform: HostPlatform, connections: Connections) -> Blueprint:
    """The pages of one harness."""
    page = _Pages(platform, connections)
    base = "/destinations/<file>/connect"
    routes = (
        (base, "page", "GET", page.shown),
        (f"{base}/paste", "paste", "POST", page.paste),
        (f"{base}/use", "use", "POST", page.use),
        (f"{base}/check", "check", "POST", page.check),
        (f"{base}/begin", "begin", "POST", page.begin),
        (f"{base}/end", "ending", "GET", page.ending),
        (f"{base}/end", "end", "POST", page.end),
    )
    return blueprint_of("connect", routes)


class _Pages:
    def __init__(self, platform: HostPlatform, connections: Connections) -> None:
        self._platform = platform
        self._workspace = platform.workspace
        self._connections = connections

    def shown(self, file: str) -> Response:
        found = self._platform.destination(file)
        return self._page(found, link=self._connections.link_to_show(session["id"], file))

    def paste(self, file: str) -> BaseResponse:
        found = self._platform.destination(file)
        name = self._name(found)
        token = request.form.get("token", "").strip()
        if name is None:
            return self._page(found, fault=("paste", _UNFIT_NAME))
        if not _TOKEN.fullmatch(token):
            told = (
                "No token was pasted."
                if not token
                else "This is no token: it holds a space, or a letter outside ASCII. Copy it again, and nothing else."
            )
            return self._page(found, fault=("paste", told))
        try:
            self._workspace.store.put(
                StoredCredential(Credential(name, token), self._platform.services.clock())
            )
        except CredentialStoreError as error:
            return self._page(found, fault=("paste", str(error)))
        self._workspace.credential_changed(name)
        flash(f"The token is stored as {name}.", "good")
        return _to_page(file)

    def use(self, file: str) -> BaseResponse:
        """Have the file name a stored credential."""
        self._platform.destination(file)
        name = request.form.get("credential", "")
        if name not in {one.name for one in self._stored()}:
            raise BadRequest("No credential of this name is stored.")
        try:
            change_key(self._workspace, file, "credential", name)
        except NotSavedError as error:
            flash(str(error), "bad")
        else:
            flash(f"{file} uses the credential {name} now.", "good")
        return _to_page(file)

    def check(self, file: str) -> Response:
        found = self._platform.destination(file)
        if not found.can("check") or found.destination is None or found.config is None:
            raise NotFound("There is nothing to check.")
        try:
            with opened(
                found.destination, found.config.plugin, found.config.credential, self._platform.services
            ) as sender:
                checks = cast("Checker", sender).check()  # it declares the capability
        except CannotAskError as error:
            return self._page(found, fault=("check", str(error)))
        return self._page(found, checks=checks)

    def begin(self, file: str) -> BaseResponse:
        """A way to the account's owner: in this browser, or by a link for another one."""
        found = self._platform.destination(file)
        if not found.can(AUTHORISE):
            raise NotFound("This destination does not authorise.")
        name = self._name(found)
        if name is None:
            return self._page(found, fault=("begin", _UNFIT_NAME))
        try:
            app = self._app(found)
            self._workspace.store.require_room()
        except (CannotAskError, CredentialStoreError) as error:
            return self._page(found, fault=("begin", str(error)))
        purpose = Purpose(file, name, app)
        if request.form.get("action") == "link":
            self._connections.make_link(
                session["id"], Purpose(file, name, app, by_link=True), self._link_address
            )
            return _to_page(file)
        try:
            departure = self._connections.begin(
                session["id"], purpose, lambda state: authorise_address(self._platform, found, purpose, state)
            )
        except CannotAskError as error:
            return self._page(found, fault=("begin", str(error)))
        return redirect(url_for("authorise.leave", departure=departure), 303)

    def ending(self, file: str) -> Response:
        found = self._platform.destination(file)
        return self._ending(found, None, 200)

    def end(self, file: str) -> BaseResponse:
        """Revoke a credential at the receiver and forget it here, or forget it alone."""
        found = self._platform.destination(file)
        stored = self._ended(found)
        name = stored.name
        try:
            if request.form.get("action") == "revoke":
                refused = self._revoke(found, name)
                if refused:
                    return self._ending(found, refused, _UNFIT)
            self._workspace.store.remove(name)
        except (CannotAskError, CredentialStoreError) as error:
            return self._ending(found, str(error), _UNFIT)
        done = "revoked, and forgotten here" if request.form.get("action") == "revoke" else "forgotten here"
        flash(f"The credential {name} is {done}.", "good")
        return _to_page(file)

    def _revoke(self, found: DestinationFile, name: str) -> str:
        """Why it was not revoked; empty: it was."""
        stored, destination = self._workspace.store.get(name), found.destination
        if stored is None:
            return ""  # another page has ended it in the meantime
        if destination is None or found.plugin_config is None or not found.can(AUTHORISE):
            raise NotFound("This destination does not authorise.")
        with opened(destination, found.plugin_config, stored.credential, self._platform.services) as sender:
            denied = cast("Authoriser", sender).revoke()  # it declares the capability
        return denial(destination.about, denied) if isinstance(denied, Denied) else ""

    def _app(self, found: DestinationFile) -> DeveloperApp:
        """The developer app that the form means. Raises CannotAskError."""
        match request.form.get("app"):
            case "same":
                return self._same_app(found)
            case "environment":
                client_id, client_secret = self._environment_app()
            case _:
                client_id = request.form.get("client_id", "").strip()
                client_secret = request.form.get("client_secret", "").strip()
        if not (_TOKEN.fullmatch(client_id) and _TOKEN.fullmatch(client_secret)):
            raise CannotAskError("An app has an id and a secret, without spaces: give both.")
        return DeveloperApp(client_id, client_secret)

    def _same_app(self, found: DestinationFile) -> DeveloperApp:
        try:
            stored = self._workspace.store.get(found.credential.name or "")
        except CredentialStoreError as error:
            raise CannotAskError(str(error)) from error
        if stored is None or stored.credential.app is None:
            raise CannotAskError("The credential there is belongs to no app: give the app's id and secret.")
        return stored.credential.app

    def _environment_app(self) -> tuple[str, str]:
        environ = self._workspace.environ
        return environ.get(APP_ID_VARIABLE, ""), environ.get(APP_SECRET_VARIABLE, "")

    def _name(self, found: DestinationFile) -> str | None:
        """The credential's name: the file's, or the one that was typed; None for one that none may have."""
        name = found.credential.name or request.form.get("name", "").strip()
        return name if _NAME.fullmatch(name) else None

    def _ended(self, found: DestinationFile) -> StoredCredential:
        if found.credential.stored is None:
            raise NotFound("This destination uses no stored credential.")
        return found.credential.stored

    def _link_address(self, token: str) -> str:
        return self._platform.origin + url_for("authorise.link", token=token)

    def _stored(self) -> Sequence[StoredCredential]:
        try:
            return self._workspace.store.described()
        except CredentialStoreError:
            return ()

    def _ending(self, found: DestinationFile, refused: str | None, status: int) -> Response:
        stored = self._ended(found)
        users = [one.name for one in self._workspace.destinations() if one.credential.name == stored.name]
        can_revoke = found.can(AUTHORISE) and stored.kind == "granted" and found.plugin_config is not None
        page = render_template(
            "connect_end.html",
            destination=found,
            stored=stored,
            users=users,
            can_revoke=can_revoke,
            refused=refused,
        )
        return make_response(page, status)

    def _page(
        self,
        found: DestinationFile,
        *,
        fault: tuple[str, str] = ("", ""),
        checks: Sequence[Check] | None = None,
        link: str | None = None,
    ) -> Response:
        default_name = found.credential.name or (found.name if _NAME.fullmatch(found.name) else "")
        page = render_template(
            "connect.html",
            destination=found,
            about=found.destination.about if found.destination else None,
            stored=found.credential.stored,
            others=[one for one in self._stored() if one.name != found.credential.name],
            name=request.form.get("name", default_name),
            client_id=request.form.get("client_id", ""),
            chosen_app=request.form.get("app", ""),
            environment_app=all(self._environment_app()),
            variables=(APP_ID_VARIABLE, APP_SECRET_VARIABLE),
            can_authorise=found.can(AUTHORISE) and found.plugin_config is not None,
            can_check=found.can("check") and found.config is not None,
            fault=fault,
            checks=checks,
            link=link,
        )
        return make_response(page, _UNFIT if fault[1] else 200)


_UNFIT_NAME: Final = "A credential's name has lower-case letters, digits, - and _, up to 63, and begins with a letter or digit."


def authorise_address(platform: HostPlatform, found: DestinationFile, purpose: Purpose, state: str) -> str:
    """Where the account's owner is led. Raises CannotAskError."""
    if found.destination is None or found.plugin_config is None:
        raise CannotAskError("The configuration has to be mended first.")
    credential = Credential(purpose.credential, "", purpose.app)
    with opened(found.destination, found.plugin_config, credential, platform.services) as sender:
        return cast("Authoriser", sender).authorise_url(state, redirect_uri(platform))


def redirect_uri(platform: HostPlatform) -> str:
    """The one callback address, fixed at the start; a request has no say in it."""
    return f"{platform.origin}/oauth/callback"


def _to_page(file: str) -> BaseResponse:
    return redirect(url_for("connect.page", file=file), 303)
