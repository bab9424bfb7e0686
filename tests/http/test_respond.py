import hashlib
from dataclasses import replace

import pytest

from thumborlike.errors import Expired, MalformedRequest
from thumborlike.http.message import Request
from thumborlike.http.respond import SERVER, content_response, refuse_expired, respond
from thumborlike.http.status import status_of
from thumborlike.interfaces import Key, Kind, SourceRequest
from thumborlike.job import Job, Layout, Negotiated, Output, Result
from thumborlike.settings.sections import EncodingSettings, HttpSettings, ImagingSettings

NOW = 1_700_000_000.0
BODY = b"\xff\xd8picture"
TAG = f'"{hashlib.sha1(BODY).hexdigest()}"'
JPEG = Result(BODY, "image/jpeg")
JSON = Result(b'{"thumbor": {}}', "application/json")
HTTP = HttpSettings()


def job(**changes):
    plain = Job(
        source=SourceRequest("x.jpg"),
        overlays=(),
        layout=Layout(),
        filters=(),
        output=Output(),
        negotiated=Negotiated(),
        encoding=EncodingSettings(),
        imaging=ImagingSettings(),
        result_key=Key(Kind.RESULT, "/unsafe/x.jpg"),
        keep=False,
    )
    return replace(plain, **changes)


PLAIN = job()


def answer(request=None, *, job=PLAIN, result=JPEG, settings=HTTP):
    return respond(request or Request("GET", "/unsafe/x.jpg"), job, result, settings, NOW)


def with_headers(method="GET", query="", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(method, "/unsafe/x.jpg", query, named)


def test_a_picture_in_the_order_and_spelling_of_thumbor():
    response = answer()
    assert response.status == 200
    assert response.body == BODY
    assert response.headers == (
        ("Server", SERVER),
        ("Content-Type", "image/jpeg"),
        ("Cache-Control", "max-age=86400,public"),
        ("Expires", "Wed, 15 Nov 2023 22:13:20 GMT"),
        ("X-Content-Type-Options", "nosniff"),
        ("Etag", TAG),
    )


def test_head_has_the_headers_and_the_length():
    response = answer(Request("HEAD", "/unsafe/x.jpg"))
    assert (response.headers, response.body) == (answer().headers, b"")
    assert response.content_length == len(BODY)


@pytest.mark.parametrize(
    ("settings", "output", "temporary", "age"),
    [
        (HTTP, Output(), False, 86400),
        (HttpSettings(max_age=0), Output(), False, None),
        (HTTP, Output(max_age=0), False, None),
        (HTTP, Output(max_age=7), False, 7),
        (HTTP, Output(max_age=7), True, None),
        (HttpSettings(max_age_temp_image=30), Output(max_age=7), True, 30),
    ],
)
def test_how_long_a_client_may_keep_it(settings, output, temporary, age):
    result = replace(JPEG, temporary=temporary)
    response = answer(job=job(output=output), result=result, settings=settings)
    expected = None if age is None else f"max-age={age},public"
    assert response.header("cache-control") == expected
    assert (response.header("expires") is None) is (age is None)


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (TAG, 304),
        (f"W/{TAG}", 304),
        (f'"a", W/{TAG} ,"b"', 304),
        ("*", 304),
        ('"a"', 200),
        (TAG.strip('"'), 200),
        ("", 200),
        ('"*"', 200),
    ],
)
def test_if_none_match(header, status):
    assert answer(with_headers(if_none_match=header)).status == status


def test_304_keeps_what_caches_need_and_drops_the_rest():
    negotiated = Negotiated(vary=True)
    settings = HttpSettings(access_control_allow_origin_header="*")
    response = answer(
        with_headers(if_none_match="*"), job=job(negotiated=negotiated), settings=settings
    )
    assert [name for name, _ in response.headers] == [
        "Server",
        "Cache-Control",
        "Expires",
        "Access-Control-Allow-Origin",
        "Vary",
        "X-Content-Type-Options",
        "Etag",
    ]
    assert (response.body, response.content_length) == (b"", None)


def test_without_etags_there_is_nothing_to_match():
    settings = HttpSettings(enable_etags=False)
    response = answer(with_headers(if_none_match="*"), settings=settings)
    assert response.status == 200
    assert response.header("etag") is None


DATED = HttpSettings(send_if_modified_last_modified_headers=True)
KEPT = replace(JPEG, modified=NOW + 0.9)


def test_last_modified_is_the_stored_time_in_utc():
    assert answer(result=KEPT, settings=DATED).header("last-modified") == (
        "Tue, 14 Nov 2023 22:13:20 GMT"
    )
    assert answer(result=JPEG, settings=DATED).header("last-modified") is None
    assert answer(result=KEPT).header("last-modified") is None


@pytest.mark.parametrize(
    ("since", "status"),
    [
        ("Tue, 14 Nov 2023 22:13:20 GMT", 304),
        ("Tue, 14 Nov 2023 23:13:20 GMT", 304),
        ("Tue, 14 Nov 2023 22:13:19 GMT", 200),
        ("yesterday", 200),
        ("", 200),
        ("Tue, 99 Nov 2023 22:13:20 GMT", 200),
        ("Tue, 14 Nov 99999999999999999999 22:13:20 GMT", 200),
        ("0", 200),
    ],
)
def test_if_modified_since(since, status):
    request = with_headers(if_modified_since=since)
    assert answer(request, result=KEPT, settings=DATED).status == status
    assert answer(request, result=KEPT).status == 200


