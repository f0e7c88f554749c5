"""The harness's demo, `make demo-harness`: an emulated TikTok and a host platform beside it, both open to click through.

It prepares a workspace with two of the sample configurations and a credential, sends the web file of `make demo` through the
pages as a browser would, and leaves the rest to whoever looks on. Ctrl-C ends both; nothing stays behind.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Final

import requests

from plugin_spec import Credential, DeveloperApp
from sample_configs.demo_records import write_offline, write_web
from tiktok_destination.credentials import DATA_FOLDER, CredentialStore, StoredCredential

# They open the emulator on this machine, and nothing else.
_APP: Final = DeveloperApp("7200000000000000001", "emulator-secret-000000000000000000000000")
_TOKEN: Final = "emulator-app-000000000000000000000000000"  # noqa: S105 - as above
_COMMAND: Final = (sys.executable, "-m", "tiktok_destination")
_CONFIGS: Final = ("segment-web", "amperity-offline")
_CREDENTIAL: Final = "demo"
_IN_THE_FILE: Final = "credential:\n  access_token: ${TIKTOK_ACCESS_TOKEN}\n"
_SEED: Final = 20_261_121
_TIMEOUT_S: Final = 60
_STEPS: Final = """
  1  {harness}/destinations/segment-web.yaml/activity
       What became of every one of the web records, and why. Choose a code, then an entry: it tells its story.
  2  {harness}/destinations/segment-web.yaml/try
       Take a record of a sample, explain it, and send it as a test event (any code will do, e.g. TEST12345).
  3  {emulator}/accounts
       Revoke the token of Example Integration. Then send a sample under Activity: it pauses, and says why.
  4  {harness}/destinations/segment-web.yaml/connect
       Authorise again, as Oda Operator. What was held arrives by itself, once: see both sides.
  5  {harness}/destinations/amperity-offline.yaml/activity
       Send the file {offline}: rows of one order become one event.
"""


def main() -> int:
    """Run until Ctrl-C; the exit code."""
    # A service manager's way to end it is Ctrl-C as well.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="harness-demo-")))
            web, offline = folder / "web.ndjson", folder / "offline.csv"
            now = time.time()
            records = write_web(web, seed=_SEED, now=now)
            write_offline(offline, seed=_SEED, now=now)
            workspace = _workspace(folder, now)
            emulator = stack.enter_context(_running("emulator", "--port", "0"))
            environ = {
                "TIKTOK_BASE_URL": emulator,
                "TIKTOK_APP_ID": _APP.client_id,
                "TIKTOK_APP_SECRET": _APP.client_secret,
            }
            harness = stack.enter_context(_running("harness", str(workspace), "--port", "0", environ=environ))
            _say(f"Host platform    {harness}")
            _say(f"Emulated TikTok  {emulator}")
            _send(harness, web)
            _say(f"{records:,} web records are being sent. What to click:")
            _say(_STEPS.format(harness=harness, emulator=emulator, offline=offline))
            _say("Ctrl-C ends both, and removes the workspace.")
            signal.pause()
    except KeyboardInterrupt:
        _say("\nEnded.")
    return 0


def _workspace(folder: Path, now: float) -> Path:
    workspace = folder / "workspace"
    workspace.mkdir()
    for name in _CONFIGS:
        text = (files("sample_configs") / f"{name}.yaml").read_text(encoding="utf-8")
        if _IN_THE_FILE not in text:
            raise SystemExit(f"{name}.yaml does not name its credential as this demo expects it.")
        named = text.replace(_IN_THE_FILE, f"credential: {_CREDENTIAL}\n")
        (workspace / f"{name}.yaml").write_text(named, encoding="utf-8")
    store = CredentialStore(workspace / DATA_FOLDER, None)
    store.put(StoredCredential(Credential(_CREDENTIAL, _TOKEN, _APP), now))
    return workspace


def _send(harness: str, file: Path) -> None:
    """Upload a file as a browser does."""
    with requests.Session() as session, file.open("rb") as content:
        session.trust_env = False  # no proxy stands between this machine and itself
        page = session.get(f"{harness}/", timeout=_TIMEOUT_S).text
        token = re.search(r'name="form-token" content="([0-9a-f]+)"', page)
        if token is None:
            raise SystemExit("The harness did not start.")
        session.post(
            f"{harness}/destinations/segment-web.yaml/activity/upload",
            data={"form_token": token[1]},
            files={"file": (file.name, content)},
            timeout=_TIMEOUT_S,
        ).raise_for_status()


@contextmanager
def _running(command: str, *arguments: str, environ: Mapping[str, str] | None = None) -> Iterator[str]:
    """Runs one of our own commands; gives the address that it tells first, and ends it."""
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [*_COMMAND, command, *arguments],
        env=os.environ | (environ or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,  # Ctrl-C is for the demo, which ends them in turn
    )
    try:
        sentence = process.stdout.readline() if process.stdout else ""
        address = re.search(r"http://[0-9.:]+", sentence)
        if address is None:
            raise SystemExit(f"The {command} did not start.")
        yield address[0]
    finally:
        process.terminate()
        process.wait(timeout=_TIMEOUT_S)
        if process.stdout:
            process.stdout.close()


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
