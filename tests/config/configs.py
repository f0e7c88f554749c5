"""Configurations for the tests: small ones to vary, and the way to load them."""

from plugin_spec import ConfigError, DestinationNotFoundError
from tiktok_destination.config import load, plugin_part, render

TOKEN = "canary-4f1b9c2d7e8a6350ffee00112233445566778899"

HEAD = """\
version: 1
destination: tiktok
name: shop-web
credential: {access_token: "${TOKEN}"}
"""
WEB = HEAD + "settings: {event_source: web, pixel_code: C0PIXELCODE00000001A}\n"
OFFLINE = HEAD + 'settings: {event_source: offline, event_set_id: "7400000000000000001"}\n'


def schema_of(destination):
    if destination != "tiktok":
        raise DestinationNotFoundError(destination)
    return plugin_part()


def loaded(folder, text, *, environ=None, plugin_schema=schema_of):
    file = folder / "shop.yaml"
    file.write_text(text, encoding="utf-8")
    return load(file, environ={"TOKEN": TOKEN} if environ is None else environ, plugin_schema=plugin_schema)


def faults_of(folder, text, **more):
    """The lines of all faults, without the folder; none when the text loads."""
    try:
        loaded(folder, text, **more)
    except ConfigError as error:
        return [line.removeprefix(f"{folder}/") for line in render(folder / "shop.yaml", None, error.faults)]
    return []
