"""Which id a request has, and that all its lines carry it."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tornado.httputil import HTTPHeaders

from thumborlike.log_lines import JsonLines, Record, TextLines
from thumborlike.request_ids import LONGEST, Ids, begin, current_id, given_id
from thumborlike.service import build
from thumborlike.settings.reader import load
from thumborlike.threads import awaitable

ROOT = Path(__file__).resolve().parents[2]
TRACE = "1-67891233-abcdef012345678912345678"


@pytest.mark.parametrize(
    ("headers", "id_"),
    [
        ({"X-Request-ID": "abc-123"}, "abc-123"),
        ({"x-request-id": "6ba7b810-9dad-11d1-80b4"}, "6ba7b810-9dad-11d1-80b4"),
        ({"X-Amzn-Trace-Id": f"Root={TRACE}"}, TRACE),
        ({"X-Amzn-Trace-Id": f"Self=1-2-3;Root={TRACE};Parent=53995c3f42cd8ad8;Sampled=1"}, TRACE),
        ({"X-Request-ID": "a", "X-Amzn-Trace-Id": f"Root={TRACE}"}, "a"),
        ({"X-Request-ID": "<a>", "X-Amzn-Trace-Id": f"Root={TRACE}"}, TRACE),
        ({"X-Request-ID": "a" * LONGEST}, "a" * LONGEST),
    ],
)  # fmt: skip
def test_a_request_keeps_the_id_that_it_brings(headers: dict[str, str], id_: str) -> None:
    assert given_id(HTTPHeaders(headers)) == id_


@pytest.mark.parametrize(
    "bad",
    ["", " ", "a b", "a\tb", "a\nb", "a,b", '"a"', "<script>", "a%0ab", "ä", "a;b", "a\x7f",
     "a" * (LONGEST + 1), "${jndi}", "`id`"],
)  # fmt: skip
def test_what_may_not_be_written_down_is_no_id(bad: str) -> None:
    assert given_id({"X-Request-Id": bad}) == ""
    assert given_id({"X-Amzn-Trace-Id": f"Root={bad}"}) in ("", "a")


def test_ids_of_ours_are_plain_and_differ() -> None:
    ids = [each.next() for each in (Ids(), Ids()) for _ in range(1000)]
    assert len(set(ids)) == len(ids)
    assert all(given_id({"X-Request-Id": each}) == each for each in ids)


def test_tasks_and_threads_inherit_the_id() -> None:
    async def scenario() -> tuple[str, str, str]:
        begin({"X-Request-Id": "mine"}, Ids())
        task = asyncio.get_running_loop().create_task(of_a_task())
        with ThreadPoolExecutor(1) as executor:
            thread = await awaitable(current_id, executor)()
        begin({"X-Request-Id": "next"}, Ids())
        return await task, thread, current_id()

    async def of_a_task() -> str:
        return current_id()

    assert asyncio.run(scenario()) == ("mine", "mine", "next")


def test_lines_that_belong_to_no_request_have_none() -> None:
    record = Record("a", logging.INFO, "a.py", 1, "m", (), None)
    assert TextLines("%(message)s").format(record) == "m"
    assert "request_id" not in json.loads(JsonLines().format(record))


def test_a_form_with_a_place_for_the_id_has_it_there_alone() -> None:
    begin({"X-Request-Id": "mine"}, Ids())
    record = Record("a", logging.INFO, "a.py", 1, "m", (), None)
    assert TextLines("[%(request_id)s] %(message)s").format(record) == "[mine] m"
    assert TextLines("%(message)s").format(record) == "m id=mine"


KEYS = {
    "SECURITY_KEY": "long enough a key", "ALLOW_UNSAFE_URL": True, "LOADER": "file",
    "FILE_LOADER_ROOT_PATH": str(ROOT / "tests/pictures"), "STORAGE": "no",
    "HANDLER_LISTS": ["healthcheck"], "RESULT_STORAGE": "memory",
    "RESULT_STORAGE_STORES_UNSAFE": True,
}  # fmt: skip


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    before = logging.getLogRecordFactory()
    logging.setLogRecordFactory(Record)
    caplog.set_level(logging.INFO, "thumborlike")
    yield caplog
    logging.setLogRecordFactory(before)


@pytest.mark.parametrize(
    "path", ["/unsafe/20x20/photo.jpg", "/unsafe/20x20/none.jpg", "/healthcheck"]
)
@pytest.mark.parametrize("sends", [True, False])
def test_an_answer_and_its_line_have_the_same_id(web, told, path, sends):  # type: ignore[no-untyped-def]
    async def scenario() -> list[object]:
        service = build(load(overrides={**KEYS, "SEND_REQUEST_ID": sends}))
        async with web.serving(service) as client:
            replies = [await client.get(path, X_Request_ID="mine")]
            for _ in range(3):  # from the storage, then from memory
                await service.landed()
                replies.append(await client.get(path))
        await service.drain(5)
        return replies

    replies = asyncio.run(scenario())
    lines = [each for each in told.records if each.name == "thumborlike.access"]
    ids = [each.request_id for each in lines]
    assert ids[0] == "mine"
    assert len({*ids, ""}) == 5
    sent = [each.headers.get("X-Request-Id") for each in replies]
    assert sent == (ids if sends else [None] * 4)


def test_an_error_within_has_the_id_of_its_request(web, told, monkeypatch):  # type: ignore[no-untyped-def]
    async def fails(*_: object) -> None:
        raise RuntimeError("unexpected")

    async def scenario() -> object:
        service = build(load(overrides={**KEYS, "SEND_REQUEST_ID": True}))
        monkeypatch.setattr(service._pipeline, "answer", fails)
        async with web.serving(service) as client:
            reply = await client.get("/unsafe/20x20/photo.jpg", X_Request_ID="mine")
        await service.drain(5)
        return reply

    reply = asyncio.run(scenario())
    assert reply.status == 500
    assert reply.headers["X-Request-Id"] == "mine"
    assert {each.request_id for each in told.records if each.levelno >= logging.WARNING} == {"mine"}
    assert len(told.records) >= 2


def test_an_id_that_forges_headers_is_not_sent_back(web):  # type: ignore[no-untyped-def]
    async def scenario() -> object:
        service = build(load(overrides={**KEYS, "SEND_REQUEST_ID": True}))
        async with web.serving(service) as client:
            reply = await client.get("/healthcheck", X_Request_ID="<script>alert(1)</script>")
        await service.drain(5)
        return reply

    assert b"script" not in asyncio.run(scenario()).raw


FORM = {
    "version": 1,
    "formatters": {"own": {"format": "<%(request_id)s> %(message)s"}},
    "handlers": {"own": {"class": "logging.StreamHandler", "formatter": "own"}},
    "root": {"level": "INFO", "handlers": ["own"]},
}


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        ({"LOG_JSON": True}, '"request_id": "mine"'),
        ({}, " id=mine"),
        ({"THUMBOR_LOG_FORMAT": "%(request_id)s %(message)s"}, "mine "),
        ({"THUMBOR_LOG_CONFIG": FORM}, "<mine> "),
    ],
)
def test_all_lines_of_a_request_name_it_whatever_the_log_is_set_to(
    keys: dict[str, object], shown: str
) -> None:
    """In a process of its own: logging is set up once."""
    code = (
        "import asyncio, logging, sys\n"
        "from thumborlike import logs\n"
        "from thumborlike.request_ids import Ids, begin\n"
        "from thumborlike.settings.sections import LoggingSettings\n"
        "from thumborlike.web.access import log_answer\n"
        f"keys = {{key.lower(): each for key, each in {keys!r}.items()}}\n"
        "logs.configure(LoggingSettings(**keys), 'info')\n"
        "begin({'X-Request-Id': 'mine'}, Ids())\n"
        "log_answer(503, 'GET', '/a', '127.0.0.1', 0.1)\n"
        "log_answer(200, 'GET', '/a', '127.0.0.1', 0.1)\n"
        "logging.getLogger('of.a.plugin').warning('something')\n"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    lines = done.stderr.splitlines()
    assert len(lines) == 3
    assert all(shown in each for each in lines), lines
