"""A harness that serves a folder on loopback, as the command does."""

import secrets
import threading
from contextlib import contextmanager

from plugin_spec import DestinationManager
from tiktok_destination.harness.app import create_app
from tiktok_destination.harness.dispatch import Dispatch
from tiktok_destination.harness.server import RunningHarness
from tiktok_destination.harness.workspace import Workspace
from tiktok_destination.hosting.services import host_services

SHOP = """\
version: 1
destination: tiktok
name: shop
credential: shop
settings:
  event_source: web
  pixel_code: C0PIXELCODE00000001A
  link_url: https://shop.example/
mapping:
  preset: segment
"""


@contextmanager
def running_harness(folder, environ):
    """The harness's address."""
    stop = threading.Event()
    services = host_services(environ, stop)
    workspace = Workspace(folder, environ, DestinationManager())
    dispatch = Dispatch(workspace, services, stop)

    def app_for(origin):
        return create_app(workspace, services, lambda: secrets.token_urlsafe(24), dispatch, origin)

    with RunningHarness(0, app_for) as running:
        yield running.origin
    dispatch.stop()
