"""The work of `about`: what destinations say of themselves. One that cannot be loaded is listed with the reason."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from plugin_spec import SPEC_VERSION, Destination, DestinationManager, PluginLoadError
from tiktok_destination import __version__
from tiktok_destination.cli.failures import CommandFailedError
from tiktok_destination.cli.wrapping import aligned, wrapped
from tiktok_destination.config.outline import Outline
from tiktok_destination.redaction import printable

_HOUR_S = 3600


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """One destination."""

    name: str
    title: str
    description: str
    event_sources: tuple[str, ...]
    max_events: int
    max_bytes: int
    repeat_window_s: int
    capabilities: tuple[str, ...]
    presets: tuple[str, ...]
    contract_version: int

    def lines(self) -> Iterator[str]:
        """For people."""
        yield f"{self.name}: {self.title}"
        yield from wrapped(self.description, "  ")
        yield ""
        yield from aligned(
            [
                ("event sources", ", ".join(self.event_sources)),
                ("one request", f"at most {self.max_events:,} events and {self.max_bytes:,} bytes"),
                ("copies", _copies(self.repeat_window_s)),
                ("capabilities", ", ".join(self.capabilities) or "none beyond the contract"),
                ("presets", ", ".join(self.presets) or "none"),
                ("contract", f"version {self.contract_version}"),
            ],
            "  ",
        )


class Unusable(msgspec.Struct, frozen=True):
    """A destination that is installed and cannot be loaded."""

    name: str
    fault: str


class Description(msgspec.Struct, frozen=True):
    """What there is."""

    version: str
    """This program's."""
    contract_version: int
    destinations: tuple[Details | Unusable, ...]

    def as_json(self) -> str:
        return msgspec.json.encode(self).decode()

    def lines(self) -> Iterator[str]:
        """For people: all details of a single one, else a list."""
        yield f"tiktok-destination {self.version}, contract version {self.contract_version}"
        yield ""
        if len(self.destinations) == 1 and isinstance(self.destinations[0], Details):
            yield from self.destinations[0].lines()
            return
        yield "Installed destinations" if self.destinations else "No destination is installed."
        yield from aligned([(each.name, _title(each)) for each in self.destinations], "  ")
        if self.destinations:
            yield "What one of them can do: tiktok-destination about NAME"


def describe(name: str | None) -> Description:
    """The destination of that name, or all that are installed. Raises CommandFailedError."""
    manager = DestinationManager()
    try:
        if name is not None:
            return Description(__version__, SPEC_VERSION, (_details(manager.load(name)),))
        found = tuple(_details_or_fault(each, manager) for each in manager.names())
    except PluginLoadError as error:
        raise CommandFailedError([printable(str(error))]) from error
    return Description(__version__, SPEC_VERSION, found)


def _details_or_fault(name: str, manager: DestinationManager) -> Details | Unusable:
    try:
        return _details(manager.load(name))
    except PluginLoadError as error:
        return Unusable(printable(name), printable(str(error)))


def _details(destination: Destination) -> Details:
    about = destination.about
    return Details(
        name=about.name,
        title=printable(about.title),
        description=printable(about.description),
        event_sources=about.event_sources,
        max_events=about.max_events,
        max_bytes=about.max_bytes,
        repeat_window_s=about.repeat_window_s,
        capabilities=tuple(sorted(about.capabilities)),
        presets=Outline(destination.config_schema()).presets(),
        contract_version=about.spec_version,
    )


def _title(each: Details | Unusable) -> str:
    return each.title if isinstance(each, Details) else f"cannot be used: {each.fault}"


def _copies(seconds: int) -> str:
    if not seconds:
        return "are not recognised"
    if seconds % _HOUR_S:
        return f"are recognised for {seconds:,} seconds"
    hours = seconds // _HOUR_S
    return f"are recognised for {hours:,} hour{'' if hours == 1 else 's'}"
