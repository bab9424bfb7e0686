"""`/explain`, `thumborlike url --explain --make`, Server-Timing, and errors as pages."""

import asyncio
import json
import re

import pytest

from thumborlike.cli import demo, main
from thumborlike.errors import BadSignature, MalformedRequest, UnsafeNotAllowed, UrlTooLong
from thumborlike.http.message import Request
from thumborlike.service import build
from thumborlike.settings import load
from thumborlike.signing import SIGNERS
from thumborlike.stages import IN_WORKER, STAGES

KEY = "a key of the tests"
SAMPLES = {"LOADER": "file", "FILE_LOADER_ROOT_PATH": str(demo.samples()), "STORAGE": "no"}
KEYS = {**SAMPLES, "SECURITY_KEY": KEY, "WORKER_ISOLATION": "thread", "EXPLAIN": "all"}


def with_service(work, **keys):
    async def run():
        service = build(load(overrides={**KEYS, **keys}))
        try:
            return await work(service)
        finally:
            await service.drain(5)

    return asyncio.run(run())


def explained(path, accept="", **keys):
    request = Request("GET", path, headers={"accept": accept})
    return with_service(lambda service: service.explainer.explain(request), **keys)


def answered(path, headers=None, method="GET", **keys):
    request = Request(method, path, headers=headers or {})
    return with_service(lambda service: service.handle(request), **keys)


def signed(part):
    return f"/{SIGNERS['hmac_sha1'].sign(part, KEY)}/{part}"


def test_a_picture_is_explained():
    told = explained("/unsafe/100x50:900x650/-400x300/filters:grayscale():quality(70)/lake.jpg")
    assert [each["name"] for each in told["parts"]] == [
        "unsafe", "crop", "size", "filter", "filter", "image", "signed",
    ]  # fmt: skip
    assert told["source"]["from"] == "loader"
    assert (told["source"]["width"], told["source"]["height"]) == (1500, 1000)
    assert told["plan"]["box"] == {"left": 100, "top": 50, "right": 900, "bottom": 650}
    assert told["plan"]["size"] == {"width": 400, "height": 300}
    assert told["plan"]["scale"] == {"across": 0.5, "down": 0.5}
    assert told["plan"]["flip"] == {"horizontal": True, "vertical": False}
    assert told["format"]["chosen"] == "jpeg"
    assert told["result"]["media_type"] == "image/jpeg"
    assert (told["result"]["width"], told["result"]["height"]) == (400, 300)
    assert told["cache"]["made_of"] == ["lake.jpg"]
    assert set(IN_WORKER) <= set(told["milliseconds"])
    limits = {each["key"]: each for each in told["limits"]}
    assert limits["MAX_OUTPUT_PIXELS"]["used"] == 120_000
    assert limits["MAX_FILTERS"]["used"] == 2
    assert "error" not in told


def test_smart_crops_are_told_as_they_are_made():
    plain = explained("/unsafe/150x300/balloons.jpg")["plan"]["box"]
    smart = explained("/unsafe/150x300/smart/balloons.jpg")["plan"]["box"]
    (answer,) = [answered("/unsafe/meta/150x300/smart/balloons.jpg")]
    operations = json.loads(answer.body)["thumbor"]["operations"]
    crop = next(each for each in operations if each["type"] == "crop")
    assert plain != smart == {side: crop[side] for side in ("left", "top", "right", "bottom")}


def test_what_cannot_be_redacted_is_told():
    told = explained("/unsafe/300x0/filters:redact()/balloons.jpg")
    assert told["error"]["kind"] == "BadFilterArgument" and told["error"]["status"] == 400


def test_calls_that_are_left_out_are_told():
    calls = "blur(3):nothing():quality(x):expire(4102444800000)"
    told = explained(f"/unsafe/30x20/filters:{calls}/lake.jpg")
    assert [(each["call"], each.get("ignored", "")) for each in told["filters"]] == [
        ("blur(3)", ""),
        ("nothing()", "no filter of this name is switched on"),
        ("quality(x)", "the arguments do not fit"),
        ("expire(4102444800000)", ""),
    ]
    assert told["filters"][0]["arguments"] == {"radius": "3"}


WHY = [
    ("", {}, "jpeg", "the source's own"),
    ("filters:format(webp)/", {}, "webp", "format() asks for it"),
    ("", {"AUTO_WEBP": True}, "webp", "the client accepts it"),
]


@pytest.mark.parametrize(("filters", "keys", "name", "why"), WHY)
def test_the_format_is_explained(filters, keys, name, why):
    told = explained(f"/unsafe/30x20/{filters}lake.jpg", "image/webp,*/*", **keys)
    assert told["format"]["chosen"] == name
    assert why in told["format"]["why"]


