import asyncio
from types import SimpleNamespace

import pytest
from doubles import Quiet, Shelf

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
