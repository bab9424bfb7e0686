from __future__ import annotations

import pytest
from thumborlike.loaders._urls import canonical_host, normalise, parse, redirected


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("h/a%20b", "http://h/a%20b"),
        ("h/a b", "http://h/a%20b"),
        ("h/a%2520b", "http://h/a%20b"),
        ("h/%C3%A1", "http://h/%C3%A1"),
        ("h/a%3Fb%3Dc%20d", "http://h/a?b=c%20d"),
        ("h/a%23b", "http://h/a#b"),
        ("h/%5Bx%5D%7C%22%3C%3E%7B%7D%5E%60%5C", "http://h/%5Bx%5D%7C%22%3C%3E%7B%7D%5E%60%5C"),
        ("h/%25zz", "http://h/%25zz"),
        ("http%3A//h/a", "http://h/a"),
        ("https%3A//h/a", "https://h/a"),
        ("http%253A//h/a", "http%3A//h/a"),
        ("HTTP%3A//h/a", "http://HTTP://h/a"),
        ("ftp%3A//h/a", "http://ftp://h/a"),
        ("httpbin.org/a", "http://httpbin.org/a"),
        ("h/~%40%23%24%26%28%29%2A%21%2B%3D%3A%3B%2C.%3F/%27", "http://h/~@#$&()*!+=:;,.?/'"),
    ],
)
def test_normalise_as_thumbor(name, url):
    """Thumbor 7.8's table; only `httpbin.org` differs, which it refuses."""
    assert normalise(name) == url


def test_normalise_with_another_scheme():
    assert normalise("h/a", "https") == "https://h/a"
    assert normalise("http%3A//h/a", "https") == "http://h/a"


@pytest.mark.parametrize(
    ("text", "url", "user"),
    [
        ("http://h", "http://h/", None),
        ("http://h?x", "http://h/?x", None),
        ("http://H.Example:80/a", "http://h.example/a", None),
        ("https://h:443/a", "https://h/a", None),
        ("https://h:80/a", "https://h:80/a", None),
        ("http://h:/a", "http://h/a", None),
        ("http://u:p@h/a", "http://h/a", "u"),
        ("http://good@evil@h/a", "http://h/a", "good@evil"),
        ("http://good%5C@evil/", "http://evil/", "good\\"),
        ("http://@h/a", "http://h/a", ""),
        ("http://h/a b\r\n", "http://h/a%20b%0D%0A", None),
        ("http://h/á#f", "http://h/%C3%A1", None),
        ("http://h/%5B::1%5D?[1]", "http://h/%5B::1%5D?[1]", None),
        ("http://%5B::1%5D:8080/x", "http://[::1]:8080/x", None),
        ("http://[2001:DB8:0::1]/x", "http://[2001:db8::1]/x", None),
        ("http://b%C3%BCcher.de/x", "http://xn--bcher-kva.de/x", None),
        ("http://%31%32%37.0.0.1/", "http://127.0.0.1/", None),
        ("http://a_b.example./", "http://a_b.example./", None),
    ],
)
def test_parse(text, url, user):
    target = parse(text)
    assert (target.url, target.user) == (url, user)
    assert "@" not in target.text.partition("/")[2].partition("/")[2].partition("/")[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http:",
        "http://",
        "http:///a",
        "http:/h/a",
        "ftp://h/a",
        "http://ftp://h/a",
        "http://HTTP://h/a",
        "http://8.8.8.8%20x.1/",
        "file:///etc/passwd",
        "http://h:abc/",
        "http://h:0/",
        "http://h:65536/",
        "http://h:²/",
        "http://h:+80/",
        "http://a..b/",
        "http://-%20b/",
        "http://h%2Fevil/",
        "http://us%00er@h/",
        "http://us:p%0Aw@h/",
        "http://h%00/",
        "http://h%0d%0a/",
        "http://[::1/",
        "http://[h]/",
        "http://[::1]x/",
        "http://[fe80::1%25eth0]/",
        "http://1.2.3.4.5/",
        "http://256.1.1.1/",
        "http://0x/",
        "http://" + "a" * 64 + "/",
        "http://" + "ü" * 64 + "/",
        "http://" + "a." * 127 + "a/",
    ],
)
def test_what_cannot_be_fetched(text):
    with pytest.raises(ValueError):
        parse(text)


@pytest.mark.parametrize(
    "spelling",
    ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "0x7f000001", "017700000001", "127.0.0.1.",
     "１２７.０.０.１", "127。0。0。1"],
)  # fmt: skip
def test_one_spelling_for_an_address(spelling):
    assert canonical_host(spelling) == "127.0.0.1"


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/b", "http://h:8080/b"),
        ("c?d", "http://h:8080/dir/c?d"),
        ("?d", "http://h:8080/dir/a?d"),
        ("//other/b", "http://other/b"),
        ("https://other/b#c", "https://other/b"),
        (" /a b\x01ü ", "http://h:8080/a%20b%01%C3%BC"),
        ("http://good\\@evil/", "http://evil/"),
        ("/%2F%zz", "http://h:8080/%2F%zz"),
    ],
)
def test_redirected(location, url):
    assert redirected(parse("http://h:8080/dir/a?x"), location).url == url


def test_secrets_are_not_shown():
    assert "secret" not in repr(parse("http://user:secret@h/"))
