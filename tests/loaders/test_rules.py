"""Which loader is asked for what: router, chain, several folders, an address in front."""

from __future__ import annotations

import asyncio
import re

import pytest
from thumborlike.loaders import chain, http_prefix, multidir, router

from thumborlike.errors import (
    ConfigurationError,
    SourceEmpty,
    SourceFailed,
    SourceNotAllowed,
    SourceNotFound,
    SourceTimeout,
)
from thumborlike.interfaces import Source, SourceRequest
from thumborlike.settings.describe import entries
from thumborlike.testing import environment


class Told:
    """A loader that says which name it was asked for, or raises."""

    def __init__(self, label, failure=None, forbidden=()):
        self.label = label
        self.failure = failure
        self.forbidden = forbidden
        self.asked = []
        self.closed = 0

    def allows(self, source):
        return source not in self.forbidden

    async def load(self, wanted):
        self.asked.append(wanted)
        if self.failure:
            raise self.failure
        return Source(wanted.name, f"{self.label}:{wanted.name}".encode(), 12.0)

    async def close(self):
        self.closed += 1


def load(loader, name, **headers):
    return asyncio.run(loader.load(SourceRequest(name, headers)))


def routed(*routes):
    loaders = {label: Told(label) for _, label, *_ in routes}
    return router.RouterLoader(
        [router.Route(pattern, loaders[label], *front) for pattern, label, *front in routes]
    ), loaders


# Router


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("local/a.jpg", "file:local/a.jpg"),
        ("bucket/a%20b.jpg", "s3:a%20b.jpg"),
        ("p/42/a.jpg", "shop:https%3A//shop.example.com/img/a.jpg"),
        ("p/x/a.jpg", "http:p/x/a.jpg"),
        ("bucket/%FF%2520.jpg", "s3:%FF%2520.jpg"),
        (
            "http%3A//other.example.com/a.jpg%3Fx%3D1",
            "http:http%3A//other.example.com/a.jpg%3Fx%3D1",
        ),
    ],
)
def test_the_first_route_that_fits_counts(name, answer):
    loader, _ = routed(
        ("local/", "file"),
        ("bucket/", "s3", ""),
        (re.compile(r"p/\d+/"), "shop", "https://shop.example.com/img/"),
        ("", "http"),
    )
    assert loader.allows(name)
    source = load(loader, name)
    assert source.body.decode() == answer
    assert source.name == name, "it is stored under the name in the URL"
    assert source.modified == 12.0


def test_what_has_no_route_is_not_allowed():
    loader, _ = routed(("local/", "file"))
    assert not loader.allows("other/a.jpg")
    with pytest.raises(SourceNotAllowed):
        load(loader, "other/a.jpg")


@pytest.mark.parametrize(
    "name",
    ["in/../secret.jpg", "in/%2e%2e/secret.jpg", "in/a/..%2f..%2fsecret", "in/%252e%252e/x",
     "in/..%5Csecret"],
)  # fmt: skip
def test_nobody_climbs_out_of_what_is_put_in_front(name):
    loader, loaders = routed(("in/", "http", "https://s.example.com/public/"))
    assert not loader.allows(name)
    with pytest.raises(SourceNotAllowed):
        load(loader, name)
    assert not loaders["http"].asked


def test_the_rules_of_the_loader_count_for_the_name_that_it_gets():
    loader, loaders = routed(("in/", "http", "https://s.example.com/"))
    loaders["http"].forbidden = ("https%3A//s.example.com/a.jpg",)
    assert not loader.allows("in/a.jpg")
    assert loader.allows("in/b.jpg")
    with pytest.raises(SourceNotAllowed):
        load(loader, "in/a.jpg")


def test_headers_reach_the_loader_and_each_is_closed_once():
    loader, loaders = routed(("a", "http"), ("b", "http"), ("", "http"))
    shared = loaders["http"]
    load(loader, "a.jpg", accept="image/webp")
    assert shared.asked[0].headers == {"accept": "image/webp"}
    asyncio.run(loader.close())
    assert shared.closed == 1


@pytest.mark.parametrize(
    "routes",
    [
        ["local/"],
        [("local/",)],
        [("local/", 5)],
        [("local/", "file", "a/", "b/")],
        [("in/", "http", "https://s.example.com")],
        [("in/", "http", "s.example.com")],
        [(7, "file")],
    ],
)
def test_routes_that_make_no_sense_stop_the_start(routes):
    """`https://s.example.com` before `@evil.net/x` would be another host."""
    with pytest.raises(ConfigurationError):
        router.create(environment(ROUTER_LOADER_ROUTES=routes))


