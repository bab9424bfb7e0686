"""`thumborlike purge` on the storages themselves: nothing is left of a source, in any of them."""

import asyncio
import json
from pathlib import Path

import pytest
from redis_server import RedisServer, needs_redis

from thumborlike.cli.main import main
from thumborlike.http.message import Request
from thumborlike.service import build
from thumborlike.settings.reader import load

PICTURES = Path(__file__).parent.parent / "pictures"
MADE = [
    "/unsafe/30x20/photo.jpg",
    "/unsafe/50x20/filters:watermark(photo.jpg,0,0,50)/large.jpg",
]
OTHER = "/unsafe/30x20/large.jpg"
STORAGES = {
    "file": {"STORAGE": "file"},
    "tiered": {"STORAGE": "tiered", "TIERED_STORAGE_TIERS": ["memory", "file"]},
    "behind": {
        "STORAGE": "tiered",
        "TIERED_STORAGE_TIERS": ["memory", "file"],
        "TIERED_STORAGE_WRITES": "behind",
    },
    "mixed": {"STORAGE": "mixed", "MIXED_STORAGE_FILE_STORAGE": "file"},
}


def configured(tmp_path, **keys):
    values = {
        "LOADER": "file",
        "FILE_LOADER_ROOT_PATH": str(PICTURES),
        "FILE_STORAGE_ROOT_PATH": str(tmp_path / "sources"),
        "RESULT_STORAGE_FILE_STORAGE_ROOT_PATH": str(tmp_path / "results"),
        "RESULT_STORAGE": keys["STORAGE"],
        "RESULT_STORAGE_STORES_UNSAFE": True,
        **keys,
    }
    path = tmp_path / "thumbor.conf"
    path.write_text("".join(f"{key} = {value!r}\n" for key, value in values.items()))
    return str(path)


def statuses(conf, paths):
    async def ask():
        service = build(load(conf))
        try:
            return [(await service.handle(Request("GET", path))).status for path in paths]
        finally:
            await service.drain(5)

    return asyncio.run(ask())


def check(tmp_path, capsys, **keys):
    """What is stored lives on without its origin; what was purged does not."""
    conf = configured(tmp_path, **keys)
    assert statuses(conf, [*MADE, OTHER]) == [200] * 3
    (tmp_path / "empty").mkdir()
    conf = configured(tmp_path, **keys, FILE_LOADER_ROOT_PATH=str(tmp_path / "empty"))
    assert statuses(conf, [*MADE, OTHER]) == [200] * 3
    assert main(["purge", "-c", conf, "--json", "photo.jpg"]) == 0
    assert json.loads(capsys.readouterr().out)["removed"] == 3
    assert statuses(conf, [*MADE, OTHER]) == [404, 400, 200]  # a mark that is missing is a 400
    assert main(["purge", "-c", conf, "--json", "photo.jpg"]) == 0
    assert json.loads(capsys.readouterr().out)["removed"] == 0


@pytest.mark.parametrize("name", STORAGES)
def test_nothing_is_left_of_a_source(tmp_path, capsys, name):
    check(tmp_path, capsys, **STORAGES[name])


@needs_redis
def test_nothing_is_left_of_a_source_in_redis(tmp_path, capsys):
    with RedisServer(tmp_path / "redis") as server:
        check(tmp_path, capsys, STORAGE="redis", REDIS_STORAGE_SERVER_PORT=server.port)
