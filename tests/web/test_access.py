"""What the access log tells of an answer, through the whole server."""

import asyncio
import json
import logging
from pathlib import Path

import pytest

from thumborlike.log_lines import JsonLines
from thumborlike.service import build
from thumborlike.settings.reader import load
from thumborlike.stages import STAGES, STORED

PICTURES = Path(__file__).resolve().parents[1] / "pictures"
KEYS = {
    "SECURITY_KEY": "long enough a key", "ALLOW_UNSAFE_URL": True, "LOADER": "file",
    "FILE_LOADER_ROOT_PATH": str(PICTURES), "STORAGE": "no", "RESULT_STORAGE": "memory",
    "RESULT_STORAGE_STORES_UNSAFE": True, "HANDLER_LISTS": ["healthcheck"],
}  # fmt: skip
ODD = {"Content_Length": "0"}
"""Makes a request go by the routes."""


@pytest.fixture
def lines(web, caplog):
    """`lines(path, ...)`: the objects that the log has of these requests, one after the other."""
    caplog.set_level(logging.INFO, "thumborlike.access")

    async def asked(paths, more, keys):
        service = build(load(overrides={**KEYS, **keys}))
        async with web.serving(service) as client:
            for each in paths:
                await client.get(each, **more)
                await service.landed()
        await service.drain(5)

    def told(*paths, headers=None, **keys):
        asyncio.run(asked(paths, headers or {}, keys))
        records = [each for each in caplog.records if each.name == "thumborlike.access"]
        return [json.loads(JsonLines().format(each)) for each in records]

    return told


@pytest.mark.parametrize("headers", [{}, ODD])
def test_a_picture_that_was_made_has_its_stages_and_one_from_memory_none(lines, headers):
    path = "/unsafe/20x20/photo.jpg"
    made, stored, hot = lines(path, path, path, headers=headers)
    assert tuple(made["stages"]) == STAGES
    assert tuple(stored["stages"]) == (STORED,)
    assert "stages" not in hot
    assert made["bytes"] == stored["bytes"] == hot["bytes"] > 100
    times = made["stages"]
    assert all(each >= 0 for each in times.values())
    assert times["fetch"] + times["work"] <= made["milliseconds"] + 0.1
    parts = sum(times[name] for name in ("queue", "open", "draw", "filters", "encode", "optimize"))
    assert parts <= times["work"] + 0.1


def test_what_is_no_picture_has_no_stages(lines):
    missing, health = lines("/unsafe/20x20/none.jpg", "/healthcheck")
    assert "stages" not in missing
    assert "stages" not in health
    assert health["bytes"] == 7


def test_who_waits_in_the_queue_is_told_so(lines, monkeypatch):
    from thumborlike.workers import Workers

    enter = Workers._enter

    async def late(workers, cost):
        await asyncio.sleep(0.05)
        await enter(workers, cost)

    monkeypatch.setattr(Workers, "_enter", late)
    (made,) = lines("/unsafe/20x20/photo.jpg")
    assert made["stages"]["work"] > made["stages"]["queue"] >= 45