# Chain


def chained(*loaders, on=("not_found",)):
    return chain.ChainLoader(loaders, tuple(chain.KINDS[name] for name in on))


def test_the_first_that_has_it_counts():
    first, second, third = Told("1", SourceNotFound("no")), Told("2"), Told("3")
    assert load(chained(first, second, third), "a").body == b"2:a"
    assert not third.asked


def test_loaders_whose_rules_refuse_are_passed_over():
    assert load(chained(Told("1", forbidden=("a",)), Told("2")), "a").body == b"2:a"
    nobody = chained(Told("1", forbidden=("a",)), Told("2", forbidden=("a",)))
    assert not nobody.allows("a")
    with pytest.raises(SourceNotAllowed):
        load(nobody, "a")


@pytest.mark.parametrize("error", [SourceFailed("x"), SourceTimeout("x"), SourceEmpty("x")])
def test_a_failure_goes_on_only_where_that_is_wanted(error):
    with pytest.raises(type(error)):
        load(chained(Told("1", error), Told("2")), "a")
    assert load(chained(Told("1", error), Told("2"), on=("failed", "timeout")), "a").body == b"2:a"


def test_a_failure_is_told_rather_than_that_nothing_was_found():
    """A 404 would be remembered by caches although one origin was only out of order."""
    missing, broken = SourceNotFound("no"), SourceFailed("broken")
    for errors in ((missing, broken), (broken, missing)):
        with pytest.raises(SourceFailed):
            load(chained(*(Told("", each) for each in errors), on=("not_found", "failed")), "a")


def test_what_sends_on_is_one_of_a_few_words():
    with pytest.raises(ConfigurationError, match="CHAIN_LOADER_CONTINUE_ON"):
        chain.create(environment(CHAIN_LOADER_CONTINUE_ON=["404"]))


# An address in front


@pytest.mark.parametrize(
    ("prefix", "name", "fetched"),
    [
        ("https://s.example.com/", "a.jpg", "https%3A//s.example.com/a.jpg"),
        ("https://s.example.com/img/", "/x/a%20b.jpg", "https%3A//s.example.com/img/x/a%20b.jpg"),
        ("https://s.example.com", "a.jpg", "https%3A//s.example.com/a.jpg"),
        ("https://s.example.com", "%40evil.net/a.jpg", "https%3A//s.example.com/%40evil.net/a.jpg"),
        ("https://s.example.com/img/", "//evil.net/a", "https%3A//s.example.com/img/evil.net/a"),
        (
            "https://s.example.com/img/",
            "http%3A//evil.net/a.jpg",
            "https%3A//s.example.com/img/http%3A//evil.net/a.jpg",
        ),
    ],
)
def test_all_names_are_below_the_address(prefix, name, fetched):
    web = Told("web")
    source = load(http_prefix.PrefixLoader(web, prefix), name)
    assert web.asked[0].name == fetched
    assert source.name == name


def test_nobody_climbs_out_of_the_address():
    loader = http_prefix.PrefixLoader(Told("web"), "https://s.example.com/img/")
    for name in ("../a.jpg", "%2e%2e/a.jpg", "x/%252e%252e/%252e%252e/a.jpg"):
        assert not loader.allows(name)
        with pytest.raises(SourceNotAllowed):
            load(loader, name)


# Several folders


def test_the_first_folder_that_has_it_counts(tmp_path):
    for name, files in {"one": "a", "two": "ab"}.items():
        (tmp_path / name).mkdir()
        for each in files:
            (tmp_path / name / each).write_text(name)
    (tmp_path / "secret").write_text("secret")
    keys = {"TC_MULTIDIR_PATHS": [str(tmp_path / "one"), str(tmp_path / "two")]}
    loader = multidir.create(environment(**keys))
    assert [loader.load(SourceRequest(name)).body for name in "ab"] == [b"one", b"two"]
    for name in ("c", "../secret", "..%2Fsecret"):
        with pytest.raises(SourceNotFound):
            loader.load(SourceRequest(name))


@pytest.mark.parametrize("module", [chain, http_prefix, multidir, router])
def test_keys_are_not_thumbors(module):
    assert all(entry.setting.ours for entry in entries(module.SETTINGS))