def test_the_etag_wins_over_the_date():
    request = with_headers(
        if_none_match='"other"', if_modified_since="Tue, 14 Nov 2023 23:13:20 GMT"
    )
    assert answer(request, result=KEPT, settings=DATED).status == 200


VARIES = Negotiated(formats=("webp",), vary=True)
GIF = Result(b"GIF89a", "image/gif", animated=True)


@pytest.mark.parametrize(
    ("changes", "result", "vary"),
    [
        ({}, JPEG, None),
        ({"negotiated": VARIES}, JPEG, "Accept"),
        ({"negotiated": VARIES, "output": Output(format="jpeg")}, JPEG, None),
        ({"negotiated": VARIES, "output": Output(format="heif")}, JPEG, "Accept"),
        ({"negotiated": VARIES, "meta": True}, JSON, None),
        ({"negotiated": VARIES}, GIF, None),
        ({"negotiated": replace(VARIES, animated=True)}, GIF, "Accept"),
        ({"negotiated": replace(VARIES, animated=True), "layout": Layout(quirks=True)}, GIF, None),
        ({"negotiated": VARIES}, replace(GIF, animated=False), "Accept"),
    ],
)
def test_vary(changes, result, vary):
    assert answer(job=job(**changes), result=result).header("vary") == vary


def test_cors():
    settings = HttpSettings(access_control_allow_origin_header="*")
    assert answer(settings=settings).header("access-control-allow-origin") == "*"
    assert answer().header("access-control-allow-origin") is None


META = job(meta=True)


def test_meta_is_json():
    response = answer(job=META, result=JSON)
    assert response.header("content-type") == "application/json"
    assert response.body == JSON.body


@pytest.mark.parametrize(
    ("configured", "query", "name"),
    [
        ("f", "", "f"),
        ("f", "callback=g", "f"),
        (None, "callback=g", "g"),
        (None, "a=1&callback=g&callback=h", "g"),
        (None, "callback=a.b%5B0%5D.$c", "a.b[0].$c"),
    ],
)
def test_jsonp(configured, query, name):
    settings = HttpSettings(meta_callback_name=configured)
    response = answer(with_headers(query=query), job=META, result=JSON, settings=settings)
    assert response.header("content-type") == "text/javascript"
    assert response.body == b'/**/%s({"thumbor": {}});' % name.encode()
    assert response.content_length == len(response.body)


@pytest.mark.parametrize(
    "name",
    ["alert(1)//", "a;b", "a b", "<script>", "0a", "a.", ".a", "a[0", "a[b]", "é", "a" * 101],
)
def test_a_callback_that_is_no_name_is_refused(name):
    request = Request("GET", "/unsafe/meta/x.jpg", f"callback={name}")
    with pytest.raises(MalformedRequest):
        answer(request, job=META, result=JSON)


def test_the_query_means_nothing_to_pictures():
    assert answer(with_headers(query="callback=alert(1)")).body == BODY


def test_an_empty_callback_is_none():
    assert answer(with_headers(query="callback="), job=META, result=JSON).body == JSON.body


def test_an_svg_may_run_and_fetch_nothing():
    response = content_response(Request("GET", "/x"), b"<svg/>", "image/svg+xml")
    assert "default-src 'none'" in (response.header("content-security-policy") or "")


@pytest.mark.parametrize(
    ("output", "seconds_left", "age"),
    [
        (Output(), 90, 90),
        (Output(max_age=7), 90, 7),
        (Output(max_age=0), 90, None),
        (Output(), 0.5, 1),
        (Output(), 10**7, 86400),
    ],
)
def test_nothing_is_kept_beyond_its_expiry(output, seconds_left, age):
    output = replace(output, expires=int((NOW + seconds_left) * 1000))
    header = answer(job=job(output=output)).header("cache-control")
    assert header == (None if age is None else f"max-age={age},public")


def test_expired_is_gone():
    asked = job(output=Output(expires=int(NOW * 1000)))
    refuse_expired(asked, NOW - 0.1)
    with pytest.raises(Expired) as caught:
        refuse_expired(asked, NOW)
    assert status_of(caught.value) == 410


def test_attachment_is_saved_by_the_pictures_name():
    response = answer(job=job(output=Output(attachment="")))
    assert response.header("content-disposition") == 'attachment; filename="x.jpg"'
    assert answer().header("content-disposition") is None


@pytest.mark.parametrize(
    "output, quirks, age",
    [
        (Output(max_age=7), False, "max-age=7,public"),
        (Output(max_age=7), True, "max-age=86400,public"),
        (Output(max_age=7, format="png"), True, "max-age=86400,public"),
        (Output(max_age=7, format="gif"), True, "max-age=7,public"),
    ],
)
def test_max_age_of_gifs(output, quirks, age):
    asked = job(output=output, gif_output=Output() if quirks else None)
    gif = Result(b"GIF89a", "image/gif")
    response = answer(job=asked, result=gif, settings=HttpSettings(max_age=86400))
    assert response.header("cache-control") == age
