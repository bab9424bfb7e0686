"""Worker processes as a crew. What bad pictures can do to them: `tests/threats/test_workers.py`."""

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from thumborlike import errors
from thumborlike.bench import make_result, measure
from thumborlike.errors import NotAnImage, Overloaded, WorkerCrashed
from thumborlike.interfaces import FocalPoint, Source
from thumborlike.isolation import pool
from thumborlike.isolation.limits import environment
from thumborlike.isolation.messages import REPLY, Garbled, Reply, read_reply, write_reply
from thumborlike.isolation.passage import KEPT, new_passage
from thumborlike.isolation.setup import Setup
from thumborlike.job import Result, Sighting
from thumborlike.plugins import resolve_filters
from thumborlike.prepare import prepare
from thumborlike.settings import Settings
from thumborlike.url.grammar import parse

ROOT = Path(__file__).parents[1]
PHOTO = Source("photo.jpg", (ROOT / "tests" / "pictures" / "photo.jpg").read_bytes())
SETTINGS = Settings()


class Counts(dict):
    """Metrics."""

    def incr(self, name, value=1):
        self[name] = self.get(name, 0) + value

    def timing(self, name, milliseconds):
        pass


def with_crew(scenario, size=1, max_jobs=0, **setup):
    """Run `scenario(crew, counts)` with processes of their own."""

    async def run():
        counts = Counts()
        given = Setup(readable=(str(ROOT),), **setup)
        crew = pool.Processes(size, given, counts, max_jobs=max_jobs)
        try:
            return await scenario(crew, counts)
        finally:
            crew.close()

    return asyncio.run(run())


def job(path):
    return prepare(parse(path), {}, SETTINGS, resolve_filters(SETTINGS.extensions.filters))


def sized(crew, source=PHOTO):
    return crew.begin(measure, source, SETTINGS.imaging)


def test_values_and_errors_come_back():
    async def scenario(crew, _):
        assert await sized(crew) == (320, 240)
        with pytest.raises(NotAnImage, match="not a picture"):
            await sized(crew, Source("x", b"no picture"))
        asked = job("/unsafe/100x50/photo.jpg")
        return await crew.begin(make_result, PHOTO, {}, asked, ())

    made = with_crew(scenario)
    assert made.media_type == "image/jpeg"
    assert made.etag
    assert made.body[:2] == b"\xff\xd8"


def test_sources_larger_than_the_passage_cross_whole():
    async def scenario(crew, _):
        large = Source("large", PHOTO.body + bytes(KEPT * 2))
        return [await sized(crew, large), await sized(crew), await sized(crew, large)]

    assert with_crew(scenario) == [(320, 240)] * 3


def test_decoded_pictures_are_kept_counted_and_forgotten():
    async def scenario(crew, _):
        async def reused(side):
            asked = job(f"/unsafe/{side}x{side}/photo.jpg")
            return (await crew.begin(make_result, PHOTO, {}, asked, ())).reused

        seen = [await reused(300), await reused(290)]
        kept = crew.kept_bytes()
        crew.forget()
        return [*seen, await reused(280)], kept > 0

    assert with_crew(scenario, kept_bytes=1 << 26, kept_seconds=60.0) == (
        [False, True, False],
        True,
    )


def test_one_source_goes_to_the_worker_that_has_it_decoded():
    async def scenario(crew, _):
        other = Source("other", (ROOT / "tests" / "pictures" / "large.jpg").read_bytes())
        await asyncio.gather(sized(crew), sized(crew, other))

        async def made(source, side):
            asked = job(f"/unsafe/{side}x{side}/photo.jpg")
            return (await crew.begin(make_result, source, {}, asked, ())).reused

        for source in (PHOTO, other):
            await made(source, 200)
        return [await made(source, side) for side in (190, 180) for source in (PHOTO, other)]

    assert with_crew(scenario, 2, kept_bytes=1 << 26, kept_seconds=60.0) == [True] * 4


def test_a_worker_that_is_killed_at_rest_is_replaced():
    async def scenario(crew, counts):
        await sized(crew)
        (member,) = crew._members
        os.kill(member.pid, signal.SIGKILL)
        for _ in range(200):
            await asyncio.sleep(0.01)
            if crew._members and crew._members[0].idle and crew._members[0] is not member:
                break
        assert await sized(crew) == (320, 240)
        return counts

    assert with_crew(scenario)["worker.lost"] == 1


def test_work_that_is_abandoned_frees_its_worker():
    async def scenario(crew, counts):
        work = crew.begin(measure, PHOTO, SETTINGS.imaging)
        while not any(each.work for each in crew._members):
            await asyncio.sleep(0.001)
        crew.abandon(work)
        assert work.done()
        assert await sized(crew) == (320, 240)
        return counts["worker.killed"]

    assert with_crew(scenario) == 1


def test_work_that_ends_soon_after_its_client_left_keeps_its_worker():
    async def scenario(crew, counts):
        await sized(crew)
        (pid,) = [each.pid for each in crew._members]
        crew.abandon(crew.begin(measure, PHOTO, SETTINGS.imaging), 30)
        assert await sized(crew) == (320, 240)
        return counts.get("worker.killed"), [each.pid for each in crew._members] == [pid]

    assert with_crew(scenario) == (None, True)


