"""What each kind of bad input gets: docs/errors.md is this table, told in words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from thumborlike.imaging import decoders

DOCS = Path(__file__).parents[2] / "docs" / "errors.md"
ORIGIN = "/http://{origin}"
AT = f"/unsafe/100x100{ORIGIN}"
MANY = ":".join(["grayscale()"] * 51)
NO_UNSAFE = {"ALLOW_UNSAFE_URL": False}
ONLY_ORIGIN = {"ALLOWED_SOURCES": ["127.0.0.1"]}


@dataclass(frozen=True)
class Case:
    """`keys`: the configuration beyond the defaults."""

    name: str
    path: str
    status: int
    keys: dict[str, object] = field(default_factory=dict)
    method: str = "GET"


CASES = (
    # the URL
    Case("no signature", "/100x100/http://{origin}/photo.jpg", 400),
    Case("only a word", "/favicon.ico", 400),
    Case("root", "/", 400),
    Case("bad signature", "/AAAAAAAAAAAAAAAAAAAAAAAAAAA=/http://{origin}/photo.jpg", 400),
    Case("unsafe switched off", f"{AT}/photo.jpg", 400, NO_UNSAFE),
    Case("path not UTF-8", f"{AT}/%E1.jpg", 400),
    Case("URL too long", f"{AT}/{'x' * 17000}", 414),
    Case("too many filters", f"/unsafe/filters:{MANY}{ORIGIN}/photo.jpg", 400),
    Case("callback that is no name", f"/unsafe/meta{ORIGIN}/photo.jpg?callback=alert(1)", 400),
    Case("other method", f"{AT}/photo.jpg", 405, method="POST"),
    Case("made-up method", f"{AT}/photo.jpg", 405, method="BREW"),
    Case("unknown filter", f"/unsafe/filters:nonsense(1){ORIGIN}/photo.jpg", 200),
    Case("bad filter argument", f"/unsafe/filters:quality(much){ORIGIN}/photo.jpg", 200),
    Case("unknown format", f"/unsafe/filters:format(nonsense){ORIGIN}/photo.jpg", 200),
    Case("expired", f"/unsafe/filters:expire(1000){ORIGIN}/photo.jpg", 410),
    Case("size beyond all limits", f"/unsafe/99999x99999{ORIGIN}/photo.jpg", 400),
    Case("number of 5000 digits", f"/unsafe/{'9' * 5000}x1{ORIGIN}/photo.jpg", 400),
    # the source
    Case("source not allowed", f"{AT}/photo.jpg", 400, {"ALLOWED_SOURCES": ["pictures.example"]}),
    Case("private network", "/unsafe/http://10.0.0.1/photo.jpg", 400),
    Case("no host", "/unsafe//photo.jpg", 400),
    Case("missing source", f"{AT}/404", 404),
    Case("source refused", f"{AT}/403", 404),
    Case("redirect loop", f"{AT}/loop", 404),
    Case("redirect without a target", f"{AT}/nowhere", 404),
    Case("redirect to a private network", f"{AT}/inside", 400),
    Case("redirect to a host not allowed", f"{AT}/elsewhere", 400, ONLY_ORIGIN),
    Case("upstream error 500", f"{AT}/500", 502),
    Case("upstream error 503", f"{AT}/503", 502),
    Case("upstream timeout", f"{AT}/timeout", 504),
    Case("upstream reset", f"{AT}/reset", 502),
    Case("upstream refuses the connection", "/unsafe/http://127.0.0.1:1/photo.jpg", 502),
    Case("upstream closes early", f"{AT}/short", 502),
    Case("upstream talks no HTTP", f"{AT}/garbage", 502),
    Case("empty source", f"{AT}/empty", 502),
    Case("source too large", f"{AT}/large", 400, {"MAX_SOURCE_SIZE": 1000}),
    # the picture
    Case("not an image", f"{AT}/text.txt", 400),
    Case("an HTML page", f"{AT}/page.html", 400),
    Case("format without a decoder", f"{AT}/drawing.svg", 415),
    Case("truncated picture", f"{AT}/truncated.jpg", 200),
    Case("too many pixels", f"{AT}/bomb.png", 400),
    Case("format not allowed", f"{AT}/photo.jpg", 400, {"ALLOWED_SOURCE_FORMATS": ["PNG"]}),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_input(case, running, monkeypatch):
    monkeypatch.setattr(decoders, "installed", lambda name: False)
    reply = running(**case.keys).ask(case.path, case.method)
    assert reply.status == case.status, reply.body[:200]
    if reply.status != 200:
        assert reply.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert len(reply.body) < 300
        assert not re.search(rb"Traceback|secret|File |<|/work|site-packages", reply.body)


@pytest.mark.parametrize("case", [case for case in CASES if case.method == "GET"][:8], ids=str)
def test_head_says_the_same(case, running):
    server = running(**case.keys)
    whole, head = server.ask(case.path), server.ask(case.path, "HEAD")
    assert (head.status, head.body) == (whole.status, b"")
    assert head.headers["Content-Length"] == whole.headers["Content-Length"]


@pytest.mark.parametrize(
    "path",
    [
        "/unsafe/filters:%00()/{at}",
        "/unsafe/%00",
        "/unsafe/-1x-1:-5x-5/{at}",
        "/unsafe/0x0:0x0/trim:top-left:999999999999/{at}",
        "/unsafe/fit-in/1x1/filters:rotate(9e99):blur(-1)/{at}",
        "/unsafe/filters:fill(nonsense):background_color(#)/{at}",
        "/unsafe/http://[::1/x.jpg",
        "/unsafe/http://user:pw@h:99999/x.jpg",
        "/unsafe/http%3A//%20/x.jpg",
        "/unsafe/https://127.0.0.1:1/x",
        "/unsafe/file:///etc/passwd",
        "/unsafe/../../../etc/passwd",
        "/unsafe/%2e%2e/%2e%2e/etc/passwd",
        "//",
        "/?",
        "/%",
        "/unsafe/%FF%FE",
        "/unsafe/meta/{at}?callback=" + "a" * 200,
    ],
)
def test_no_input_is_a_500(path, running):
    at = ORIGIN.lstrip("/") + "/photo.jpg"
    reply = running().ask(path.replace("{at}", at))
    assert reply.status != 500
    assert reply.status < 500 or reply.status in (502, 504)


def documented():
    rows = re.findall(r"^\| ([^|]+) \| (\d{3}) \|[^|]*\| `([^`]+)` \|$", DOCS.read_text(), re.M)
    return {(name.strip(), int(status)) for _, status, name in rows}


def test_the_docs_list_these_cases_and_no_others():
    assert documented() == {(case.name, case.status) for case in CASES}
