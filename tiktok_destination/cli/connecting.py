"""The work of `connect`: a page on loopback leads the browser to the consent page, and takes it back, once."""

from __future__ import annotations

import secrets
import sys
import threading
import time
import webbrowser
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import click

from plugin_spec import (
    About,
    Authoriser,
    ConfigError,
    Credential,
    Denied,
    DestinationManager,
    DeveloperApp,
    PluginLoadError,
    Sender,
)
from tiktok_destination.cli import exit_codes
from tiktok_destination.cli.callback import CallbackServer
from tiktok_destination.cli.credentials import checked_name, is_token, open_store, store_faults
from tiktok_destination.cli.failures import CommandFailedError
from tiktok_destination.cli.interruption import end_on_signals
from tiktok_destination.credentials import (
    STATE_LIFE_S,
    Authorisations,
    Forged,
    Granted,
    StoredCredential,
    grant_credential,
)
from tiktok_destination.hosting.services import host_services
from tiktok_destination.redaction import printable

_CAPABILITY: Final = "authorise"
_SECRET_VARIABLE: Final = "TIKTOK_APP_SECRET"  # noqa: S105 - the name of a variable


@dataclass(frozen=True)
class ConnectOrder:
    """What was asked for on the command line."""

    name: str
    app_id: str | None
    destination: str
    beside: Path
    port: int
    browser: bool


def run(order: ConnectOrder, environ: Mapping[str, str]) -> int:
    """Lead the owner there and back, and keep what was granted. Raises CommandFailedError."""
    checked_name(order.name)
    store = open_store(order.beside, environ)
    with store_faults():
        known = store.get(order.name)
        store.require_room()  # before anybody is sent on a way at whose end the token is shown once
    app = _app(order, known, environ)
    with end_on_signals():
        stop = threading.Event()
        services = host_services(environ, stop)
        about, sender = _open(order.destination, Credential(order.name, "", app), environ, stop)
        try:
            authoriser = cast("Authoriser", sender)
            states = Authorisations(services.clock, lambda: secrets.token_urlsafe(32))
            lock = threading.Lock()  # each request of the browser has a thread of its own

            def consent_url(session: str, uri: str) -> str:
                with lock:
                    return authoriser.authorise_url(states.begin(session, order.name), uri)

            try:
                server = CallbackServer(order.port, consent_url)
            except OSError as error:
                raise CommandFailedError(
                    [
                        f"port {order.port} cannot be used. Choose another with --port, and register its address."
                    ]
                ) from error
            with server:
                _show(server, browser=order.browser)
                came_back = server.wait(STATE_LIFE_S)
                if came_back is None:
                    click.echo("Nobody came back: nothing was changed.", err=True)
                    return exit_codes.PENDING
                with lock:
                    way = states.come_back(*came_back)
                if isinstance(way, Forged):
                    server.answer("Not connected", f"The way back was not taken ({way}). Begin again.")
                    click.echo(f"Not connected: {_told(way)}", err=True)
                    return exit_codes.UNFIT
                with store_faults():
                    granted = grant_credential(authoriser, way[1], store, services.clock)
                return _finish(order, about, granted, server)
        finally:
            sender.close()


def revoke(order: ConnectOrder, environ: Mapping[str, str]) -> int:
    """End the credential at the receiver, and forget it here. Raises CommandFailedError."""
    checked_name(order.name)
    store = open_store(order.beside, environ)
    with store_faults():
        known = store.get(order.name)
    if known is None or known.credential.app is None:
        raise CommandFailedError(
            [
                f"{order.name}: no credential of this name was granted by an owner, so there is nothing to revoke."
            ]
        )
    with end_on_signals():
        about, sender = _open(order.destination, known.credential, environ, threading.Event())
        denied = cast("Authoriser", sender).revoke()
        sender.close()
    if denied is not None:
        click.echo(f"Not revoked: {_explained(about, denied)}", err=True)
        return exit_codes.UNFIT
    with store_faults():
        store.remove(order.name)
    click.echo(f"{order.name}: revoked, and forgotten here.")
    return exit_codes.GOOD


def _app(order: ConnectOrder, known: StoredCredential | None, environ: Mapping[str, str]) -> DeveloperApp:
    kept = known.credential.app if known else None
    app_id = order.app_id or (kept.client_id if kept else None)
    if app_id is None:
        raise CommandFailedError(["Which developer app is to ask? Write --app-id ID."])
    secret = environ.get(_SECRET_VARIABLE, "").strip()
    if not secret and kept is not None and app_id == kept.client_id:
        return kept
    if not secret and sys.stdin.isatty():
        secret = click.prompt("The app's secret", hide_input=True, err=True).strip()
    if not secret:
        raise CommandFailedError(
            [f"The app's secret is needed: set {_SECRET_VARIABLE}, or write it when asked."]
        )
    if not (is_token(app_id) and is_token(secret)):
        raise CommandFailedError(
            [
                "The app's id or secret holds something that neither has, such as a space. Copy it again, and nothing else."
            ]
        )
    return DeveloperApp(app_id, secret)


def _open(
    name: str, credential: Credential, environ: Mapping[str, str], stop: threading.Event
) -> tuple[About, Sender]:
    try:
        destination = DestinationManager().load(name)
        if _CAPABILITY not in destination.about.capabilities:
            raise CommandFailedError(
                [f"{destination.about.title} cannot be authorised: paste a token instead."]
            )
        return destination.about, destination.open({"name": name}, credential, host_services(environ, stop))
    except PluginLoadError as error:
        raise CommandFailedError([printable(str(error))]) from error
    except ConfigError as error:
        raise CommandFailedError(
            [printable(f"{fault.problem}. {fault.remedy}") for fault in error.faults]
        ) from error


def _show(server: CallbackServer, *, browser: bool) -> None:
    click.echo(f"Redirect address, to be registered with the developer app: {server.redirect_uri}")
    if browser and webbrowser.open(server.start_url):
        click.echo("Your browser has been asked to open the consent page.")
    click.echo(f"Open this address in a browser on this machine: {server.start_url}")


def _finish(order: ConnectOrder, about: About, granted: Granted | Denied, server: CallbackServer) -> int:
    if isinstance(granted, Denied):
        server.answer("Not connected", f"The receiver did not accept it ({granted.code}).")
        click.echo(f"Not connected: {_explained(about, granted)}", err=True)
        return exit_codes.UNFIT
    server.answer("Connected", "You can close this window.")
    stored = granted.stored
    click.echo(f"{order.name}: connected, at {time.strftime('%H:%M', time.gmtime(stored.added_at))} UTC.")
    for account in stored.accounts:
        click.echo(printable(f"  account     {account.title} ({account.value})"))
    for scope in stored.scopes:
        click.echo(printable(f"  permission  {scope}"))
    for code in granted.missing:
        click.echo(f"  missing     {_explained(about, Denied(code))}", err=True)
    click.echo(f"Write credential: {order.name} in the configuration.")
    return exit_codes.UNFIT if granted.missing else exit_codes.GOOD


def _explained(about: About, denied: Denied) -> str:
    known = about.codes.get(denied.code)
    return f"{denied.code}: {known.meaning} {known.remedy}" if known else denied.code


def _told(forged: Forged) -> str:
    if forged is Forged.REFUSED_BY_OWNER:
        return "the owner refused, or closed the consent page."
    return f"the way back does not fit ({forged}): begin again, in one browser window."
