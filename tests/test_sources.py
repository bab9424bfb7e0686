import asyncio

import pytest
from doubles import Quiet, Shelf

from thumborlike.errors import SourceNotFound, SourceTooLarge
from thumborlike.interfaces import Key, Kind, Source, SourceRequest, Stored
from thumborlike.keeping import TolerantStorage
from thumborlike.sources import Sources, upload_id

UPLOAD = "0123456789abcdef0123456789abcdef"


def shelf_with(**entries):
    return Shelf({Key(Kind.SOURCE, name): stored for name, stored in entries.items()})


class Origin:
    def __init__(self, bodies, delay=0.0):
        self.bodies = bodies
        self.delay = delay
        self.loads = []

    def allows(self, source):
        return True

    async def load(self, wanted):
        self.loads.append(wanted)
        await asyncio.sleep(self.delay)
        if wanted.name not in self.bodies:
            raise SourceNotFound("no such source")
        return Source(wanted.name, self.bodies[wanted.name])


def make(origin, shelf=None, *, now=1000.0, expires_after=100, max_size=0):
    return Sources(
        origin,
        TolerantStorage(shelf or Shelf(), 1, Quiet()),
        Quiet(),
        lambda: now,
        expires_after=expires_after,
        max_size=max_size,
        id_length=32,
    )


def fetch(sources, name):
    return asyncio.run(sources.fetch(SourceRequest(name)))


def test_a_stored_source_needs_no_loader():
    origin = Origin({})
    got = fetch(make(origin, shelf_with(**{"a.jpg": Stored(b"kept", 950.0)})), "a.jpg")
    assert (got.source.body, got.loaded, origin.loads) == (b"kept", False, [])


@pytest.mark.parametrize(
    ("expires_after", "age", "fresh"),
    [(100, 99, True), (100, 101, False), (0, 1, False), (None, 10**9, True)],
)
def test_age_decides(expires_after, age, fresh):
    origin = Origin({"a.jpg": b"new"})
    shelf = shelf_with(**{"a.jpg": Stored(b"kept", 1000.0 - age)})
    got = fetch(make(origin, shelf, expires_after=expires_after), "a.jpg")
    assert got.loaded is not fresh


def test_two_hundred_requests_load_once_whatever_their_headers():
    origin = Origin({"a.jpg": b"new"}, delay=0.01)
    sources = make(origin)

    async def scenario():
        wanted = [SourceRequest("a.jpg", {"user-agent": str(n)}) for n in range(200)]
        return await asyncio.gather(*map(sources.fetch, wanted))

    assert len(asyncio.run(scenario())) == 200
    assert len(origin.loads) == 1


def test_only_loaded_sources_are_kept():
    shelf = Shelf()
    sources = make(Origin({"a.jpg": b"new"}), shelf)

    async def scenario():
        fetched = await sources.fetch(SourceRequest("a.jpg"))
        await sources.keep(fetched)
        shelf[Key(Kind.SOURCE, "a.jpg")] = Stored(b"other", 1000.0)
        await sources.keep(await sources.fetch(SourceRequest("a.jpg")))

    asyncio.run(scenario())
    assert shelf[Key(Kind.SOURCE, "a.jpg")].body == b"other"


def test_oversized_sources_are_refused():
    with pytest.raises(SourceTooLarge):
        fetch(make(Origin({"a.jpg": b"12345"}), max_size=4), "a.jpg")


class Near(Origin):
    """Has some bodies at once."""

    def __init__(self, near, bodies):
        super().__init__(bodies)
        self.near = near

    def load_at_once(self, wanted):
        body = self.near.get(wanted.name)
        return None if body is None else Source(wanted.name, body)


def test_what_is_there_at_once_is_not_waited_for():
    origin = Near({"a.jpg": b"near"}, {"a.jpg": b"far", "b.jpg": b"far"})
    sources = make(origin)
    got = fetch(sources, "a.jpg")
    assert (got.source.body, got.loaded, origin.loads) == (b"near", True, [])
    assert fetch(sources, "b.jpg").source.body == b"far"


def test_what_is_there_at_once_must_not_be_too_large_either():
    origin = Near({"a.jpg": b"12345"}, {"a.jpg": b"12345"})
    with pytest.raises(SourceTooLarge):
        fetch(make(origin, max_size=4), "a.jpg")


