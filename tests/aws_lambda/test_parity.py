"""The server with its socket and the function without one answer alike."""

from __future__ import annotations

import pytest
from lambda_forms import DECODING, FORMS, event_of, response_of
from lambda_parity import Server, compared, survives_decoding
from signed_links import KEY, links

LINKS = tuple(links())


@pytest.fixture(scope="module")
def keys(pictures):
    return {
        "SECURITY_KEY": KEY, "ALLOW_UNSAFE_URL": True, "STORAGE": "no", "LOADER": "file",
        "FILE_LOADER_ROOT_PATH": str(pictures), "AUTO_WEBP": True,
        "ACCESS_CONTROL_ALLOW_ORIGIN_HEADER": "*", "SOURCE_FAILURE_SECONDS": 0.0,
    }  # fmt: skip


@pytest.fixture(scope="module")
def server(keys):
    with Server(**keys) as running:
        yield running


@pytest.fixture(scope="module")
def answers(server):
    """The server's answers to all links."""
    return {link: server.get(link, headers={"Accept": "image/webp"}) for link in LINKS}


def test_there_are_enough_links():
    assert len(set(LINKS)) == len(LINKS) >= 200
    assert sum("%" in each for each in LINKS) > 60


@pytest.mark.parametrize("form", FORMS)
def test_answers_are_the_server_s_own(form, function, keys, answers):
    made = function(**keys)
    statuses = set()
    for link in LINKS:
        if form in DECODING and not survives_decoding(link):
            continue
        event = event_of(form, link, headers={"Accept": "image/webp"})
        found = response_of(form, made(event, None))
        assert compared(*found) == compared(*answers[link]), link
        statuses.add(found[0])
    assert {200, 400, 404} <= statuses


@pytest.mark.parametrize("form", FORMS)
def test_head_and_conditions_are_the_server_s_own(form, function, keys, server):
    made = function(**keys)
    for link in LINKS[:40:5]:
        etag = server.get(link)[1].get("etag", '"none"')
        for method, headers in (
            ("HEAD", {}),
            ("GET", {"If-None-Match": etag}),
            ("GET", {"If-None-Match": '"other"'}),
            ("HEAD", {"If-None-Match": f'"x", W/{etag}'}),
        ):
            found = response_of(form, made(event_of(form, link, method, headers), None))
            assert compared(*found) == compared(*server.get(link, method, headers)), (link, headers)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT", "PATCH"])
def test_other_methods_are_refused_as_the_server_does(form, method, function, keys, server):
    link = "/unsafe/20x20/photo.jpg"
    found = response_of(form, function(**keys)(event_of(form, link, method, body=b"x"), None))
    assert compared(*found) == compared(*server.get(link, method))
    assert found[0] == 405
