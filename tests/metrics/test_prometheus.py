"""What Prometheus sees: known metrics, few labels, one sum of several processes."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from tornado.netutil import bind_sockets

from thumborlike.cli.main import main
from thumborlike.cli.tallies import forget_levels, forget_levels_of_the_dead
from thumborlike.errors import ConfigurationError
from thumborlike.http.message import Request
from thumborlike.metrics import _names, prometheus
from thumborlike.service import build
from thumborlike.settings.reader import load
from thumborlike.web.app import make_app
from thumborlike.web.server import make_server

pytest.importorskip("prometheus_client")
ROOT = Path(__file__).resolve().parents[2]
RULES = tuple(each for each in (*_names.COUNTERS, *_names.TIMINGS, *_names.GAUGES) if each.metric)


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)


class Env:
    def __init__(self, **values: object) -> None:
        self.values = values

    def section(self, kind: type[Any]) -> Any:
        names = {each.name for each in dataclasses.fields(kind)}
        return kind(**{name: value for name, value in self.values.items() if name in names})


def text_of(metrics: prometheus.PrometheusMetrics) -> str:
    return metrics.exposition()[0].decode()


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("response.count", "thumborlike_requests_total 2.0"),
        ("response.status.404", 'thumborlike_responses_total{status="404"} 2.0'),
        ("storage.hit", 'thumborlike_cache_lookups_total{cache="storage",outcome="hit"} 2.0'),
        ("storage.outage.get", 'thumborlike_storage_trouble_total{action="get",kind="outage"} 2.0'),
        ("source.error.SourceTimeout", 'source_errors_total{error="SourceTimeout"} 2.0'),
        ("worker.killed", 'thumborlike_workers_replaced_total{event="killed"} 2.0'),
        ("response.format.jpg", 'thumborlike_pictures_total{format="jpg"} 2.0'),
        ("filter.blur.count", 'thumborlike_filters_total{filter="blur"} 2.0'),
        ("storage.tier.disk.hit", 'thumborlike_storage_tiers_total{outcome="hit",tier="disk"} 2.0'),
        (
            "storage.tier.a.b.error",
            'thumborlike_storage_tiers_total{outcome="error",tier="a.b"} 2.0',
        ),
        ("original_image.status.404", 'thumborlike_origin_responses_total{status="404"} 2.0'),
        ("original_image.status.999", 'thumborlike_events_total{name="original_image.status"} 2.0'),
        ("queue.refused.full", 'thumborlike_queue_refusals_total{reason="full"} 2.0'),
        ("alone", 'thumborlike_events_total{name="alone"} 2.0'),
        ("a.b.host_example:80", 'thumborlike_events_total{name="a.b"} 2.0'),
    ],
)
def test_counts(name: str, line: str) -> None:
    metrics = prometheus.create(Env())  # type: ignore[arg-type]
    metrics.incr(name)
    metrics.incr(name)
    assert line in text_of(metrics)


def test_timings_are_seconds_and_what_repeats_them_is_left_out() -> None:
    metrics = prometheus.create(Env())  # type: ignore[arg-type]
    metrics.timing("response.time", 1500)
    metrics.timing("response.time.200", 1500)
    metrics.timing("stage.draw", 20)
    text = text_of(metrics)
    assert "thumborlike_response_seconds_sum 1.5\n" in text
    assert "thumborlike_response_seconds_count 1.0\n" in text
    assert 'thumborlike_stage_seconds_sum{stage="draw"} 0.02' in text


def test_levels_go_up_and_down() -> None:
    metrics = prometheus.create(Env())  # type: ignore[arg-type]
    for depth in (1, 2, 1):
        metrics.gauge("queue.depth", depth)
    assert "thumborlike_queue_depth 1.0\n" in text_of(metrics)


def test_what_is_left_out_makes_no_series() -> None:
    metrics = prometheus.create(Env())  # type: ignore[arg-type]
    before = text_of(metrics)
    for name in ("original_image.status.200.host", "original_image.fetch.count.200.host",
                 "response.none_smart.count", "response.not_smart.count"):  # fmt: skip
        metrics.incr(name)
        metrics.incr(name)
    metrics.timing("response.time.jpg", 1)
    metrics.timing("filter.blur.time", 1)
    assert re.sub("_created .*", "", text_of(metrics)) == re.sub("_created .*", "", before)


def test_names_without_end_end_as_other() -> None:
    metrics = prometheus.create(Env())  # type: ignore[arg-type]
    for number in range(1000):
        metrics.incr(f"odd.n{number}")
    lines = [each for each in text_of(metrics).splitlines() if each.startswith("thumborlike_ev")]
    assert len([each for each in lines if "_total{" in each]) == prometheus.MOST_VALUES + 1
    assert 'thumborlike_events_total{name="other"} 900.0' in lines


WILD = (
    "response.format.{}", "response.bytes.{}", "filter.{}.count", "storage.tier.{}.hit",
    "original_image.status.{}", "original_image.status.200.{}", "source.error.{}",
    "storage.error.{}", "result_lock.{}", "{}", "{}.x", "x.{}", "worker.{}", "response.status.{}",
)  # fmt: skip


def test_labels_are_bounded_whatever_names_come() -> None:
    """As if sources, origins and plugins had chosen every part of a name."""
    metrics = prometheus.create(Env())  # type: ignore[arg-type]
    for number in range(1500):
        for each in WILD:
            metrics.incr(each.format(f"n{number}"))
            metrics.incr(each.format(100 + number % 900))
        metrics.timing(f"stage.n{number}", 1)
        metrics.timing(f"original_image.fetch.latency.{100 + number % 900}.host{number}", 1)
        metrics.gauge(f"queue.n{number}", 1)
    series: dict[str, set[str]] = {}
    for line in text_of(metrics).splitlines():
        if found := re.fullmatch(r"(thumborlike_\w+?)_(total|count|created|sum)\{(.*)\} .*", line):
            series.setdefault(found[1], set()).add(found[3])
    assert {"thumborlike_source_errors", "thumborlike_stage_seconds"} < set(series)
    assert max(map(len, series.values())) <= prometheus.MOST_VALUES + 1
    assert len(metrics._known) <= prometheus.MOST_NAMES


def test_what_a_server_counts_makes_few_series() -> None:
    """Requests that a stranger chose: as many paths, hosts and headers as it likes."""

    async def scenario() -> tuple[int, int]:
        loaded = load(overrides={**KEYS, "METRICS": "prometheus"})
        service = build(loaded)
        counts = []
        for turn in range(3):
            for number in range(60):
                path = f"/unsafe/{turn}{number}x20/filters:x{turn}{number}(1)/h{turn}{number}/a.jpg"
                await service.handle(Request("GET", path))
            await service.handle(Request("GET", "/unsafe/20x20/photo.jpg"))
            assert isinstance(service.metrics, prometheus.PrometheusMetrics)
            counts.append(len(text_of(service.metrics).splitlines()))
        await service.drain(5)
        return counts[1], counts[2]

    first, second = asyncio.run(scenario())
    assert first == second < 600


def test_every_query_of_the_dashboard_names_a_metric_and_labels_that_exist() -> None:
    board = json.loads((ROOT / "conf/grafana/thumborlike.json").read_text())
    known = {each.metric: set(each.labels) for each in RULES}
    queries = [each for panel in board["panels"] for each in panel["targets"]]
    assert queries
    for query in queries:
        (name,) = re.findall(r"thumborlike_\w+", query["expr"])
        labels = known[name.removesuffix("_bucket")] | {"le"}
        grouped = re.search(r"by \(([^)]*)\)", query["expr"])
        assert set(grouped[1].split(", ") if grouped else ()) <= labels, query
        assert set(re.findall(r"{{(\w+)}}", query["legendFormat"])) <= labels, query


def test_every_metric_is_in_the_documentation_and_on_the_dashboard() -> None:
    text = (ROOT / "docs/metrics.md").read_text()
    board = (ROOT / "conf/grafana/thumborlike.json").read_text()
    for name in (each.metric for each in RULES):
        assert f"| `{name}` |" in text
        assert name in board


def test_processes_count_together(tmp_path: Path) -> None:
    code = (
        "import prometheus_client; from thumborlike.metrics.prometheus import PrometheusMetrics; "
        "p = PrometheusMetrics(prometheus_client)\n"
    )
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}

    def run(more: str) -> str:
        return subprocess.run(
            [sys.executable, "-c", code + more],
            env=environment, capture_output=True, text=True, check=True, timeout=60,
        ).stdout  # fmt: skip

    run("p.incr('response.count', 3)")
    run("p.incr('response.count', 4)")
    assert "thumborlike_requests_total 7.0" in run("print(p.exposition()[0].decode())")


def test_levels_of_a_process_end_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = """if True:
        import os
        import prometheus_client
        from thumborlike.metrics.prometheus import PrometheusMetrics
        metrics = PrometheusMetrics(prometheus_client)
        metrics.gauge("workers.ready", 4)
        metrics.incr("response.count")
        print(os.getpid())
    """
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    pids = [
        int(subprocess.check_output([sys.executable, "-c", code], env=environment, timeout=60))
        for _ in range(2)
    ]
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    read = (
        "import prometheus_client as client; from thumborlike.metrics.prometheus import "
        "PrometheusMetrics; print(PrometheusMetrics(client).exposition()[0].decode())"
    )

    def told() -> bytes:
        return subprocess.check_output([sys.executable, "-c", read], env=environment, timeout=60)

    assert b"thumborlike_workers_ready 8.0" in told()
    forget_levels(pids[0])
    after = told()
    assert b"thumborlike_workers_ready 4.0" in after
    assert b"thumborlike_requests_total 2.0" in after
    forget_levels_of_the_dead()  # the other one has ended, too
    assert b"thumborlike_workers_ready 4.0" not in told()
    (tmp_path / f"gauge_livesum_{os.getpid()}.db").touch()
    forget_levels_of_the_dead()
    assert (tmp_path / f"gauge_livesum_{os.getpid()}.db").exists()


def test_a_folder_that_is_not_there_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "/nowhere/at/all")
    with pytest.raises(ConfigurationError, match="PROMETHEUS_MULTIPROC_DIR"):
        prometheus.create(Env())  # type: ignore[arg-type]


def test_without_the_client_the_start_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(ConfigurationError, match=r"thumborlike\[prometheus\]"):
        prometheus.create(Env())  # type: ignore[arg-type]


def scraped(port: int, path: str = "/") -> bytes:
    with urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain")
        body: bytes = answer.read()
        return body


def test_a_port_of_its_own_answers_scrapes() -> None:
    async def scenario() -> list[bytes]:
        metrics = prometheus.create(Env())  # type: ignore[arg-type]
        port = metrics.listen("127.0.0.1", 0)
        metrics.incr("response.count", 7)
        loop = asyncio.get_running_loop()
        with socket.create_connection(("127.0.0.1", port)):  # who says nothing holds up nobody long
            pass
        found = [
            await loop.run_in_executor(None, scraped, port, each) for each in ("/", "/metrics")
        ]
        await metrics.close()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port)).close()
        return found

    for each in asyncio.run(scenario()):
        assert b"thumborlike_requests_total 7.0" in each


@pytest.mark.parametrize(
    ("values", "port"),
    [
        ({}, None),
        ({"metrics": "prometheus"}, None),
        ({"metrics": "tc_prometheus.metrics.prometheus_metrics"}, 8000),
        ({"metrics": "tc_prometheus.metrics.prometheus_metrics", "prometheus_scrape_port": 9}, 9),
        ({"metrics": "prometheus", "prometheus_scrape_port": 9}, 9),
    ],
)
def test_which_port_that_is(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, Any], port: int | None
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(prometheus, "_listen", lambda _metrics, _address, port: asked.append(port))
    prometheus.create(Env(**values))  # type: ignore[arg-type]
    assert asked == ([] if port is None else [port])


def test_a_port_that_somebody_else_has_stops_the_start() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        values = {"prometheus_scrape_port": port, "prometheus_scrape_address": "127.0.0.1"}
        with pytest.raises(ConfigurationError, match="PROMETHEUS_SCRAPE_PORT"):
            prometheus.create(Env(**values))  # type: ignore[arg-type]


def test_a_configuration_for_tc_prometheus_works(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its name and its key, as tc_prometheus 4.0 documents them."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    conf = tmp_path / "thumbor.conf"
    conf.write_text(
        f"METRICS = 'tc_prometheus.metrics.prometheus_metrics'\nPROMETHEUS_SCRAPE_PORT = {port}\n"
        f"PROMETHEUS_SCRAPE_ADDRESS = '127.0.0.1'\n"
    )
    assert main(["config", "--check", str(conf)]) == 0
    said = capsys.readouterr().out
    assert "tc_prometheus.metrics.prometheus_metrics is prometheus here" in said
    assert "unknown" not in said

    async def scenario() -> bytes:
        service = build(load(str(conf), overrides={"SECURITY_KEY": "long enough a key"}))
        loop = asyncio.get_running_loop()
        await service.handle(Request("GET", "/abc"))
        found = await loop.run_in_executor(None, scraped, port)
        await service.drain(5)
        return found

    assert b'thumborlike_responses_total{status="400"} 1.0' in asyncio.run(scenario())


KEYS = {
    "SECURITY_KEY": "long enough a key", "ALLOW_UNSAFE_URL": True, "LOADER": "file",
    "FILE_LOADER_ROOT_PATH": str(ROOT / "tests/pictures"), "STORAGE": "no",
    "HANDLER_LISTS": ["healthcheck", "metrics"],
}  # fmt: skip


def test_a_scrape_shows_what_was_served() -> None:
    async def scenario() -> bytes:
        loaded = load(overrides={**KEYS, "METRICS": "prometheus"})
        service = build(loaded)
        server = make_server(make_app(service), loaded.settings)
        sockets = bind_sockets(0, "127.0.0.1")
        server.add_sockets(sockets)
        port = sockets[0].getsockname()[1]
        try:
            await fetched(port, "/unsafe/20x20/photo.jpg")
            await fetched(port, "/unsafe/20x20/none.jpg")
            return await fetched(port, "/metrics")
        finally:
            server.stop()
            await server.close_all_connections()
            await service.drain(5)

    answer = asyncio.run(scenario())
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"thumborlike_requests_total 2.0" in answer
    assert b'thumborlike_responses_total{status="404"} 1.0' in answer
    assert b'thumborlike_source_errors_total{error="SourceNotFound"} 1.0' in answer
    assert b'thumborlike_stage_seconds_count{stage="work"} 1.0' in answer


async def fetched(port: int, path: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    await writer.drain()
    answer = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    await writer.wait_closed()
    return answer


def test_metrics_that_cannot_be_scraped_are_refused_at_the_start() -> None:
    service = build(load(overrides=KEYS))
    with pytest.raises(ConfigurationError, match="METRICS"):
        make_app(service)
