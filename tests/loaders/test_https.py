from __future__ import annotations

import asyncio
import importlib

import pytest

from thumborlike.errors import SourceFailed, SourceNotAllowed
from thumborlike.interfaces import SourceRequest


def create(kind, env):
    return importlib.import_module(f"thumborlike.loaders.{kind}").create(env)


@pytest.mark.parametrize(
    ("kind", "name", "allowed"),
    [
        ("https", "h.example/a", True),
        ("https", "https%3A//h.example/a", True),
        ("https", "http%3A//h.example/a", True),
        ("strict_https", "h.example/a", True),
        ("strict_https", "https%3A//h.example/a", True),
        ("strict_https", "http%3A//h.example/a", False),
        ("strict_https", "http://h.example/a", False),
        ("strict_https", "HTTP%3A//h.example/a", True),
    ],
)
def test_which_schemes_are_allowed(web, kind, name, allowed):
    """The last one is a host called `http`, as in Thumbor 7.8: nothing is sent in the clear."""
    assert create(kind, web.env()).allows(name) is allowed


def test_strict_loader_refuses_before_any_packet(web):
    async def run():
        async with web.serving({}) as origin:
            with pytest.raises(SourceNotAllowed):
                await web.load(web.env(), origin.name("/a"), "strict_https")
            return origin.accepted

    assert asyncio.run(run()) == 0


def test_https_speaks_tls_to_names_without_a_scheme(web):
    """A server that does not: 502, and nothing readable was sent."""

    async def run():
        seen = []

        async def listen(reader, writer):
            seen.append(await reader.read(3))
            writer.close()

        server = await asyncio.start_server(listen, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        loader = create("https", web.env())
        with pytest.raises(SourceFailed):
            await loader.load(SourceRequest(f"127.0.0.1%3A{port}/a"))
        await loader.close()
        server.close()
        return seen

    assert asyncio.run(run())[0][:2] == b"\x16\x03"
