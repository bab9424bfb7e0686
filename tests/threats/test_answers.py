"""What answers give away, or could be made to say: headers, errors, JSONP."""

import asyncio
import contextlib
import http.client
import io
import re
import secrets
from importlib.util import find_spec
from pathlib import Path

import pytest
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

from thumborlike.http.tags import tag_of
from thumborlike.service import build
from thumborlike.settings.reader import load
from thumborlike.signing import SIGNERS
from thumborlike.version import VERSION
from thumborlike.web.app import make_app

PICTURES = Path(__file__).parents[1] / "pictures"
KEY = "a key of the tests"
SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
    b'<rect width="9" height="9"/></svg>'
)


class Client:
    """Asks a server; keeps nothing."""

    def __init__(self, port):
        self.port = port

    def ask(self, path, method="GET", headers=(), body=None):
        """Status, headers by lower-case name, body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            given = {"Host": "images.example.com", **dict(headers)}
            if body is not None:
                given["Content-Length"] = str(len(body))
            for name, value in given.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, found, answer.read()


@pytest.fixture
def served(tmp_path):
    """`served(run, KEY=value)`: what `run(client)` gives beside a listening server."""

    def serve(run, **keys):
        conf = tmp_path / "thumbor.conf"
        values = {
            "LOADER": "file",
            "FILE_LOADER_ROOT_PATH": str(PICTURES),
            "STORAGE": "memory",
            "RESULT_STORAGE": "memory",
            "RESULT_STORAGE_STORES_UNSAFE": True,
            "SECURITY_KEY": KEY,
            "UPLOAD_ENABLED": True,
            "UPLOAD_PHOTO_STORAGE": "memory",
            "UPLOAD_DELETE_ALLOWED": True,
            "USE_BLACKLIST": True,
            "HANDLER_LISTS": ["healthcheck", "upload", "blacklist", "purge"],
            **keys,
        }
        conf.write_text("".join(f"{key} = {value!r}\n" for key, value in values.items()))

        async def scenario():
            service = build(load(conf))
            web = HTTPServer(make_app(service))
            socket, port = bind_unused_port()
            web.add_sockets([socket])
            try:
                return await asyncio.to_thread(run, Client(port))
            finally:
                web.stop()
                await web.close_all_connections()
                await service.drain(1)

        return asyncio.run(scenario())

    return serve


ENDPOINTS = {
    "a picture": ("/unsafe/30x30/photo.jpg", "GET", 200),
    "a picture's head": ("/unsafe/30x30/photo.jpg", "HEAD", 200),
    "a bad address": ("/nonsense", "GET", 400),
    "the root": ("/", "GET", 400),
    "a missing source": ("/unsafe/30x30/missing.jpg", "GET", 404),
    "no picture": ("/unsafe/30x30/text.txt", "GET", 400),
    "another method": ("/unsafe/30x30/photo.jpg", "POST", 405),
    "a made-up method": ("/unsafe/30x30/photo.jpg", "BREW", 405),
    "meta": ("/unsafe/meta/30x30/photo.jpg", "GET", 200),
    "an address that is too long": ("/unsafe/" + "a" * 17_000, "GET", 414),
    "the health check": ("/healthcheck", "GET", 200),
    "the block list": ("/blacklist", "GET", 200),
    "a new line of the block list": ("/blacklist?x.jpg", "PUT", 200),
    "an upload that is not there": ("/image/" + "0" * 32, "GET", 404),
    "a purge that is not signed": ("/purge/x/1/photo.jpg", "POST", 400),
    "a purge by GET": ("/purge/x/1/photo.jpg", "GET", 405),
    "a filter that fails": ("/unsafe/filters:image(/missing.jpg)/photo.jpg", "GET", 400),
}


@pytest.mark.parametrize("asked", ENDPOINTS.values(), ids=ENDPOINTS)
def test_types_are_not_to_be_guessed_of(served, asked):
    path, method, expected = asked
    status, headers, _ = served(lambda client: client.ask(path, method))
    assert status == expected
    assert headers["x-content-type-options"] == "nosniff"


def test_types_are_not_to_be_guessed_of_uploads_and_304(served):
    def run(client):
        body = (PICTURES / "photo.jpg").read_bytes()
        created = client.ask("/image", "POST", {"Content-Type": "image/jpeg"}, body)
        where = created[1]["location"]
        first = client.ask("/unsafe/30x30/photo.jpg")
        known = {"If-None-Match": first[1]["etag"]}
        again = client.ask("/unsafe/30x30/photo.jpg", headers=known)
        return [created, client.ask(where), again, client.ask(where.rsplit("/", 1)[0], "DELETE")]

    answers = served(run)
    assert [status for status, _, _ in answers] == [201, 200, 304, 204]
    assert {headers["x-content-type-options"] for _, headers, _ in answers} == {"nosniff"}


ERRORS = {name: asked for name, asked in ENDPOINTS.items() if asked[2] >= 400}


@pytest.mark.parametrize("asked", ERRORS.values(), ids=ERRORS)
def test_an_error_page_runs_nothing_and_tells_nothing_of(served, asked):
    path, method, _ = asked
    _, headers, body = served(lambda client: client.ask(path, method))
    text = body.decode()
    assert headers["content-type"] == "text/plain; charset=utf-8"
    assert headers["content-security-policy"] == "default-src 'none'"
    assert len(text) < 300
    assert text.count("\n") <= 1
    for secret in ("Traceback", str(PICTURES), VERSION, "python", "tornado", KEY, "<"):
        assert secret.lower() not in text.lower()
    age = re.search(r"max-age=(\d+)", headers["cache-control"])
    assert age is None or int(age[1]) <= 5


def test_errors_do_not_repeat_what_was_sent(served):
    marker = "x" + secrets.token_hex(8)

    def run(client):
        return [
            client.ask(f"/unsafe/{marker}.jpg"),
            client.ask(f"/{marker}/30x30/photo.jpg"),
            client.ask(f"/unsafe/filters:{marker}(1)/{marker}.jpg"),
            client.ask(f"/unsafe/meta/photo.jpg?callback={marker}()"),
            client.ask("/unsafe/30x30/photo.jpg", "POST", {"X-Evil": marker}, marker.encode()),
            client.ask(f"/unsafe/%ff{marker}"),
        ]

    for _, headers, body in served(run):
        assert marker not in body.decode()
        assert not any(marker in value for value in headers.values())


BREAKS = ["%0d%0aX-Evil:%201", "%0aX-Evil:%201", "%0d", "%e5%98%8a%e5%98%8dX-Evil:%201", "%00"]
CARRIERS = [
    "/unsafe/filters:attachment({})/photo.jpg",
    "/unsafe/filters:format({})/photo.jpg",
    "/unsafe/filters:max_age({})/photo.jpg",
    "/unsafe/filters:expire({})/photo.jpg",
    "/unsafe/{}photo.jpg",
    "/{}unsafe/photo.jpg",
    "/image/{}",
    "/purge/{}/1/photo.jpg",
]


@pytest.mark.parametrize("carrier", CARRIERS)
def test_no_line_break_reaches_a_header_by(served, carrier):
    answers = served(lambda client: [client.ask(carrier.format(each)) for each in BREAKS])
    for status, headers, _ in answers:
        assert status < 500
        assert "x-evil" not in headers
        assert not any("\r" in value or "\n" in value for value in headers.values())


def test_no_line_break_reaches_a_header_by_the_name_of_an_upload(served):
    body = (PICTURES / "photo.jpg").read_bytes()

    def run(client):
        named = {"Content-Type": "image/jpeg", "Slug": 'a%0d%0aX-Evil: 1;"quoted"/../b.jpg'}
        return client.ask("/image", "POST", named, body)

    status, headers, _ = served(run)
    assert status == 201
    assert "x-evil" not in headers
    assert re.fullmatch(r"/image/[0-9a-f]{32}/[\w.\-]+", headers["location"])


GOOD_NAMES = ["cb", "a.b.c", "$", "_x1", "jQuery123_456", "a[0]", "a.b[0].c", "x" * 100]
BAD_NAMES = [
    "1x", "a b", "a;b", "alert(1)", "a(b)", "a=b", "a[x]", "a[0", "a..b", ".a", "a.", "a-b",
    "a%0ab", "<script>", "a'", 'a"', "a/*", "x" * 101, "ü", "a\\u0061",
]  # fmt: skip


@pytest.mark.parametrize("name", GOOD_NAMES)
def test_jsonp_calls_a_function_by(served, name):
    path = f"/unsafe/meta/30x30/photo.jpg?callback={name}"
    status, headers, body = served(lambda client: client.ask(path))
    assert status == 200
    assert body.startswith(b"/**/" + name.encode() + b"(")
    assert "javascript" in headers["content-type"]


@pytest.mark.parametrize("name", BAD_NAMES, ids=range(len(BAD_NAMES)))
def test_jsonp_runs_nothing_else(served, name):
    from urllib.parse import quote

    path = f"/unsafe/meta/30x30/photo.jpg?callback={quote(name)}"
    status, _, body = served(lambda client: client.ask(path))
    assert status == 400
    assert name not in body.decode()


def test_hosts_and_forwarding_headers_change_nothing(served):
    odd = [
        {"Host": "evil.example"},
        {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"},
        {"X-Forwarded-For": "127.0.0.1", "X-Real-Ip": "127.0.0.1", "Forwarded": "for=127.0.0.1"},
        {"X-HTTP-Method-Override": "DELETE", "X-Original-URL": "/blacklist"},
        {"X-Rewrite-URL": "/blacklist", "X-Forwarded-Prefix": "/evil"},
    ]

    def run(client):
        plain = client.ask("/unsafe/30x30/photo.jpg")
        others = [client.ask("/unsafe/30x30/photo.jpg", headers=each) for each in odd]
        return plain, [*others, client.ask("http://evil.example/unsafe/30x30/photo.jpg")]

    plain, others = served(run)
    for status, headers, body in others:
        assert status == 200
        assert body == plain[2]
        assert headers["etag"] == plain[1]["etag"]
        assert not any("evil" in value for value in headers.values())


def test_the_location_of_an_upload_does_not_depend_on_the_host(served):
    body = (PICTURES / "photo.jpg").read_bytes()
    given = {"Content-Type": "image/jpeg", "Host": "evil.example", "X-Forwarded-Host": "evil"}
    _, headers, _ = served(lambda client: client.ask("/image", "POST", given, body))
    assert headers["location"].startswith("/image/")


def test_q_0_means_no(served):
    def run(client):
        asked = ["image/webp", "image/webp;q=0", "image/webp;q=0.000, */*", "image/*;q=0"]
        return [client.ask("/unsafe/30x30/photo.jpg", headers={"Accept": each}) for each in asked]

    types = [headers["content-type"] for _, headers, _ in served(run, AUTO_WEBP=True)]
    assert types == ["image/webp", "image/jpeg", "image/jpeg", "image/jpeg"]


def test_the_type_is_the_encoders_and_not_the_urls(served):
    def run(client):
        body = (PICTURES / "photo.jpg").read_bytes()
        liar = {"Content-Type": "text/html", "Slug": "page.html"}
        where = client.ask("/image", "POST", liar, body)[1]["location"]
        return client.ask("/unsafe/30x30/" + where.split("/")[2] + "/page.html"), client.ask(where)

    made, original = served(run)
    assert made[1]["content-type"] == "image/jpeg"
    assert original[1]["content-type"] == "image/jpeg"


@pytest.mark.skipif(not find_spec("resvg_py"), reason="the extra svg is not installed")
def test_an_svg_is_sent_with_its_hands_tied(served):
    def run(client):
        created = client.ask("/image", "POST", {"Content-Type": "image/svg+xml"}, SVG)
        return client.ask(created[1]["location"])

    shown = served(run)
    policy = shown[1]["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy


def test_the_server_header_names_us_only(served):
    _, headers, _ = served(lambda client: client.ask("/unsafe/30x30/photo.jpg"))
    assert headers["server"] == f"thumborlike/{VERSION}"
    assert "x-powered-by" not in headers


@pytest.mark.parametrize("said", ["images", ""])
@pytest.mark.parametrize("path", ["/unsafe/30x30/photo.jpg", "/healthcheck", "/nonsense", "/image"])
def test_the_server_header_says_what_is_configured(served, said, path):
    _, headers, _ = served(lambda client: client.ask(path), SERVER_HEADER=said)
    assert headers.get("server", "") == said


def test_cache_tags_do_not_tell_the_name_of_the_source(served):
    _, headers, _ = served(lambda client: client.ask("/unsafe/30x30/photo.jpg"))
    assert re.fullmatch(r"[0-9a-f]{16}", headers["cache-tag"])
    assert headers["cache-tag"] == tag_of("photo.jpg")
    assert "photo" not in headers["surrogate-key"]


def test_a_signature_is_no_cache_key_for_another(served):
    """Two signatures of one picture share bytes, and neither answers for a forged one."""
    rest = "31x31/photo.jpg"
    good = f"/{SIGNERS['hmac_sha1'].sign(rest, KEY)}/{rest}"
    forged = f"/{SIGNERS['hmac_sha1'].sign(rest, 'another')}/{rest}"

    def run(client):
        return [client.ask(each)[0] for each in (good, good, forged, good)]

    assert served(run, ALLOW_UNSAFE_URL=False) == [200, 200, 400, 200]


def test_answers_are_whole_pictures_and_nothing_of_another(served):
    from PIL import Image

    def run(client):
        return [client.ask(f"/unsafe/{side}x{side}/photo.jpg")[2] for side in range(20, 40)]

    for side, body in zip(range(20, 40), served(run), strict=True):
        with Image.open(io.BytesIO(body)) as image:
            image.load()
            assert image.size == (side, side)
