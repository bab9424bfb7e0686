"""A client of sockets, which may also leave early or read slowly."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
from dataclasses import dataclass

SOURCES = ("photo.jpg", "large.jpg")
FORMATS = ("jpeg", "png", "webp", "gif", "avif", "tiff")
NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Answer:
    """Status, head and body; status 0 if the connection broke."""

    status: int
    head: str = ""
    body: bytes = b""

    @property
    def whole(self) -> bool:
        """Whether the body is as long as the head says."""
        lengths = [line for line in self.head.lower().split("\r\n") if "content-length:" in line]
        return bool(lengths) and int(lengths[0].split(":")[1]) == len(self.body)


async def get(port: int, path: str, seconds: float = 60.0) -> Answer:
    """One request on a connection of its own. Raises asyncio.TimeoutError if it hangs."""
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", port), seconds)
    except OSError:
        return Answer(0)
    try:
        writer.write(_head(path))
        raw = await asyncio.wait_for(reader.read(), seconds)
    except OSError:
        return Answer(0)
    finally:
        writer.close()
    head, _, body = raw.partition(b"\r\n\r\n")
    return Answer(int(head.split()[1]), head.decode("latin-1"), body) if head else Answer(0)


async def leave(port: int, path: str, after: float) -> None:
    """Ask, and be gone after so many seconds."""
    with contextlib.suppress(OSError):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(_head(path))
        await asyncio.sleep(after)
        writer.transport.abort()


async def dawdle(port: int, path: str, seconds: float) -> None:
    """Send the head in pieces and read a little at a time."""
    with contextlib.suppress(OSError):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=4096)
        for byte in _head(path):
            writer.write(bytes((byte,)))
            await asyncio.sleep(0.001)
        end = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < end and await reader.read(2048):
            await asyncio.sleep(0.02)
        writer.transport.abort()


def cold(rng: random.Random, sources: tuple[str, ...] = SOURCES) -> str:
    """A path that was never asked for, of any format in and out."""
    size = f"{rng.randrange(40, 500)}x{rng.randrange(40, 400)}"
    calls = rng.choice(("blur(2)", "rotate(90)", "grayscale()", "sharpen(1,1,true)", "quality(60)"))
    marked = f"filters:format({rng.choice(FORMATS)}):{calls}:max_age({next(NUMBERS)})"
    return f"/unsafe/{size}/{marked}/{rng.choice(sources)}"


def wrong(rng: random.Random) -> str:
    """A path that cannot be answered with a picture."""
    return rng.choice(
        (
            "/unsafe/100x100/missing.jpg",
            "/unsafe/100x100/filters:blur(x)/photo.jpg",
            "/nobodysignedthis=/100x100/photo.jpg",
            "/unsafe/%00/../../etc/passwd",
            "/unsafe/100x100/make.py",
            "/",
        )
    )


def _head(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n".encode()
