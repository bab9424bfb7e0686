"""Links of the Serverless Image Handler: what they come to, and what is answered."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest
from lambda_context import Context
from lambda_forms import DECODING, FORMS, event_of, response_of
from libthumbor import CryptoURL
from PIL import Image
from signed_links import KEY, signature

from thumborlike.aws_lambda.environment import defaults_from
from thumborlike.aws_lambda.links.edits import IGNORED, KNOWN, wanted_of
from thumborlike.aws_lambda.links.errors import LinkError
from thumborlike.aws_lambda.links.links import Links
from thumborlike.aws_lambda.links.payload import payload_of
from thumborlike.aws_lambda.links.places import Places
from thumborlike.aws_lambda.links.rewrites import (
    from_javascript,
    from_python,
    rewrites_of,
    rewritten,
)
from thumborlike.aws_lambda.links.signed import signature_of
from thumborlike.errors import ConfigurationError, ThumborlikeError
from thumborlike.http.message import Request
from thumborlike.url.grammar import parse

PLACES = Places(("one", "two"))


def encoded(standard=True, padded=True, **parts):
    raw = json.dumps({"bucket": "one", "key": "photo.jpg", **parts}, ensure_ascii=False).encode()
    text = (base64.b64encode if standard else base64.urlsafe_b64encode)(raw).decode()
    return "/" + (text if padded else text.rstrip("="))


def links(dialect="sih", **more):
    return Links(dialect, PLACES if dialect == "sih" else Places(), **more)


def path_of(path, query="", made=None, signs=lambda *_: False):
    return (made or links()).translated(Request("GET", path, query), signs).request.path


@pytest.mark.parametrize("standard", [True, False])
@pytest.mark.parametrize("padded", [True, False])
@pytest.mark.parametrize("key", ["photo.jpg", "ÿ/þ?~日本.png", "a" * 50])
def test_base64_is_read_in_all_spellings(standard, padded, key):
    path = encoded(standard, padded, key=key)
    for each in (path, quote(path, safe="/"), "/" + quote(path[1:], safe="")):
        found = payload_of(each)
        assert (found.key, found.bucket) == (key, "one")


@pytest.mark.parametrize(
    "path",
    ["/", "/photo.jpg", "/300x200/photo.jpg", "/eyphoto.jpg", "/eyJhIjoxfQ", "/eyJrZXkiOjF9"],
)
def test_what_is_no_payload_is_left_alone(path):
    try:
        assert payload_of(path) is None
    except LinkError as error:
        assert error.code == "DecodeRequest::CannotReadRequest"


EDITS = [
    ({"resize": {"width": 300, "height": 200}}, "300x200/"),
    ({"resize": {"width": "300", "height": None}}, "300x0/"),
    ({"resize": {"width": 30, "height": 20, "fit": "inside"}}, "fit-in/30x20/filters:upscale()/"),
    ({"resize": {"width": 30, "height": 20, "fit": "inside", "withoutEnlargement": True}},
     "fit-in/30x20/filters:no_upscale()/"),
    ({"resize": {"width": 30, "height": 20, "fit": "contain",
                 "background": {"r": 255, "g": 0, "b": 1}}},
     "fit-in/30x20/filters:upscale():fill(ff0001)/"),
    ({"resize": {"width": 30, "height": 20, "fit": "outside"}},
     "full-fit-in/30x20/filters:upscale()/"),
    ({"resize": {"width": 30, "height": 20, "fit": "fill"}}, "30x20/filters:stretch()/"),
    ({"resize": {"width": 30, "height": 20, "position": "right top"}}, "30x20/right/top/"),
    ({"resize": {"width": 30, "height": 20, "position": "attention"}}, "30x20/smart/"),
    ({"crop": {"left": 10, "top": 20, "width": 30, "height": 40}}, "10x20:40x60/"),
    ({"flip": True, "flop": True}, "-0x-0/"),
    ({"rotate": 90}, "filters:orient(270)/"),
    ({"rotate": None}, ""),
    ({"grayscale": True, "negate": True, "blur": 2}, "filters:grayscale():invert():blur(6,2)/"),
    ({"trim": True}, "trim:top-left:10/"),
    ({"webp": {"quality": 40}, "toFormat": "webp"}, "filters:quality(40):format(webp)/"),
    ({"modulate": {"brightness": 1.5, "saturation": 0.5, "hue": 90}},
     "filters:brightness(50):saturation(0.5):hue(90)/"),
    ({"extend": {"top": 1, "left": 2, "bottom": 3, "right": 4, "background": "#fff"}},
     "filters:padding(ffffff,2,1,4,3)/"),
    ({"median": True, "blur": 1}, "filters:median(3):blur(3,1)/"),
    ({"median": 5}, "filters:median(5)/"),
    ({"threshold": 100}, "filters:threshold(100)/"),
    ({"threshold": True}, "filters:threshold(128)/"),
    ({"linear": 1.5}, "filters:curve(%5B(0,0),(170,255)%5D,%5B%5D,%5B%5D,%5B%5D)/"),
    ({"linear": [0.5, 1, 3]},
     "filters:curve(%5B%5D,%5B(0,0),(255,128)%5D,%5B(0,0),(255,255)%5D,%5B(0,0),(85,255)%5D)/"),
    ({"toColourspace": "b-w", "gamma": 2.2, "autoOrient": True}, "filters:grayscale()/"),
    ({"toColorspace": "srgb"}, ""),
    ({"webp": {"lossless": True}, "toFormat": "webp"}, "filters:lossless():format(webp)/"),
    ({"smartCrop": True, "resize": {"width": 9, "height": 9}}, "9x9/smart/"),
    ({"roundCrop": True, "resize": {"width": 30, "height": 20}},
     "30x20/filters:round_corner(15%7C10,0,0,0,1):format(png)/"),
    ({"overlayWith": {"bucket": "two", "key": "w m.png", "alpha": 50, "wRatio": 20,
                      "options": {"left": "-10p", "top": 5}}},
     "filters:watermark(two/w%2520m.png,-10p,5,50,20,none)/"),
]  # fmt: skip


@pytest.mark.parametrize("edits, expected", EDITS, ids=lambda each: str(each)[:40])
def test_edits_are_urls_of_ours(edits, expected):
    assert path_of(encoded(edits=edits)) == f"/unsafe/{expected}one/photo.jpg"


@pytest.mark.parametrize(
    "edits",
    [
        {"affine": [1, 2]}, {"median": 7}, {"threshold": 256}, {"linear": [1, 2]}, {"linear": "x"},
        {"toColourspace": "cmyk"}, {"toColourspace": {}}, {"clahe": {"width": 3}},
        {"resize": {"fit": "odd"}}, {"resize": 7},
        {"crop": {"width": 0}}, {"blur": "x"}, {"tint": "no colour!"}, {"rotate": "round"},
        {"overlayWith": {}}, {"convolve": {"kernel": []}}, {"blur": float("inf")},
        {"resize": {"width": -1}}, {"extend": []}, {"roundCrop": True},
        {"overlayWith": {"key": "a", "bucket": "three"}}, {"webp": {"quality": 1000}},
    ],
    ids=str,
)  # fmt: skip
def test_edits_that_cannot_be_done_are_named(edits):
    with pytest.raises(LinkError) as raised:
        wanted_of(edits, None, PLACES.name)
    assert raised.value.status in (400, 403)


PAGE = (Path(__file__).parents[2] / "docs" / "aws-links.md").read_text(encoding="utf-8")
REST = ", and whatever else is not here | 400 `BadEdit`"


def named(end):
    """The edits in the first column of the row of the page that has this text."""
    (row,) = (line for line in PAGE.splitlines() if end in line)
    return re.findall(r"`(\w+)`", row.partition(" | ")[0])


@pytest.mark.parametrize("name", named(REST))
def test_what_the_page_says_is_refused_is_refused_by_name(name):
    with pytest.raises(LinkError) as raised:
        wanted_of({name: True}, None, PLACES.name)
    assert (raised.value.status, raised.value.code) == (400, "BadEdit")
    assert name in str(raised.value)


def test_the_page_has_every_edit():
    assert named("| no effect |")
    listed = set(re.findall(r"`(\w+)`", PAGE.partition("## Edits")[2].partition("## Variables")[0]))
    spelled = {"greyscale", "normalize", "toColorspace", "pipelineColorspace"}
    assert set(KNOWN | IGNORED) - spelled <= listed


THUMBOR = [
    ("/photo.jpg", "one/photo.jpg"),
    ("/300x200/a/b.jpg", "300x200/one/a/b.jpg"),
    ("/fit-in/300x200/filters:grayscale()/a.jpg", "fit-in/300x200/filters:grayscale()/one/a.jpg"),
    ("/filters:quality(50)/fit-in/300x200/a.jpg", "fit-in/300x200/filters:quality(50)/one/a.jpg"),
    ("/filters:blur(2)/filters:rotate(90)/a.jpg", "filters:blur(2):rotate(90)/one/a.jpg"),
    ("/s3:two/300x200/a.jpg", "300x200/two/a.jpg"),
    ("/300x200/s3:two/a%20b.jpg", "300x200/two/a%20b.jpg"),
    ("/10x10:50x50/-20x0/smart/100x100.jpg", "10x10:50x50/-20x0/smart/one/100x100.jpg"),
    ("/20x20/30x30/a.jpg", "20x20/one/30x30/a.jpg"),
    ("/unsafe/20x20/a.jpg", "20x20/one/a.jpg"),
    ("/no-extension", "one/no-extension"),
    ("/filters:smart_crop(0,10)/20x20/a.jpg", "20x20/smart/one/a.jpg"),
    ("/filters:watermark(two,b/c.png,10,-20,50,30,30)/a.jpg",
     "filters:watermark(two/b/c.png,10,-20,50,30,30)/one/a.jpg"),
    ("/filters:watermark(c.png,0,0,50)/a.jpg", "filters:watermark(one/c.png,0,0,50)/one/a.jpg"),
]  # fmt: skip


@pytest.mark.parametrize("path, expected", THUMBOR)
def test_thumbor_s_links_are_read_whole(path, expected):
    found = path_of(path)
    assert found == f"/unsafe/{expected}"
    assert parse(found).source == parse(f"/unsafe/{expected}").source


def test_a_bucket_is_one_of_those_allowed():
    for path in ("/s3:three/a.jpg", encoded(bucket="three")):
        with pytest.raises(LinkError) as raised:
            path_of(path)
        assert (raised.value.code, raised.value.status) == (
            "ImageBucket::CannotAccessBucket", 403,
        )  # fmt: skip


def test_a_bucket_named_as_an_operation_is_none():
    made = Links("sih", Places(("smart", "20x20")))
    for path, name in (("/a.jpg", "smart/a.jpg"), ("/s3:20x20/a.jpg", "20x20/a.jpg")):
        assert parse(path_of(path, made=made)).source == name


def test_links_without_edits_ask_for_the_original():
    made = links().translated(Request("GET", encoded()), lambda *_: False)
    assert made.original == "one/photo.jpg"


QUERIES = [
    ("width=30&height=20", "30x20/one/photo.jpg"),
    ("format=webp&width=30", "30x0/filters:format(webp)/one/photo.jpg"),
    ("flip=true&grayscale=true&rotate=180", "0x-0/filters:orient(180):grayscale()/one/photo.jpg"),
    ("width=1&width=40", "40x0/one/photo.jpg"),
    ("unknown=1", "one/photo.jpg"),
]  # fmt: skip


@pytest.mark.parametrize("query, expected", QUERIES)
def test_queries_may_hold_edits(query, expected):
    assert path_of("/photo.jpg", query) == f"/unsafe/{expected}"


@pytest.mark.parametrize("path", ["/20x20/photo.jpg", encoded()])
@pytest.mark.parametrize("query", ["", "width=30&expires=20990101T000000Z"])
def test_signatures_in_the_query(path, query):
    made = links(secret="s", unsafe=False)
    signed = path + (f"?{'&'.join(sorted(query.split('&')))}" if query else "")
    good = f"{query}&signature={signature_of(signed, 's')}".lstrip("&")
    assert made.translated(Request("GET", path, good), lambda *_: False)
    for bad, code, status in (
        (query, "AuthorizationQueryParametersError", 400),
        (good[:-1] + "0x"[good[-1] == "0"], "SignatureDoesNotMatch", 403),
        (good + "&width=9999", "SignatureDoesNotMatch", 403),
    ):
        with pytest.raises(LinkError) as raised:
            made.translated(Request("GET", path, bad), lambda *_: False)
        assert (raised.value.code, raised.value.status) == (code, status)


def test_links_expire():
    made = links(clock=lambda: 1_700_000_000.0)
    found = made.translated(Request("GET", "/a.jpg", "expires=20231114T221330Z"), lambda *_: 0)
    assert found.headers["Cache-Control"] == "max-age=10,public"
    for text, code in (
        ("20231114T221320Z", "ImageRequestExpired"),
        ("tomorrow", "ImageRequestExpiryFormat"),
        ("20231399T999999Z", "ImageRequestExpiryFormat"),
    ):
        with pytest.raises(LinkError) as raised:
            made.translated(Request("GET", "/a.jpg", f"expires={text}"), lambda *_: False)
        assert raised.value.code == code


@pytest.mark.parametrize(
    "path, expected",
    [
        ("/300x200/a.jpg", "/unsafe/300x200/a.jpg"),
        ("/unsafe/300x200/a.jpg", "/unsafe/300x200/a.jpg"),
        ("/good/300x200/a.jpg", "/good/300x200/a.jpg"),
        ("/other/300x200/a.jpg", "/unsafe/other/300x200/a.jpg"),
        ("/a.jpg", "/unsafe/a.jpg"),
    ],
)
def test_version_3_left_unsafe_out(path, expected):
    assert path_of(path, made=links("sih3"), signs=lambda given, _: given == "good") == expected


def test_without_unsafe_version_3_wants_signatures():
    made = links("sih3", unsafe=False)
    assert path_of("/300x200/a.jpg", made=made) == "/300x200/a.jpg"


def test_without_unsafe_and_secret_nothing_is_let_through():
    made = links(unsafe=False)
    for path in ("/a.jpg", "/unsafe/a.jpg", encoded(), "/s3:two/a.jpg"):
        with pytest.raises(ThumborlikeError):
            path_of(path, made=made)


def test_paths_are_rewritten_by_the_first_that_changes_them():
    rewrites = rewrites_of(from_python(r"[('^/small/', '/100x0/'), ('^/(.*)/old', r'/\1/new')]"))
    assert rewritten("/small/old/a.jpg", rewrites) == "/100x0/old/a.jpg"
    assert rewritten("/x/old/a.jpg", rewrites) == "/x/new/a.jpg"
    assert rewritten("/y", rewrites) == "/y"


@pytest.mark.parametrize(
    "pattern, text, path, expected",
    [
        ("/^\\/thumb\\/(.+)/g", "/200x0/$1", "/thumb/a.jpg", "/200x0/a.jpg"),
        ("/A(?<b>.)/i", "$<b>$&$$\\", "/xac", "/xcac$\\"),
        ("/a/", "b", "/aa", "/ba"),
        ("/a/g", "b", "/aa", "/bb"),
    ],
)
def test_javascript_s_expressions_are_translated(pattern, text, path, expected):
    (made,) = rewrites_of([from_javascript(pattern, text)])
    assert rewritten(path, (made,)) == expected


@pytest.mark.parametrize("pattern, text", [("/(/", "x"), ("/a/y", "x"), ("/(?<=a+)b/", "x")])
def test_expressions_that_cannot_be_are_refused_at_the_start(pattern, text):
    with pytest.raises(ConfigurationError):
        rewrites_of([from_javascript(pattern, text)])


@pytest.mark.parametrize("text", ["x", "[1]", "[('a',)]", "[('(', 'b')]", "__import__('os')"])
def test_patterns_that_are_none_are_refused(text):
    with pytest.raises(ConfigurationError):
        rewrites_of(from_python(text))


def test_variables_of_version_3():
    found = defaults_from(
        {
            "TC_AWS_LOADER_BUCKET": "b",
            "ENABLE_CORS": "Yes",
            "CORS_ORIGIN": "https://a",
            "REWRITE_ENABLED": "YES",
            "REWRITE_PATTERNS": "[('a', 'b')]",
            "UUID": "x",
        }
    )
    assert found["LAMBDA_LINKS"] == "sih3"
    assert found["ACCESS_CONTROL_ALLOW_ORIGIN_HEADER"] == "https://a"
    assert found["LAMBDA_REWRITES"] == [("a", "b")]
    assert found["ALLOW_UNSAFE_URL"] is True


def test_variables_of_versions_4_to_7():
    found = defaults_from(
        {
            "SOURCE_BUCKETS": "one, two",
            "CORS_ENABLED": "No",
            "ENABLE_SIGNATURE": "Yes",
            "SECRETS_MANAGER": "s",
            "SECRET_KEY": "field",
            "REWRITE_MATCH_PATTERN": "/a/g",
            "REWRITE_SUBSTITUTION": "b",
            "ENABLE_DEFAULT_FALLBACK_IMAGE": "Yes",
            "DEFAULT_FALLBACK_IMAGE_BUCKET": "three",
            "DEFAULT_FALLBACK_IMAGE_KEY": "f.png",
            "SHARP_SIZE_LIMIT": "1000",
            "SOLUTION_ID": "SO0023",
        }
    )
    assert found["LAMBDA_LINKS"] == "sih"
    assert found["LAMBDA_LINK_BUCKETS"] == ["one", "two"]
    assert found["S3_ALLOWED_BUCKETS"] == ["one", "two", "three"]
    assert found["ALLOW_UNSAFE_URL"] is False
    assert found["LAMBDA_FALLBACK_IMAGE"] == "three/f.png"
    assert found["MAX_PIXELS"] == 1000
    assert "ACCESS_CONTROL_ALLOW_ORIGIN_HEADER" not in found


@pytest.fixture(scope="module")
def buckets(tmp_path_factory):
    folder = tmp_path_factory.mktemp("buckets")
    for bucket in ("one", "two", "three"):
        (folder / bucket).mkdir()
    Image.radial_gradient("L").convert("RGB").save(folder / "one" / "photo.jpg")
    Image.new("RGB", (8, 8), "red").save(folder / "two" / "red.png")
    Image.new("RGB", (4, 4), "blue").save(folder / "three" / "fallback.png")
    return folder


@pytest.fixture
def second(function, buckets):
    """A function that reads links of versions 4 to 7."""

    def make(**keys):
        return function(
            LOADER="file", FILE_LOADER_ROOT_PATH=str(buckets), LAMBDA_LINKS="sih",
            LAMBDA_LINK_BUCKETS=["one", "two"], LAMBDA_JSON_ERRORS=True, **keys,
        )  # fmt: skip

    return make


@pytest.mark.parametrize("form", FORMS)
def test_all_kinds_of_links_through_all_front_ends(form, second):
    made = second()
    edits = {"resize": {"width": 50, "height": 40}, "toFormat": "png"}
    for target in (
        encoded(edits=edits), encoded(standard=False, padded=False, edits=edits),
        "/50x40/filters:format(png)/photo.jpg", "/s3:one/50x40/filters:format(png)/photo.jpg",
        "/photo.jpg?width=50&height=40&format=png",
    ):  # fmt: skip
        status, headers, body = response_of(form, made(event_of(form, target), Context()))
        assert (status, headers["content-type"]) == (200, "image/png"), target
        assert Image.open(io.BytesIO(body)).size == (50, 40)


@pytest.mark.parametrize("form", FORMS)
def test_originals_are_sent_untouched(form, second, buckets):
    headers = {"Cache-Control": "max-age=7", "Set-Cookie": "a=b", "Content-Type": "text/html"}
    found = second()(event_of(form, encoded(headers=headers)), Context())
    status, sent, body = response_of(form, found)
    assert (status, body) == (200, (buckets / "one" / "photo.jpg").read_bytes())
    assert sent["content-type"] == "image/jpeg"
    assert sent["cache-control"] == "max-age=7"
    assert "set-cookie" not in sent


@pytest.mark.parametrize(
    "target, status, code",
    [
        (encoded(key="missing.jpg", edits={"flip": True}), 404, "NoSuchKey"),
        (encoded(key="missing.jpg"), 404, "NoSuchKey"),
        ("/missing.jpg", 404, "NoSuchKey"),
        (encoded(bucket="three"), 403, "ImageBucket::CannotAccessBucket"),
        (encoded(edits={"affine": 1}), 400, "BadEdit"),
    ],
)
@pytest.mark.parametrize("form", FORMS)
def test_errors_have_their_codes(form, target, status, code, second):
    found, _, body = response_of(form, second()(event_of(form, target), Context()))
    told = json.loads(body)
    assert (found, told["status"], told["code"]) == (status, status, code)


def test_a_fallback_image_stands_in_for_errors(second, buckets):
    made = second(LAMBDA_FALLBACK_IMAGE="three/fallback.png")
    status, headers, body = response_of("url", made(event_of("url", "/missing.jpg"), Context()))
    assert (status, headers["content-type"]) == (404, "image/png")
    assert body == (buckets / "three" / "fallback.png").read_bytes()
    assert headers["cache-control"] == "max-age=60,public"
    made = second(LAMBDA_FALLBACK_IMAGE="three/fallback.png", LAMBDA_FALLBACK_STATUS=200)
    assert made(event_of("url", "/missing.jpg"), Context())["statusCode"] == 200
    made = second(LAMBDA_FALLBACK_IMAGE="three/none.png")
    assert json.loads(made(event_of("url", "/missing.jpg"), Context())["body"])["status"] == 404


def test_signed_links_and_unsigned_ones(second):
    made = second(ALLOW_UNSAFE_URL=False, LAMBDA_LINK_KEY="s")
    good = f"/50x40/photo.jpg?signature={signature_of('/50x40/photo.jpg', 's')}"
    rest = "50x40/photo.jpg"
    for target, status in (
        (good, 200), (good[:-1], 403), ("/50x40/photo.jpg", 400), ("/unsafe/50x40/photo.jpg", 400),
        (f"/{signature(rest, KEY)}/{rest}", 200), (f"/{signature(rest, 'x')}/{rest}", 400),
        ("/healthcheck", 200),
    ):  # fmt: skip
        assert made(event_of("url", target), Context())["statusCode"] == status, target


SIGNS = """
const crypto = require('crypto');
const [secret, path, query] = process.argv.slice(1);
const sorted = query.split('&').filter(Boolean).sort().join('&');
const signed = sorted ? path + '?' + sorted : path;
const made = crypto.createHmac('sha256', secret).update(signed).digest('hex');
console.log(path + '?' + (sorted ? sorted + '&' : '') + 'signature=' + made);
"""
"""What pages in JavaScript do to sign links of versions 5.1 to 7."""


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
@pytest.mark.parametrize("query", ["", "width=50&format=png&expires=20990101T000000Z"])
def test_links_that_pages_have_signed_are_served(query, second):
    made = second(ALLOW_UNSAFE_URL=False, LAMBDA_LINK_KEY="s e+c/r")
    edits = {"resize": {"width": 50, "height": 40}}
    for path in (encoded(edits=edits), "/50x40/photo.jpg", "/50x40/filters:blur(2)/photo.jpg"):
        command = ["node", "-e", SIGNS, "s e+c/r", path, query]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        target = done.stdout.strip()
        for form in FORMS:
            answer = made(event_of(form, target), Context())
            assert answer["statusCode"] == 200, (form, target)
            forged = target[:-1] + ("1" if target.endswith("0") else "0")
            assert made(event_of(form, forged), Context())["statusCode"] == 403


def test_version_3_through_all_front_ends(function, buckets):
    made = function(LOADER="file", FILE_LOADER_ROOT_PATH=str(buckets), LAMBDA_LINKS="sih3",
                    LAMBDA_REWRITES=[("^/small/", "/20x0/")], BASE_PATH=["/image"])  # fmt: skip
    for form in FORMS:
        for target in ("/20x0/one/photo.jpg", "/unsafe/20x0/one/photo.jpg", "/small/one/photo.jpg",
                       "/image/20x0/one/photo.jpg"):  # fmt: skip
            found = response_of(form, made(event_of(form, target), Context()))
            assert found[0] == 200, (form, target)
    assert DECODING


THUMBOR_SIGNS = """
const crypto = require('crypto');
const [key, rest] = process.argv.slice(1);
const made = crypto.createHmac('sha1', key).update(rest).digest('base64');
console.log('/' + made.replace(/[+]/g, '-').replace(/[/]/g, '_') + '/' + rest);
"""
"""What pages in JavaScript do to sign Thumbor's links, which version 3.1 served with a key."""


