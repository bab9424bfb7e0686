import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from thumborlike.cli import demo, main
from thumborlike.cli.sockets import Place, listen_nearby
from thumborlike.version import VERSION


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("thumborlike 0.")


@pytest.mark.parametrize("name", ["thumborlike", "thumborlike.cli"])
def test_the_package_is_the_command_too(name):
    command = [sys.executable, "-m", name, "--version"]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout == f"thumborlike {VERSION}\n"


def test_help_names_the_commands_and_flags_of_thumbor(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in ("serve", "url", "config", "doctor"))
    with pytest.raises(SystemExit):
        main(["serve", "-h"])
    shown = capsys.readouterr().out
    for flag in ("--port", "--ip", "--fd", "--conf", "--keyfile", "--log-level", "--app"):
        assert flag in shown
    for flag in ("--debug", "--use-environment", "--processes", "--version"):
        assert flag in shown


def test_it_serves_and_ends_well(start):
    server = start("-p", "0", "-i", "127.0.0.1")
    assert server.get("/0") == (200, b"done")
    assert server.end() == 0


def test_the_word_serve_makes_no_difference(start):
    assert start("-p", "0", "-i", "127.0.0.1", "--processes=1").end(signal.SIGINT) == 0


def test_work_in_progress_is_finished(start):
    server = start("-p", "0", "-i", "127.0.0.1")
    answers = []
    asking = threading.Thread(target=lambda: answers.append(server.get("/0.7")))
    asking.start()
    time.sleep(0.3)
    started = time.monotonic()
    assert server.end() == 0
    assert time.monotonic() - started < 3
    asking.join()
    assert answers == [(200, b"done")]


def test_work_that_takes_too_long_is_given_up(start, tmp_path):
    conf = tmp_path / "thumbor.conf"
    conf.write_text("GRACEFUL_SHUTDOWN_SECONDS = 0.3\n")
    server = start("-p", "0", "-i", "127.0.0.1", "-c", str(conf))
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("GET", "/30")
    time.sleep(0.2)
    started = time.monotonic()
    assert server.end() == 0
    assert time.monotonic() - started < 3
    connection.close()


def test_thumbors_wait_keys_count(start, tmp_path):
    conf = tmp_path / "thumbor.conf"
    conf.write_text("MAX_WAIT_SECONDS_BEFORE_SERVER_SHUTDOWN = 0.6\n")
    server = start("-p", "0", "-i", "127.0.0.1", "-c", str(conf))
    server.process.terminate()
    time.sleep(0.2)
    assert server.get("/0") == (200, b"done")
    assert server.process.wait(5) == 0


def test_a_second_interrupt_ends_at_once(start):
    server = start("-p", "0", "-i", "127.0.0.1")
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("GET", "/30")
    time.sleep(0.2)
    server.process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    assert server.end(signal.SIGINT) == 130
    connection.close()


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_port_in_use_is_one_clear_line(run_stub, processes):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run_stub("-p", str(port), "-i", "127.0.0.1", "--processes", processes)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == f"Error: port {port} is in use on 127.0.0.1"
    assert "Traceback" not in ended.stderr


def test_another_of_our_servers_does_not_share_the_port(start, run_stub):
    server = start("-p", "0", "-i", "127.0.0.1", "--processes", "2")
    for processes in ("1", "2"):
        ended = run_stub("-p", str(server.port), "-i", "127.0.0.1", "--processes", processes)
        assert (ended.returncode, "in use" in ended.stderr) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-i", "999.1.1.1", "-p", "0"], "cannot listen on 999.1.1.1:0"),
        (["-l", "loud"], "unknown log level 'loud'"),
        (["-c", "missing.conf"], "missing.conf"),
        (["-k", "missing.key"], "cannot read the key file missing.key"),
        (["-f", "99"], "--fd 99"),
        (["-a", "no.such.app", "-p", "0", "-i", "127.0.0.1"], "--app no.such.app"),
        (["-f", "/no/such/folder/socket"], "cannot listen on /no/such/folder/socket"),
    ],
)
def test_what_cannot_be_used_stops_the_start(run_stub, arguments, message):
    ended = run_stub(*arguments)
    assert ended.returncode == 1
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_bad_configuration_stops_the_start(run_stub, tmp_path):
    (tmp_path / "bad.conf").write_text("QUALITY = 'high'\nMAX_AGE = -1\n")
    ended = run_stub("-c", "bad.conf")
    assert ended.returncode == 1
    assert "QUALITY" in ended.stderr
    assert "MAX_AGE" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_bad_application_stops_all_processes(run_stub):
    ended = run_stub("-p", "0", "-i", "127.0.0.1", "--processes", "2", "-a", "no.such.app")
    assert ended.returncode == 1
    assert "--app no.such.app" in ended.stderr


@pytest.mark.parametrize("flag", [["-p", "x"], ["-p", "65536"], ["--processes", "-1"]])
def test_numbers_are_checked(flag, capsys):
    with pytest.raises(SystemExit) as ended:
        main(flag)
    assert ended.value.code == 2


def test_the_key_file_wins(start, tmp_path):
    (tmp_path / "key").write_text("  from the file\n")
    (tmp_path / "thumbor.conf").write_text("SECURITY_KEY = 'from the configuration'\n")
    server = start("-p", "0", "-i", "127.0.0.1", "-k", "key")
    assert server.get("/key")[1] == b"b'from the file'"


def test_an_empty_key_file_is_refused(run_stub, tmp_path):
    (tmp_path / "key").write_text(" \n")
    ended = run_stub("-k", "key")
    assert (ended.returncode, "is empty" in ended.stderr) == (1, True)


