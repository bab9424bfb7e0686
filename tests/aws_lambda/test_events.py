"""What becomes of events: paths, queries, bodies, prefixes, and what is no request."""

from __future__ import annotations

import base64
import io
import json
import logging
import time

import pytest
from lambda_context import Context
from lambda_forms import FORMS, event_of, response_of

from thumborlike.aws_lambda import events, logs
from thumborlike.aws_lambda.events import Form, NotARequest, asked_of
from thumborlike.http.message import Response
from thumborlike.settings import Settings

PATH = "/unsafe/10x10/a%2Fb%20c+d.jpg"


@pytest.mark.parametrize("form", [each for each in FORMS if not each.startswith("http")])
def test_the_path_stays_as_it_was_sent(form):
    asked = asked_of(event_of(form, f"{PATH}?v=1&w=a%20b", headers={"Accept": "x/y"}))
    assert asked.request.path == PATH
    assert asked.request.query == "v=1&w=a%20b"
    assert asked.request.headers["accept"] == "x/y"
    assert asked.request.client == "192.0.2.1"
    assert not asked.others


def test_a_decoded_path_has_further_spellings():
    asked = asked_of(event_of("http", "/sig/10x10/caf%C3%A9%20(1).jpg"))
    assert asked.request.path == "/sig/10x10/café (1).jpg"
    assert asked.others == (
        "/sig/10x10/caf%C3%A9%20(1).jpg",
        "/sig/10x10/caf%C3%A9%20%281%29.jpg",
    )


@pytest.mark.parametrize(
    "form, paths, sent, expected",
    [
        ("rest", (), "/live/a", "/live/a"),
        ("rest", ("/live",), "/live/a", "/a"),
        ("rest", ("live/",), "/liver/a", "/liver/a"),
        ("rest", ("/image",), "/image", "/"),
        ("http", (), "/a", "/a"),
        ("http", ("/b",), "/b/a", "/a"),
        ("url", ("/b/c",), "/b/c/unsafe/a%2Fb", "/unsafe/a%2Fb"),
        ("alb", ("/",), "/unsafe/a", "/unsafe/a"),
    ],
)
def test_stages_and_base_paths_are_no_part_of_paths(form, paths, sent, expected):
    assert asked_of(event_of(form, sent), paths).request.path == expected


def test_repeated_headers_and_queries_are_kept():
    event = event_of("rest", "/a?x=1&x=2&y=%26")
    event["multiValueHeaders"]["Accept"] = ["image/avif", "image/webp"]
    request = asked_of(event).request
    assert request.headers["accept"] == "image/avif,image/webp"
    assert request.query == "x=1&x=2&y=%26"


@pytest.mark.parametrize("form", FORMS)
def test_bodies_are_bytes(form):
    body = bytes(range(256))
    assert asked_of(event_of(form, "/image", "POST", body=body)).request.body == body


@pytest.mark.parametrize("event", [{}, {"source": "aws.events", "detail-type": "Scheduled Event"}])
def test_warm_ups_are_answered(event, function):
    answer = function(LOADER="http")(event, Context())
    assert answer["statusCode"] == 200


@pytest.mark.parametrize(
    "event, text",
    [
        ({"Records": [{"cf": {"request": {}}}]}, "Lambda@Edge"),
        ({"x": 1}, "no front end"),
        ([], "no object"),
        (None, "no object"),
        ({"requestContext": None, "version": 7}, "no front end"),
    ],
)
def test_what_is_no_request_is_said_to_be_none(event, text, function):
    with pytest.raises(NotARequest, match=text):
        asked_of(event)
    answer = function(LOADER="http")(event, Context())
    assert answer["statusCode"] == 400
    assert text in json.loads(answer["body"])["message"]


def test_a_body_that_is_no_base64_is_a_bad_request(function):
    event = event_of("url", "/image", "POST", body=b"x")
    event["body"] = "***"
    assert function(LOADER="http")(event, Context())["statusCode"] == 400


@pytest.mark.parametrize("broken", [{"headers": 7}, {"headers": None}, {"path": None}, {"body": 5}])
def test_odd_events_never_break_the_function(broken, function):
    event = {**event_of("rest", "/nothing"), **broken}
    event.pop("multiValueHeaders")
    assert 200 <= function(LOADER="http")(event, Context())["statusCode"] < 500