@pytest.fixture
def keyed(function, buckets):
    """As version 3.1 with SECURITY_KEY, and nothing that is unsigned."""
    return function(LOADER="file", FILE_LOADER_ROOT_PATH=str(buckets / "one"),
                    LAMBDA_LINKS="sih3", ALLOW_UNSAFE_URL=False)  # fmt: skip


def check_signed(made, target):
    for form in FORMS:
        assert made(event_of(form, target), Context())["statusCode"] == 200, (form, target)
        for forged in (target.replace("photo", "phot0"), f"/unsafe/{target.split('/', 2)[2]}"):
            assert made(event_of(form, forged), Context())["statusCode"] == 400, (form, forged)


@pytest.mark.parametrize(
    "options", [{"width": 50, "height": 40}, {"fit_in": True, "width": 30}, {}]
)
def test_links_that_libthumbor_has_signed_are_served_as_by_version_3(options, keyed):
    target = CryptoURL(key=KEY).generate(image_url="photo.jpg", **options)
    check_signed(keyed, target)


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
@pytest.mark.parametrize("rest", ["50x40/smart/photo.jpg", "filters:blur(2):quality(70)/photo.jpg"])
def test_links_that_pages_have_signed_for_version_3_are_served(rest, keyed):
    command = ["node", "-e", THUMBOR_SIGNS, KEY, rest]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    check_signed(keyed, done.stdout.strip())


@pytest.mark.parametrize("links", ["thumbor", "sih3", "sih"])
def test_the_playground_is_no_picture(links, function, buckets):
    made = function(LOADER="file", FILE_LOADER_ROOT_PATH=str(buckets), LAMBDA_LINKS=links,
                    PLAYGROUND=True)  # fmt: skip
    answer = made(event_of("url", "/playground"), Context())
    assert answer["statusCode"] == 200
    assert "<html" in answer["body"].lower()
