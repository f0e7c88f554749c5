"""What every page is lent: the workspace, the effects, and the one address at which the harness is reached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from werkzeug.exceptions import NotFound

from plugin_spec import Services
from tiktok_destination.harness.destination_files import DestinationFile
from tiktok_destination.harness.dispatch import Dispatch
from tiktok_destination.harness.workspace import Workspace


@dataclass(frozen=True)
class HostPlatform:
    """One running harness."""

    workspace: Workspace
    services: Services
    """This machine's, as a sender gets them."""
    new_id: Callable[[], str]
    """At least 128 random bits as text that fits into an address."""
    dispatch: Dispatch
    origin: str
    """Scheme, host and port, fixed at the start and never taken from a request."""

    def destination(self, file: str) -> DestinationFile:
        """The destination in this file. Raises NotFound."""
        found = self.workspace.destination(file)
        if found is None:
            raise NotFound("There is no such destination in this workspace.")
        return found
