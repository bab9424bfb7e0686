from __future__ import annotations

import re

import pytest
from thumborlike.loaders._sources import AllowedSources
from thumborlike.loaders._urls import parse


def permits(entry, url):
    return AllowedSources.of((entry,)).permits(parse(url))


@pytest.mark.parametrize(
    ("entry", "url", "permitted"),
    [
        ("s.x.com", "http://s.x.com/a", True),
        ("s.x.com", "https://u:p@S.X.com:8080/a", True),
        ("s.x.com", "http://sax.com/a", False),
        ("s.x.com", "http://t.s.x.com/a", False),
        ("s.x.com", "http://s.x.com.evil.net/a", False),
        ("s.x.com", "http://s.x.com@evil.net/a", False),
        ("S.X.com", "http://s.x.com/a", True),
        ("s.x.com:8080", "http://s.x.com:8080/a", True),
        ("s.x.com:8080", "http://s.x.com/a", False),
        ("bücher.de", "http://b%C3%BCcher.de/a", True),
        ("xn--bcher-kva.de", "http://bücher.de/a", True),
        ("127.0.0.1", "http://0x7f.1/a", True),
        ("::1", "http://[::1]/a", True),
        ("[::1]", "http://[0:0::1]:8080/a", True),
        ("[::1]:80", "http://[::1]/a", True),
        (r".*\.x\.com", "http://s.x.com/a", True),
        (r".*\.x\.com", "http://s.x.com.evil.net/a", False),
        (r"^s\.x\.com$", "http://s.x.com/a", True),
        ("a.com|b.com", "http://b.com/a", True),
        ("a.com|b.com", "http://a.com.evil.net/a", False),
        ("a.com|b.com", "http://evil.net.b.com/a", False),
        (re.compile(r"s\.x\.com"), "http://s.x.com/a", False),
        (re.compile(r"https?://s\.x\.com/"), "https://s.x.com/a", True),
        (re.compile(r"http://s\.x\.com/pictures/"), "http://s.x.com/other/", False),
        (re.compile(r"http://s\.x\.com"), "http://s.x.com.evil.net/a", True),
        (re.compile(r"http://s\.x\.com"), "http://s.x.com@evil.net/a", False),
        (re.compile(r"http://s\.x\.com/a#b"), "http://s.x.com/a#b", True),
    ],
)
def test_rules(entry, url, permitted):
    """Thumbor 7.8's table, with alternatives anchored and user information unseen."""
    assert permits(entry, url) is permitted


@pytest.mark.parametrize("entries", [None, (), []])
def test_no_rule_allows_all(entries):
    assert AllowedSources.of(entries).permits(parse("http://anything/"))


def test_any_rule_may_match():
    rules = AllowedSources.of(["a.com", r"b\.com", re.compile("http://c")])
    assert all(rules.permits(parse(f"http://{host}/")) for host in ("a.com", "b.com", "c.com"))


@pytest.mark.parametrize(
    "entry", ["*.x.com", "(", "http://x.com", "x.com/a", "", "x.com:abc", 1, re.compile(b"x")]
)
def test_entries_that_cannot_be_rules(entry):
    with pytest.raises(ValueError, match="not"):
        AllowedSources.of([entry])
