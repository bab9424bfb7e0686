import asyncio
import logging
import socket

import pytest

from thumborlike.errors import ConfigurationError
from thumborlike.metrics import logger, statsd


class Env:
    def __init__(self, **values):
        self.values = values

    def section(self, kind):
        return kind(**self.values)


def test_the_logger_writes_to_the_debug_log(caplog):
    metrics = logger.create(Env())
    with caplog.at_level(logging.DEBUG):
        metrics.incr("storage.hit")
        metrics.timing("response.time", 12.345)
        metrics.gauge("queue.depth", 3)
        assert metrics.listened()
    assert caplog.messages == ["storage.hit: 1", "response.time: 12.35 ms", "queue.depth: 3"]
    with caplog.at_level(logging.INFO):
        assert not metrics.listened()


@pytest.fixture
def server():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        udp.settimeout(5)
        yield udp


def made(server, prefix=None):
    port = server.getsockname()[1]
    return statsd.create(Env(statsd_host="127.0.0.1", statsd_port=port, statsd_prefix=prefix))


@pytest.mark.parametrize(
    ("prefix", "name", "line"),
    [
        (None, "storage.hit", b"storage.hit:3|c"),
        ("images", "storage.hit", b"images.storage.hit:3|c"),
        ("images.", "storage.hit", b"images.storage.hit:3|c"),
        (None, "original_image.status.200.h:80", b"original_image.status.200.h_80:3|c"),
        (None, "a|b@c\nd#é", b"a_b_c_d__:3|c"),
    ],
)
def test_statsd_lines(server, prefix, name, line):
    metrics = made(server, prefix)
    metrics.incr(name, 3)
    assert server.recv(1000) == line
    asyncio.run(metrics.close())


def test_what_comes_together_is_sent_together_in_datagrams_that_nobody_cuts(server):
    metrics = made(server)

    async def scenario():
        metrics.incr("a")
        metrics.timing("b", 2)
        await asyncio.sleep(0)
        for number in range(400):
            metrics.incr(f"storage.hit.{number}")
        await metrics.close()

    asyncio.run(scenario())
    assert server.recv(2000) == b"a:1|c\nb:2.000|ms"
    told = []
    while len(told) < 400:
        datagram = server.recv(2000)
        assert len(datagram) <= statsd.LARGEST
        told += datagram.decode().split("\n")
    assert told == [f"storage.hit.{number}:1|c" for number in range(400)]


def test_statsd_gauges(server):
    metrics = made(server)
    metrics.gauge("queue.depth", 3)
    assert server.recv(1000) == b"queue.depth:3|g"
    asyncio.run(metrics.close())


def test_statsd_timings(server):
    metrics = made(server)
    metrics.timing("response.time", 1.5)
    assert server.recv(1000) == b"response.time:1.500|ms"
    asyncio.run(metrics.close())


def test_a_statsd_that_is_away_disturbs_nobody(server):
    metrics = made(server)
    server.close()
    for _ in range(5):
        metrics.incr("response.count")
    asyncio.run(metrics.close())
    metrics.incr("response.count")


def test_a_statsd_without_address_stops_the_start():
    with pytest.raises(ConfigurationError, match="STATSD_HOST"):
        statsd.create(Env(statsd_host="a..b"))
