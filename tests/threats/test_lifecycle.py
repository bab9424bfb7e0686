"""Starts, stops and crashes of real server processes."""

import concurrent.futures
import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

PICTURES = Path(__file__).parents[1] / "pictures"
KEYS = {"LOADER": "file", "FILE_LOADER_ROOT_PATH": str(PICTURES), "STORAGE": "no", "WORKERS": 1}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def command(folder, port, *flags, **keys):
    conf = folder / "thumbor.conf"
    conf.write_text("".join(f"{key} = {value!r}\n" for key, value in {**KEYS, **keys}.items()))
    line = [sys.executable, "-m", "thumborlike.cli", "-p", str(port), "-i", "127.0.0.1"]
    return [*line, "-c", str(conf), *flags]


class Server:
    def __init__(self, process, port):
        self.process, self.port, self.pid = process, port, process.pid

    def get(self, path, timeout=20):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        with contextlib.closing(connection):
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()


@contextlib.contextmanager
def running(folder, *flags, **keys):
    port = free_port()
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command(folder, port, *flags, **keys), stderr=log, stdout=log)
    server = Server(process, port)
    try:
        wait_for(lambda: server.get("/unsafe/20x20/photo.jpg")[0] == 200)
        yield server
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if condition():
                return
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")


def descendants(pid):
    children = Path(f"/proc/{pid}/task/{pid}/children")
    own = [int(each) for each in children.read_text().split()] if children.exists() else []
    return [*own, *(below for each in own for below in descendants(each))]


def runs(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("flags", [(), ("--processes=2",)], ids=["alone", "two processes"])
def test_a_stop_answers_what_is_in_flight_and_leaves_no_process(tmp_path, number, flags):
    with running(tmp_path, *flags) as server, concurrent.futures.ThreadPoolExecutor() as pool:
        dear = pool.submit(server.get, "/unsafe/1500x1000/filters:blur(30)/large.jpg")
        time.sleep(0.1)
        below = descendants(server.pid)
        server.process.send_signal(number)
        assert server.process.wait(12) == 0
        assert dear.result()[0] == 200
        wait_for(lambda: not any(map(runs, below)), 5)


def test_readiness_turns_to_503_before_the_socket_closes(tmp_path):
    keys = {"MAX_WAIT_SECONDS_BEFORE_SERVER_SHUTDOWN": 1.0}
    with running(tmp_path, **keys) as server:
        assert server.get("/healthcheck") == (200, b"WORKING")
        assert server.get("/readiness") == (200, b"READY")
        server.process.terminate()
        wait_for(lambda: server.get("/healthcheck")[0] == 503, 0.8)
        assert server.get("/readiness")[0] == 503
        assert server.get("/unsafe/30x20/photo.jpg")[0] == 200  # not everybody has seen it yet
        assert server.process.wait(10) == 0


def test_a_server_without_workers_is_not_ready_and_one_with_them_is(tmp_path):
    """Its template is stopped, so that no worker can take the place of the one that ends."""
    with running(tmp_path, WORKER_ISOLATION="process") as server:
        wait_for(lambda: server.get("/readiness")[0] == 200)
        template, worker = descendants(server.pid)
        os.kill(template, signal.SIGSTOP)
        os.kill(worker, signal.SIGKILL)
        wait_for(lambda: server.get("/readiness")[0] == 503)
        assert server.get("/healthcheck")[0] == 200
        os.kill(template, signal.SIGCONT)
        wait_for(lambda: server.get("/readiness")[0] == 200)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_client_that_never_ends_does_not_hold_up_a_stop(tmp_path, number):
    with running(tmp_path, GRACEFUL_SHUTDOWN_SECONDS=1) as server:  # noqa: SIM117
        with socket.create_connection(("127.0.0.1", server.port)) as slow:
            slow.sendall(b"GET /unsafe/30x20/photo.jpg HTTP/1.1\r\nHost:")
            server.process.send_signal(number)
            assert server.process.wait(5) == 0


def test_a_killed_process_is_replaced_at_once(tmp_path):
    with running(tmp_path, "--processes=2") as server:
        os.kill(descendants(server.pid)[0], signal.SIGKILL)
        killed = time.monotonic()
        wait_for(lambda: server.get("/unsafe/25x20/photo.jpg")[0] == 200, 2)
        assert time.monotonic() - killed < 2
        server.process.terminate()
        assert server.process.wait(12) == 0


@pytest.mark.parametrize("flags", [(), ("--processes=2",)], ids=["alone", "two processes"])
def test_a_port_in_use_ends_the_start_with_one_clear_line(tmp_path, flags):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        line = command(tmp_path, taken.getsockname()[1], *flags)
        told = subprocess.run(line, capture_output=True, text=True, timeout=20, check=False)
    assert told.returncode != 0
    assert len([each for each in told.stderr.splitlines() if each.startswith("Error: ")]) == 1
    assert "Traceback" not in told.stderr


def test_a_bad_configuration_ends_the_start_with_one_clear_line(tmp_path):
    line = command(tmp_path, free_port(), TRUSTED_PROXIES=["nonsense"])
    told = subprocess.run(line, capture_output=True, text=True, timeout=20, check=False)
    assert told.returncode != 0
    assert "TRUSTED_PROXIES" in told.stderr
    assert "Traceback" not in told.stderr
