import asyncio
from types import SimpleNamespace

import pytest
from doubles import Quiet, Shelf

from thumborlike.http.validators import etag_of
from thumborlike.interfaces import Key, Kind, Stored
from thumborlike.job import Result
from thumborlike.keeping import TolerantStorage
from thumborlike.results import Results

KEY = Key(Kind.RESULT, "/unsafe/a.jpg")
JPEG = b"\xff\xd8\xff\xe0 a picture"


def job(*, keep=True, meta=False):
    return SimpleNamespace(keep=keep, meta=meta, result_key=KEY)


def make(shelf, *, now=1000.0, expires_after=0):
    return Results(TolerantStorage(shelf, 1, Quiet()), expires_after, Quiet(), lambda: now)


class CountingShelf(Shelf):
    """A storage that counts how often it is read."""

    reads = 0

    async def get(self, key):
        self.reads += 1
        return await super().get(key)


class Cached:
    """Results with a memory of 100,000 bytes, believed for 10 s, and a clock to turn."""

    def __init__(self, shelf, *, expires_after=0, cache_bytes=100_000, recheck=10.0):
        self.now = 1000.0
        self.results = Results(
            TolerantStorage(shelf, 1, Quiet()),
            expires_after,
            Quiet(),
            lambda: self.now,
            cache_bytes=cache_bytes,
            recheck=recheck,
        )

    def find(self, wanted=None):
        return asyncio.run(self.results.find(wanted or job()))


def test_a_kept_result_is_found_with_its_type_and_time():
    shelf = Shelf()
    results = make(shelf)

    async def scenario():
        await results.keep(job(), Result(JPEG, "image/jpeg"))
        return await results.find(job())

    found = asyncio.run(scenario())
    assert (found.body, found.media_type, found.modified) == (JPEG, "image/jpeg", 1000.0)


@pytest.mark.parametrize(
    ("expires_after", "age", "fresh"),
    [(0, 10**9, True), (None, 10**9, True), (60, 59, True), (60, 61, False)],
)
def test_age_decides_and_zero_means_never(expires_after, age, fresh):
    shelf = Shelf({KEY: Stored(JPEG, 1000.0 - age)})
    found = asyncio.run(make(shelf, expires_after=expires_after).find(job()))
    assert (found is not None) is fresh


@pytest.mark.parametrize(
    ("body", "meta"),
    [(b"", False), (b"no picture", False), (JPEG, True), (b"b'f'({});", True)],
)
def test_what_cannot_be_this_result_is_a_miss(body, meta):
    assert asyncio.run(make(Shelf({KEY: Stored(body, 1000.0)})).find(job(meta=meta))) is None


def test_meta_results_are_json_again():
    found = asyncio.run(make(Shelf({KEY: Stored(b'{"thumbor": {}}', 1.0)})).find(job(meta=True)))
    assert found.media_type == "application/json"


@pytest.mark.parametrize(
    ("made", "keep"),
    [
        (Result(JPEG, "image/jpeg", temporary=True), True),
        (Result(JPEG, "image/jpeg", modified=5.0), True),
        (Result(JPEG, "image/jpeg"), False),
    ],
)
def test_temporary_found_and_unsigned_results_are_not_kept(made, keep):
    shelf = Shelf()
    asyncio.run(make(shelf).keep(job(keep=keep), made))
    assert not shelf


def test_results_that_must_not_be_kept_are_not_looked_for():
    assert asyncio.run(make(Shelf({KEY: Stored(JPEG, 1000.0)})).find(job(keep=False))) is None


def test_without_a_result_storage_nothing_happens():
    results = Results(None, 0, Quiet(), lambda: 0.0)
    asyncio.run(results.keep(job(), Result(JPEG, "image/jpeg")))
    assert asyncio.run(results.find(job())) is None


def test_a_found_result_has_its_etag():
    found = asyncio.run(make(Shelf({KEY: Stored(JPEG, 1000.0)})).find(job()))
    assert found.etag == etag_of(JPEG)


def test_a_result_asked_for_again_is_read_once_and_hashed_once(monkeypatch):
    hashed = []
    monkeypatch.setattr(
        "thumborlike.results.etag_of", lambda body: hashed.append(body) or etag_of(body)
    )
    shelf = CountingShelf({KEY: Stored(JPEG, 900.0)})
    cached = Cached(shelf)
    first = cached.find()
    assert cached.results.at_once(job()) is first
    assert all(cached.find() is first for _ in range(5))
    assert (shelf.reads, hashed, first.modified) == (1, [JPEG], 900.0)


@pytest.mark.parametrize("new", [Stored(JPEG + b" made anew", 1005.0), None])
def test_what_others_replace_or_remove_is_noticed_within_the_stated_time(new):
    shelf = CountingShelf({KEY: Stored(JPEG, 900.0)})
    cached = Cached(shelf)
    cached.find()
    shelf.pop(KEY)
    if new:
        shelf[KEY] = new
    cached.now += 9.9
    assert cached.find().body == JPEG
    cached.now += 0.2
    assert cached.results.at_once(job()) is None
    found = cached.find()
    assert (found and (found.body, found.modified, found.etag)) == (
        new and (new.body, new.modified, etag_of(new.body))
    )


def test_a_result_in_memory_expires_as_in_the_storage():
    cached = Cached(Shelf({KEY: Stored(JPEG, 945.0)}), expires_after=60)
    assert cached.find()
    cached.now += 6
    assert cached.results.at_once(job()) is None
    assert cached.find() is None


def test_a_clock_set_back_makes_nothing_live_longer():
    shelf = CountingShelf({KEY: Stored(JPEG, 900.0)})
    cached = Cached(shelf)
    cached.find()
    cached.now -= 3600
    cached.find()
    assert shelf.reads == 2


def test_a_new_result_takes_the_place_of_the_one_in_memory():
    cached = Cached(Shelf({KEY: Stored(JPEG, 900.0)}))
    cached.find()
    asyncio.run(cached.results.keep(job(), Result(JPEG + b" new", "image/jpeg")))
    assert cached.find().body == JPEG + b" new"


@pytest.mark.parametrize("off", [{"cache_bytes": 0}, {"recheck": 0}])
def test_the_memory_can_be_switched_off(off):
    shelf = CountingShelf({KEY: Stored(JPEG, 900.0)})
    cached = Cached(shelf, **off)
    assert cached.find().body == cached.find().body == JPEG
    assert shelf.reads == 2


def test_what_must_not_be_kept_is_not_served_from_memory():
    cached = Cached(Shelf({KEY: Stored(JPEG, 900.0)}))
    cached.find()
    assert cached.results.at_once(job(keep=False)) is None
    assert cached.find(job(keep=False)) is None


def test_memory_is_bounded():
    keys = [Key(Kind.RESULT, f"/unsafe/{n}.jpg") for n in range(40)]
    shelf = CountingShelf({key: Stored(JPEG + bytes(9000), 900.0) for key in keys})
    cached = Cached(shelf)
    for key in keys:
        cached.find(SimpleNamespace(keep=True, meta=False, result_key=key))
    kept = [
        key
        for key in keys
        if cached.results.at_once(SimpleNamespace(keep=True, meta=False, result_key=key))
    ]
    assert kept == keys[-9:]
