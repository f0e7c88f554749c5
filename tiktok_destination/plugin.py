"""The hooks of the TikTok destination, thin: a configuration becomes a plan (mapping) and a sender (api)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from plugin_spec import About, Credential, FieldRename, Plan, Sender, Services, hookimpl
from tiktok_destination.catalog.limits import limit


@hookimpl
def destination_about() -> About:
    """See plugin_spec.hookspecs."""
    from tiktok_destination.catalog import codes, fields, return_codes  # noqa: PLC0415 - keeps start-up quick

    return About(
        name="tiktok",
        title="TikTok Events API",
        description="Sends web, app, offline and CRM events to TikTok's Events API 2.0.",
        event_sources=("web", "app", "offline", "crm"),
        max_events=limit("max_events"),
        max_bytes=limit("max_request_bytes") - limit("envelope_bytes"),
        repeat_window_s=limit("dedup_window_s"),
        capabilities=frozenset({"authorise", "check", "choose", "test"}),
        codes={**return_codes.codes(), **codes.codes()},
        unknown_name_codes=codes.unknown_name_codes(),
        identifying=frozenset(key[0] for key in fields.match_keys() if len(key) == 1),
        after_acceptance="Events that TikTok has accepted usually show in Events Manager after 30 to 90 minutes.",
    )


@hookimpl
def destination_config_schema() -> Mapping[str, Any]:
    """See plugin_spec.hookspecs."""
    from tiktok_destination.config.schemas import plugin_part  # noqa: PLC0415 - keeps start-up quick

    return plugin_part()


@hookimpl
def destination_field_rules(config: Mapping[str, Any]) -> Sequence[FieldRename]:
    """See plugin_spec.hookspecs."""
    from tiktok_destination.mapping.building import build  # noqa: PLC0415 - keeps start-up quick
    from tiktok_destination.mapping.overview import field_renames  # noqa: PLC0415 - keeps start-up quick

    return field_renames(build(config))


@hookimpl
def destination_compile(config: Mapping[str, Any]) -> Plan:
    """See plugin_spec.hookspecs."""
    from tiktok_destination.mapping.plan import compile_plan  # noqa: PLC0415 - keeps start-up quick

    return compile_plan(config)


@hookimpl
def destination_open(config: Mapping[str, Any], credential: Credential, services: Services) -> Sender:
    """See plugin_spec.hookspecs."""
    from tiktok_destination.api.base_url import base_url  # noqa: PLC0415 - keeps start-up quick
    from tiktok_destination.api.sender import TikTokSender  # noqa: PLC0415 - keeps start-up quick
    from tiktok_destination.mapping.envelope import envelope  # noqa: PLC0415 - keeps start-up quick

    return TikTokSender(
        config.get("settings") or {},
        credential,
        base_url=base_url(services.environ),
        envelope=envelope,
        services=services,
    )


@hookimpl
def destination_receiver(environ: Mapping[str, str]) -> str:
    """See plugin_spec.hookspecs."""
    from tiktok_destination.api.base_url import base_url  # noqa: PLC0415 - keeps start-up quick

    return base_url(environ)
