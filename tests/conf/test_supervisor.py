"""conf/supervisor, run by supervisor."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from fronted import KEY, ROOT, ask, configured, free_port, running, until

BESIDE = str(Path(sys.executable).parent)
DAEMON = shutil.which("supervisord") or shutil.which("supervisord", path=BESIDE)
PICTURE = "/unsafe/40x30/photo.jpg"
GROUP, PORTS = "thumborlike:*", "thumborlike-ports:*"

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not DAEMON, reason="supervisord is not there: pip install -e '.[conf]'"),
]


class Supervisor:
    """What is running, and `supervisorctl` for it."""

    def __init__(self, folder: Path, conf: Path, port: int, first: int) -> None:
        self.folder, self.conf, self.port, self.first = folder, conf, port, first

    def control(self, *words: str) -> str:
        assert DAEMON
        command = [DAEMON.replace("supervisord", "supervisorctl"), "-c", str(self.conf), *words]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=120, cwd=self.folder
        )
        return done.stdout + done.stderr

    def are(self, state: str, group: str) -> bool:
        lines = self.control("status", group).splitlines()
        return len(lines) == 2 and all(line.split()[1] == state for line in lines)

    def processes(self) -> set[str]:
        lines = (line.split() for line in self.control("status", GROUP).splitlines())
        return {words[3] for words in lines if words[1] == "RUNNING"}


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    port, first = free_port(), free_port() // 10 * 10
    (tmp_path / "key").write_text(KEY)
    conf = tmp_path / "supervisord.conf"
    conf.write_text(configuration(tmp_path, port, first))
    assert DAEMON
    command = [DAEMON, "-n", "-c", str(conf)]
    with running(command, port, cwd=tmp_path, stdout=subprocess.DEVNULL) as process:
        made = Supervisor(tmp_path, conf, port, first)
        until(lambda: made.are("RUNNING", GROUP), "not started")
        yield made
    assert process.returncode == 0


def configuration(folder: Path, port: int, first: int) -> str:
    text = (ROOT / "conf/supervisor/thumborlike.conf").read_text()
    places = {
        "/usr/local/bin/thumborlike": f"{sys.executable} -m thumborlike.cli",
        "/etc/thumborlike.conf": str(configured(folder)),
        "/etc/thumborlike.key": str(folder / "key"), "/var/lib/thumborlike": str(folder),
        "/var/log/supervisor": str(folder), "127.0.0.1:8888": f"127.0.0.1:{port}",
        "--port=889%": f"--port={first // 10}%", "user=thumborlike\n": "",
    }  # fmt: skip
    for old, new in places.items():
        assert old in text, old
        text = text.replace(old, new)
    return (
        f"[supervisord]\nlogfile={folder}/log\npidfile={folder}/pid\n"
        f"[unix_http_server]\nfile={folder}/s\n[supervisorctl]\nserverurl=unix://{folder}/s\n"
        "[rpcinterface:supervisor]\n"
        "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n"
        f"{text}"
    )


def test_a_restart_refuses_no_connection(supervisor: Supervisor) -> None:
    assert ask(supervisor.port, PICTURE).status == 200
    before, over, statuses = supervisor.processes(), Event(), []

    def ask_on() -> None:
        while not over.is_set():
            statuses.append(ask(supervisor.port, PICTURE).status)

    asking = Thread(target=ask_on)
    asking.start()
    try:
        supervisor.control("restart", f"{GROUP.rstrip('*')}thumborlike-0")
        supervisor.control("restart", f"{GROUP.rstrip('*')}thumborlike-1")
        until(lambda: supervisor.are("RUNNING", GROUP), "not started again")
    finally:
        over.set()
        asking.join()
    assert before.isdisjoint(supervisor.processes())
    assert set(statuses) == {200}


def test_a_process_that_dies_is_replaced_and_all_can_be_stopped(supervisor: Supervisor) -> None:
    before = supervisor.processes()
    supervisor.control("signal", "KILL", f"{GROUP.rstrip('*')}thumborlike-0")
    until(lambda: len(supervisor.processes() - before) == 1, "not replaced")
    until(lambda: supervisor.are("RUNNING", GROUP), "not started again")
    assert ask(supervisor.port, PICTURE).status == 200
    supervisor.control("stop", GROUP)
    assert supervisor.are("STOPPED", GROUP)
    with pytest.raises(OSError):
        ask(supervisor.port, PICTURE)


def test_a_port_for_each_process(supervisor: Supervisor) -> None:
    supervisor.control("start", PORTS)
    until(lambda: supervisor.are("RUNNING", PORTS), "not started")
    for number in range(2):
        assert ask(supervisor.first + number, PICTURE).status == 200
