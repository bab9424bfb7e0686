"""How it is known whether a result was there."""

import asyncio

import pytest

from thumborlike.batch.answers import Answer
from thumborlike.http.message import Request
from thumborlike.service import build
from thumborlike.settings.reader import load
from thumborlike.warming.ways import _is_hit

PATH = "/unsafe/20x20/tiny.jpg"


@pytest.fixture
def loaded(tmp_path, request):
    return load(
        "/dev/null",
        overrides={
            "LOADER": "file",
            "FILE_LOADER_ROOT_PATH": str(request.config.rootpath / "tests" / "pictures"),
            "STORAGE": "no",
            "RESULT_STORAGE": "file",
            "RESULT_STORAGE_FILE_STORAGE_ROOT_PATH": str(tmp_path),
            "RESULT_STORAGE_STORES_UNSAFE": True,
            "ALLOW_UNSAFE_URL": True,
            "WORKER_ISOLATION": "thread",
        },
    )


def test_the_server_tells_who_wants_to_know(loaded):
    async def run():
        service = build(loaded)
        try:
            wanting = Request("GET", PATH, headers={"want-cache-status": "1"})
            assert await service.stored(wanting) is None
            said = [await service.handle(wanting)]
            size = await service.stored(wanting)
            said += [await service.handle(wanting), await service.handle(Request("GET", PATH))]
            assert size == len(said[0].body)
            return [each.header("Cache-Status") for each in said]
        finally:
            await service.drain(10)

    assert asyncio.run(run()) == ["thumborlike; fwd=miss", "thumborlike; hit", None]


@pytest.mark.parametrize(
    "headers, hit",
    [
        ({}, False),
        ({"cache-status": "thumborlike; hit"}, True),
        ({"cache-status": "edge; fwd=uri-miss, thumborlike; hit"}, True),
        ({"cache-status": "thumborlike; fwd=miss", "age": "9"}, False),
        ({"x-cache": "Hit from cloudfront"}, True),
        ({"x-cache": "Miss from cloudfront"}, False),
        ({"age": "0"}, False),
        ({"age": "12"}, True),
    ],
)
def test_hits(headers, hit):
    assert _is_hit(Answer(200, headers)) is hit
