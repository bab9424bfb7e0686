"""Forgetting a source: tags, storages, the signed call and the command."""

import asyncio
import http.client
import json
import shutil
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from thumborlike.storages.memory import MemoryStorage
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

from thumborlike.cli import main
from thumborlike.errors import CannotPurge, NotSigned, StorageError
from thumborlike.filter_docs import builtin_registry
from thumborlike.http.message import Request
from thumborlike.http.tags import tag_of
from thumborlike.interfaces import Key, Kind, Source, Stored
from thumborlike.plugins import NoMetrics, PluginEnvironment
from thumborlike.prepare import prepare
from thumborlike.purging import LONGEST_TIME, Purger, check_time, signed_text
from thumborlike.service import build
from thumborlike.settings import Settings
from thumborlike.settings.reader import load
from thumborlike.signing import SIGNERS
from thumborlike.url.encoding import source_name
from thumborlike.url.grammar import parse
from thumborlike.web.app import make_app

PICTURES = Path(__file__).parent / "pictures"
KEY = "a key of the tests"
PATHS = [
    "/unsafe/30x20/photo.jpg",
    "/unsafe/40x20/photo.jpg",
    "/unsafe/50x20/filters:watermark(photo.jpg,0,0,50)/large.jpg",
]
OTHER = "/unsafe/30x20/large.jpg"


@pytest.fixture
def conf(tmp_path):
    """A configuration with everything in memory."""
    path = tmp_path / "thumbor.conf"
    values = {
        "LOADER": "file",
        "FILE_LOADER_ROOT_PATH": str(PICTURES),
        "STORAGE": "memory",
        "RESULT_STORAGE": "memory",
        "RESULT_STORAGE_STORES_UNSAFE": True,
        "SECURITY_KEY": KEY,
        "HANDLER_LISTS": ["healthcheck", "purge"],
    }
    path.write_text("".join(f"{key} = {value!r}\n" for key, value in values.items()))
    return path


def header(response, name):
    return dict(response.headers).get(name)


async def fetched(service, *paths):
    answers = [await service.handle(Request("GET", path)) for path in paths]
    await service._pipeline.landed()
    return answers


def test_answers_carry_a_tag_for_each_source(conf):
    async def scenario():
        return await fetched(build(load(conf)), *PATHS)

    plain, _, marked = asyncio.run(scenario())
    assert header(plain, "Cache-Tag") == tag_of("photo.jpg")
    assert header(plain, "Surrogate-Key") == tag_of("photo.jpg")
    assert header(marked, "Cache-Tag") == f"{tag_of('large.jpg')},{tag_of('photo.jpg')}"
    assert header(marked, "Surrogate-Key") == f"{tag_of('large.jpg')} {tag_of('photo.jpg')}"


def test_a_304_carries_them_too(conf):
    async def scenario():
        service = build(load(conf))
        (first,) = await fetched(service, PATHS[0])
        known = {"if-none-match": header(first, "Etag")}
        return await service.handle(Request("GET", PATHS[0], headers=known))

    answer = asyncio.run(scenario())
    assert answer.status == 304
    assert header(answer, "Cache-Tag") == tag_of("photo.jpg")


@pytest.mark.parametrize(
    ("named", "removed"),
    [("a mark (2).png", 2), ("a%20mark%20%282%29.png", 2), ("a%20mark%20(2).png", 1)],
)
def test_a_purge_reaches_what_an_overlay_with_an_odd_name_is_in(conf, tmp_path, named, removed):
    """Overlays go by their names as they are written, pictures by quoted ones.

    What is written half quoted keeps its stored source until that expires.
    """
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("photo.jpg", "a mark (2).png"):
        shutil.copy(PICTURES / "photo.jpg", folder / name)
    conf.write_text(conf.read_text() + f"FILE_LOADER_ROOT_PATH = {str(folder)!r}\n")
    path = f"/unsafe/50x20/filters:watermark({quote(named)},0,0,50)/photo.jpg"

    async def scenario():
        service = build(load(conf))
        (marked,) = await fetched(service, path)
        purged = await service.purge(source_name("a mark (2).png"))
        (anew,) = await fetched(service, path)
        return marked, purged, anew

    marked, purged, anew = asyncio.run(scenario())
    assert marked.status == anew.status == 200
    assert tag_of(source_name("a mark (2).png")) in header(marked, "Cache-Tag").split(",")
    assert purged.removed == removed  # the result, and the overlay


