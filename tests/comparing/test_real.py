"""A day of traffic at the real Thumbor and at ours: each difference is one that is known."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest
from traffic import log

PICTURES = Path(__file__).parent.parent / "pictures"
THUMBOR = os.environ.get("THUMBOR_PYTHON")
LINES, DIFFERENT = 5000, 1300
CONFIGURATION = f"""
SECURITY_KEY = 'a key that the tests have'
LOADER = 'thumbor.loaders.file_loader'
FILE_LOADER_ROOT_PATH = {str(PICTURES)!r}
STORAGE = 'thumbor.storages.no_storage'
AUTO_WEBP = True
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(command: list[str], folder: Path) -> Iterator[str]:
    """A server of the command with the configuration, stopped at the end."""
    port, conf = free_port(), folder / "thumbor.conf"
    conf.write_text(CONFIGURATION)
    line = [*command, "-p", str(port), "-i", "127.0.0.1", "-c", str(conf), "-l", "critical"]
    process = subprocess.Popen(line, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
            try:
                connection.request("GET", "/healthcheck")
                if connection.getresponse().status:
                    return
            except (OSError, HTTPException):
                time.sleep(0.1)
    raise AssertionError("the server does not answer")


@pytest.mark.long
@pytest.mark.thumbor
@pytest.mark.skipif(THUMBOR is None, reason="THUMBOR_PYTHON names no Python with Thumbor 7.8.0")
def test_five_thousand_lines_of_a_log(tmp_path: Path) -> None:
    access, html, report = (tmp_path / name for name in ("access.log", "r.html", "r.json"))
    access.write_text("".join(log(LINES, DIFFERENT)))
    ours = [sys.executable, "-m", "thumborlike.cli"]
    theirs = [str(THUMBOR), "-m", "thumbor.server"]
    with serving(theirs, tmp_path) as old, serving([*ours, "serve"], tmp_path) as new:
        line = [*ours, "compare", str(access), "--old", old, "--new", new]
        line += ["--html", str(html), "--report", str(report)]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
    told = json.loads(report.read_text())
    unknown = [(each["what"], each["examples"][0]) for each in told["differences"]]
    assert done.returncode == 0, unknown
    assert unknown == []
    assert told["lines"] == LINES
    total = told["total"]
    assert total["addresses"] == total["equal"] + total["known"] > 1200
    assert total["requests"] > 4900
    assert total["equal"] > 0.6 * total["addresses"]
    assert "100%" in done.stderr
    assert len(told["known"]) >= 15
    assert all(each["reason"] for each in told["known"].values())
    assert "data:image/webp;base64," in html.read_text()
