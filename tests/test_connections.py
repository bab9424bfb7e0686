"""Connections that are kept, against a real server process: none is closed that should live."""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

PICTURES = Path(__file__).parent / "pictures"
HOT = "/unsafe/60x40/photo.jpg"
STORED = "/unsafe/50x40/photo.jpg"
CONNECTIONS, REQUESTS = 24, 150


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Port of a server with one result in memory."""
    folder = tmp_path_factory.mktemp("server")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    conf = folder / "thumbor.conf"
    conf.write_text(
        f"LOADER = 'file'\nFILE_LOADER_ROOT_PATH = {str(PICTURES)!r}\nSTORAGE = 'no'\n"
        "RESULT_STORAGE = 'file'\nRESULT_STORAGE_STORES_UNSAFE = True\n"
        f"RESULT_STORAGE_FILE_STORAGE_ROOT_PATH = {str(folder / 'results')!r}\n"
        "RESULT_CACHE_SECONDS = 600\n"
    )
    command = [sys.executable, "-c", "from thumborlike.cli import main; raise SystemExit(main())"]
    flags = ["-p", str(port), "-i", "127.0.0.1", "-c", str(conf)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command, *flags], stderr=log, stdout=log, cwd=folder)
    try:
        wait_for(port)
        asyncio.run(warm(port))
        yield port
    finally:
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(15) == 0
    assert ":ERROR" not in (folder / "log").read_text()


def wait_for(port):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)


async def warm(port):
    """Made, read from the storage, answered from memory."""
    async with connection(port) as (reader, writer):
        for _ in range(3):
            writer.write(request(HOT))
            assert (await answer(reader))[0] == 200
            await asyncio.sleep(0.1)  # it is stored after the answer


@contextlib.asynccontextmanager
async def connection(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()


def request(path, method="GET", body=b"", **headers):
    named = {"Host": "h", **{name.replace("_", "-"): value for name, value in headers.items()}}
    if body:
        named.setdefault("Content-Length", str(len(body)))
    lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


async def answer(reader, method="GET"):
    """Status, headers and body of the next answer; fails if the connection ends instead."""
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    status = int(head.split(b" ", 2)[1])
    if status == 100:
        return await answer(reader, method)
    length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
    bodiless = method == "HEAD" or status == 304
    size = 0 if bodiless or not length else int(length[1])
    return status, head.decode(), await asyncio.wait_for(reader.readexactly(size), 10)


async def asked(port, path, **headers):
    async with connection(port) as (reader, writer):
        writer.write(request(path, **headers))
        return await answer(reader)


def etag_in(head):
    return re.search(r"(?i)\r\netag: (\S+)", head)[1]


def kinds(etag):
    """All kinds of requests that a client may send on one connection, with their statuses."""
    return [
        (request(HOT), "GET", 200),
        (request(HOT, If_None_Match=etag), "GET", 304),
        (request(HOT, If_None_Match='"other"'), "GET", 200),
        (request(HOT, "HEAD"), "HEAD", 200),
        (request(f"{HOT}?v=1"), "GET", 200),
        (request(HOT, body=b"a body means nothing"), "GET", 200),
        (request(HOT, Content_Length="0"), "GET", 200),
        (request(HOT, body=b"12345", Expect="100-continue"), "GET", 200),
        (request(HOT, Expect="100-continue"), "GET", 200),
        (
            request(HOT, Transfer_Encoding="chunked") + b"5\r\nhello\r\n0\r\n\r\n",
            "GET",
            200,
        ),
        (b"\r\n" + request(HOT), "GET", 200),
        (request(STORED), "GET", 200),
        (request("/unsafe/60x40/missing.jpg"), "GET", 404),
        (request("/healthcheck"), "GET", 200),
        (request(HOT, "POST", b"x"), "GET", 405),
        (request(f"http://h{HOT}"), "GET", 200),
        (request(HOT, Connection="keep-alive"), "GET", 200),
    ]


def test_thousands_of_requests_on_kept_connections(server):
    async def client(number, etag, picture):
        async with connection(server) as (reader, writer):
            mixed = kinds(etag)
            for turn in range(REQUESTS):
                sent, method, expected = mixed[(number + turn) % len(mixed)]
                writer.write(sent)
                status, head, body = await answer(reader, method)
                assert status == expected, sent
                assert "Connection: close" not in head, sent
                if b"60x40/photo" in sent and status == 200 and method == "GET":
                    assert body == picture

    async def scenario():
        _, head, picture = await asked(server, HOT)
        clients = (client(number, etag_in(head), picture) for number in range(CONNECTIONS))
        await asyncio.gather(*clients)

    asyncio.run(scenario())


def test_requests_in_a_row_without_waiting(server):
    """Pipelined: all answers come, in order."""

    async def client(etag):
        async with connection(server) as (reader, writer):
            mixed = [kind for kind in kinds(etag) if b"Expect" not in kind[0]] * 8
            writer.write(b"".join(sent for sent, _, _ in mixed))
            for sent, method, expected in mixed:
                status, _, _ = await answer(reader, method)
                assert status == expected, sent

    async def scenario():
        _, head, _ = await asked(server, HOT)
        await asyncio.gather(*(client(etag_in(head)) for _ in range(8)))

    asyncio.run(scenario())


def test_a_request_may_come_in_pieces(server):
    async def scenario():
        async with connection(server) as (reader, writer):
            for _ in range(3):
                for byte in request(HOT):
                    writer.write(bytes((byte,)))
                    await writer.drain()
                    await asyncio.sleep(0)
                assert (await answer(reader))[0] == 200

    asyncio.run(scenario())


def test_a_client_that_has_said_all_it_has_to_say_gets_its_answers(server):
    """Half closed: it sends no more, but reads."""

    async def scenario():
        for _ in range(50):
            async with connection(server) as (reader, writer):
                writer.write(request(HOT))
                writer.write_eof()
                assert (await answer(reader))[0] == 200
                assert await asyncio.wait_for(reader.read(), 10) == b""

    asyncio.run(scenario())


def test_connections_end_when_a_client_asks_for_it(server):
    async def scenario():
        closing = request(HOT, Connection="close")
        old = f"GET {HOT} HTTP/1.0\r\n\r\n".encode()
        for sent in (closing, old):
            async with connection(server) as (reader, writer):
                writer.write(sent)
                assert (await answer(reader))[0] == 200
                assert await asyncio.wait_for(reader.read(), 10) == b""
        async with connection(server) as (reader, writer):
            for _ in range(3):
                writer.write(old[:-2] + b"Connection: keep-alive\r\n\r\n")
                status, head, _ = await answer(reader)
                assert status == 200
                assert "Connection: Keep-Alive" in head

    asyncio.run(scenario())


def test_clients_that_leave_do_not_trouble_others(server):
    async def leave(after):
        async with connection(server) as (_, writer):
            writer.write(request(HOT) * 20)
            await asyncio.sleep(after)
            writer.transport.abort()

    async def scenario():
        await asyncio.gather(*(leave(0.001 * number) for number in range(60)))
        assert (await asked(server, HOT))[0] == 200

    asyncio.run(scenario())


@pytest.mark.long
@pytest.mark.skipif(not shutil.which("wrk"), reason="needs wrk")
@pytest.mark.parametrize("known", [False, True], ids=["hits", "not modified"])
def test_ten_seconds_of_all_that_one_client_can_ask(server, known):
    """wrk counts connections that end, answers that are late and statuses from 400 on."""
    _, head, _ = asyncio.run(asked(server, HOT))
    condition = ["-H", f"If-None-Match: {etag_in(head)}"] if known else []
    command = ["wrk", "-t1", "-c64", "-d10s", *condition, f"http://127.0.0.1:{server}{HOT}"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert int(re.search(r"(\d+) requests in", told)[1]) > 1000
    assert "Socket errors" not in told
    assert "Non-2xx" not in told
