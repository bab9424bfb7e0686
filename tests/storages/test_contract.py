"""What every storage promises, whatever it keeps its entries in."""

from __future__ import annotations

import time
from functools import partial

import pytest

from thumborlike.interfaces import Key, Kind, Storage

from .conftest import Driven

KEEPING = ("file", "memory", "mixed")
SOURCE = Key(Kind.SOURCE, "img/a.jpg")
RESULT = Key(Kind.RESULT, "/unsafe/300x200/img/a.jpg")
NAMES = [
    "a.jpg",
    "http%3A//my.server.com/img%3Fid%3D7",
    "maracujá/日本語/🐘.jpg",
    "x" * 8000,
    "../../../../etc/passwd",
    "/",
    ".",
    "..",
    "with\0nul and\nnewline",
    "lone\ud800surrogate",
    "tail.txt",
    "",
]


@pytest.fixture(params=KEEPING)
def storage(env, request):
    return Driven(env.storage(request.param))


@pytest.fixture(params=[*KEEPING, "no"])
def any_storage(env, request):
    return Driven(env.storage(request.param))


def test_it_fits_the_interface(any_storage):
    assert isinstance(any_storage.storage, Storage)


@pytest.mark.parametrize("kind", Kind)
def test_what_was_never_put_is_missing(any_storage, kind):
    assert any_storage.get(Key(kind, "a.jpg")) is None


@pytest.mark.parametrize("kind", Kind)
def test_what_is_put_is_got_until_it_is_deleted(storage, kind):
    key, before = Key(kind, "a.jpg"), time.time()
    storage.put(key, b"body")
    stored = storage.get(key)
    assert stored.body == b"body"
    assert before - 1 <= stored.modified <= time.time() + 1
    storage.delete(key)
    assert storage.get(key) is None


def test_deleting_what_is_not_there_is_no_error(any_storage):
    any_storage.delete(SOURCE)
    any_storage.put(SOURCE, b"body")
    any_storage.delete(SOURCE)
    any_storage.delete(SOURCE)
    assert any_storage.get(SOURCE) is None


@pytest.mark.parametrize("kind", [Kind.SOURCE, Kind.RESULT])
@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_any_text_is_a_name(storage, kind, name):
    key = Key(kind, name)
    assert storage.get(key) is None
    storage.put(key, b"body")
    assert storage.get(key).body == b"body"


def test_no_name_stands_for_another(storage):
    for number, name in enumerate(NAMES):
        storage.put(Key(Kind.SOURCE, name), b"%d" % (number + 1))
    found = [storage.get(Key(Kind.SOURCE, name)).body for name in NAMES]
    assert found == [b"%d" % (number + 1) for number in range(len(NAMES))]


def test_kinds_are_separate(storage):
    keys = [Key(kind, "a.jpg") for kind in Kind]
    for key in keys:
        storage.put(key, key.kind.value.encode())
    assert [storage.get(key).body for key in keys] == [kind.value.encode() for kind in Kind]
    storage.delete(keys[0])
    assert [storage.get(key) is None for key in keys] == [True, False, False, False]


def test_variants_of_a_result_are_separate(storage):
    variants = ("default", "auto_webp", "auto_webp-avif", "auto_none")
    for variant in variants:
        storage.put(Key(Kind.RESULT, RESULT.name, variant), variant.encode())
    for variant in variants:
        assert storage.get(Key(Kind.RESULT, RESULT.name, variant)).body == variant.encode()
    storage.delete(Key(Kind.RESULT, RESULT.name, "default"))
    assert storage.get(Key(Kind.RESULT, RESULT.name, "auto_webp"))


def test_the_newer_entry_replaces_the_older(storage):
    for body in (b"first and longer", b"second"):
        storage.put(SOURCE, body)
        assert storage.get(SOURCE).body == body


def test_an_empty_entry_is_missing(storage):
    storage.put(SOURCE, b"body")
    storage.put(SOURCE, b"")
    assert storage.get(SOURCE) is None


def test_large_bodies_come_back_whole(storage):
    body = bytes(range(256)) * (5 * 2**20 // 256)
    storage.put(RESULT, body)
    assert storage.get(RESULT).body == body


def test_readers_among_writers_see_whole_entries(storage):
    bodies = [bytes([letter]) * 200_000 for letter in b"abcd"]
    storage.put(SOURCE, bodies[0])
    writers = [partial(storage.storage.put, SOURCE, body) for body in bodies * 10]
    readers = [partial(storage.storage.get, SOURCE)] * 80
    mixed = [call for pair in zip(readers, writers * 2, strict=True) for call in pair]
    seen = [stored for stored in storage.gather(*mixed) if stored]
    assert len(seen) == len(readers)
    assert {stored.body for stored in seen} <= set(bodies)


def test_entries_put_at_once_are_all_kept(storage):
    keys = [Key(Kind.SOURCE, f"{number}.jpg") for number in range(200)]
    storage.gather(*(partial(storage.storage.put, key, key.name.encode()) for key in keys))
    found = storage.gather(*(partial(storage.storage.get, key) for key in keys))
    assert [stored.body for stored in found] == [key.name.encode() for key in keys]


def test_deleting_while_others_read_and_write_breaks_nothing(storage):
    calls = [
        partial(storage.storage.put, SOURCE, b"body"),
        partial(storage.storage.get, SOURCE),
        partial(storage.storage.delete, SOURCE),
    ]
    seen = storage.gather(*calls * 50)
    assert {stored.body for stored in seen if stored} <= {b"body"}


def test_nothing_is_kept_by_no(env):
    storage = Driven(env.storage("no"))
    storage.put(SOURCE, b"body")
    assert storage.get(SOURCE) is None
