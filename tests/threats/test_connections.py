"""Connections: many, idle, slow, given up; and what is left of them."""

import asyncio
import contextlib
import os
import resource
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

PICTURES = Path(__file__).parents[1] / "pictures"
CROWD = 2000
SPARE = (0, 3, 4)  # a pool of threads, and what is opened once, may come at any time


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    def __init__(self, process, port, log):
        self.process, self.port, self.log = process, port, log

    async def get(self, path):
        """Status and body."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(request(path, "Connection: close"))
        answer = await asyncio.wait_for(reader.read(), 30)
        await close([(reader, writer)])
        head, _, body = answer.partition(b"\r\n\r\n")
        return int(head.split()[1]), body

    def taken(self):
        """Processes, and the open files and threads of all of them."""
        tree = [self.process.pid, *descendants(self.process.pid)]
        parts = ("fd", "task")
        return len(tree), *(
            sum(len(list(Path(f"/proc/{p}/{part}").iterdir())) for p in tree) for part in parts
        )

    async def settles(self, before, seconds=10):
        """What is taken comes down to about what it was: each of many clients would leave more."""
        end = time.monotonic() + seconds
        most = tuple(then + spare for then, spare in zip(before, SPARE, strict=True))
        while any(now > then for now, then in zip(self.taken(), most, strict=True)):
            assert time.monotonic() < end, (before, self.taken())
            await asyncio.sleep(0.1)


def descendants(pid):
    with contextlib.suppress(OSError):
        own = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [int(each) for each in own] + [b for each in own for b in descendants(each)]
    return []


@contextlib.contextmanager
def running(folder, **keys):
    values = {
        "LOADER": "file",
        "FILE_LOADER_ROOT_PATH": str(PICTURES),
        "STORAGE": "no",
        "WORKERS": 1,
        "GRACEFUL_SHUTDOWN_SECONDS": 1,
        **keys,
    }
    conf, port = folder / "thumbor.conf", free_port()
    conf.write_text("".join(f"{key} = {value!r}\n" for key, value in values.items()))
    line = [sys.executable, "-m", "thumborlike.cli", "-p", str(port), "-i", "127.0.0.1"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([*line, "-c", str(conf), "-l", "info"], stderr=log, stdout=log)
    server = Server(process, port, folder / "log")
    try:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with contextlib.suppress(OSError, IndexError):
                if asyncio.run(server.get("/unsafe/20x20/photo.jpg"))[0] == 200:
                    break
            time.sleep(0.05)
        yield server
    finally:
        process.terminate()
        assert process.wait(15) == 0


def request(path, *lines):
    return "\r\n".join((f"GET {path} HTTP/1.1", "Host: t", *lines, "", "")).encode()


def dear(number):
    return f"/unsafe/{1500 + number}x1000/filters:blur({9 + number % 9})/large.jpg"


async def crowd(port, count):
    """So many connections, a hundred at a time."""
    made = []
    for _ in range(count // 100):
        hundred = (asyncio.open_connection("127.0.0.1", port) for _ in range(100))
        made += await asyncio.gather(*hundred)
    return made


async def close(connections):
    for _, writer in connections:
        writer.transport.abort()
    await asyncio.sleep(0)


@pytest.fixture
def many_files():
    """Room for both ends of a crowd's connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CROWD + 600
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"this machine allows {hard} open files")
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.long
def test_thousands_of_idle_connections_cost_nobody_anything(tmp_path, many_files):
    async def scenario(server):
        before = server.taken()
        idle = await crowd(server.port, CROWD)
        for number, (_, writer) in enumerate(idle):
            writer.write(b"GET /unsafe/2" if number % 2 else b"")
        for _ in range(20):
            started = time.monotonic()
            assert (await server.get("/healthcheck"))[0] == 200
            assert time.monotonic() - started < 1
        ended = await asyncio.wait_for(asyncio.gather(*(reader.read() for reader, _ in idle)), 30)
        assert len(ended) == CROWD
        await close(idle)
        await server.settles(before)

    with running(tmp_path, CLIENT_HEADER_TIMEOUT=6, KEEP_ALIVE_TIMEOUT=6) as server:
        asyncio.run(scenario(server))


