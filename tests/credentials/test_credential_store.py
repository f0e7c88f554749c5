"""The store of credentials: yours alone, whole at every moment, sealed where there is a key, and silent about secrets."""

import json
import os
import stat
import subprocess
import sys
import textwrap

import pytest

from plugin_spec import Choice, Credential, DeveloperApp
from tiktok_destination.credentials import CredentialStore, CredentialStoreError, StoredCredential
from tiktok_destination.credentials.sealing import Seal, SealError

KEY = "a key of more than twenty characters"
TOKEN, SECRET = "canary-token-4f1b9c2d7e8a", "canary-secret-77d0"


def stored(name="shop", token=TOKEN, app=True):
    credential = Credential(name, token, DeveloperApp("7200", SECRET) if app else None)
    return StoredCredential(credential, 1_795_176_000.0, (Choice("701", "Example Shop"),), ("Read pixels",))


@pytest.fixture(params=[None, KEY], ids=["plain", "sealed"])
def key(request):
    return request.param


def test_what_is_put_is_there_and_the_latest_of_a_name_counts(tmp_path, key):
    store = CredentialStore(tmp_path / "data", key)
    assert store.get("shop") is None
    store.put(stored())
    store.put(stored("other", "second", app=False))
    store.put(stored(token="renewed"))
    again = CredentialStore(tmp_path / "data", key)
    assert again.names() == ("other", "shop")
    assert again.get("shop") == stored(token="renewed")
    assert again.get("other") == stored("other", "second", app=False)
    assert [one.kind for one in again.described()] == ["pasted", "granted"]


def test_what_is_removed_is_gone(tmp_path, key):
    store = CredentialStore(tmp_path, key)
    store.put(stored())
    assert store.remove("shop")
    assert not store.remove("shop")
    assert store.get("shop") is None


def test_folder_and_file_are_yours_alone_whatever_the_umask(tmp_path, key):
    before = os.umask(0)
    try:
        CredentialStore(tmp_path / "data", key).put(stored())
    finally:
        os.umask(before)
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in [tmp_path / "data", *(tmp_path / "data").iterdir()]
    }
    assert modes == {"data": 0o700, "credentials.json": 0o600, "credentials.lock": 0o600}


def test_a_file_that_others_may_read_is_refused(tmp_path, key):
    store = CredentialStore(tmp_path, key)
    store.put(stored())
    (tmp_path / "credentials.json").chmod(0o640)
    with pytest.raises(CredentialStoreError, match="chmod 600"):
        store.get("shop")
    with pytest.raises(CredentialStoreError, match="chmod 600"):
        store.put(stored("other"))


def test_with_a_key_no_secret_stands_in_the_file_and_listing_needs_none(tmp_path):
    CredentialStore(tmp_path, KEY).put(stored())
    content = (tmp_path / "credentials.json").read_text(encoding="utf-8")
    assert TOKEN not in content
    assert SECRET not in content
    keyless = CredentialStore(tmp_path, None)
    assert keyless.names() == ("shop",)
    assert keyless.described()[0].accounts == (Choice("701", "Example Shop"),)
    assert keyless.remove("shop")


@pytest.mark.parametrize(
    ("other", "says"),
    [
        (None, "TIKTOK_DESTINATION_KEY"),
        ("quite another key, but as long", "not the key"),
        ("too brief", "shorter than 20"),
    ],
)
def test_without_the_right_key_nothing_is_opened_or_replaced(tmp_path, other, says):
    CredentialStore(tmp_path, KEY).put(stored())
    before = (tmp_path / "credentials.json").read_bytes()
    store = CredentialStore(tmp_path, other)
    for act in (lambda: store.get("shop"), lambda: store.put(stored("other"))):
        with pytest.raises(CredentialStoreError, match=says) as failed:
            act()
        assert TOKEN not in str(failed.value)
        assert other is None or other not in str(failed.value)
    assert (tmp_path / "credentials.json").read_bytes() == before


def test_a_key_that_comes_later_seals_what_was_plain_with_the_next_change(tmp_path):
    CredentialStore(tmp_path, None).put(stored())
    store = CredentialStore(tmp_path, KEY)
    assert store.get("shop") == stored()
    store.put(stored("other", "second"))
    assert TOKEN not in (tmp_path / "credentials.json").read_text(encoding="utf-8")
    assert store.get("shop") == stored()


