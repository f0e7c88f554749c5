"""The deliveries of all destinations of a workspace, each begun when it is first used and ended with the harness.

Those for which something waits in the outbox are begun with the harness.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial

from plugin_spec import ConfigError, Destination, EntryOutcome, Sender, Services
from plugin_spec.errors import show_path
from tiktok_destination.delivery import DeliverySettings
from tiktok_destination.harness.books import NotKeptError, look_into
from tiktok_destination.harness.deliveries import Deliveries
from tiktok_destination.harness.destination_files import DestinationFile
from tiktok_destination.harness.route import NotOpenedError, Route
from tiktok_destination.harness.workspace import Workspace


class Dispatch:
    """May be used from any thread."""

    def __init__(self, workspace: Workspace, services: Services, stop: threading.Event) -> None:
        """`services.sleep` ends when `stop` is set."""
        self._workspace = workspace
        self._services = services
        self._stop = stop
        self._lock = threading.Lock()
        self._deliveries: dict[tuple[str, str, str], Deliveries] = {}
        """By file, plugin and name: what was made for one receiver is never another's."""
        workspace.when_credential_changes(self.credential_changed)
        workspace.when_file_changes(self.file_changed)

    def begin(self) -> None:
        """Go on with what waits from an earlier start, and show how far inputs were accepted then."""
        for found in self._workspace.destinations():
            if found.destination is None:
                continue
            try:
                left = look_into(self._route(found, found.destination), 1)
            except NotKeptError:  # the deliveries say so, and try again
                self.of(found, found.destination)
            else:
                if left.events or left.inputs:
                    self.of(found, found.destination)

    def of(self, found: DestinationFile, destination: Destination) -> Deliveries:
        """Those of this destination, by its configuration as it is now."""
        route = self._route(found, destination)
        key = (found.file, destination.name, found.name)
        with self._lock:
            known = self._deliveries.get(key)
            if known is not None:
                known.reroute(route)
                return known
            made = Deliveries(route, self._services, self._stop, announce=partial(self._announce, found.name))
            self._deliveries[key] = made
            return made

    def known(self, found: DestinationFile) -> Deliveries | None:
        """Those of this destination, if it was used since the start."""
        if found.destination is None:
            return None
        return self._deliveries.get((found.file, found.destination.name, found.name))

    def credential_changed(self, name: str) -> None:
        """There is a new credential of this name: whoever was paused goes on with it."""
        for (file, _, _), deliveries in list(self._deliveries.items()):
            found = self._workspace.destination(file)
            if found is not None and found.credential.name == name:
                deliveries.resume()

    def file_changed(self, file: str) -> None:
        """The configuration was written anew: what is sent from now on is sent by it, or not at all."""
        for (changed, _, _), deliveries in list(self._deliveries.items()):
            if changed == file:
                deliveries.open_anew()

    def stop(self) -> int:
        """End all of them, and await what is in flight. How many events stay pending in the outbox."""
        return sum(one.stop() for one in list(self._deliveries.values()))

    def _route(self, found: DestinationFile, destination: Destination) -> Route:
        return Route(
            name=found.name,
            about=destination.about,
            settings=DeliverySettings(**found.config.delivery) if found.config else DeliverySettings(),
            open_sender=partial(self._open, found.file, destination.name, found.name),
            folder=self._workspace.data,
            receiver=partial(self._receiver, destination),
            in_test_mode=partial(self._in_test_mode, found.file),
        )

    def _receiver(self, destination: Destination) -> str:
        try:
            return destination.receiver(self._services.environ)
        except ConfigError as error:
            raise NotOpenedError(_told(error)) from error
        except Exception as error:  # a plugin's own; its text may hold anything
            raise NotOpenedError(f"The destination failed: {type(error).__name__}.") from error

    def _open(self, file: str, plugin: str, name: str, services: Services) -> Sender:
        found = self._workspace.destination(file)
        if found is None:
            raise NotOpenedError("Its configuration is no longer in the workspace.")
        if found.destination is not None and found.destination.name != plugin:
            raise NotOpenedError(f"Its file names another destination now; what waits was made for {plugin}.")
        if found.name != name:
            raise NotOpenedError("Its file gives it another name now; what waits is kept by the earlier one.")
        if found.destination is None or found.config is None:
            raise NotOpenedError(" ".join((*found.problems, found.credential.trouble)).strip())
        if not found.enabled:
            raise NotOpenedError("It is switched off (enabled: false).")
        try:
            return found.destination.open(found.config.plugin, found.config.credential, services)
        except ConfigError as error:
            raise NotOpenedError(_told(error)) from error

    def _in_test_mode(self, file: str) -> bool:
        found = self._workspace.destination(file)
        return found is not None and found.overview.test_mode

    def _announce(self, name: str, outcomes: Sequence[EntryOutcome]) -> None:
        self._workspace.manager.announce(name, outcomes, self._services.logger)


def _told(error: ConfigError) -> str:
    told = (f"{show_path(it.path)}: {it.problem}. {it.remedy}".rstrip(". ") for it in error.faults)
    return f"{'. '.join(told)}."
