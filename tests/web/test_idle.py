"""How long a connection may say nothing."""

import asyncio
import time

from thumborlike.http.message import Response
from thumborlike.settings import Settings
from thumborlike.settings.sections import ServerSettings
from thumborlike.web.patience import Patience

GET = b"GET /unsafe/x HTTP/1.1\r\nHost: h\r\n\r\n"


def limits(**seconds):
    return Settings(server=ServerSettings(**seconds))


async def seconds_until_closed(reader):
    begun = time.monotonic()
    assert await asyncio.wait_for(reader.read(), 5) == b""
    return time.monotonic() - begun


def test_a_connection_that_idles_is_closed(web):
    async def scenario():
        settings = limits(keep_alive_timeout=0.3, client_header_timeout=0)
        async with web.serving(web.Service(settings=settings)) as client:
            reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
            for _ in range(4):  # longer than the limit in all
                await asyncio.sleep(0.15)
                writer.write(GET)
                await asyncio.wait_for(reader.readuntil(b"\r\n\r\npicture"), 5)
            assert 0.25 < await seconds_until_closed(reader) < 1
            writer.close()

    asyncio.run(scenario())


def test_a_new_connection_that_says_nothing_is_closed(web):
    async def scenario():
        for settings in (
            limits(keep_alive_timeout=0.2, client_header_timeout=10),
            limits(keep_alive_timeout=10, client_header_timeout=0.2),
            limits(keep_alive_timeout=0.2, client_header_timeout=0),
        ):
            async with web.serving(web.Service(settings=settings)) as client:
                reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
                assert 0.15 < await seconds_until_closed(reader) < 1
                writer.close()

    asyncio.run(scenario())


def test_half_a_head_does_not_count_as_a_request(web):
    async def scenario():
        settings = limits(keep_alive_timeout=0.3)
        async with web.serving(web.Service(settings=settings)) as client:
            reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
            writer.write(GET)
            await asyncio.wait_for(reader.readuntil(b"\r\n\r\npicture"), 5)
            writer.write(GET[:20])
            assert await seconds_until_closed(reader) < 1
            writer.close()

    asyncio.run(scenario())


def test_an_answer_may_take_longer_than_a_connection_may_idle(web):
    async def scenario():
        async def slowly(request):
            await asyncio.sleep(0.5)
            return Response(200, (), b"picture", content_length=7)

        settings = limits(keep_alive_timeout=0.2, client_header_timeout=0.2)
        async with web.serving(web.Service(slowly, settings)) as client:
            reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
            writer.write(GET + GET)
            for _ in range(2):
                await asyncio.wait_for(reader.readuntil(b"\r\n\r\npicture"), 5)
            writer.close()

    asyncio.run(scenario())


def test_without_limits_nothing_is_closed(web):
    async def scenario():
        settings = limits(keep_alive_timeout=0, client_header_timeout=0)
        async with web.serving(web.Service(settings=settings)) as client:
            reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
            await asyncio.sleep(0.3)
            writer.write(GET)
            await asyncio.wait_for(reader.readuntil(b"\r\n\r\npicture"), 5)
            writer.close()

    asyncio.run(scenario())


def test_patience():
    async def scenario():
        late = []
        patience = Patience(lambda: late.append(time.monotonic()))
        begun = time.monotonic()
        patience.wait(0.3)
        patience.wait(0.1)  # earlier than the timer is set
        await asyncio.sleep(0.15)
        assert [round(each - begun, 1) for each in late] == [0.1]
        patience.wait(0.05)
        patience.rest()
        assert not patience.waits
        await asyncio.sleep(0.1)
        patience.wait(0.05)
        patience.end()
        await asyncio.sleep(0.1)
        assert len(late) == 1

    asyncio.run(scenario())
