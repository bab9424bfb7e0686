"""Sitemaps of all kinds, hostile ones among them."""

import gzip

import pytest

from thumborlike.batch.answers import Answer
from thumborlike.errors import ConfigurationError
from thumborlike.warming import sitemap
from thumborlike.warming.sitemap import addresses
from thumborlike.warming.sources import SitemapReader

SPACES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
    'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
)
IMAGES = f"""<?xml version="1.0" encoding="UTF-8"?><urlset {SPACES}>
<url><loc>https://a.net/page</loc>
  <image:image><image:loc>https://a.net/1.jpg?a=1&amp;b=2</image:loc></image:image>
  <image:image><image:loc> <![CDATA[https://a.net/2.jpg]]> </image:loc></image:image></url>
<url><loc>https://a.net/other</loc></url></urlset>"""
PAGES = f"<urlset {SPACES}><url><loc>https://a.net/x.jpg</loc></url></urlset>"


def index(*places):
    inner = "".join(f"<sitemap><loc>{place}</loc></sitemap>" for place in places)
    return f"<sitemapindex {SPACES}>{inner}</sitemapindex>"


def found(files, place="https://a.net/s.xml"):
    asked = []

    def read(where):
        asked.append(where)
        body = files[where]
        return body if isinstance(body, bytes) else body.encode()

    return list(addresses(place, read)), asked


def test_images_where_there_are_some_else_pages():
    assert found({"https://a.net/s.xml": IMAGES})[0] == [
        "https://a.net/1.jpg?a=1&b=2",
        "https://a.net/2.jpg",
    ]
    assert found({"s.xml": PAGES}, "s.xml")[0] == ["https://a.net/x.jpg"]


def test_an_index_of_packed_ones():
    files = {
        "https://a.net/s.xml": index("https://a.net/1.xml.gz", "https://a.net/2.xml"),
        "https://a.net/1.xml.gz": gzip.compress(PAGES.encode()),
        "https://a.net/2.xml": index("https://a.net/3.xml", "https://a.net/s.xml"),
        "https://a.net/3.xml": IMAGES,
    }
    listed, asked = found(files)
    assert len(listed) == 3
    assert asked == list(files)


def test_an_index_on_the_web_stays_on_its_host_and_off_the_disk():
    places = ("http://169.254.169.254/x", "file:///etc/passwd", "/etc/passwd", "http://[")
    listed, asked = found({"https://a.net/s.xml": index(*places)})
    assert (listed, len(asked)) == ([], 1)


def test_an_index_on_disk_leads_to_the_web():
    listed, _ = found(
        {"s.xml": index("https://b.net/1.xml"), "https://b.net/1.xml": PAGES}, "s.xml"
    )
    assert listed == ["https://a.net/x.jpg"]


BOMB = '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]><urlset>&c;</urlset>'


@pytest.mark.parametrize(
    "body",
    [BOMB, '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "", "<urlset>", "<html><p></html>",
     b"\x1f\x8bnonsense", b"\xff\xd8\xff"],
)  # fmt: skip
def test_what_is_no_sitemap(body):
    with pytest.raises(ConfigurationError):
        found({"https://a.net/s.xml": body})


def test_a_bomb_of_gzip(monkeypatch):
    monkeypatch.setattr(sitemap, "LARGEST", 1 << 20)
    with pytest.raises(ConfigurationError, match="larger"):
        found({"https://a.net/s.xml": gzip.compress(b" " * (4 << 20))})


def test_an_index_without_end(monkeypatch):
    monkeypatch.setattr(sitemap, "MOST", 5)

    def read(place):
        return index(*(f"{place}{letter}" for letter in "ab")).encode()

    with pytest.raises(ConfigurationError, match="more than 5"):
        list(addresses("https://a.net/", read))


def test_deep_nesting_costs_little():
    assert found({"https://a.net/s.xml": "<a>" * 20_000 + "</a>" * 20_000})[0] == []


def test_one_that_has_moved_is_told_and_not_followed():
    class Moved:
        def ask(self, url, headers):
            return Answer(301, {"location": "https://www.a.net/s.xml"})

    with pytest.raises(ConfigurationError, match=r"301, it is at https://www\.a\.net/s\.xml"):
        SitemapReader(Moved())("https://a.net/s.xml")