def test_what_goes_wrong_is_told():
    told = explained("/unsafe/30x20/nothing.jpg")
    assert told["error"]["kind"] == "SourceNotFound"
    assert told["error"]["status"] == 404
    told = explained("/unsafe/3000x2000/lake.jpg", MAX_OUTPUT_PIXELS=1000)
    assert (told["error"]["kind"], told["error"]["status"]) == ("TooManyPixels", 400)
    told = explained("/unsafe/30x20/filters:watermark(nothing.png,0,0,0)/lake.jpg")
    assert (told["error"]["kind"], told["error"]["status"]) == ("BadFilterArgument", 400)


def test_who_may_not_have_the_picture_may_not_have_this():
    with pytest.raises(BadSignature):
        explained("/wrong/30x20/lake.jpg")
    with pytest.raises(UnsafeNotAllowed):
        explained("/unsafe/30x20/lake.jpg", ALLOW_UNSAFE_URL=False)
    with pytest.raises(UnsafeNotAllowed):
        explained("/unsafe/30x20/lake.jpg", EXPLAIN="signed")
    with pytest.raises(MalformedRequest):
        explained("/unsafe/%ff.jpg")
    with pytest.raises(UrlTooLong):
        explained("/unsafe/30x20/lake.jpg", MAX_URL_LENGTH=10)


def test_signed_paths_are_explained():
    path = signed("30x20/lake.jpg")
    told = explained(path, EXPLAIN="signed")
    assert told["result"]["width"] == 30
    assert KEY not in json.dumps(told)
    assert told["cache"]["key"] == path


def test_what_is_stored_is_told():
    async def work(service):
        path = signed("30x20/lake.jpg")
        before = await service.explainer.explain(Request("GET", path))
        await service.handle(Request("GET", path))
        await service._pipeline.landed()
        return before, await service.explainer.explain(Request("GET", path))

    before, after = with_service(work, RESULT_STORAGE="memory")
    assert before["cache"]["stored"] is None
    assert after["cache"]["stored"]["bytes"] == after["result"]["bytes"]


def test_it_is_off_by_default():
    assert with_service(_explainer, EXPLAIN="off") is None


async def _explainer(service):
    return service.explainer


def test_the_command_line_tells_the_same(tmp_path, capsys):
    conf = tmp_path / "thumbor.conf"
    conf.write_text("".join(f"{key} = {value!r}\n" for key, value in SAMPLES.items()))
    asked = ["url", "--explain", "/unsafe/30x20/lake.jpg", "--make", "--conf", str(conf)]
    assert main(asked) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["result"]["width"] == 30
    assert main([*asked[:2], "/wrong/30x20/lake.jpg", *asked[3:]]) == 1
    assert "Error: the signature" in capsys.readouterr().err


def stages_of(response):
    return [each.partition(";")[0] for each in response.header("Server-Timing").split(", ")]


def test_server_timing_names_the_stages():
    response = answered("/unsafe/30x20/lake.jpg", SERVER_TIMING=True)
    assert stages_of(response) == list(STAGES)
    assert answered("/unsafe/30x20/lake.jpg").header("Server-Timing") is None


def test_a_stored_result_has_no_stages():
    async def work(service):
        request = Request("GET", signed("30x20/lake.jpg"))
        await service.handle(request)
        await service._pipeline.landed()
        stored = await service.handle(request)
        return stored, await service.handle(request)

    stored, hot = with_service(work, RESULT_STORAGE="memory", SERVER_TIMING=True)
    name = 'stored;desc="from the result storage"'
    assert re.fullmatch(name + r";dur=[0-9.]+", stored.header("Server-Timing"))
    assert hot.header("Server-Timing") == name


BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def test_errors_are_pages_for_people():
    path = "/unsafe/30x20/<script>alert(1)</script>.jpg"
    response = answered(path, BROWSER, ERROR_PAGES=True)
    assert response.status == 404
    assert response.header("Content-Type") == "text/html; charset=utf-8"
    assert response.header("Cache-Control") == "no-store"
    assert "default-src 'none'" in response.header("Content-Security-Policy")
    text = response.body.decode()
    assert "404 Not Found" in text
    assert "width 30, height 20" in text
    assert "<script" not in text
    assert len(response.body) == response.content_length


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("/unsafe/30x20/nothing.jpg", "See LOADER"),
        ("/wrong/30x20/lake.jpg", "which part is signed"),
        ("/lake.jpg", "The path cannot be read"),
        ("/unsafe/%ff.jpg", "The path cannot be read"),
    ],
)
def test_pages_say_what_may_help(path, hint):
    assert hint in answered(path, BROWSER, ERROR_PAGES=True).body.decode()


def test_programs_get_the_plain_line():
    for headers in ({"accept": "image/webp,*/*"}, {}):
        response = answered("/unsafe/nothing.jpg", headers, ERROR_PAGES=True)
        assert response.header("Content-Type") == "text/plain; charset=utf-8"
    response = answered("/unsafe/nothing.jpg", BROWSER)
    assert response.header("Content-Type") == "text/plain; charset=utf-8"
    assert answered("/unsafe/nothing.jpg", BROWSER, "HEAD", ERROR_PAGES=True).body == b""
