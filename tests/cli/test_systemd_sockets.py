"""Sockets that systemd hands over: LISTEN_FDS and LISTEN_PID, from number 3 on."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from thumborlike.cli.sockets import from_systemd

ACTIVATE = shutil.which("systemd-socket-activate")
HAND_OVER = """
import fcntl, os, sys
numbers = [int(each) for each in sys.argv[1].split(",")]
held = [fcntl.fcntl(each, fcntl.F_DUPFD, 50) for each in numbers]  # out of the way
for place, number in enumerate(held):
    os.dup2(number, 3 + place, inheritable=True)
os.environ |= {"LISTEN_FDS": str(len(numbers)), "LISTEN_PID": str(os.getpid())}
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""


def environ(count: str, pid: int) -> dict[str, str]:
    return {"LISTEN_FDS": count, "LISTEN_PID": str(pid)}


@pytest.mark.parametrize(
    ("count", "whose", "numbers"),
    [
        ("1", "ours", "3"),
        ("3", "ours", "3,4,5"),
        ("0", "ours", None),
        ("", "ours", None),
        ("-1", "ours", None),
        ("1", "another", None),
    ],
)
def test_they_are_those_from_three_on_for_the_process_that_is_named(count, whose, numbers):
    pid = os.getpid() if whose == "ours" else os.getppid()
    assert from_systemd(environ(count, pid)) == numbers
    assert from_systemd({}) is None


def answer(port: int) -> tuple[int, bytes]:
    """That of a picture; waits for the server to start."""
    url = f"http://127.0.0.1:{port}/unsafe/40x30/lake.jpg"
    end = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, timeout=60) as found:
                return found.status, found.read(3)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def ended(process: subprocess.Popen[bytes]) -> int:
    process.send_signal(signal.SIGTERM)
    try:
        return process.wait(30)
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("processes", ["1", "2"])
def test_all_of_them_are_served_and_a_port_is_not_asked_for(tmp_path, processes):
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as two,
    ):
        numbers = (one.fileno(), two.fileno())
        command = ["-m", "thumborlike.cli", "serve", "--demo", "-p", "1", "--processes", processes]
        process = subprocess.Popen(
            [sys.executable, "-c", HAND_OVER, ",".join(map(str, numbers)), *command],
            pass_fds=numbers, cwd=tmp_path, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            answers = [answer(each.getsockname()[1]) for each in (one, two)]
            assert answers == [(200, b"\xff\xd8\xff")] * 2
        finally:
            status = ended(process)
    assert status == 0


@pytest.mark.skipif(not ACTIVATE, reason="systemd-socket-activate is not there")
def test_the_first_connection_starts_the_server_and_is_answered(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    assert ACTIVATE
    server = [sys.executable, "-m", "thumborlike.cli", "serve", "--demo"]
    process = subprocess.Popen(
        [ACTIVATE, "-l", f"127.0.0.1:{port}", *server],
        cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert answer(port) == (200, b"\xff\xd8\xff")
    finally:
        status = ended(process)
    assert status == 0
