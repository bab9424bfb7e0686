"""Floods, clients that leave or dawdle: what they cost everybody else."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from thumborlike.crew import Threads
from thumborlike.errors import Overloaded
from thumborlike.http.client import client_of
from thumborlike.queueing import Cost, FairQueue, Share
from thumborlike.workers import Budget, Workers

PICTURES = Path(__file__).parents[1] / "pictures"


def always(cost):
    return True


def order(queue):
    taken = []
    while found := queue.take(always):
        taken.append(found[0])
    return taken


def flooded(shares, honest, seconds=0.01):
    """The place at which the honest one is served, who came after a flood of dear work."""
    queue = FairQueue()
    for number, share in enumerate(shares):
        queue.put(("flood", number), Cost(seconds, share=share))
    queue.put("honest", Cost(1.0, share=honest))
    return order(queue).index("honest")


HOST, OTHER = "flooded.example", "honest.example"


@pytest.mark.parametrize(
    ("shares", "honest"),
    [
        ([Share(HOST, "proxy")] * 200, Share(OTHER, "proxy")),
        ([Share(HOST, f"client {n}") for n in range(200)], Share(OTHER, "me")),
        ([Share(HOST, "flood")] * 200, Share(HOST, "me")),
        ([Share(f"host {n}", "flood") for n in range(200)], Share(OTHER, "me")),
    ],
    ids=["one host", "one host, many clients", "one client, one host", "one client, many hosts"],
)
def test_a_flood_of_small_work_does_not_starve_the_dear_work_of_others(shares, honest):
    assert flooded(shares, honest) <= 3


def test_two_who_flood_have_equal_time_however_small_their_pictures():
    queue = FairQueue()
    for number in range(100):
        queue.put(("small", number), Cost(0.01, share=Share("a", "1")))
        if number < 20:
            queue.put(("large", number), Cost(0.05, share=Share("b", "2")))
    half = order(queue)[:60]
    assert 8 <= sum(name == "large" for name, _ in half) <= 12


def test_within_a_share_the_least_work_is_first():
    queue, share = FairQueue(), Share("a", "1")
    for seconds in (1.0, 0.3, 0.01):
        queue.put((seconds,), Cost(seconds, share=share))
    assert order(queue) == [(0.01,), (0.3,), (1.0,)]


def test_overload_sheds_the_newest_and_dearest_of_whoever_asks_for_most():
    queue, flood = FairQueue(), Share(HOST, "flood")
    queue.put("dear, of somebody else", Cost(1.0, share=Share(OTHER, "me")))
    for name, seconds in [("first", 0.3), ("cheap", 0.1), ("dear", 4), ("newest", 4.1)]:
        queue.put(name, Cost(seconds, share=flood))
    assert [queue.shed()[0] for _ in range(2)] == ["newest", "dear"]


def test_a_queue_that_is_full_of_dear_work_takes_what_is_cheap():
    async def scenario():
        workers = Workers(Threads(1), queue_size=2, queue_timeout=5, deadline=5, budget=Budget())
        gate = threading.Event()
        dear = [asyncio.create_task(workers.run(gate.wait, cost=Cost(n + 1))) for n in range(3)]
        await asyncio.sleep(0)
        cheap = asyncio.create_task(workers.run(int, "7", cost=Cost(0.001)))
        await asyncio.sleep(0.01)
        with pytest.raises(Overloaded):
            await dear[2]
        gate.set()
        assert await cheap == 7
        assert [await each for each in dear[:2]] == [True, True]
        assert await workers.run(int, "8") == 8

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("::ffff:203.0.113.9", "", "203.0.113.9"),
        ("2001:db8:1:2:3::4", "", "2001:db8:1:2::/64"),
        ("", "198.51.100.1", ""),
    ],
)
def test_a_forged_x_forwarded_for_is_not_believed(peer, forwarded, client):
    assert client_of(peer, forwarded, ("10.0.0.0/8",)) == client


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(folder, **keys):
    values = {
        "LOADER": "file",
        "FILE_LOADER_ROOT_PATH": str(PICTURES),
        "STORAGE": "no",
        "WORKERS": 1,
        **keys,
    }
    conf, port = folder / "thumbor.conf", free_port()
    conf.write_text("".join(f"{key} = {value!r}\n" for key, value in values.items()))
    line = [sys.executable, "-m", "thumborlike.cli", "-p", str(port), "-i", "127.0.0.1"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([*line, "-c", str(conf), "-l", "info"], stderr=log, stdout=log)
    try:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield port
    finally:
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(15) == 0


async def get(port, path, *lines):
    """Status, head and body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = "\r\n".join((f"GET {path} HTTP/1.1", "Host: t", "Connection: close", *lines, "", ""))
    try:
        writer.write(head.encode())
        answer = await asyncio.wait_for(reader.read(), 40)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode(), body


