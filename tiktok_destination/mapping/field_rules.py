"""Builds the field rules that are in force: the preset's, replaced target by target by the configuration's."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from plugin_spec import ConfigFault
from tiktok_destination.catalog.codes import codes
from tiktok_destination.catalog.fields import fields
from tiktok_destination.mapping import readers
from tiktok_destination.mapping.paths import PathError
from tiktok_destination.mapping.rules import Constant, FieldRule, Source, paths_of, read_sources
from tiktok_destination.mapping.targets import fault_of_target, is_swapped

_ConfigPath = tuple[str | int, ...]


class FieldRuleBuilder:
    """Makes the rules of one configuration. Faults go to the given reporter."""

    def __init__(
        self,
        settings: Mapping[str, Any],
        event_sources: Collection[str],
        preset: Mapping[str, Any],
        mapping: Mapping[str, Any],
        report: Callable[[ConfigFault], None],
    ) -> None:
        self._settings = settings
        self._event_sources = event_sources
        self._preset = preset
        self._mapping = mapping
        self._report = report
        self.warnings: list[ConfigFault] = []

    def rules(self) -> dict[str, FieldRule]:
        """Target → rule."""
        origin = f"preset {self._mapping.get('preset')}"
        rules = {
            target: FieldRule(target, read_sources(data), origin)
            for target, data in self._preset.get("fields", {}).items()
        }
        own: dict[str, _ConfigPath] = {}
        for target, data, path in self._own():
            fault = self._fault(target, data, path, own)
            if fault is not None:
                self._report(fault)
                continue
            own[target] = path
            sources = self._sources(target, data, path)
            if sources is not None:
                rules[target] = FieldRule(target, sources, "config")
                self._warn_of_trap(target, sources, path)
        return rules

    def _own(self) -> Iterator[tuple[str, Any, _ConfigPath]]:
        for source, target in (self._mapping.get("rename") or {}).items():
            yield target, source, ("mapping", "rename", source)
        for target, data in (self._mapping.get("fields") or {}).items():
            yield target, data, ("mapping", "fields", target)

    def _fault(
        self, target: str, data: Any, path: _ConfigPath, own: Mapping[str, _ConfigPath]
    ) -> ConfigFault | None:
        if path[1] == "rename" and is_swapped(data, target):
            return ConfigFault(path, "the two sides are swapped", f"Write {target}: {data}")
        misplaced = fault_of_target(target, self._event_sources, path)
        if misplaced is None and target in own:
            place = ".".join(map(str, own[target]))
            return ConfigFault(path, f"{target} has a rule already, at {place}", "Keep one of them.")
        return misplaced

    def _sources(self, target: str, data: Any, path: _ConfigPath) -> tuple[Source, ...] | None:
        try:
            sources = read_sources(data)
        except PathError as error:
            remedy = 'Paths look like context.page.url, "quoted.key", items[0].'
            self._report(ConfigFault(path, f"a path cannot be read: {error}", remedy))
            return None
        note = self._unfit_constant(target, sources)
        if note is not None:
            problem = f"the fixed value does not fit: {codes()[note].meaning}"
            self._report(ConfigFault(path, problem, codes()[note].remedy))
            return None
        return sources

    def _warn_of_trap(self, target: str, sources: tuple[Source, ...], path: _ConfigPath) -> None:
        """TikTok's ad_id is an ad group's: whoever maps a field of that very name probably means the ad."""
        field = fields().get(target)
        name = target.rpartition(".")[2]
        read = [at.steps[-1] for source in sources for at in paths_of(source)]
        if field is not None and field.means and name in read:
            self.warnings.append(
                ConfigFault(path, f"{target} is {field.means}", f"Check that {name} holds that.")
            )

    def _unfit_constant(self, target: str, sources: tuple[Source, ...]) -> str | None:
        field = fields().get(target)
        region = self._settings.get("default_region")
        constants = [source.value for source in sources if isinstance(source, Constant)]
        notes = (note for value in constants if field for note in readers.read(field, value, region).notes)
        return next(notes, None)
