"""The first page: every configuration of the workspace with its health, and every destination that is installed."""

from __future__ import annotations

from flask import Blueprint, render_template

from tiktok_destination.harness.host_platform import HostPlatform


def create_blueprint(platform: HostPlatform) -> Blueprint:
    """The page of one harness."""
    blueprint = Blueprint("destinations", __name__)
    workspace = platform.workspace

    @blueprint.get("/")
    def page() -> str:
        return render_template(
            "destinations.html",
            destinations=workspace.destinations(),
            installed=workspace.installed,
            installed_fault=workspace.installed_fault,
        )

    return blueprint