def test_more_connections_than_allowed_make_idle_ones_go_and_new_ones_wait(tmp_path):
    async def scenario(server):
        idle = await crowd(server.port, 200)
        await asyncio.sleep(1.2)
        before = server.taken()[1]
        for number in range(10):
            assert (await server.get(f"/unsafe/{30 + number}x20/photo.jpg"))[0] == 200
        await asyncio.sleep(0.3)
        gone = sum(reader.at_eof() for reader, _ in idle)
        assert 140 <= gone < 200
        assert before < 120
        await close(idle)

    with running(tmp_path, MAX_CONNECTIONS=50) as server:
        asyncio.run(scenario(server))


def test_connections_beyond_the_limit_wait_while_all_others_are_answered(tmp_path):
    async def scenario(server):
        answers = await asyncio.gather(
            *(server.get(f"/unsafe/{n}x20/photo.jpg") for n in range(40, 100))
        )
        assert {status for status, _ in answers} == {200}

    with running(tmp_path, MAX_CONNECTIONS=5) as server:
        asyncio.run(scenario(server))


def test_a_server_that_runs_out_of_files_goes_on_when_there_are_some_again(tmp_path):
    async def scenario(server):
        pid = server.process.pid
        limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (files + 4, limits[1]))
        idle = await crowd(server.port, 100)
        spent = cpu(pid)
        await asyncio.sleep(1.5)
        assert cpu(pid) - spent < 0.5  # it does not ask again and again
        for _, writer in idle[:4]:
            writer.write(request("/healthcheck"))
        assert b" 200 " in await asyncio.wait_for(idle[0][0].readline(), 5)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
        assert (await asyncio.wait_for(server.get("/unsafe/31x20/photo.jpg"), 5))[0] == 200
        await close(idle)
        return server.log.read_text()

    with running(tmp_path) as server:
        told = asyncio.run(scenario(server))
    assert told.count("no new connection can be taken for now: Too many open files") == 1
    assert "Traceback" not in told


def cpu(pid):
    """Seconds that a process has worked."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_readers_that_read_nothing_are_cut_off_and_hold_no_worker(tmp_path):
    async def scenario(server, ends):
        before = server.taken()
        for number in range(2):
            one = ends.enter_context(socket.socket())
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.connect(("127.0.0.1", server.port))
            one.sendall(request(f"/unsafe/{90 + number}x60/filters:format(png)/photo.jpg") * 100)
        for number in range(5):
            started = time.monotonic()
            assert (await server.get(f"/unsafe/{31 + number}x20/photo.jpg"))[0] == 200
            assert time.monotonic() - started < 5
        await server.settles(before, 30)

    with (
        running(tmp_path, CLIENT_BODY_TIMEOUT=0.5, KEEP_ALIVE_TIMEOUT=2) as server,
        contextlib.ExitStack() as ends,
    ):
        asyncio.run(scenario(server, ends))


def test_clients_that_pipeline_and_leave_take_their_work_with_them(tmp_path):
    async def scenario(server):
        before = server.taken()
        for turn in range(5):
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(b"".join(request(dear(10 * turn + number)) for number in range(10)))
            await asyncio.sleep(0.2)
            writer.transport.abort()
        started = time.monotonic()
        assert (await server.get("/unsafe/21x20/photo.jpg"))[0] == 200
        assert time.monotonic() - started < 2
        await server.settles(before)

    with running(tmp_path) as server:
        asyncio.run(scenario(server))


def test_requests_that_take_too_long_leave_no_process_socket_or_thread(tmp_path):
    async def scenario(server):
        await asyncio.gather(*(server.get(f"/unsafe/{n}x20/photo.jpg") for n in range(50, 60)))
        before = server.taken()
        answers = await asyncio.gather(*(server.get(dear(number)) for number in range(30)))
        assert 504 in {status for status, _ in answers}
        await server.settles(before)

    with running(tmp_path, REQUEST_TIMEOUT_SECONDS=0.4, QUEUE_TIMEOUT_SECONDS=0) as server:
        asyncio.run(scenario(server))
