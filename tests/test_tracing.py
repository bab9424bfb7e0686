"""Traces of OpenTelemetry, as an exporter in memory gets them."""

from __future__ import annotations

import asyncio
import http.server
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from thumborlike import tracing
from thumborlike.errors import ConfigurationError
from thumborlike.http.message import Pictured, Request, Response
from thumborlike.measuring import Answers
from thumborlike.plugins import NoMetrics
from thumborlike.request_ids import Ids, begin
from thumborlike.service import build
from thumborlike.settings.reader import load
from thumborlike.stages import STAGES
from thumborlike.tracing import parts_of, traces_of

PICTURES = Path(__file__).resolve().parent / "pictures"
KEYS = {
    "SECURITY_KEY": "long enough a key", "ALLOW_UNSAFE_URL": True, "LOADER": "file",
    "FILE_LOADER_ROOT_PATH": str(PICTURES), "STORAGE": "no", "RESULT_STORAGE": "memory",
    "RESULT_STORAGE_STORES_UNSAFE": True, "OPEN_TELEMETRY": True,
}  # fmt: skip
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
PATH = "/unsafe/20x20/photo.jpg"


def test_stages_lie_one_after_the_other_and_end_with_the_answer() -> None:
    took = {"fetch": 10, "work": 100, "queue": 20, "open": 5, "draw": 30, "encode": 25}
    found = {name: (round(a, 6), round(b, 6)) for name, a, b in parts_of(took)}
    assert found == {
        "fetch": (0.11, 0.1),
        "work": (0.1, 0.0),
        "queue": (0.1, 0.08),
        "open": (0.06, 0.055),
        "draw": (0.055, 0.025),
        "encode": (0.025, 0.0),
    }
    assert list(parts_of({"stored": 4})) == [("stored", 0.004, 0.0)]
    assert list(parts_of({})) == []


def test_who_traces_nothing_imports_nothing() -> None:
    code = (
        "import asyncio, sys\n"
        "from thumborlike.service import build\n"
        "from thumborlike.settings.reader import load\n"
        "async def main():\n"
        "    await build(load(overrides={'SECURITY_KEY': 'long enough a key'})).drain(1)\n"
        "asyncio.run(main())\n"
        "print([each for each in sys.modules if 'opentelemetry' in each or 'tracing' in each])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "[]\n"


def test_without_the_packages_the_start_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(ConfigurationError, match=r"thumborlike\[otel\]"):
        build(load(overrides=KEYS))


def test_answers_are_told_by_name_alone_where_nobody_traces() -> None:
    """What is off costs one look at an attribute."""
    answers = Answers(NoMetrics())
    answers.end(Request("GET", PATH), Response(200, picture=Pictured("image/jpeg")), 0.0)


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Any]]:
    """`spans(request, ...)`: all spans of a service that was asked these, in order of start."""
    pytest.importorskip("opentelemetry.sdk")
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)

    async def scenario(requests: tuple[Request, ...], keys: dict[str, Any]) -> None:
        service = build(load(overrides={**KEYS, **keys}))
        for each in requests:
            begin({"X-Request-Id": "mine"}, Ids())
            assert service.at_once(each) or await service.handle(each)
            await service.landed()
        await service.drain(5)

    def told(*requests: Request, **keys: Any) -> list[Any]:
        asyncio.run(scenario(requests, keys))
        return sorted(exporter.get_finished_spans(), key=lambda each: each.start_time)

    return told


def test_a_picture_is_a_span_with_one_for_each_stage(spans: Callable[..., list[Any]]) -> None:
    found = spans(Request("GET", PATH, headers={"traceparent": PARENT}))
    (root,) = (each for each in found if each.name == "GET picture")
    parts = [each for each in found if each is not root]
    assert {each.name for each in parts} == set(STAGES)
    assert {each.parent.span_id for each in parts} == {root.context.span_id}
    assert all(root.start_time <= each.start_time <= each.end_time for each in parts)
    assert all(each.end_time <= root.end_time for each in parts)
    _, trace, parent, _ = PARENT.split("-")
    assert f"{root.context.trace_id:032x}" == trace
    assert f"{root.parent.span_id:016x}" == parent
    assert root.kind.name == "SERVER"
    told = dict(root.attributes)
    assert told.pop("http.response.body.size") > 100
    assert told == {
        "http.request.method": "GET",
        "url.path": PATH,
        "http.response.status_code": 200,
        "thumborlike.request_id": "mine",
        "thumborlike.media_type": "image/jpeg",
        "thumborlike.smart": False,
    }


def test_hits_and_errors(spans: Callable[..., list[Any]]) -> None:
    asked = (PATH, PATH, PATH, "/unsafe/20x20/none.jpg")
    found = spans(*(Request("GET", each) for each in asked))
    roots = [each for each in found if each.name == "GET picture"]
    below = [
        {each.name for each in found if each.parent and each.parent.span_id == root.context.span_id}
        for root in roots
    ]
    assert below == [set(STAGES), {"stored"}, set(), set()]
    assert [each.attributes["http.response.status_code"] for each in roots] == [200, 200, 200, 404]
    assert {each.status.status_code.name for each in roots} == {"UNSET"}


def test_failures_of_ours_are_errors_and_passwords_stay(
    spans: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> None:
        raise RuntimeError("unexpected")

    monkeypatch.setattr("thumborlike.pipeline.Pipeline.answer", fails)
    (root,) = spans(Request("GET", "/unsafe/http://user:secret@host/a.jpg"))
    assert root.status.status_code.name == "ERROR"
    assert root.attributes["error.type"] == "500"
    assert "secret" not in root.to_json()


@pytest.mark.parametrize("bad", ["", "x", "00-0-0-01", "00-" + "0" * 32 + "-" + "0" * 16 + "-01"])
def test_what_is_no_parent_begins_a_trace(spans: Callable[..., list[Any]], bad: str) -> None:
    found = spans(Request("GET", PATH, headers={"traceparent": bad}))
    assert next(each for each in found if each.name == "GET picture").parent is None


def test_what_the_parent_does_not_sample_is_not_traced(spans: Callable[..., list[Any]]) -> None:
    assert spans(Request("GET", PATH, headers={"traceparent": PARENT[:-1] + "0"})) == []


def test_spans_go_where_the_variables_say(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    bodies: list[bytes] = []

    class Collector(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        endpoint = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)

        async def scenario() -> None:
            service = build(load(overrides=KEYS))
            await service.handle(Request("GET", PATH))
            await service.drain(5)

        asyncio.run(scenario())
        server.shutdown()
    sent = b"".join(bodies)
    assert re.search(rb"service\.name.{1,8}thumborlike", sent, re.DOTALL)
    assert b"GET picture" in sent
    assert b"encode" in sent


def test_a_collector_that_is_away_does_not_hold_up_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody answers there, and nobody refuses."""
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    monkeypatch.setattr(tracing, "LAST_WORDS", 0.2)

    async def scenario(port: int) -> float:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "30")
        service = build(load(overrides=KEYS))
        await service.handle(Request("GET", PATH))
        begun = time.monotonic()
        await service.drain(5)
        return time.monotonic() - begun

    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert asyncio.run(scenario(silent.getsockname()[1])) < 15


def test_a_provider_of_somebody_else_is_not_shut_down(spans: Callable[..., list[Any]]) -> None:
    assert spans is not None
    assert traces_of()._owned is None
