"""A real Prometheus scrapes two processes, and answers all queries of dashboard and alerts."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from thumborlike.metrics._names import COUNTERS, GAUGES, TIMINGS

pytest.importorskip("prometheus_client")
ROOT = Path(__file__).resolve().parents[2]
CONF = ROOT / "conf/prometheus"
PROMETHEUS, PROMTOOL = shutil.which("prometheus"), shutil.which("promtool")
needs_prometheus = pytest.mark.skipif(
    not (PROMETHEUS and PROMTOOL), reason="prometheus is not there"
)
ALWAYS = {"requests", "responses", "response_seconds", "stage_seconds", "cache_lookups", "pictures",
          "workers_ready", "workers_busy", "queue_depth", "source_errors"}  # fmt: skip
"""Metrics that a short life has something to tell of."""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def got(url: str) -> bytes:
    try:
        with urlopen(url, timeout=20) as answer:
            body: bytes = answer.read()
            return body
    except HTTPError as error:
        return error.read()


def wait_for(condition: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if condition():
                return
        time.sleep(0.1)
    raise AssertionError("it did not happen in time")


@contextlib.contextmanager
def running(folder: Path, command: list[str], **environment: str) -> Iterator[int]:
    with (folder / f"{Path(command[0]).name}.log").open("w") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, cwd=folder, env={**os.environ, **environment}
        )
        try:
            yield process.pid
        finally:
            process.terminate()
            process.wait(30)


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[tuple[int, int]]:
    """Two processes on one port; the pid of their parent, the port on which they are scraped."""
    port, scraped = free_port(), free_port()
    (folder / "figures").mkdir()
    keys = {
        "LOADER": "file", "FILE_LOADER_ROOT_PATH": str(ROOT / "tests/pictures"), "STORAGE": "no",
        "RESULT_STORAGE": "memory", "RESULT_STORAGE_STORES_UNSAFE": True, "WORKERS": 1,
        "METRICS": "prometheus", "PROMETHEUS_SCRAPE_PORT": scraped,
        "PROMETHEUS_SCRAPE_ADDRESS": "127.0.0.1",
    }  # fmt: skip
    conf = folder / "thumbor.conf"
    conf.write_text("".join(f"{key} = {value!r}\n" for key, value in keys.items()))
    command = [sys.executable, "-m", "thumborlike.cli", "-p", str(port), "-i", "127.0.0.1"]
    command += ["-c", str(conf), "--processes=2"]
    environment = {"PROMETHEUS_MULTIPROC_DIR": str(folder / "figures")}
    with running(folder, command, **environment) as pid:
        wait_for(lambda: got(f"http://127.0.0.1:{port}/readiness") == b"READY")
        for number in range(40):
            got(f"http://127.0.0.1:{port}/unsafe/{20 + number % 20}x20/filters:blur(2)/photo.jpg")
            got(f"http://127.0.0.1:{port}/unsafe/20x20/none.jpg")
        yield pid, scraped


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def queries() -> list[str]:
    board = json.loads((ROOT / "conf/grafana/thumborlike.json").read_text())
    shown = [each["expr"] for panel in board["panels"] for each in panel["targets"]]
    filled = [each.replace("$__rate_interval", "30s").replace("$instance", ".*") for each in shown]
    return [*filled, *re.findall(r"expr: (?:\|\n)?((?:.|\n)*?)\n        for:", alerts())]


def alerts() -> str:
    return (CONF / "alerts.yml").read_text()


def test_alerts_ask_for_metrics_and_labels_that_exist() -> None:
    known = {each.metric: set(each.labels) for each in (*COUNTERS, *TIMINGS, *GAUGES)}
    found = re.findall(r"(thumborlike_\w+)(?:{(\w+)=)?", alerts().replace("ThumborlikeL", ""))
    assert len(found) >= 6
    for name, label in found:
        assert name.removesuffix("_bucket") in known
        assert not label or label in known[name.removesuffix("_bucket")]


@needs_prometheus
@pytest.mark.parametrize(("kind", "name"), [("rules", "alerts.yml"), ("config", "scrape.yml")])
def test_prometheus_takes_the_files(kind: str, name: str) -> None:
    assert PROMTOOL
    subprocess.run([PROMTOOL, "check", kind, str(CONF / name)], check=True, timeout=60)


@needs_prometheus
@pytest.mark.long
def test_prometheus_scrapes_all_processes_and_answers_all_queries(tmp_path: Path) -> None:
    assert PROMETHEUS
    assert PROMTOOL
    shutil.copy(CONF / "alerts.yml", tmp_path)
    with serving(tmp_path) as (server, scraped):
        text = got(f"http://127.0.0.1:{scraped}/metrics")
        subprocess.run([PROMTOOL, "check", "metrics"], input=text, check=True, timeout=60)
        mine, conf = free_port(), (CONF / "scrape.yml").read_text()
        conf = conf.replace(":9888", f":{scraped}").replace("15s", "1s")
        (tmp_path / "prometheus.yml").write_text(conf)
        command = [PROMETHEUS, "--config.file=prometheus.yml", "--storage.tsdb.path=data"]
        command += [f"--web.listen-address=127.0.0.1:{mine}"]

        def asked(query: str) -> list[Any]:
            url = f"http://127.0.0.1:{mine}/api/v1/query?{urlencode({'query': query})}"
            answer = json.loads(got(url))
            assert answer["status"] == "success", (query, answer)
            found: list[Any] = answer["data"]["result"]
            return found

        with running(tmp_path, command):
            wait_for(lambda: asked("count_over_time(thumborlike_requests_total[1m]) >= 3"))
            assert asked("thumborlike_requests_total")[0]["value"][1] == "80"
            assert asked("thumborlike_workers_ready")[0]["value"][1] == "2"
            os.kill(children(server)[0], signal.SIGKILL)
            time.sleep(1)  # nothing tells that it was noticed
            wait_for(lambda: asked("thumborlike_workers_ready")[0]["value"][1] == "2")
            answered = [query for query in queries() if asked(query)]
            names = set(re.findall(r"thumborlike_(\w+)", " ".join(answered)))
            assert {re.sub("_(total|bucket)$", "", each) for each in names} >= ALWAYS
