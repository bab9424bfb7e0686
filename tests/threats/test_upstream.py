"""Origins that stall, lie, break off, send too much or something else than a picture."""

import asyncio
import contextlib
import gzip
import io
import resource
import sys
import time
import zlib
from pathlib import Path

import pytest
from origin import (
    CHUNKED,
    OK,
    answer,
    closing,
    declared,
    endless,
    packed,
    reset,
    reset_after,
    serving,
    silence,
    stalling,
)
from PIL import Image

from thumborlike.http.message import Request
from thumborlike.service import build
from thumborlike.settings.reader import load
from thumborlike.url.encoding import source_name

PICTURES = Path(__file__).parents[1] / "pictures"
PHOTO = (PICTURES / "photo.jpg").read_bytes()
LONGEST = 300_000
"""Bytes that a source may have here; the photograph has fewer."""


@pytest.fixture
def configured(tmp_path):
    def make(**keys):
        conf = tmp_path / "thumbor.conf"
        values = {
            "LOADER": "http",
            "STORAGE": "file",
            "FILE_STORAGE_ROOT_PATH": str(tmp_path / "sources"),
            "RESULT_STORAGE": "file",
            "RESULT_STORAGE_FILE_STORAGE_ROOT_PATH": str(tmp_path / "results"),
            "RESULT_STORAGE_STORES_UNSAFE": True,
            "HTTP_LOADER_ALLOWED_NETWORKS": ["127.0.0.0/8"],
            "HTTP_LOADER_REQUEST_TIMEOUT": 1,
            "MAX_SOURCE_SIZE": LONGEST,
            "SOURCE_FAILURE_SECONDS": 0,
            **keys,
        }
        conf.write_text("".join(f"{key} = {value!r}\n" for key, value in values.items()))
        return load(conf)

    return make


@pytest.fixture
def kept(tmp_path):
    """Files that the storages hold now."""
    roots = (tmp_path / "sources", tmp_path / "results" / "default")
    return lambda: [path for root in roots for path in root.rglob("*") if path.is_file()]


@contextlib.asynccontextmanager
async def service_of(loaded):
    service = build(loaded)

    async def get(path, **headers):
        return await service.handle(Request("GET", path, headers=headers))

    try:
        yield get
        await asyncio.wait_for(service._pipeline.landed(), 5)
    finally:
        await service.drain(5)


def outcome(loaded, action, idle=1):
    """Answer, seconds, and the connections that are open a moment later, `idle` awaited."""

    async def scenario():
        async with serving({"/a": action, "/good": answer(200, PHOTO)}) as origin:
            async with service_of(loaded) as get:
                begun = time.monotonic()
                got = await get(f"/unsafe/50x50/{origin.url('/a')}")
                seconds = time.monotonic() - begun
                opened = await settled(lambda: origin.open, idle)
                good = (await get(f"/unsafe/50x50/{origin.url('/good')}")).status
            await settled(lambda: origin.open, at_most=0)
            assert good == 200, "the next one is served"
            assert origin.open == 0
            return got, seconds, opened

    return asyncio.run(scenario())


async def settled(count, at_most):
    """The count, once it is small enough or a second has passed."""
    for _ in range(100):
        if count() <= at_most:
            break
        await asyncio.sleep(0.01)
    return count()


LATE, BAD, NONE, TOO_MUCH = 504, 502, 404, 400
BOMB = bytes(50_000_000)
BYTES = bytes(10_000)

SLOW = {
    "silence": silence,
    "silence after the headers": stalling(OK + b"Content-Length: 99\r\n\r\n"),
    "silence before the last byte": stalling(OK + b"Content-Length: 9\r\n\r\n12345678"),
    "trickled status line": endless(b"0", b"HTTP/1.", 0.02),
    "trickled headers": endless(b"X: y\r\n", OK, 0.02),
    "trickled body": endless(b"a", OK + b"Content-Length: 9999\r\n\r\n", 0.02),
    "trickled chunks": endless(b"1\r\na\r\n", CHUNKED, 0.02),
    "trickled chunk size": endless(b"0", CHUNKED, 0.02),
    "slow 100 Continue": endless(b"HTTP/1.1 100 Continue\r\n\r\n", b"", 0.02),
    "trickled error page": endless(b"a", b"HTTP/1.1 500 No\r\n\r\n", 0.02),
    "trickled redirect": endless(b"a", b"HTTP/1.1 302 No\r\nLocation: /b\r\n\r\n", 0.02),
}


