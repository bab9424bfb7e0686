"""An origin server that misbehaves on demand. It serves on loopback, on the running loop."""

import asyncio
import gzip
import zlib
from contextlib import asynccontextmanager

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\n"


class Asked:
    """A request as the origin saw it."""

    def __init__(self, head, reader):
        self.head = head
        self.reader = reader
        self.line, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
        pairs = (line.split(": ", 1) for line in lines)
        self.headers = {name.lower(): value for name, value in pairs}

    @property
    def path(self):
        return self.line.split(" ")[1]


class Origin:
    """`routes`: from a path without query to bytes, or to a coroutine that writes them.

    `accepted` and `open` count connections, `asked` are all requests so far.
    """

    def __init__(self, routes):
        self.routes = routes
        self.port = 0
        self.accepted = 0
        self.open = 0
        self.most_open = 0
        self.asked = []
        self._writers = set()

    def url(self, path="/", host="127.0.0.1"):
        return f"http://{host}:{self.port}{path}"

    async def serve(self, reader, writer):
        self.accepted += 1
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        self._writers.add(writer)
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open -= 1
            self._writers.discard(writer)
            writer.close()

    async def _talk(self, reader, writer):
        while not writer.is_closing():
            asked = Asked(await reader.readuntil(b"\r\n\r\n"), reader)
            self.asked.append(asked)
            action = self.routes.get(asked.path.partition("?")[0], answer(404))
            if isinstance(action, bytes):
                writer.write(action)
                await writer.drain()
            else:
                await action(asked, writer)

    def hang_up(self):
        for writer in list(self._writers):
            writer.transport.abort()


@asynccontextmanager
async def serving(routes, host="127.0.0.1"):
    origin = Origin(routes)
    server = await asyncio.start_server(origin.serve, host, 0)
    origin.port = server.sockets[0].getsockname()[1]
    try:
        yield origin
    finally:
        server.close()
        origin.hang_up()
        while origin.open:
            await asyncio.sleep(0.001)


def answer(status=200, body=b"", **headers):
    """A whole answer; header names with `_` for `-`."""
    headers.setdefault("Content_Length", str(len(body)))
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} Whatever\r\n{lines}\r\n".encode() + body


def closing(data):
    """Says this, and hangs up."""

    async def send(asked, writer):
        writer.write(data)
        await writer.drain()
        writer.close()

    return send


def endless(piece, head=OK + b"\r\n", pause=0.0):
    """Says `head`, and `piece` again and again."""

    async def send(asked, writer):
        writer.write(head)
        while not writer.is_closing():
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return send


async def silence(asked, writer):
    await asked.reader.read()
    writer.close()


def stalling(data):
    """Says this, and nothing more."""

    async def send(asked, writer):
        writer.write(data)
        await silence(asked, writer)

    return send


async def reset(asked, writer):
    writer.transport.abort()


def reset_after(data):
    async def send(asked, writer):
        writer.write(data)
        await writer.drain()
        await asyncio.sleep(0.01)
        writer.transport.abort()

    return send


def packed(body, *encodings):
    """A body in these content encodings, the last one outermost."""
    for each in encodings:
        body = gzip.compress(body) if each == "gzip" else zlib.compress(body)
    return answer(200, body, Content_Encoding=", ".join(encodings))


def declared(length, body, *more):
    """An answer that declares lengths as given, and hangs up after its body."""
    lines = "".join(f"Content-Length: {each}\r\n" for each in (length, *more))
    return closing(OK + lines.encode() + b"\r\n" + body)
