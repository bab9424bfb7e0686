"""Answers on their way out: filed for CloudFront, redirected, made smaller, refused."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import time
from hashlib import md5, sha256
from urllib.parse import quote

import pytest
from lambda_context import Context
from lambda_forms import FORMS, event_of, response_of
from PIL import Image
from signed_links import KEY, signature

from thumborlike.aws_lambda import answers
from thumborlike.aws_lambda.bucket import Buckets
from thumborlike.aws_lambda.filing import purged_of
from thumborlike.aws_lambda.handler import Function
from thumborlike.errors import ConfigurationError
from thumborlike.purging import signed_text
from thumborlike.s3.failures import Broken, trouble
from thumborlike.service import build
from thumborlike.settings.reader import load
from thumborlike.url.encoding import source_name

ORIGINAL = "/unsafe/20x20/a%2Fb%20(1).jpg"


LIMITS = {"LARGEST": 300_000, "LARGEST_BALANCED": 100_000}
"""Less than Lambda's, for the tests' sake."""


@pytest.fixture(autouse=True)
def less(monkeypatch):
    for name, limit in LIMITS.items():
        monkeypatch.setattr(answers, name, limit)


class Objects:
    """A bucket in memory. `fails`: as one that cannot be reached."""

    def __init__(self, fails=False):
        self.kept = {}
        self.fails = fails
        self.calls = []

    async def put(self, key, response):
        self.calls.append(("put", key))
        if self.fails:
            raise trouble(Broken)
        self.kept[key] = response

    async def has(self, key):
        self.calls.append(("has", key))
        if self.fails:
            raise trouble(Broken)
        return key in self.kept

    async def delete(self, key):
        self.calls.append(("delete", key))
        self.kept.pop(key, None)

    async def keys(self, front, after=""):
        return sorted(key for key in self.kept if key.startswith(front) and key > after)[:3]

    async def signed_url(self, key, seconds):
        return f"https://s3.example/{key}?X-Amz-Expires={seconds}"


def noise(size):
    """A picture that no encoder makes small."""
    return Image.merge("RGB", [Image.effect_noise(size, 90) for _ in range(3)])


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    folder = tmp_path_factory.mktemp("large")
    (folder / "a").mkdir()
    noise((64, 64)).save(folder / "a" / "b (1).jpg", quality=90)
    noise((640, 480)).save(folder / "large.jpg", quality=97)
    noise((420, 330)).save(folder / "large.png", compress_level=1)
    return folder


@pytest.fixture
def made(originals):
    """Makes functions with buckets; they are closed afterwards."""
    open_ones = []

    def make(results=None, large=None, **keys):
        loop = asyncio.new_event_loop()
        keys = {
            "SECURITY_KEY": KEY, "ALLOW_UNSAFE_URL": True, "STORAGE": "no", "LOADER": "file",
            "FILE_LOADER_ROOT_PATH": str(originals), "MAX_SOURCE_SIZE": 0, **keys,
        }  # fmt: skip
        loaded, buckets = load("/dev/null", overrides=keys), Buckets(results, large)
        service = build(loaded, purged=purged_of(loaded.settings, buckets))
        open_ones.append((loop, service))
        return Function(service, loop, buckets=buckets)

    yield make
    for loop, service in open_ones:
        loop.run_until_complete(service.drain(30))
        loop.close()


def from_edge(original, variant="w", method="GET", headers=None, digest=None):
    digest = digest or sha256(original[1:].encode()).hexdigest()
    headers = {"x-original-path": original, **(headers or {})}
    return event_of("url-oac", f"/r/{variant}/{digest}", method, headers)


def key_of(original, variant="w"):
    return f"r/{variant}/{sha256(original[1:].encode()).hexdigest()}"


def ask(function, event, form="url"):
    return response_of(form, function(event, Context()))


def test_results_are_filed_under_the_name_that_cloudfront_asks_for(made):
    bucket = Objects()
    status, headers, body = ask(made(bucket, AUTO_WEBP=True), from_edge(ORIGINAL))
    assert status == 200
    assert headers["content-type"] == "image/webp"
    filed = bucket.kept[key_of(ORIGINAL)]
    assert filed.body == body
    assert filed.header("Content-Type") == "image/webp"
    assert filed.header("Cache-Control") == "max-age=86400,public"
    assert filed.header("Cache-Tag")
    assert headers["etag"] == f'"{md5(body).hexdigest()}"', "as S3 will say of the object"


@pytest.mark.parametrize("variant, kind", [("o", "jpeg"), ("w", "webp"), ("a", "avif")])
def test_the_variant_in_the_path_decides(variant, kind, made):
    keys = {"AUTO_WEBP": True, "AUTO_AVIF": True, "AUTO_IMAGE_FORMAT_PREFERENCE": ["avif", "webp"]}
    event = from_edge(ORIGINAL, variant, headers={"accept": "image/avif,image/webp"})
    assert ask(made(Objects(), **keys), event)[1]["content-type"] == f"image/{kind}"


def test_signatures_are_those_of_the_original_path(made):
    rest = "20x20/a%2Fb%20(1).jpg"
    function = made(Objects(), ALLOW_UNSAFE_URL=False)
    assert ask(function, from_edge(f"/{signature(rest)}/{rest}"))[0] == 200
    assert ask(function, from_edge(f"/{signature(rest + 'x')}/{rest}"))[0] == 400
    assert ask(function, from_edge(f"/unsafe/{rest}"))[0] == 400


@pytest.mark.parametrize(
    "event",
    [
        from_edge(ORIGINAL, digest="0" * 64),
        from_edge(ORIGINAL, variant="x"),
        from_edge("", digest=sha256(b"other").hexdigest()),
    ],
)
def test_forged_addresses_are_refused_and_store_nothing(event, made):
    bucket = Objects()
    assert ask(made(bucket), event)[0] == 400
    assert not bucket.calls


def test_a_validator_does_not_keep_a_result_from_being_stored(made):
    bucket = Objects()
    function = made(bucket)
    etag = ask(function, from_edge(ORIGINAL))[1]["etag"]
    bucket.kept.clear()
    event = from_edge(ORIGINAL, headers={"if-none-match": etag})
    status, headers, body = ask(function, event)
    assert (status, body) == (304, b"")
    assert "content-type" not in headers
    assert bucket.kept[key_of(ORIGINAL)].body


def test_head_stores_the_picture_and_sends_none(made):
    bucket = Objects()
    status, headers, body = ask(made(bucket), from_edge(ORIGINAL, method="HEAD"))
    assert (status, body) == (200, b"")
    assert int(headers["content-length"]) == len(bucket.kept[key_of(ORIGINAL)].body)


INDEXED = {"CACHE_TAGS": True, "LAMBDA_PURGE_INDEX": True, "HANDLER_LISTS": ["purge"]}


def purge(function, name, form="rest"):
    until, name = int(time.time()) + 60, source_name(name)
    target = f"/purge/{quote(signature(signed_text(name, until)))}/{until}/{name}"
    status, _, body = ask(function, event_of(form, target, "POST"), form)
    return status, json.loads(body)["removed"] if status == 200 else body


def results_in(bucket):
    return {key for key in bucket.kept if key.startswith("r/")}


def test_results_of_a_source_are_purged_whatever_their_links(made):
    bucket = Objects()
    function = made(bucket, **INDEXED)
    links = [f"/unsafe/{side}x20/large.png" for side in range(10, 16)]
    other = "/unsafe/9x9/a%2Fb%20(1).jpg"
    for link in (*links, "/unsafe/9x9/filters:watermark(large.png,0,0,50)/large.jpg", other):
        assert ask(function, from_edge(link))[0] == 200
    assert len(results_in(bucket)) == 8
    assert purge(function, "large.png") == (200, 7)
    assert results_in(bucket) == {key_of(other)}
    assert purge(function, "large.png") == (200, 0)
    assert ask(function, from_edge(links[0]))[0] == 200
    assert purge(function, "large.png") == (200, 1), "made again, purged again"
    assert purge(function, "a%2Fb%20(1).jpg") == (200, 1)


def test_a_large_result_and_an_untouched_original_can_be_purged(made):
    bucket = Objects()
    function = made(bucket, LAMBDA_LINKS="sih", **INDEXED)
    event = from_edge("/unsafe/filters:quality(97)/large.jpg")
    assert ask(function, event)[0] == 302
    link = "/" + base64.b64encode(b'{"key": "a/b (1).jpg"}').decode()
    assert ask(function, from_edge(link))[0] == 200
    assert len(results_in(bucket)) == 2
    assert purge(function, "large.jpg") == (200, 1)
    assert purge(function, "a/b (1).jpg") == (200, 1)


def test_without_notes_nothing_can_be_purged_and_that_is_said(made):
    bucket = Objects()
    function = made(bucket, HANDLER_LISTS=["purge"])
    assert ask(function, from_edge(ORIGINAL))[0] == 200
    assert list(bucket.kept) == [key_of(ORIGINAL)]
    status, told = purge(function, "a%2Fb%20(1).jpg")
    assert status >= 400
    assert b"LAMBDA_PURGE_INDEX is off" in told
    keys = {"LAMBDA_PURGE_INDEX": True, "CACHE_TAGS": False}
    with pytest.raises(ConfigurationError, match="needs CACHE_TAGS"):
        purged_of(load("/dev/null", overrides=keys).settings, Buckets())


def test_a_result_that_could_not_be_purged_is_not_written(made):
    class NoNotes(Objects):
        async def put(self, key, response):
            if key.startswith("i/"):
                raise trouble(Broken)
            await super().put(key, response)

    bucket = NoNotes()
    assert ask(made(bucket, **INDEXED), from_edge(ORIGINAL))[0] == 200
    assert not bucket.kept


@pytest.mark.parametrize("path", ["/unsafe/20x20/missing.jpg", "/nothing"])
def test_errors_are_not_stored(path, made):
    bucket = Objects()
    assert ask(made(bucket), from_edge(path))[0] in (400, 404)
    assert not bucket.kept


def test_what_does_not_last_is_not_stored(made):
    bucket = Objects()
    path = "/unsafe/20x20/filters:max_age(60)/a%2Fb%20(1).jpg"
    assert ask(made(bucket), from_edge(path))[0] == 200
    assert not bucket.kept


def test_a_bucket_that_fails_costs_no_answer(made):
    assert ask(made(Objects(fails=True)), from_edge(ORIGINAL))[0] == 200


def test_a_large_result_is_fetched_from_the_bucket_at_the_same_address(made):
    bucket = Objects()
    function = made(bucket)
    status, headers, body = ask(function, from_edge("/unsafe/filters:quality(97)/large.jpg"))
    assert (status, body) == (302, b"")
    assert headers["location"] == "/unsafe/filters:quality(97)/large.jpg"
    assert headers["cache-control"] == "no-store"
    assert (
        len(bucket.kept[key_of("/unsafe/filters:quality(97)/large.jpg")].body)
        > LIMITS["LARGEST"] * 3 / 4
    )
    status, headers, _ = ask(function, from_edge("/unsafe/filters:quality(97)/large.jpg"))
    assert status == 503, "it is there, and yet the function is asked: no circles"
    assert headers["cache-control"] == "no-store"


def test_nobody_is_sent_to_another_host(made):
    keys = {"LAMBDA_LINKS": "sih3", "ALLOW_UNSAFE_URL": True}
    event = from_edge("//evil.example/filters:quality(97)/large.jpg")
    headers = ask(made(Objects(), **keys), event)[1]
    assert not headers.get("location", "").startswith("//")
    event = from_edge("//unsafe/filters:quality(97)/large.jpg")
    headers = ask(made(Objects(), LAMBDA_LINKS="sih"), event)[1]
    assert headers["location"] == "/unsafe/filters:quality(97)/large.jpg"


@pytest.mark.parametrize("form", FORMS)
def test_large_pictures_are_redirected_to(form, made):
    bucket = Objects()
    function = made(large=bucket)
    status, headers, body = ask(
        function, event_of(form, "/unsafe/filters:quality(97)/large.jpg"), form
    )
    assert (status, body) == (302, b"")
    (key,) = bucket.kept
    assert key.startswith("large/")
    assert key.endswith(".jpg")
    assert headers["location"] == f"https://s3.example/{key}?X-Amz-Expires=300"
    assert headers["cache-control"] == "max-age=150,private"
    ask(function, event_of(form, "/unsafe/filters:quality(97)/large.jpg"), form)
    assert [call for call, _ in bucket.calls] == ["has", "put", "has"], "stored once"


def test_large_pictures_may_lie_behind_a_cdn(made):
    bucket = Objects()
    function = made(large=bucket, LAMBDA_LARGE_URL="https://cdn.example/")
    headers = ask(function, event_of("url", "/unsafe/filters:quality(97)/large.jpg"))[1]
    assert headers["location"] == f"https://cdn.example/{next(iter(bucket.kept))}"
    assert headers["cache-control"] == "max-age=86400,public"


@pytest.mark.parametrize("form", FORMS)
def test_large_pictures_are_made_smaller_without_a_bucket(form, made):
    rest = "filters:quality(97)/large.jpg"
    event = event_of(form, f"/{signature(rest)}/{rest}")
    answer = made(ALLOW_UNSAFE_URL=False)(event, Context())
    status, headers, body = response_of(form, answer)
    assert status == 200
    assert headers["content-type"] == "image/jpeg"
    assert Image.open(io.BytesIO(body)).size == (640, 480)
    assert (
        len(json.dumps(answer))
        < LIMITS["LARGEST_BALANCED" if form.startswith("alb") else "LARGEST"]
    )


def test_a_bucket_that_fails_leaves_the_other_way(made):
    assert (
        ask(
            made(large=Objects(fails=True)),
            event_of("url", "/unsafe/filters:quality(97)/large.jpg"),
        )[0]
        == 200
    )


@pytest.mark.parametrize("form", FORMS)
def test_what_cannot_be_smaller_is_refused_in_words(form, made):
    function = made(LAMBDA_JSON_ERRORS=True)
    status, headers, body = ask(function, event_of(form, "/unsafe/large.png"), form)
    assert status == 413
    told = json.loads(body)
    assert told["code"] == "TooLargeImageException"
    assert "bytes" in told["message"]
    assert headers["cache-control"] == "no-cache"


def test_where_another_format_is_taken_it_is_made_smaller(made):
    event = event_of("url", "/unsafe/large.png", headers={"accept": "image/webp"})
    status, headers, _ = ask(made(), event)
    assert (status, headers["content-type"]) == (200, "image/webp")


def test_ways_are_those_configured(made):
    function = made(large=Objects(), LAMBDA_LARGE_ANSWERS=["shrink"])
    assert ask(function, event_of("alb", "/unsafe/filters:quality(97)/large.jpg"), "alb")[0] == 200