@pytest.mark.parametrize("kind", SLOW)
def test_silence_and_trickle_end_at_the_deadline(configured, kept, kind):
    got, seconds, opened = outcome(configured(HTTP_LOADER_REQUEST_TIMEOUT=0.4), SLOW[kind], 0)
    garbage = kind == "trickled chunk size"  # 16 digits of it, at the latest
    assert got.status == LATE or (garbage and got.status == BAD)
    assert seconds < 1.5 and opened == 0
    assert len(kept()) <= 2, "of the good one"


ENDLESS = {
    "endless headers": (endless(b"X-A: " + b"a" * 5000 + b"\r\n", OK), {BAD}),
    "one endless header": (endless(BYTES, OK + b"X: "), {BAD}),
    "endless status line": (endless(b"a" * 9999, b"HTTP/1.1 200 "), {BAD}),
    "endless 100 Continue": (endless(b"HTTP/1.1 100 Continue\r\n\r\n" * 99, b""), {BAD, LATE}),
    "endless 103 Early Hints": (
        endless(b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" * 99, b""),
        {BAD, LATE},
    ),
    "endless body": (endless(BYTES), {TOO_MUCH}),
    "endless chunks": (endless(b"1000\r\n" + bytes(4096) + b"\r\n", CHUNKED), {TOO_MUCH}),
    "endless empty chunk extension": (endless(b";" * 9999, CHUNKED + b"5"), {BAD, LATE}),
    "endless trailers": (
        endless(b"X: " + b"y" * 4000 + b"\r\n", CHUNKED + b"1\r\na\r\n0\r\n"),
        {BAD, LATE},
    ),
    "endless body of an error": (endless(BYTES, b"HTTP/1.1 404 No\r\n\r\n"), {NONE}),
    "endless body of a redirect": (
        endless(BYTES, b"HTTP/1.1 302 No\r\nLocation: /a\r\n\r\n"),
        {NONE},
    ),
    "a length beyond all numbers": (declared("9" * 40, PHOTO), {BAD, TOO_MUCH}),
    "a length over the limit": (declared(LONGEST + 1, b""), {TOO_MUCH}),
    "more than the limit, undeclared": (closing(OK + b"\r\n" + bytes(LONGEST + 1)), {TOO_MUCH}),
    "a chunk beyond all numbers": (closing(CHUNKED + b"f" * 40 + b"\r\nabc"), {BAD}),
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_endless_headers_and_bodies_are_cut_off(configured, kept, kind):
    action, statuses = ENDLESS[kind]
    before = peak()
    got, seconds, opened = outcome(configured(), action)
    assert got.status in statuses and seconds < 2.5 and opened <= 1
    assert peak() - before < 64 << 20 and len(kept()) <= 2


def peak():
    """The most memory that this process ever had, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


PACKED = {
    "gzip bomb": packed(BOMB, "gzip"),
    "deflate bomb": packed(BOMB, "deflate"),
    "gzip bomb in a gzip": packed(BOMB, "gzip", "gzip"),
    "deflate bomb in a gzip": packed(BOMB, "deflate", "gzip"),
    "gzip bomb in five gzips": packed(BOMB, *["gzip"] * 5),
    "gzip bomb in sixty gzips": packed(BYTES, *["gzip"] * 60),
    "gzip bomb in chunks": CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n")
    + b"%x\r\n" % len(gzip.compress(BOMB))
    + gzip.compress(BOMB)
    + b"\r\n0\r\n\r\n",
    "transfer-encoded gzip bomb": OK
    + b"Transfer-Encoding: gzip, chunked\r\n\r\n%x\r\n" % len(gzip.compress(BOMB))
    + gzip.compress(BOMB)
    + b"\r\n0\r\n\r\n",
    "gzip bomb on an error page": packed(BOMB, "gzip").replace(b"200 Whatever", b"500 Whatever"),
    "members of gzip without end": answer(
        200, gzip.compress(bytes(100_000)) * 400, Content_Encoding="gzip"
    ),
}


@pytest.mark.parametrize("kind", PACKED)
def test_transfer_decoding_is_bounded_while_it_decodes(configured, kept, kind):
    """gzip and deflate bombs, and encodings in encodings."""
    before = peak()
    got, seconds, _ = outcome(configured(), PACKED[kind])
    assert got.status in (TOO_MUCH, BAD) and seconds < 2
    assert peak() - before < 32 << 20 and len(kept()) <= 2


BROKEN = {
    "closes at once": closing(b""),
    "reset": reset,
    "reset in the headers": reset_after(OK + b"Content-"),
    "reset in the body": reset_after(OK + b"Content-Length: 100\r\n\r\nabc"),
    "body shorter than declared": declared(len(PHOTO) + 1, PHOTO),
    "chunks without an end": closing(CHUNKED + b"%x\r\n" % len(PHOTO) + PHOTO + b"\r\n"),
    "chunk shorter than declared": closing(CHUNKED + b"fffff\r\n" + PHOTO),
    "chunk size that is none": closing(CHUNKED + b"zz\r\nabc\r\n"),
    "negative chunk size": closing(CHUNKED + b"-1\r\nabc\r\n"),
    "two lengths": declared(len(PHOTO), PHOTO, 5),
    "length that is no number": declared("x", PHOTO),
    "negative length": declared(-1, PHOTO),
    "HTTP/0.9": closing(PHOTO),
    "HTTP/0.9 page": closing(b"<html>hello</html>"),
    "another protocol": closing(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "status line without a number": closing(b"HTTP/1.1 OK\r\n\r\n" + PHOTO),
    "status of two digits": closing(b"HTTP/1.1 20 OK\r\n\r\n" + PHOTO),
    "status of four digits": closing(b"HTTP/1.1 2000 OK\r\n\r\n" + PHOTO),
    "negative status": closing(b"HTTP/1.1 -200 OK\r\n\r\n" + PHOTO),
    "HTTP/7": closing(b"HTTP/7.5 200 OK\r\n\r\n" + PHOTO),
    "header without a colon": closing(OK + b"nonsense without colon\r\n\r\n"),
    "NUL in a header": closing(OK + b"X: a\0b\r\n\r\n" + PHOTO),
    "gzip that is none": answer(200, PHOTO, Content_Encoding="gzip"),
    "gzip cut short": answer(200, gzip.compress(PHOTO)[:-9], Content_Encoding="gzip"),
    "deflate cut short": answer(200, zlib.compress(PHOTO)[:-9], Content_Encoding="deflate"),
    "gzip without its checksum": answer(200, gzip.compress(PHOTO)[:-8], Content_Encoding="gzip"),
    "gzip with another checksum": answer(
        200, gzip.compress(PHOTO)[:-8] + bytes(8), Content_Encoding="gzip"
    ),
    "gzip and more": answer(200, gzip.compress(PHOTO) + b"more", Content_Encoding="gzip"),
    "unknown encoding": answer(200, PHOTO, Content_Encoding="rot13"),
    "two encodings": answer(
        200, gzip.compress(gzip.compress(PHOTO)), Content_Encoding="gzip, gzip"
    ),
    "nothing": answer(200, b""),
    "no content": answer(204),
    "500": answer(500, PHOTO),
    "503": answer(503, PHOTO, Retry_After="99999"),
    "599": answer(599, PHOTO),
    "only a part": answer(206, PHOTO, Content_Range=f"bytes 0-{len(PHOTO) - 1}/999999"),
    "only a part, says 200 later": answer(206, PHOTO),
}
ODD = {"header without a colon", "NUL in a header"}
"""What some clients overlook and others do not: no 200 of something else than the picture."""


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_answers_are_a_502_and_nothing_is_kept(configured, kept, kind):
    got, seconds, opened = outcome(configured(), BROKEN[kind])
    assert got.status == BAD or (kind in ODD and got.status in (200, TOO_MUCH))
    assert seconds < 1 and opened <= 1
    assert got.status == 200 or len(kept()) <= 4
    assert b"127.0.0.1" not in got.body


def test_a_refused_connection_is_a_502(configured):
    async def scenario():
        async with serving({}) as gone:
            address = gone.url("/a")
        async with service_of(configured()) as get:
            return (await get(f"/unsafe/{address}")).status

    assert asyncio.run(scenario()) == BAD


REFUSING = {
    "404": (answer(404, PHOTO), 404),
    "410": (answer(410, PHOTO), 404),
    "401": (answer(401, PHOTO, WWW_Authenticate="Basic"), 404),
    "403": (answer(403, PHOTO), 404),
    "429": (answer(429, PHOTO), 404),
    "304": (b"HTTP/1.1 304 Not Modified\r\n\r\n", 404),
    "redirect to itself": (answer(302, Location="/a"), 404),
    "redirect to nowhere": (answer(302), 404),
    "redirect with an empty location": (answer(302, Location=""), 404),
    "redirect to an endless address": (answer(302, Location="/" + "a" * 20_000), 400),
    "two locations": (
        b"HTTP/1.1 302 F\r\nLocation: /b\r\nLocation: /c\r\nContent-Length: 0\r\n\r\n",
        502,
    ),
    "upgrade": (
        closing(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n" + PHOTO),
        404,
    ),
}


@pytest.mark.parametrize("kind", REFUSING)
def test_refusals_and_redirect_loops_are_told_plainly(configured, kept, kind):
    action, status = REFUSING[kind]
    got, seconds, _ = outcome(configured(), action)
    assert got.status == status and seconds < 1
    assert got.header("content-type").startswith("text/plain") and len(got.body) < 100


def html(status=200, **headers):
    page = b"<!doctype html><html><script>alert(1)</script>Not found</html>"
    return answer(status, page, **headers)


NO_PICTURES = {
    "error page with status 200": html(Content_Type="text/html"),
    "HTML that says image/jpeg": html(Content_Type="image/jpeg"),
    "JSON": answer(200, b'{"error": "not found"}', Content_Type="application/json"),
    "half a picture that is declared whole": answer(200, PHOTO[:40]),
    "script in the clothing of a GIF": answer(200, b"GIF89a=1;alert(1)//" + bytes(99)),
    "PostScript": answer(200, b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"),
}


@pytest.mark.parametrize("kind", NO_PICTURES)
def test_an_error_page_with_status_200_is_not_a_picture(configured, tmp_path, kind):
    """400, nothing is kept, and the bytes do not come back."""

    async def scenario():
        routes = {"/a.jpg": NO_PICTURES[kind]}
        async with serving(routes) as origin, service_of(configured()) as get:
            return await get(f"/unsafe/{origin.url('/a.jpg')}")

    got = asyncio.run(scenario())
    assert got.status in (400, 415) and b"<" not in got.body
    assert got.header("content-type") == "text/plain; charset=utf-8"
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".conf"]


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_sources_that_are_packed_as_asked_for_are_unpacked(configured, pack):
    async def scenario():
        name = "gzip" if pack is gzip.compress else "deflate"
        halves = pack(PHOTO[:9999]) + pack(PHOTO[9999:]) if name == "gzip" else pack(PHOTO)
        async with serving({"/a": answer(200, halves, Content_Encoding=name)}) as origin:
            async with service_of(configured()) as get:
                got = await get(f"/unsafe/50x40/{origin.url('/a')}")
            return got.status, origin.asked[0].headers["accept-encoding"]

    assert asyncio.run(scenario()) == (200, "gzip")


def test_the_type_of_a_source_is_sniffed_and_not_believed(configured):
    """What says that it is HTML, and is named so, is the picture that it is."""

    async def scenario():
        lying = answer(200, PHOTO, Content_Type="text/html", X_Content_Type_Options="nosniff")
        async with serving({"/a.html": lying}) as origin, service_of(configured()) as get:
            return await get(f"/unsafe/50x40/{origin.url('/a.html')}")

    got = asyncio.run(scenario())
    assert (got.status, got.header("content-type")) == (200, "image/jpeg")
    assert got.header("x-content-type-options") == "nosniff"
    assert Image.open(io.BytesIO(got.body)).size == (50, 40)


def test_the_whole_fetch_is_bounded_redirects_and_trickle_together(configured):
    async def slow(asked, writer):
        await asyncio.sleep(0.15)
        writer.write(answer(302, Location=asked.path + "a"))

    async def scenario():
        routes = {"/" + "a" * n: slow for n in range(1, 7)}
        loaded = configured(HTTP_LOADER_REQUEST_TIMEOUT=0.4)
        async with serving(routes) as origin, service_of(loaded) as get:
            begun = time.monotonic()
            status = (await get(f"/unsafe/{origin.url('/a')}")).status
            return status, time.monotonic() - begun, len(origin.asked)

    status, seconds, asked = asyncio.run(scenario())
    assert status == LATE and seconds < 1 and asked <= 3


def test_the_size_of_a_source_is_bounded_after_a_redirect_too(configured):
    async def scenario():
        routes = {"/a": answer(302, Location="/b"), "/b": endless(BYTES)}
        async with serving(routes) as origin, service_of(configured()) as get:
            return (await get(f"/unsafe/{origin.url('/a')}")).status

    assert asyncio.run(scenario()) == TOO_MUCH


def test_stalled_sources_hold_only_their_own_share_of_connections(configured):
    """40 requests for a silent host, 4 at once of them; another host is served meanwhile."""

    async def scenario():
        async with serving({}) as silent, serving({}, "127.0.0.2") as good:
            silent.routes = {f"/{n}": silence for n in range(40)}
            good.routes["/a"] = answer(200, PHOTO)
            keys = {"HTTP_LOADER_MAX_CLIENTS_PER_HOST": 4, "HTTP_LOADER_MAX_CLIENTS": 8}
            async with service_of(configured(**keys)) as get:
                stalled = [
                    asyncio.create_task(get(f"/unsafe/{silent.url(path)}"))
                    for path in silent.routes
                ]
                await asyncio.sleep(0.1)
                begun = time.monotonic()
                other = (await get(f"/unsafe/{good.url('/a', '127.0.0.2')}")).status
                seconds = time.monotonic() - begun
                most = silent.most_open
                done = {(await each).status for each in stalled}
            return other, seconds, most, done

    other, seconds, most, done = asyncio.run(scenario())
    assert other == 200 and seconds < 0.5 and most == 4 and done == {LATE}


def test_a_flood_of_requests_for_missing_originals_costs_one_fetch_each(configured):
    """Whatever their sizes and filters; once the moment is over the origin is asked again."""

    async def scenario():
        routes = {"/gone": answer(404), "/down": answer(503), "/silent": silence}
        async with serving(routes) as origin:
            keys = {"SOURCE_FAILURE_SECONDS": 0.8, "HTTP_LOADER_REQUEST_TIMEOUT": 0.2}
            async with service_of(configured(**keys)) as get:
                sizes = [f"{n}x{n}" for n in range(20, 60)]
                told = []
                for path in routes:
                    found = [await get(f"/unsafe/{size}/{origin.url(path)}") for size in sizes]
                    told.append({(each.status, each.body) for each in found})
                asked = len(origin.asked)
                origin.routes["/gone"] = answer(200, PHOTO)
                await asyncio.sleep(0.8)
                return told, asked, (await get(f"/unsafe/9x9/{origin.url('/gone')}")).status

    told, asked, later = asyncio.run(scenario())
    assert [[status for status, _ in each] for each in told] == [[NONE], [BAD], [LATE]]
    assert asked == 3 and later == 200


def test_a_failure_that_is_remembered_is_forgotten_by_a_purge(configured):
    async def scenario():
        async with serving({}) as origin:
            keys = {"SOURCE_FAILURE_SECONDS": 60, "STORAGE": "memory", "RESULT_STORAGE": None}
            service = build(configured(**keys))
            request = Request("GET", f"/unsafe/{origin.url('/a')}")
            seen = [(await service.handle(request)).status]
            origin.routes["/a"] = answer(200, PHOTO)
            seen.append((await service.handle(request)).status)
            await service.purge(source_name(origin.url("/a")))
            seen.append((await service.handle(request)).status)
            await service.drain(5)
            return seen

    assert asyncio.run(scenario()) == [404, 404, 200]


def test_what_else_a_request_fetches_ends_when_one_of_its_sources_fails(configured):
    """The picture is gone, its watermark comes from a silent host: nobody waits for that."""

    async def scenario():
        routes = {"/a": answer(404), "/w": silence}
        loaded = configured(HTTP_LOADER_REQUEST_TIMEOUT=5)
        async with serving(routes) as origin, service_of(loaded) as get:
            mark = f"filters:watermark({origin.url('/w')},0,0,0)"
            begun = time.monotonic()
            got = await get(f"/unsafe/{mark}/{origin.url('/a')}")
            seconds = time.monotonic() - begun
            return got.status, seconds, await settled(lambda: origin.open, at_most=1)

    status, seconds, opened = asyncio.run(scenario())
    assert status == NONE and seconds < 1 and opened <= 1


def test_nothing_runs_on_after_a_timeout_or_after_the_clients_have_left(configured):
    """Connections, descriptors and tasks are what they were before."""

    async def scenario():
        async with serving({"/a": silence, "/b": endless(b"a", pause=0.01)}) as origin:
            keys = {"REQUEST_TIMEOUT_SECONDS": 0.3, "HTTP_LOADER_REQUEST_TIMEOUT": 5}
            async with service_of(configured(**keys)) as get:
                await get(f"/unsafe/{origin.url('/none')}")
                files, tasks = descriptors(), len(asyncio.all_tasks())
                paths = [f"{n}x9/{origin.url(path)}" for n in range(9) for path in ("/a", "/b")]
                addresses = [f"/unsafe/{path}" for path in paths]
                late = [each.status for each in await asyncio.gather(*map(get, addresses))]
                after_timeouts = await settled(lambda: origin.open, at_most=1)
                left = [asyncio.create_task(get(address)) for address in addresses]
                await asyncio.sleep(0.1)
                for each in left:
                    each.cancel()
                await asyncio.gather(*left, return_exceptions=True)
                after_leaving = await settled(lambda: origin.open, at_most=1)
                await asyncio.sleep(0.05)
                return (
                    set(late), after_timeouts, after_leaving,
                    descriptors() - files, len(asyncio.all_tasks()) - tasks,
                )  # fmt: skip

    late, timeouts, leaving, files, tasks = asyncio.run(scenario())
    assert late == {LATE} and timeouts <= 1 and leaving <= 1
    assert files <= 0 and tasks <= 0


def descriptors():
    return len(list(Path("/dev/fd").iterdir()))


def test_large_bodies_that_come_slowly_hold_bounded_memory_together(configured):
    """Each within MAX_SOURCE_SIZE, all together beyond HTTP_LOADER_MAX_BYTES."""
    loaded = configured(HTTP_LOADER_MAX_BYTES=400_000, HTTP_LOADER_REQUEST_TIMEOUT=10)
    large = PHOTO + bytes(150_000)

    async def scenario():
        go_on = asyncio.Event()

        async def slow(asked, writer):
            writer.write(OK + b"Content-Length: %d\r\n\r\n" % len(large) + large[:-10])
            await writer.drain()
            await go_on.wait()
            writer.write(large[-10:])

        routes = {f"/{n}": slow for n in range(6)}
        async with serving(routes) as origin, service_of(loaded) as get:
            paths = [f"/unsafe/50x50/{origin.url(f'/{n}')}" for n in range(6)]
            asked = [asyncio.create_task(get(path)) for path in paths]
            done = await settled(lambda: -sum(each.done() for each in asked), at_most=-4)
            go_on.set()
            answers = await asyncio.gather(*asked)
            again = await get(paths[-1])
        return -done, answers, again

    refused, answers, again = asyncio.run(scenario())
    assert refused == 4
    assert sorted(each.status for each in answers) == [200, 200, 503, 503, 503, 503]
    assert all(dict(each.headers).get("Retry-After") for each in answers if each.status == 503)
    assert again.status == 200
