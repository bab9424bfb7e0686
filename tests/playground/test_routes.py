"""The endpoints of the playground: what they give, to whom, and that they are off by default."""

import json
import re

import pytest

from thumborlike.playground.description import ELSEWHERE, NO_KEY, NO_UPLOADS, NOT_SWITCHED_ON
from thumborlike.playground.files import page_files
from thumborlike.signing import SIGNERS

KEY = "a key of the tests"


def told(server):
    status, headers, body = server.get("/playground/description.json")
    assert (status, headers["content-type"]) == (200, "application/json")
    return json.loads(body)


def test_it_is_off_by_default(serving):
    with serving(PLAYGROUND=False) as server:
        for path in ("/playground", "/playground/", "/playground/main.js"):
            assert server.get(path)[0] == 400  # like any path that is no picture
        assert server.sign(["a.jpg"])[0] == 405


def test_the_page_runs_its_own_scripts_alone(playground):
    status, headers, body = playground.get("/playground")
    assert status == 200
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["x-content-type-options"] == "nosniff"
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(rb"<script[^>]*>[^<]|style=|\son\w+=|https?://(?!example)", body)


@pytest.mark.parametrize("name", sorted({*page_files()} - {"index.html"}))
def test_each_file_is_served_with_its_type(playground, name):
    status, headers, body = playground.get(f"/playground/{name}")
    assert status == 200
    assert headers["content-type"] == page_files()[name].media_type
    assert body == page_files()[name].body
    assert playground.get(f"/playground/{name}", If_None_Match=headers["etag"])[0] == 304


def test_the_page_names_files_that_exist():
    page = page_files()["index.html"].body.decode()
    for name in re.findall(r'"playground/([^"]+)"', page):
        assert name in page_files()
    scripts = [each for name, each in page_files().items() if name.endswith(".js")]
    for each in scripts:
        for name in re.findall(r'from "\./([^"]+)"', each.body.decode()):
            assert name in page_files()


def test_other_files_are_not_there(playground):
    assert playground.get("/playground/nothing.js")[0] == 404
    assert playground.get("/playground/%2e%2e/handlers.py")[0] == 400


def test_a_slash_too_much_is_no_dead_end(playground):
    status, headers, _ = playground.get("/playground/")
    assert (status, headers["location"]) == (301, "../playground")


def test_it_tells_what_the_server_has(playground):
    found = told(playground)
    assert found["pictures"] == ["balloons.jpg", "lake.jpg", "lighthouse.jpg"]
    assert found["unsafe"]
    assert found["uploads"]
    assert {"jpeg", "png", "webp", "gif"} <= set(found["formats"])
    assert (found["signs"], found["signs_why"]) == (False, NO_KEY)
    names = [each["name"] for each in found["filters"]]
    assert names == sorted(names)
    assert {"blur", "watermark", "quality"} <= set(names)


def test_it_tells_why_something_is_off(serving):
    with serving(SECURITY_KEY=KEY, UPLOAD_ENABLED=False, THUMBOR_QUIRKS=True) as server:
        found = told(server)
    assert (found["signs"], found["signs_why"]) == (False, NOT_SWITCHED_ON)
    assert (found["uploads"], found["uploads_why"]) == (False, NO_UPLOADS)
    assert "text" not in {each["name"] for each in found["filters"]}
    with serving(STORAGE="no") as server:
        assert told(server)["uploads_why"] == ELSEWHERE


def test_no_key_leaves_the_server(signing):
    assert KEY.encode() not in signing.get("/playground/description.json")[2]


def test_it_signs_pictures(signing):
    parts = ["300x200/smart/lake.jpg", "filters:blur(3)/lake.jpg"]
    status, headers, body = signing.sign(parts)
    assert status == 200
    assert headers["cache-control"] == "no-store"
    signer = SIGNERS["hmac_sha1"]
    paths = json.loads(body)["paths"]
    assert paths == [f"/{signer.sign(each, KEY)}/{each}" for each in parts]
    assert signing.get(paths[0])[0] == 200
    assert signing.get("/unsafe/300x200/lake.jpg")[0] == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Content-Type": "text/plain"},
    ],
    ids=str,
)
def test_it_signs_for_its_own_page_alone(signing, headers):
    assert signing.sign(["300x200/lake.jpg"], **headers)[0] == 403


def test_it_signs_for_its_own_page_as_browsers_say_it(signing):
    headers = {"Origin": signing.url, "Sec-Fetch-Site": "same-origin"}
    assert signing.sign(["300x200/lake.jpg"], **headers)[0] == 200


@pytest.mark.parametrize(
    "paths",
    [
        ["purge/4102444800/lake.jpg"],  # would be a call of another endpoint
        [],
        ["a.jpg"] * 65,
        [1],
        "a.jpg",
        [""],
        ["ä.jpg"],
        ["a\n.jpg"],
    ],
    ids=str,
)
def test_it_signs_nothing_but_pictures(signing, paths):
    assert signing.sign(paths)[0] == 400


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b'"paths"', b"[" * 5000])
def test_bad_calls_are_refused(signing, body):
    headers = {"Content-Type": "application/json"}
    assert signing.ask("POST", "/playground/sign", body, headers)[0] == 400


def test_without_a_key_it_says_why(playground):
    status, _, body = playground.sign(["a.jpg"])
    assert status == 403
    assert NO_KEY in body.decode()


def test_a_key_alone_does_not_sign(serving):
    with serving(SECURITY_KEY=KEY) as server:
        status, _, body = server.sign(["a.jpg"])
    assert status == 403
    assert NOT_SWITCHED_ON in body.decode()


def test_what_is_dropped_can_be_worked_on(playground):
    picture = playground.get("/unsafe/40x30/lake.jpg")[2]
    headers = {"Content-Type": "image/jpeg", "Slug": "mine.jpg"}
    status, headers, _ = playground.ask("POST", "/image", picture, headers)
    assert status == 201
    name = headers["location"].removeprefix("/image/")
    assert playground.get(f"/unsafe/20x20/{name}")[0] == 200


def test_explanations(playground, serving):
    status, headers, body = playground.get("/explain/unsafe/30x20/lake.jpg")
    assert (status, headers["content-type"]) == (200, "application/json")
    assert headers["cache-control"] == "no-store"
    assert json.loads(body)["result"]["width"] == 30
    assert playground.get("/explain/wrong/30x20/lake.jpg")[0] == 400
    with serving(EXPLAIN="off") as server:
        assert server.get("/explain/unsafe/30x20/lake.jpg")[0] == 400
        assert told(server)["explains"] == "off"


def test_the_demonstration_tells_its_times(playground):
    timing = playground.get("/unsafe/30x21/lake.jpg")[1]["server-timing"]
    assert timing.startswith("fetch;dur=")
