import asyncio

from thumborlike.blocklist import BlockList
from thumborlike.interfaces import Stored


class Shelf:
    body = b""

    async def get(self, key):
        return Stored(self.body, 0.0) if self.body else None

    async def put(self, key, body):
        self.body = body


def test_the_list_is_shown_and_added_to(web):
    async def scenario():
        blocked = BlockList(Shelf())
        async with web.serving(web.Service(block_list=blocked)) as client:
            reply = await client.get("/blacklist")
            assert (reply.status, reply.body) == (200, b"")
            assert reply.headers["Content-Type"] == "text/plain; charset=utf-8"
            assert (await client.send("PUT", "/blacklist?http%3A//h/a.jpg")).status == 200
            assert (await client.send("PUT", "/blacklist/?h/b.jpg")).status == 200
            assert (await client.get("/blacklist")).body == b"http%3A//h/a.jpg\nh/b.jpg\n"
        assert await blocked.blocks("h/a.jpg")

    asyncio.run(scenario())


def test_what_it_does_not_know(web):
    async def scenario():
        async with web.serving(web.Service(block_list=BlockList(Shelf()))) as client:
            assert (await client.send("PUT", "/blacklist")).status == 400
            for method in ("HEAD", "POST", "DELETE"):
                reply = await client.send(method, "/blacklist")
                assert (reply.status, reply.headers["Allow"]) == (405, "GET, PUT")

    asyncio.run(scenario())


def test_it_is_only_there_if_configured(web):
    async def scenario():
        async with web.serving(web.Service()) as client:
            assert (await client.get("/blacklist")).body == b"picture"

    asyncio.run(scenario())