@pytest.mark.parametrize("form", FORMS)
def test_browsers_may_ask_whether_they_may_ask(form, function):
    made = function(LOADER="http", ACCESS_CONTROL_ALLOW_ORIGIN_HEADER="https://a.example")
    status, headers, body = response_of(form, made(event_of(form, "/x", "OPTIONS"), Context()))
    assert (status, body) == (204, b"")
    assert headers["access-control-allow-origin"] == "https://a.example"
    assert "GET" in headers["access-control-allow-methods"]


@pytest.mark.parametrize("form", FORMS)
def test_errors_are_json_if_wanted(form, function, pictures):
    made = function(LOADER="file", FILE_LOADER_ROOT_PATH=str(pictures), LAMBDA_JSON_ERRORS=True)
    status, headers, body = response_of(
        form, made(event_of(form, "/unsafe/10x10/missing.jpg"), Context())
    )
    assert status == 404
    assert headers["content-type"] == "application/json"
    assert int(headers["content-length"]) == len(body)
    assert json.loads(body) == {
        "status": 404, "code": "NoSuchKey", "message": "the source does not exist",
        "requestId": Context.aws_request_id,
    }  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_the_deadline_is_answered_before_lambda_ends_all(form, function, pictures):
    made = function(LOADER="file", FILE_LOADER_ROOT_PATH=str(pictures))

    async def never(_):
        import asyncio

        await asyncio.sleep(3600)

    made._routes.answer = never
    began = time.monotonic()
    status, headers, _ = response_of(form, made(event_of(form, "/unsafe/x"), Context(600)))
    assert status == 504
    assert headers["cache-control"] == "no-cache"
    assert time.monotonic() - began < 20


def test_whatever_happens_is_answered(function):
    made = function(LOADER="http")

    async def broken(_):
        raise RuntimeError("a secret")

    made._routes.answer = broken
    answer = made(event_of("url", "/unsafe/x"), Context())
    assert answer["statusCode"] == 500
    assert "secret" not in answer["body"]


def test_lines_are_json_without_paths_and_keys(function, pictures):
    made = function(LOADER="file", FILE_LOADER_ROOT_PATH=str(pictures))
    written = io.StringIO()
    root = logging.getLogger()
    kept, level = root.handlers[:], root.level
    handler = logging.StreamHandler(written)
    handler.terminator = ""
    try:
        root.handlers[:] = [handler]
        made._lines = logs.configure(Settings().logging, "info")
        event = event_of("url", "/unsafe/10x10/photo.jpg", headers={"Authorization": "hidden"})
        made(event, Context())
        made(event, Context())
    finally:
        root.handlers[:] = kept
        root.setLevel(level)
    told = [json.loads(line) for line in written.getvalue().splitlines()]
    told = [each for each in told if each["message"] == "answered"]
    assert [each["cold"] for each in told] == [True, False]
    assert all(each["requestId"] == Context.aws_request_id for each in told)
    assert told[0]["status"] == 200
    assert "photo.jpg" not in written.getvalue()
    assert "hidden" not in written.getvalue()


def test_the_size_of_an_answer_is_known_before_it_is_encoded():
    from thumborlike.aws_lambda.answers import answer_of, fits, limit_of, room_for, size_of

    headers = (("Content-Type", "image/png"), ("Etag", '"a"'))
    for form in set(Form) - {Form.STREAM}:
        for size in (0, 1, 2, 3, 1000):
            response = Response(200, headers, bytes(size))
            assert size_of(form, response) >= len(json.dumps(answer_of(form, response))) - 2
        most = Response(200, headers, bytes(room_for(form, Response(200, headers))))
        assert fits(form, most)
        assert len(json.dumps(answer_of(form, most))) <= limit_of(form)
        assert not fits(form, Response(200, headers, most.body + bytes(3)))
        assert base64.b64decode(answer_of(form, most)["body"]) == most.body


def test_streamed_answers_are_bytes():
    from thumborlike.aws_lambda.answers import answer_of, fits, room_for

    response = Response(200, (("Content-Type", "image/png"),), bytes(10_000_000))
    assert answer_of(Form.STREAM, response)["body"] is response.body
    assert fits(Form.STREAM, response)
    assert room_for(Form.STREAM, response) > 190_000_000


def test_texts_are_readable_without_binary_types():
    from thumborlike.aws_lambda.answers import answer_of

    told = answer_of(Form.REST, Response(404, (("Content-Type", "text/plain"),), "é".encode()))
    assert (told["body"], told["isBase64Encoded"]) == ("é", False)


def test_the_module_knows_where_prefixes_end():
    assert events._below("/ab", ["a"]) == "/ab"