def test_tags_can_be_switched_off(conf):
    conf.write_text(conf.read_text() + "CACHE_TAGS = False\n")

    async def scenario():
        return await fetched(build(load(conf)), PATHS[0])

    assert header(asyncio.run(scenario())[0], "Cache-Tag") is None


def test_a_purge_removes_the_source_and_all_that_was_made_of_it(conf):
    async def scenario():
        service = build(load(conf))
        await fetched(service, *PATHS, OTHER)
        await fetched(service, *PATHS, OTHER)  # from the storage into memory
        done = await service.purge("photo.jpg")
        hot = [service.at_once(Request("GET", path)) for path in (*PATHS, OTHER)]
        again = await service.purge("photo.jpg")
        return done, hot, again

    done, hot, again = asyncio.run(scenario())
    assert done.removed == 1 + len(PATHS)
    assert [bool(each) for each in hot] == [False, False, False, True]
    assert again.removed == 0


class Forgetful:
    """A storage that knows nothing of sources."""

    def __init__(self):
        self.deleted = []

    async def get(self, key):
        return Stored(b"x", 0.0) if key not in self.deleted else None

    async def put(self, key, body):
        pass

    async def delete(self, key):
        self.deleted.append(key)


class Broken(Forgetful):
    async def get(self, key):
        raise StorageError("it is down")


def test_a_storage_that_cannot_purge_is_told_after_it_forgot_the_source():
    async def scenario():
        storage, memory = Forgetful(), MemoryStorage(1 << 20)
        await memory.put(Key(Kind.SOURCE, "a"), b"x")
        with pytest.raises(CannotPurge):
            await Purger((storage, memory), (), NoMetrics()).purge("a")
        assert await memory.get(Key(Kind.SOURCE, "a")) is None
        return storage.deleted

    assert asyncio.run(scenario()) == [Key(Kind.SOURCE, "a"), Key(Kind.FOCAL_POINTS, "a")]


def test_a_broken_storage_is_told_after_the_others_were_asked():
    async def scenario():
        memory = MemoryStorage(1 << 20)
        await memory.put(Key(Kind.SOURCE, "a"), b"x")
        with pytest.raises(StorageError, match="it is down"):
            await Purger((Broken(), memory), (), NoMetrics()).purge("a")
        assert await memory.get(Key(Kind.SOURCE, "a")) is None

    asyncio.run(scenario())


def test_keys_of_signatures_stay():
    async def scenario():
        memory = MemoryStorage(1 << 20)
        await memory.put(Key(Kind.SECURITY_KEY, "a"), b"key")
        await memory.purge("a")
        assert await memory.get(Key(Kind.SECURITY_KEY, "a"))

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "given, name",
    [
        ("photo.jpg", "photo.jpg"),
        ("https://example.com/a b.jpg", "https%3A//example.com/a%20b.jpg"),
        ("https%3A//example.com/a%20b.jpg", "https%3A//example.com/a%20b.jpg"),
        ("ü.jpg", "%C3%BC.jpg"),
    ],
)
def test_sources_are_named_as_in_urls(given, name):
    assert source_name(given) == name


@pytest.mark.parametrize("expires", ["", "x", "-1", "0", "1000", "9" * 20, "1.5", "１９９９９"])
def test_a_call_for_another_time_is_refused(expires):
    with pytest.raises(NotSigned):
        check_time(expires, now=1000)


def test_a_call_is_valid_until_its_time():
    assert check_time("1001", 1000) == 1001
    assert check_time(str(1000 + LONGEST_TIME), 1000) == 1000 + LONGEST_TIME


@pytest.fixture
def server(conf):
    """`server(run)`: what `run(port, service)` gives, in a thread beside a listening server."""

    def serve(run):
        async def scenario():
            service = build(load(conf))
            web = HTTPServer(make_app(service))
            socket, port = bind_unused_port()
            web.add_sockets([socket])
            try:
                await fetched(service, *PATHS)
                return await asyncio.to_thread(run, port)
            finally:
                web.stop()
                await web.close_all_connections()
                await service.drain(1)

        return asyncio.run(scenario())

    return serve


def called(port, path, method="POST"):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def signed(source, expires, key=KEY):
    signature = SIGNERS["hmac_sha1"].sign(signed_text(source, expires), key)
    return f"/purge/{signature}/{expires}/{source}"


