"""Endpoints beside pictures, through the application in memory."""

from __future__ import annotations

import json
import time
from urllib.parse import quote

import pytest
from lambda_context import Context
from lambda_forms import FORMS, event_of, response_of
from signed_links import signature

from thumborlike.errors import ConfigurationError
from thumborlike.purging import signed_text


@pytest.mark.parametrize("form", FORMS)
def test_uploads(form, function, pictures, tmp_path):
    made = function(
        LOADER="file", FILE_LOADER_ROOT_PATH=str(pictures), UPLOAD_ENABLED=True,
        UPLOAD_PHOTO_STORAGE="file", FILE_STORAGE_ROOT_PATH=str(tmp_path),
        UPLOAD_DELETE_ALLOWED=True, UPLOAD_MAX_SIZE=100_000,
    )  # fmt: skip
    body = (pictures / "photo.jpg").read_bytes()

    def ask(target, method="GET", sent=b"", **headers):
        event = event_of(form, target, method, headers, sent)
        return response_of(form, made(event, Context()))

    status, headers, _ = ask("/image", "POST", body, **{"Content-Type": "image/jpeg", "Slug": "a"})
    assert status == 201
    place = headers["location"]
    assert ask(place)[::2] == (200, body)
    status, headers, empty = ask(place, "HEAD")
    assert (status, empty, headers["content-length"]) == (200, b"", str(len(body)))
    assert ask("/image", "POST", b"no picture", **{"Content-Type": "image/jpeg"})[0] == 415
    assert ask("/image", "POST", bytes(200_000), **{"Content-Type": "image/jpeg"})[0] == 412
    assert ask(place, "DELETE")[0] == 204
    assert ask(place)[0] == 404
    assert ask("/unsafe/20x20/photo.jpg")[0] == 200


def test_a_purge_is_signed(function, pictures, tmp_path):
    made = function(
        LOADER="file", FILE_LOADER_ROOT_PATH=str(pictures), STORAGE="file",
        FILE_STORAGE_ROOT_PATH=str(tmp_path), HANDLER_LISTS=["healthcheck", "purge"],
    )  # fmt: skip
    until = int(time.time()) + 60
    text = signed_text("photo.jpg", until)
    target = f"/purge/{quote(signature(text))}/{until}/photo.jpg"
    status, _, body = response_of("url", made(event_of("url", target, "POST"), Context()))
    assert (status, json.loads(body)["source"]) == (200, "photo.jpg")
    assert made(event_of("url", target + "x", "POST"), Context())["statusCode"] == 400


def test_endpoints_of_others(function, pictures, monkeypatch, tmp_path):
    (tmp_path / "hello_of_others").mkdir()
    (tmp_path / "hello_of_others" / "__init__.py").touch()
    (tmp_path / "hello_of_others" / "endpoints.py").write_text(
        "from tornado.web import RequestHandler\n"
        "class Hello(RequestHandler):\n"
        "    def get(self): self.write('hello ' + self.get_argument('name'))\n"
        "def get_handlers(service): return [(r'/hello', Hello)]\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    made = function(
        LOADER="file", FILE_LOADER_ROOT_PATH=str(pictures),
        HANDLER_LISTS=["healthcheck", "hello_of_others.endpoints"],
    )  # fmt: skip
    for form in FORMS:
        status, _, body = response_of(form, made(event_of(form, "/hello?name=a%20b"), Context()))
        assert (status, body) == (200, b"hello a b")
        status, headers, _ = response_of(
            form, made(event_of(form, "/unsafe/20x20/photo.jpg"), Context())
        )
        assert (status, headers["content-type"]) == (200, "image/jpeg")


@pytest.mark.parametrize("links", ["thumbor", "sih3", "sih"])
def test_readiness_is_answered_as_by_the_server(links, function, pictures):
    made = function(LOADER="file", FILE_LOADER_ROOT_PATH=str(pictures), LAMBDA_LINKS=links)
    for form in FORMS:
        status, headers, body = response_of(form, made(event_of(form, "/readiness"), Context()))
        assert (status, body, headers["cache-control"]) == (200, b"READY", "no-cache")
    quiet = function(LOADER="file", FILE_LOADER_ROOT_PATH=str(pictures), READINESS_ROUTE="")
    assert quiet(event_of("url", "/readiness"), Context())["statusCode"] in (400, 404)


def test_endpoints_that_are_none_stop_the_start(function):
    with pytest.raises(ConfigurationError):
        function(LOADER="http", HANDLER_LISTS=["no.such.module"])
