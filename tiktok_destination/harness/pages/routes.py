"""How a page's blueprint gets its routes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import Blueprint

Route = tuple[str, str, str, Callable[..., Any]]
"""Path, endpoint, method, view."""


def blueprint_of(name: str, routes: Iterable[Route]) -> Blueprint:
    """A blueprint with these routes."""
    blueprint = Blueprint(name, __name__)
    for path, endpoint, method, view in routes:
        blueprint.add_url_rule(path, endpoint, view, methods=[method])
    return blueprint