def test_the_call_must_be_signed_by_the_key_for_this_source_and_time(server):
    soon = int(time.time()) + 60

    def run(port):
        good = signed("photo.jpg", soon)
        return [
            called(port, signed("photo.jpg", soon, "another key"))[0],
            called(port, good.replace("photo", "large"))[0],
            called(port, good.replace(str(soon), str(soon + 1)))[0],
            called(port, signed("photo.jpg", int(time.time()) - 1))[0],
            called(port, good, "GET")[0],
            called(port, good),
            called(port, good, "DELETE"),
        ]

    *refused, first, second = server(run)
    assert refused == [400, 400, 400, 400, 405]
    assert first[0] == 200
    told = {"source": "photo.jpg", "tag": tag_of("photo.jpg"), "removed": 4}
    assert json.loads(first[1]) == told
    assert json.loads(second[1])["removed"] == 0


def test_the_command_calls_a_server(server, conf, capsys):
    def run(port):
        return main(["purge", "-c", str(conf), "-s", f"http://127.0.0.1:{port}", "photo.jpg"])

    assert server(run) == 0
    assert "photo.jpg: 4 entries removed" in capsys.readouterr().out


def test_the_command_tells_of_a_server_that_refuses(server, conf, capsys):
    other = conf.with_name("other.conf")
    other.write_text("SECURITY_KEY = 'another'\n")

    def run(port):
        return main(["purge", "-c", str(other), "-s", f"http://127.0.0.1:{port}", "photo.jpg"])

    assert server(run) == 1
    assert "400" in capsys.readouterr().err


def test_a_picture_with_a_focal_point_of_another_one_is_purged_by_the_inner_name():
    path = "/unsafe/filters:extract_focal()/http://h/unsafe/1x1:5x5/http://inner/a.jpg"
    job = prepare(parse(path), {}, Settings(), builtin_registry())
    assert job.result_key.made_of == (source_name("http://inner/a.jpg"),)


class Origin:
    """A loader whose picture changes, and which waits where it is told to."""

    def __init__(self):
        self.version, self.loads = "photo.jpg", 0
        self.go = asyncio.Event()
        self.go.set()

    def allows(self, _source):
        return True

    async def load(self, wanted):
        self.loads += 1
        body = (PICTURES / self.version).read_bytes()
        await self.go.wait()
        return Source(wanted.name, body)


class Slow(MemoryStorage):
    """Its writes can be held up."""

    def __init__(self):
        super().__init__(1 << 26)
        self.go = asyncio.Event()
        self.go.set()
        self.writing = asyncio.Event()

    answers_at_once = False

    async def put(self, key, body):
        self.writing.set()
        await self.go.wait()
        await super().put(key, body)


@pytest.fixture
def held_up(monkeypatch):
    """A service with an origin and storages that a test holds up: (service, origin, storage)."""

    async def make():
        origin, storage = Origin(), Slow()
        keys = {"RESULT_STORAGE": "memory", "ALLOW_UNSAFE_URL": True}
        monkeypatch.setattr(PluginEnvironment, "loader", lambda *_: origin)
        monkeypatch.setattr(PluginEnvironment, "storage", lambda *_: storage)
        return build(load(overrides=keys)), origin, storage

    return make


def test_what_a_purge_overtakes_is_not_kept(held_up):
    async def scenario():
        service, origin, storage = await held_up()
        origin.go.clear()
        old = asyncio.ensure_future(service.handle(Request("GET", PATHS[0])))
        await until(lambda: origin.loads)
        await service.purge("photo.jpg")
        origin.version = "large.jpg"
        new = asyncio.ensure_future(service.handle(Request("GET", PATHS[0])))
        await until(lambda: origin.loads == 2)  # it does not join the load from before
        origin.go.set()
        first, second = await old, await new
        await service.landed()
        again = await service.handle(Request("GET", PATHS[0]))
        await service.drain(1)
        assert first.body != second.body == again.body
        assert (await storage.get(Key(Kind.SOURCE, "photo.jpg"))).body == bytes_of("large.jpg")

    asyncio.run(scenario())


def test_what_is_being_stored_during_a_purge_is_taken_back(held_up):
    async def scenario():
        service, _, storage = await held_up()
        storage.go.clear()
        assert (await service.handle(Request("GET", PATHS[0]))).status == 200
        await storage.writing.wait()
        await service.purge("photo.jpg")
        storage.go.set()
        await service.landed()
        await service.drain(1)
        assert storage._entries == {}

    asyncio.run(scenario())


def bytes_of(name):
    return (PICTURES / name).read_bytes()


async def until(condition):
    while not condition():
        await asyncio.sleep(0.01)
