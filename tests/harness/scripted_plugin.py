"""A destination that answers what a test tells it to, and a manager that knows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import plugin_spec as cdp

ALL = frozenset({"authorise", "check", "choose"})
CODES = {
    "closed": cdp.Code("closed", "The door is closed", "Knock"),
    "half": cdp.Code("half", "Only half of it was granted", "Grant the rest"),
}
PROPERTIES: dict[str, Any] = {
    "door": {
        "type": "string",
        "title": "Door",
        "description": "Which door.",
        "examples": ["front"],
        "minLength": 3,
    },
    "secret": {
        "type": "string",
        "title": "Secret",
        "description": "A secret.",
        "examples": ["${S}"],
        "x-secret": True,
    },
}


@dataclass
class Script:
    """What the destination does when it is asked; a test changes it."""

    capabilities: frozenset[str] = ALL
    url: str = "https://consent.example/"
    grant: Callable[[cdp.Credential, str], cdp.Grant | cdp.Denied] | None = None
    choices: Callable[[str], tuple[cdp.Choice, ...] | cdp.Denied] = lambda _: ()
    checks: tuple[cdp.Check, ...] = ()
    revoked: cdp.Denied | None = None
    raises: Exception | None = None
    asked: list[str] = field(default_factory=list)
    properties: dict[str, Any] = field(default_factory=lambda: dict(PROPERTIES))


class _Sender:
    def __init__(self, script: Script, credential: cdp.Credential) -> None:
        self._script, self._credential = script, credential

    def _asked(self, what: str) -> None:
        self._script.asked.append(what)
        if self._script.raises:
            raise self._script.raises

    def authorise_url(self, state: str, redirect_uri: str) -> str:
        self._asked("authorise_url")
        return f"{self._script.url}?state={state}&redirect_uri={redirect_uri}"

    def exchange(self, code: str) -> cdp.Grant | cdp.Denied:
        self._asked(f"exchange {code}")
        if self._script.grant:
            return self._script.grant(self._credential, code)
        credential = cdp.Credential(self._credential.name, f"token-of-{code}", self._credential.app)
        return cdp.Grant(credential, (cdp.Choice("1", "First account"),), ("Send events",))

    def revoke(self) -> cdp.Denied | None:
        self._asked("revoke")
        return self._script.revoked

    def check(self) -> tuple[cdp.Check, ...]:
        self._asked("check")
        return self._script.checks

    def choices(self, config_property: str) -> tuple[cdp.Choice, ...] | cdp.Denied:
        self._asked(f"choices {config_property}")
        return self._script.choices(config_property)

    def close(self) -> None:
        self._script.asked.append("close")


class _Plan:
    def overview(self) -> cdp.Overview:
        return cdp.Overview()


class ScriptedPlugin:
    """The hooks."""

    def __init__(self, script: Script) -> None:
        self.script = script

    @cdp.hookimpl
    def destination_about(self) -> cdp.About:
        return cdp.About(
            name="scripted",
            title="Scripted",
            description="Does what a test says.",
            event_sources=("web",),
            max_events=1,
            max_bytes=1,
            repeat_window_s=0,
            capabilities=self.script.capabilities,
            codes=CODES,
        )

    @cdp.hookimpl
    def destination_config_schema(self) -> Mapping[str, Any]:
        settings = {
            "type": "object",
            "title": "Settings",
            "description": "All of them.",
            "properties": self.script.properties,
            "additionalProperties": False,
        }
        return {"type": "object", "properties": {"settings": settings}}

    @cdp.hookimpl
    def destination_field_rules(self) -> tuple[()]:
        return ()

    @cdp.hookimpl
    def destination_compile(self, config: Mapping[str, Any]) -> _Plan:
        if config.get("settings", {}).get("door") == "locked":
            raise cdp.ConfigError((cdp.ConfigFault(("settings", "door"), "is locked", "Take another one"),))
        return _Plan()

    @cdp.hookimpl
    def destination_open(self, credential: cdp.Credential) -> _Sender:
        return _Sender(self.script, credential)


class Manager(cdp.DestinationManager):
    """Knows the installed destinations and those that a test adds; one that is None is broken."""

    def __init__(self, **added: object) -> None:
        super().__init__()
        self._added = tuple(added)
        for name, plugin in added.items():
            if plugin is not None:
                self.register(name, plugin)

    def names(self) -> tuple[str, ...]:
        return (*super().names(), *self._added)


def with_script(script: Script) -> Manager:
    return Manager(scripted=ScriptedPlugin(script))


CONFIG = "version: 1\ndestination: scripted\nname: door\ncredential: door\nsettings:\n  door: front\n"
