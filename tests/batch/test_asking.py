"""Servers that misbehave harm nobody who asks them."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from origin import OK, answer, closing, endless, reset, reset_after, serving, stalling

from thumborlike.batch.answers import Answer
from thumborlike.batch.asking import Asker, Limits, fit, headers_of, server_of
from thumborlike.errors import ConfigurationError

LIMITS = Limits(10, 10_000)
ENDLESS_HEAD = endless(b"X-Fill: " + b"x" * 8000 + b"\r\n", OK)


def asked(routes, path="/a", headers=None, limits=LIMITS, times=1):
    """The last answer, and the origin."""

    async def run():
        loop = asyncio.get_running_loop()
        async with serving(routes) as origin:
            executor = ThreadPoolExecutor(1)
            asker = Asker(limits, {"X-Always": "1"})
            try:
                for _ in range(times):
                    said = await loop.run_in_executor(
                        executor, asker.ask, origin.url(path), headers or {}
                    )
            finally:
                executor.shutdown()
                asker.close()
            return said, origin

    return asyncio.run(run())


def test_an_answer():
    said, origin = asked(
        {"/a": answer(200, b"body", X_Twice="1", ETag="e")}, headers={"Accept": "a/b"}
    )
    assert (said.status, said.body, said.headers["x-twice"]) == (200, b"body", "1")
    assert 0 < said.first <= said.seconds
    head = origin.asked[0].headers
    assert (head["accept"], head["x-always"]) == ("a/b", "1")


def test_connections_are_kept():
    _, origin = asked({"/a": answer(200, b"body")}, times=5)
    assert (origin.accepted, len(origin.asked)) == (1, 5)


def test_redirects_are_not_followed():
    said, origin = asked({"/a": answer(302, b"", Location="/b"), "/b": answer(200)})
    assert (said.status, len(origin.asked)) == (302, 1)


@pytest.mark.parametrize(
    "action, told",
    [
        (answer(200, b"x" * 10_001), "larger than 10000 bytes"),
        (endless(b"x" * 5000), "larger than 10000 bytes"),
        (ENDLESS_HEAD, "head"),
        (reset, ""),
        (reset_after(OK + b"Content-Length: 9\r\n\r\nx"), ""),
        (closing(b"no HTTP at all\r\n\r\n"), ""),
        (closing(OK + b"Content-Length: 9\r\n\r\nx"), ""),
    ],
)
def test_bad_answers_are_none(action, told):
    said, _ = asked({"/a": action})
    assert said.status == 0
    assert told in said.error
    assert said.error


def test_silence_ends_in_time():
    said, _ = asked({"/a": stalling(OK)}, limits=Limits(0.2, 100))
    assert said.status == 0
    assert said.error


def test_a_path_arrives_as_it_is():
    path = "/unsafe/a/../%2e%2E/./x%zz+~b:c@d,e;f=g&h(i)*'j.jpg"
    _, origin = asked({}, path)
    assert origin.asked[0].path == path


@pytest.mark.parametrize(
    "url, sent",
    [
        ("/a b", "/a%20b"),
        ("/ü", "/%C3%BC"),
        ("/a#b", "/a%23b"),
        ("/a\r\nX: y", "/a%0D%0AX:%20y"),
        ("/%20%zz", "/%20%zz"),
        ("/\udcff", "/%FF"),
    ],
)
def test_what_cannot_be_sent_is_escaped(url, sent):
    assert fit(url) == sent


def test_a_header_cannot_bring_another_one():
    _, origin = asked({}, headers={"Accept": "a/b\r\nX-Evil: 1"})
    assert "x-evil" not in origin.asked[0].headers


@pytest.mark.parametrize(
    "text, seconds",
    [
        ("7", 7),
        (" 0 ", 0),
        ("99999999999999", 300),
        ("Thu, 01 Jan 1970 00:00:10 GMT", 10),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("", None),
        ("-1", None),
        ("soon", None),
        ("١", None),
    ],
)
def test_retry_after(text, seconds):
    assert Answer(503, {"retry-after": text}).retry_after(now=0) == seconds


@pytest.mark.parametrize("good", ["http://a", "https://a:8443/base/", "http://[::1]:80"])
def test_servers(good):
    assert server_of(good) == good.rstrip("/")


@pytest.mark.parametrize("bad", ["", "a:80", "ftp://a", "http://", "http://a:x", "http://a/?b"])
def test_what_is_no_server(bad):
    with pytest.raises(ConfigurationError):
        server_of(bad)


def test_headers_of_the_command_line():
    assert headers_of(["Host: a.b", "X-Key:1:2"]) == {"Host": "a.b", "X-Key": "1:2"}
    with pytest.raises(ConfigurationError):
        headers_of(["no header"])