def test_an_upload_answers_under_its_id_with_any_file_name():
    shelf = shelf_with(**{UPLOAD: Stored(b"upload", 1000.0)})
    assert fetch(make(Origin({}), shelf), f"{UPLOAD}/name.jpg").source.body == b"upload"


def test_an_upload_never_answers_for_a_longer_name():
    shelf = shelf_with(**{UPLOAD: Stored(b"upload", 1000.0)})
    with pytest.raises(SourceNotFound):
        fetch(make(Origin({}), shelf), f"{UPLOAD}01.jpg")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (UPLOAD, None),
        (f"{UPLOAD}/x.jpg", UPLOAD),
        (f"{UPLOAD}/", UPLOAD),
        (f"{UPLOAD[:-1]}/x.jpg", None),
        (f"{UPLOAD.upper()}/x.jpg", None),
        ("host.example/x.jpg", None),
    ],
)
def test_upload_ids(name, expected):
    assert upload_id(name, 32) == expected


class Cached:
    """Sources with a memory that is believed for 10 s, and a clock to turn."""

    def __init__(self, origin, shelf, *, cache_bytes=10_000, expires_after=100):
        self.now = 1000.0
        self.reads = 0
        self.shelf = shelf
        self.sources = Sources(
            origin,
            TolerantStorage(self, 1, Quiet()),
            Quiet(),
            lambda: self.now,
            expires_after=expires_after,
            max_size=0,
            id_length=32,
            cache_bytes=cache_bytes,
            recheck=10.0,
        )

    async def get(self, key):
        self.reads += 1
        return await self.shelf.get(key)

    async def put(self, key, body):
        await self.shelf.put(key, body)

    async def delete(self, key):
        await self.shelf.delete(key)

    def fetch(self, name="a.jpg"):
        return fetch(self.sources, name).source.body


def test_a_stored_source_in_memory_is_read_again_after_the_stated_time():
    cached = Cached(Origin({}), shelf_with(**{"a.jpg": Stored(b"kept", 950.0)}))
    assert [cached.fetch(), cached.fetch(), cached.reads] == [b"kept", b"kept", 1]
    cached.shelf[Key(Kind.SOURCE, "a.jpg")] = Stored(b"other", 1001.0)
    cached.now = 1009.9
    assert cached.fetch() == b"kept"
    cached.now = 1010.1
    assert cached.fetch() == b"other"


def test_a_source_in_memory_expires_as_in_the_storage():
    cached = Cached(Origin({"a.jpg": b"new"}), shelf_with(**{"a.jpg": Stored(b"kept", 905.0)}))
    assert cached.fetch() == b"kept"
    cached.now = 1006.0
    assert cached.fetch() == b"new"


def test_what_is_loaded_is_never_taken_from_memory():
    origin = Origin({"a.jpg": b"old"})
    cached = Cached(origin, Shelf())
    assert cached.fetch() == b"old"
    origin.bodies["a.jpg"] = b"new"
    assert cached.fetch() == b"new"


def test_a_source_that_is_kept_or_forgotten_anew_leaves_memory():
    cached = Cached(Origin({"a.jpg": b"new"}), shelf_with(**{"a.jpg": Stored(b"kept", 950.0)}))
    cached.fetch()
    fetched = asyncio.run(cached.sources.reload(SourceRequest("a.jpg")))
    asyncio.run(cached.sources.keep(fetched))
    assert cached.fetch() == b"new"
    asyncio.run(cached.sources.forget("a.jpg"))
    assert cached.reads == 2
    cached.fetch()
    assert cached.reads == 3


def test_no_memory_is_the_default():
    cached = Cached(Origin({}), shelf_with(**{"a.jpg": Stored(b"kept", 950.0)}), cache_bytes=0)
    cached.fetch()
    cached.fetch()
    assert cached.reads == 2


def test_the_origin_is_told_what_is_held_and_too_old():
    origin = Origin({"a.jpg": b"new"})
    fetch(make(origin, shelf_with(**{"a.jpg": Stored(b"kept", 1.0)})), "a.jpg")
    fetch(make(origin), "a.jpg")
    assert [wanted.held for wanted in origin.loads] == [b"kept", None]