def test_the_environment_counts_if_asked_to(start, monkeypatch):
    monkeypatch.setenv("SECURITY_KEY", "from the environment")
    here = ("-p", "0", "-i", "127.0.0.1")
    assert start(*here).get("/key")[1] == b"None"
    assert start(*here, "--use-environment", "True").get("/key")[1] == b"'from the environment'"


def test_it_says_at_start_what_is_unsafe(run_stub, tmp_path):
    (tmp_path / "thumbor.conf").write_text("SECURITY_KEY = 'MY_SECURE_KEY'\n")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = run_stub("-p", port, "-i", "127.0.0.1")
    assert "anybody can sign" in ended.stderr
    assert "ALLOW_UNSAFE_URL is on" in ended.stderr
    assert "MY_SECURE_KEY" not in ended.stderr


def test_a_unix_socket(start, tmp_path, run_stub):
    path = tmp_path / "socket"
    server = start("-f", str(path))
    end = time.monotonic() + 10
    answer = b""
    while not answer and time.monotonic() < end:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            client.sendall(b"GET /0 HTTP/1.0\r\n\r\n")
            answer = client.recv(1000)
    assert answer.startswith(b"HTTP/1.1 200")
    ended = run_stub("-f", str(path))
    assert (ended.returncode, "is in use" in ended.stderr) == (1, True)
    assert server.end() == 0


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_socket_that_is_handed_over(start, processes):
    with socket.create_server(("127.0.0.1", 0)) as given:
        number = given.fileno()
        server = start("-f", str(number), "--processes", processes, pass_fds=[number])
        assert server.port == given.getsockname()[1]
        assert server.get("/0") == (200, b"done")
        assert server.end() == 0


def pids(server, count):
    found = set()
    end = time.monotonic() + 10
    while len(found) < count and time.monotonic() < end:
        with contextlib.suppress(ConnectionError):  # queued at a process that just died
            found.add(int(server.get("/pid")[1]))
    return found


def test_processes_share_the_work_and_end_together(start, gone):
    server = start("-p", "0", "-i", "127.0.0.1", "--processes", "2")
    found = pids(server, 2)
    assert len(found) == 2
    assert server.process.pid not in found
    assert server.end() == 0
    assert all(map(gone, found))


def test_a_process_that_crashes_is_replaced(start):
    server = start("-p", "0", "-i", "127.0.0.1", "--processes", "2")
    before = pids(server, 2)
    with pytest.raises(http.client.HTTPException):
        server.get("/crash")
    after = pids(server, 2)
    end = time.monotonic() + 10
    while len(after | before) < 3 and time.monotonic() < end:
        after = pids(server, 2)
    assert len(after | before) == 3
    assert server.end() == 0


def test_processes_finish_their_work(start):
    server = start("-p", "0", "-i", "127.0.0.1", "--processes", "2")
    pids(server, 2)
    answers = []
    asking = [threading.Thread(target=lambda: answers.append(server.get("/0.6"))) for _ in range(6)]
    for each in asking:
        each.start()
    time.sleep(0.3)
    assert server.end() == 0
    for each in asking:
        each.join()
    assert answers == [(200, b"done")] * 6


def test_no_process_outlives_a_killed_parent(start, gone):
    server = start("-p", "0", "-i", "127.0.0.1", "--processes", "2")
    found = pids(server, 2)
    server.end(signal.SIGKILL)
    assert all(map(gone, found))


def test_a_hung_process_is_killed(start, tmp_path, gone):
    (tmp_path / "thumbor.conf").write_text("GRACEFUL_SHUTDOWN_SECONDS = 0.1\n")
    server = start("-p", "0", "-i", "127.0.0.1", "--processes", "2")
    found = pids(server, 2)
    os.kill(min(found), signal.SIGSTOP)
    assert server.end() == 0
    assert all(map(gone, found))


PICTURES = Path(__file__).parent.parent / "pictures"


@pytest.mark.parametrize("processes", ["1", "2"])
def test_pictures_all_the_way(start, tmp_path, processes):
    (tmp_path / "thumbor.conf").write_text(
        "from pathlib import Path\n"
        "LOADER = 'thumbor.loaders.file_loader'\n"
        "STORAGE = 'thumbor.storages.no_storage'\n"
        f"FILE_LOADER_ROOT_PATH = {str(PICTURES)!r}\n"
    )
    server = start("-p", "0", "-i", "127.0.0.1", "--processes", processes, stub=False)
    status, body = server.get("/unsafe/40x30/photo.jpg")
    assert (status, body[:2]) == (200, b"\xff\xd8")
    assert server.get("/unsafe/40x30/missing.jpg")[0] == 404
    assert server.end() == 0


def test_the_demonstration_needs_no_network(monkeypatch):
    monkeypatch.setattr(demo, "samples", lambda: PICTURES)
    keys = demo.overrides()
    assert keys["LOADER"] == "file"
    assert keys["FILE_LOADER_ROOT_PATH"] == str(PICTURES)
    urls = list(demo.urls("http://127.0.0.1:8888"))
    assert len(urls) == 3
    assert all(url.startswith("http://127.0.0.1:8888/unsafe/") for url in urls)


def test_the_demonstration_takes_the_next_free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (found,) = listen_nearby(Place("127.0.0.1", port))
        with found:
            assert found.getsockname()[1] > port


def test_starting_does_not_load_what_it_does_not_need():
    code = "import sys, thumborlike.cli; print([m for m in sys.modules if m in ('PIL', 'tornado')])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "[]\n"
