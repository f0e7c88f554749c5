"""Keys that are known: a plain dict says what is right, whatever is in memory and whatever in the file."""

import hashlib
import tracemalloc

import pytest

from tiktok_destination.delivery import known, marks
from tiktok_destination.delivery.known import KnownKeys


def digest_key(number):
    return hashlib.sha256(b"%d" % number).digest()[:16]


@pytest.mark.parametrize(
    "key_of", [digest_key, lambda number: b"order-%d" % number], ids=["digests", "texts"]
)
def test_every_key_is_known_and_no_other(key_of):
    keys = KnownKeys(latest=1_000)
    digests = {key_of(number): hash(b"%d" % number) for number in range(5_500)}
    for key, digest in digests.items():
        assert keys.get(key) is None
        keys.put(key, digest)
    assert all(keys.get(key) == digest for key, digest in digests.items())
    assert not any(keys.get(key_of(number)) for number in range(10_000, 20_000))


def test_a_key_is_told_from_one_that_has_all_its_marks(monkeypatch):
    monkeypatch.setattr(marks, "_PLACE", 7)
    keys = KnownKeys(latest=100)
    for number in range(300):
        keys.put(digest_key(number), number)
    assert [keys.get(digest_key(number)) for number in range(600)] == [*range(300), *[None] * 300]


def test_forgotten_keys_are_not_known_any_more():
    keys = KnownKeys(latest=10)
    for number in range(25):
        keys.put(digest_key(number), number)
    keys.clear()
    assert not any(keys.get(digest_key(number)) for number in range(25))
    keys.put(digest_key(7), 7)
    assert keys.get(digest_key(7)) == 7


def test_without_room_on_disk_keys_stay_in_memory(monkeypatch):
    def full(**_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(known, "TemporaryFile", full)
    keys = KnownKeys(latest=10)
    for number in range(100):
        keys.put(digest_key(number), number)
    assert [keys.get(digest_key(number)) for number in range(100)] == list(range(100))


def test_memory_does_not_grow_with_the_number_of_keys():
    keys = KnownKeys(latest=2_000)
    held = []
    tracemalloc.start()
    try:
        for number in range(40_000):
            keys.put(digest_key(number), number)
            if number in (10_000, 39_000):
                held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert held[1] - held[0] < 200_000


def test_marks_are_of_the_keys_that_were_added_and_of_hardly_any_other():
    marked = marks.Marks()
    keys = [digest_key(number) for number in range(10_000)]
    assert marked.among(keys) == []
    marked.add(keys[::2])
    found = marked.among(keys)
    assert set(found).issuperset(keys[::2])
    assert len(found) < 5_100