def test_asking_for_room_says_what_put_would_and_changes_nothing(tmp_path):
    CredentialStore(tmp_path, None).put(stored())
    before = (tmp_path / "credentials.json").read_bytes()
    CredentialStore(tmp_path, KEY).require_room()
    assert (tmp_path / "credentials.json").read_bytes() == before
    with pytest.raises(CredentialStoreError, match="shorter"):
        CredentialStore(tmp_path, "short").require_room()
    CredentialStore(tmp_path, KEY).put(stored("other"))
    for key in (None, KEY + "!"):
        with pytest.raises(CredentialStoreError, match="TIKTOK_DESTINATION_KEY"):
            CredentialStore(tmp_path, key).require_room()


def test_a_changed_byte_is_found(tmp_path):
    CredentialStore(tmp_path, KEY).put(stored())
    path = tmp_path / "credentials.json"
    content = json.loads(path.read_bytes())
    token = content["credentials"]["shop"]["token"]
    content["credentials"]["shop"]["token"] = token[:-9] + ("A" if token[-9] != "A" else "B") + token[-8:]
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(CredentialStoreError, match="the file was changed"):
        CredentialStore(tmp_path, KEY).get("shop")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"credentials": {"shop": 5}}', b"\xff"])
def test_a_damaged_file_is_told_and_not_overwritten(tmp_path, content, key):
    path = tmp_path / "credentials.json"
    path.write_bytes(content)
    path.chmod(0o600)
    store = CredentialStore(tmp_path, key)
    for act in (lambda: store.get("shop"), lambda: store.put(stored())):
        with pytest.raises(CredentialStoreError, match="damaged"):
            act()
    assert path.read_bytes() == content


def test_a_damaged_salt_is_told_like_any_other_damage(tmp_path):
    store = CredentialStore(tmp_path, KEY)
    store.put(stored())
    path = tmp_path / "credentials.json"
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {"salt": "none"}), encoding="utf-8")
    with pytest.raises(CredentialStoreError, match="damaged"):
        store.get("shop")


def test_a_file_of_another_version_is_left_alone(tmp_path):
    (tmp_path / "credentials.json").write_bytes(b'{"version": 9, "credentials": {}}')
    (tmp_path / "credentials.json").chmod(0o600)
    with pytest.raises(CredentialStoreError, match="another version"):
        CredentialStore(tmp_path, None).put(stored())


def test_a_folder_that_cannot_be_is_told(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CredentialStoreError, match="Check the folder"):
        CredentialStore(tmp_path / "file", None).put(stored())


_PUT_MANY = textwrap.dedent("""
    import sys
    from pathlib import Path
    from plugin_spec import Credential
    from tiktok_destination.credentials import CredentialStore, StoredCredential
    store = CredentialStore(Path(sys.argv[1]), None)
    for number in range(15):
        store.put(StoredCredential(Credential(f"{sys.argv[2]}-{number}", "token"), 1.0))
""")


def test_two_processes_that_change_it_at_once_lose_nothing(tmp_path):
    both = [subprocess.Popen([sys.executable, "-c", _PUT_MANY, str(tmp_path), name]) for name in ("a", "b")]
    assert [one.wait(60) for one in both] == [0, 0]
    assert len(CredentialStore(tmp_path, None).names()) == 30
    assert sorted(path.name for path in tmp_path.iterdir()) == ["credentials.json", "credentials.lock"]


def test_no_secret_shows_in_a_representation():
    shown = repr(stored()) + repr(stored().credential) + str(stored())
    assert TOKEN not in shown
    assert SECRET not in shown


def test_a_seal_opens_only_what_its_own_key_and_salt_closed():
    salt = b"s" * 16
    sealed = Seal(KEY, salt).close(TOKEN)
    assert Seal(KEY, salt).open(sealed) == TOKEN
    for other in (Seal(KEY + "x", salt), Seal(KEY, b"t" * 16)):
        with pytest.raises(SealError):
            other.open(sealed)


def test_a_key_of_any_bytes_seals(tmp_path):
    key = os.fsdecode(bytes(range(128, 160)))  # as the environment gives it
    CredentialStore(tmp_path, key).put(stored())
    assert CredentialStore(tmp_path, key).get("shop") == stored()
    with pytest.raises(CredentialStoreError, match="not the key"):
        CredentialStore(tmp_path, os.fsdecode(bytes(range(129, 161)))).get("shop")
