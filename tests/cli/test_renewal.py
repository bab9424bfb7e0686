"""SIGHUP, a second SIGTERM, and processes that keep ending."""

import http.client
import itertools
import signal
import subprocess
import sys
import threading
import time
from collections import Counter

import pytest

LAST_SIGNAL = {signal.SIGTERM: 143, signal.SIGINT: 130}
CRASHES = """
import logging, sys
from thumborlike.cli.renewal import Work
from thumborlike.cli.seats import Seat
from thumborlike.cli.supervisor import Supervisor
logging.basicConfig(format="%(relativeCreated)d %(message)s")
sys.exit(Supervisor([Seat(list)], Work(lambda parent, sockets: 3, 1), lambda: None).run())
"""


def conf(folder, *lines):
    path = folder / "thumbor.conf"
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def pids(server, wanted, seconds=10):
    """The processes that answer, once there are as many as wanted."""
    end, seen = time.monotonic() + seconds, set()
    while len(seen) < wanted and time.monotonic() < end:
        seen.add(server.get("/pid")[1])
    return seen


def wait_for(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture
def together(start, tmp_path):
    """Two processes, and what they log from now on."""
    path = conf(tmp_path, "SECURITY_KEY = 'old'")
    server = start("-p", "0", "-i", "127.0.0.1", "--processes", "2", "-c", path)
    server.told = []
    threading.Thread(target=lambda: server.told.extend(server.process.stderr), daemon=True).start()
    return server


def test_a_new_configuration_costs_no_answer(together, tmp_path):
    before = pids(together, 2)
    statuses, ended = Counter(), threading.Event()

    def ask():
        while not ended.is_set():
            statuses[together.get("/0.01")] += 1

    def ask_on_one_connection():
        connection = http.client.HTTPConnection("127.0.0.1", together.port, timeout=10)
        while not ended.is_set():
            connection.request("GET", "/0.01")
            answer = connection.getresponse()
            statuses[answer.status, answer.read()] += 1
        connection.close()

    clients = [threading.Thread(target=each) for each in (ask, ask, ask_on_one_connection)]
    for each in clients:
        each.start()
    conf(tmp_path, "SECURITY_KEY = 'new'")
    together.process.send_signal(signal.SIGHUP)
    wait_for(lambda: any("have the new configuration" in line for line in together.told))
    time.sleep(1.2)
    ended.set()
    for each in clients:
        each.join()
    assert set(statuses) == {(200, b"done")}
    assert {together.get("/key")[1] for _ in range(20)} == {b"'new'"}
    assert not before & pids(together, 2)
    assert together.end() == 0


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("MAX_AGE = 'nonsense'", "the new configuration cannot be used"),
        ("HANDLER_LISTS = ['no.such.module']", "does not start: 2 keep the old one"),
    ],
)
def test_a_new_configuration_that_is_wrong_changes_nothing(together, tmp_path, line, told):
    before = pids(together, 2)
    conf(tmp_path, line)
    together.process.send_signal(signal.SIGHUP)
    wait_for(lambda: any(told in each for each in together.told))
    assert pids(together, 2) == before
    assert together.end() == 0


def test_sighup_does_not_end_a_single_process(start):
    server = start("-p", "0", "-i", "127.0.0.1")
    server.process.send_signal(signal.SIGHUP)
    assert any("SIGHUP changes nothing" in line for line in server.process.stderr)
    assert server.get("/0") == (200, b"done")
    assert server.end() == 0


@pytest.mark.parametrize("number", LAST_SIGNAL)
@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_second_signal_ends_at_once(start, number, processes, gone):
    server = start("-p", "0", "-i", "127.0.0.1", "--processes", processes)
    children = pids(server, int(processes))
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("GET", "/30")
    time.sleep(0.3)
    server.process.send_signal(number)
    time.sleep(0.3)
    started = time.monotonic()
    assert server.end(number) == LAST_SIGNAL[number]
    assert time.monotonic() - started < 5
    connection.close()
    assert all(gone(int(each)) for each in children)


def test_a_signal_that_comes_twice_at_once_is_one(start):
    server = start("-p", "0", "-i", "127.0.0.1")
    answers = []
    asking = threading.Thread(target=lambda: answers.append(server.get("/0.5")))
    asking.start()
    time.sleep(0.2)
    server.process.send_signal(signal.SIGTERM)
    assert server.end(signal.SIGTERM) == 0
    asking.join()
    assert answers == [(200, b"done")]


def test_a_process_that_keeps_ending_is_started_more_and_more_seldom():
    process = subprocess.Popen([sys.executable, "-c", CRASHES], stderr=subprocess.PIPE, text=True)
    lines = [process.stderr.readline() for _ in range(4)]
    process.terminate()
    assert process.wait(5) == 0
    assert process.stderr.read() == ""
    process.stderr.close()
    times = [int(line.split()[0]) / 1000 for line in lines]
    for line, delay in zip(lines, ("0.0", "0.2", "0.4"), strict=False):
        assert f"ended with 3, another one starts in {delay} s" in line
    assert "processes keep ending (3): more and more seldom" in lines[3]
    pauses = [after - before for before, after in itertools.pairwise(times)]
    assert pauses[1] > 0.15
    assert pauses[2] > 0.35