def dear(number):
    return f"/unsafe/{1500 + number}x1000/filters:blur({9 + number % 9})/large.jpg"


def test_refusals_under_overload_say_when_to_come_back(tmp_path):
    async def scenario(port):
        answers = await asyncio.gather(*(get(port, dear(number)) for number in range(40)))
        assert (await get(port, "/unsafe/20x20/photo.jpg"))[0] == 200
        return answers

    with running(tmp_path, QUEUE_SIZE=4) as port:
        answers = asyncio.run(scenario(port))
    refused = [head for status, head, _ in answers if status == 503]
    assert {status for status, _, _ in answers} == {200, 503}
    assert len(refused) >= 20
    assert all("\r\nRetry-After: " in head for head in refused)


def test_a_client_that_asks_for_too_much_at_once_is_refused_with_429(tmp_path):
    keys = {"MAX_REQUESTS_PER_CLIENT": 2, "TRUSTED_PROXIES": ["127.0.0.0/8"]}

    async def scenario(port):
        flood = [get(port, dear(n), "X-Forwarded-For: 198.51.100.1") for n in range(6)]
        other = get(port, "/unsafe/20x20/photo.jpg", "X-Forwarded-For: 198.51.100.2")
        *answers, other = await asyncio.gather(*flood, other)
        assert other[0] == 200
        return answers

    with running(tmp_path, **keys) as port:
        answers = asyncio.run(scenario(port))
    assert sorted(status for status, _, _ in answers) == [200, 200, 429, 429, 429, 429]
    assert all("\r\nRetry-After: " in head for status, head, _ in answers if status == 429)


def test_clients_that_left_take_their_unshared_work_with_them(tmp_path):
    async def leave(port, number):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {dear(number)} HTTP/1.1\r\nHost: t\r\n\r\n".encode())
        await asyncio.sleep(0.3)
        writer.transport.abort()

    async def scenario(port):
        assert (await get(port, "/unsafe/20x20/photo.jpg"))[0] == 200
        shared = asyncio.create_task(get(port, dear(0)))
        await asyncio.gather(*(leave(port, number) for number in range(40)))
        started = time.monotonic()
        assert (await get(port, "/unsafe/21x20/photo.jpg"))[0] == 200
        assert (await shared)[0] == 200
        return time.monotonic() - started

    with running(tmp_path) as port:
        assert asyncio.run(scenario(port)) < 3


def test_the_health_check_answers_while_the_queue_is_full(tmp_path):
    async def scenario(port):
        work = [asyncio.create_task(get(port, dear(number))) for number in range(60)]
        await asyncio.sleep(0.2)
        times = []
        for _ in range(200):
            started = time.monotonic()
            assert (await get(port, "/healthcheck"))[0] == 200
            times.append(time.monotonic() - started)
            await asyncio.sleep(0.01)
        for each in work:
            each.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        return sorted(times)

    with running(tmp_path, QUEUE_SIZE=16, GRACEFUL_SHUTDOWN_SECONDS=2) as port:
        times = asyncio.run(scenario(port))
    assert times[int(len(times) * 0.95)] < 0.05
    assert times[-1] < 1


def test_a_request_that_takes_too_long_is_ended_with_all_its_work(tmp_path):
    async def scenario(port):
        assert (await get(port, "/unsafe/20x20/photo.jpg"))[0] == 200
        started = time.monotonic()
        answers = await asyncio.gather(*(get(port, dear(number)) for number in range(60)))
        assert time.monotonic() - started < 4
        assert {status for status, _, _ in answers} <= {200, 504}
        assert 504 in {status for status, _, _ in answers}
        started = time.monotonic()
        assert (await get(port, "/unsafe/22x20/photo.jpg"))[0] == 200
        assert time.monotonic() - started < 1

    with running(tmp_path, REQUEST_TIMEOUT_SECONDS=1.0, QUEUE_TIMEOUT_SECONDS=0) as port:
        asyncio.run(scenario(port))