def test_work_that_goes_on_after_its_client_left_is_ended():
    async def scenario(crew, counts):
        await sized(crew)
        (pid,) = [each.pid for each in crew._members]
        os.kill(pid, signal.SIGSTOP)
        crew.abandon(crew.begin(measure, PHOTO, SETTINGS.imaging), 0.05)
        assert await sized(crew) == (320, 240)
        return counts["worker.killed"]

    assert with_crew(scenario) == 1


def test_where_no_worker_starts_requests_are_refused_until_one_does(monkeypatch):
    monkeypatch.setattr(pool, "FIRST_PAUSE", 0.001)
    executable = sys.executable

    async def scenario(crew, _):
        monkeypatch.setattr(sys, "executable", "/bin/false")
        started = time.monotonic()
        with pytest.raises(Overloaded):
            await sized(crew)
        assert time.monotonic() - started < 5
        monkeypatch.setattr(sys, "executable", executable)
        for _ in range(300):
            await asyncio.sleep(0.02)
            try:
                return await sized(crew)
            except Overloaded:
                continue
        return None

    assert with_crew(scenario) == (320, 240)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_closing_ends_everything():
    async def scenario(crew, _):
        await sized(crew)
        work = crew.begin(measure, PHOTO, SETTINGS.imaging)
        pids = [each.pid for each in crew._members]
        crew.close()
        with pytest.raises((WorkerCrashed, asyncio.CancelledError)):
            await work
        return pids

    (pid,) = with_crew(scenario)
    end = time.monotonic() + 5
    while runs(pid) and time.monotonic() < end:
        time.sleep(0.01)
    assert not runs(pid)


def runs(pid):
    """Whether the process does anything still; one that nobody has asked after is gone, too."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


SEEN = Sighting((FocalPoint(1, 2, 3, 4, 5, "face"),), ("a", "b"), (6, 7))
REPLIES = [
    Reply(Result(b"body", "image/png", animated=True, etag='"x"', reused=True), kept=7),
    Reply(Result(b"", "image/gif", temporary=True, found=SEEN)),
    Reply(Result(b"", "image/gif", stages=(("open", 0.5),), filters=(("blur", 12.25),))),
    Reply((3, 4), spent=True),
    Reply(unexpected="Traceback ..."),
]


@pytest.mark.parametrize("reply", REPLIES, ids=range(len(REPLIES)))
def test_replies_arrive_as_they_were(reply):
    passage = new_passage()
    assert read_reply(passage, write_reply(passage, reply)) == reply
    passage.close()


def test_errors_arrive_with_their_type_text_and_cause():
    passage = new_passage()
    error = errors.BrokenImage("it is damaged")
    error.__cause__ = ValueError("at byte 3")
    read = read_reply(passage, write_reply(passage, Reply(error=error)))
    assert type(read.error) is errors.BrokenImage
    assert str(read.error) == "it is damaged"
    assert "at byte 3" in repr(read.error.__cause__)
    passage.close()


RESULT = b'{"kept": 0, "spent": false, "result": ["a/b", false, false, null, false, null, %s]}'

LIES = [
    RESULT % b'[["no stage", 1.0]]',
    RESULT % b'[["draw", "1"]]',
    RESULT % b"null",
    b"",
    b"[]",
    b"{}",
    b'{"kept": 0, "spent": false}',
    b'{"kept": "0", "spent": false, "size": [1, 2]}',
    b'{"kept": 0, "spent": false, "size": [1]}',
    b'{"kept": 0, "spent": false, "size": ["1", 2]}',
    b'{"kept": 0, "spent": false, "error": ["SystemExit", "x", null]}',
    b'{"kept": 0, "spent": false, "error": ["annotations", "x", null]}',
    b'{"kept": 0, "spent": false, "error": ["BrokenImage", 1, null]}',
    b'{"kept": 0, "spent": false, "result": [1, false, false, null, false, null, []]}',
    b'{"kept": 0, "spent": false, "result": ["image/png", 0, false, null, false, null, []]}',
    b'{"kept": 0, "spent": false, "result": ["image/png"]}',
    b"\xff\xfe",
    b"[" * 100_000,
    json.dumps({"kept": 0, "spent": False, "unexpected": None}).encode(),
]


@pytest.mark.parametrize("told", LIES, ids=range(len(LIES)))
def test_a_reply_that_is_none_is_told_apart(told):
    passage = new_passage()
    passage.write([told])
    with pytest.raises(Garbled):
        read_reply(passage, REPLY.pack(passage.size, len(told), 0))
    passage.close()


@pytest.mark.parametrize("head", [(1 << 50, 2, 0), (0, 1 << 50, 0), (0, 2, 1 << 50)])
def test_lengths_beyond_the_passage_are_told_apart(head):
    passage = new_passage()
    with pytest.raises(Garbled):
        read_reply(passage, REPLY.pack(*head))
    passage.close()


@pytest.mark.skipif(sys.platform != "linux", reason="files in memory are sealed on Linux")
def test_nobody_can_make_the_passage_smaller():
    passage = new_passage()
    with pytest.raises(PermissionError):
        os.ftruncate(passage.file, 0)
    passage.close()


def test_credentials_do_not_travel_in_the_environment():
    given = {"PATH": "/bin", "AWS_SECRET_ACCESS_KEY": "x", "SECURITY_KEY": "x", "HTTP_PROXY": "x"}
    seen = environment(given, ["/modules"])
    assert {"AWS_SECRET_ACCESS_KEY", "SECURITY_KEY", "HTTP_PROXY"}.isdisjoint(seen)
    assert seen["PATH"] == "/bin"
    assert seen["PYTHONPATH"] == "/modules"
