"""URLs that programs make: the same as libthumbor's, and answered by the server."""

import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest
from libthumbor import CryptoURL

from thumborlike.client import Images
from thumborlike.errors import MalformedRequest
from thumborlike.signing import resolve_signer, verify
from thumborlike.url.grammar import parse

SERVER = "https://img.example.com"
KEY = "a key of the tests"

ASKED = [
    {},
    {"width": 300},
    {"width": 300, "height": 200, "smart": True},
    {"width": -300, "height": -200},
    {"width": 300, "height": 200, "flip": True},
    {"width": "orig", "height": 200},
    {"width": 300, "height": 200, "fit_in": True},
    {"width": 300, "height": 200, "full_fit_in": True},
    {"width": 300, "height": 200, "adaptive_fit_in": True},
    {"width": 300, "height": 200, "adaptive_full_fit_in": True},
    {"width": 300, "halign": "left", "valign": "top"},
    {"crop": ((10, 20), (300, 400)), "width": 50},
    {"trim": True},
    {"meta": True},
    {"width": 30, "filters": ["blur(3)", "quality(80)"]},
]


@pytest.mark.parametrize("options", ASKED, ids=str)
def test_urls_are_those_of_libthumbor(options):
    wanted = CryptoURL(key=KEY).generate(image_url="folder/lake.jpg", **options)
    assert Images(SERVER, KEY).url("folder/lake.jpg", **options) == SERVER + wanted


@pytest.mark.parametrize("options", ASKED, ids=str)
@pytest.mark.parametrize("signer", ["hmac_sha1", "hmac_sha256", "hmac_sha512"])
def test_the_server_takes_them(options, signer):
    url = Images(SERVER + "/", KEY, signer).url("http://h.example/a b.jpg?c=d", **options)
    image = parse(url.removeprefix(SERVER))
    assert verify(resolve_signer(signer), KEY, image)
    assert image.source == "http%3A//h.example/a%20b.jpg%3Fc%3Dd"


def test_without_a_key_they_are_unsafe():
    assert Images(SERVER).url("lake.jpg", width=30) == f"{SERVER}/unsafe/30x0/lake.jpg"
    assert Images(SERVER).url("lake.jpg", crop=(1, 2, 3, 4)) == f"{SERVER}/unsafe/1x2:3x4/lake.jpg"
    assert Images(SERVER).url("l.jpg", trim="top-left") == f"{SERVER}/unsafe/trim:top-left/l.jpg"


@pytest.mark.parametrize(
    "options",
    [{"wdith": 30}, {"fit_in": True}, {"filters": ["blur"]}, {"crop": (-1, 0, 5, 5)}],
    ids=str,
)
def test_what_no_url_can_say_is_refused(options):
    with pytest.raises(MalformedRequest):
        Images(SERVER, KEY).url("lake.jpg", **options)


def test_a_set_keeps_the_ratio():
    found = Images(SERVER).srcset("lake.jpg", (640, 320), width=400, height=-300, smart=True)
    assert found == (
        f"{SERVER}/unsafe/320x-240/smart/lake.jpg 320w, "
        f"{SERVER}/unsafe/640x-480/smart/lake.jpg 640w"
    )
    assert Images(SERVER).srcset("lake.jpg", [100]) == f"{SERVER}/unsafe/100x0/lake.jpg 100w"


def test_densities():
    found = Images(SERVER).densities("lake.jpg", (1, 1.5, 2), width=101, height=50)
    urls = [each.split() for each in found.split(", ")]
    assert [url.removeprefix(f"{SERVER}/unsafe/") for url, _ in urls] == [
        "101x50/lake.jpg",
        "152x75/lake.jpg",
        "202x100/lake.jpg",
    ]
    assert [density for _, density in urls] == ["1x", "1.5x", "2x"]


@pytest.mark.parametrize("options", [{}, {"width": "orig"}], ids=str)
def test_densities_need_a_size(options):
    with pytest.raises(MalformedRequest):
        Images(SERVER).densities("lake.jpg", **options)


def test_a_set_needs_widths():
    with pytest.raises(MalformedRequest):
        Images(SERVER).srcset("lake.jpg", [])
    with pytest.raises(MalformedRequest):
        Images(SERVER).srcset("lake.jpg", width="orig")


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def read(markup):
    tags = Tags()
    tags.feed(markup)
    return tags.found


def test_a_picture_has_a_source_for_each_format():
    found = read(
        Images(SERVER, KEY).picture(
            'odd "name" & <b>.jpg',
            (300, 600),
            sizes="(max-width: 600px) 100vw, 50vw",
            alt='A "lake" <at> dawn',
            attributes={"loading": "lazy"},
            width=3,
            height=2,
        )
    )
    tags = [tag for tag, _ in found]
    assert tags == ["picture", "source", "source", "img"]
    assert [each["type"] for _, each in found[1:3]] == ["image/avif", "image/webp"]
    assert "format%28avif%29" not in found[1][1]["srcset"]
    assert "/300x200/filters:format(avif)/" in found[1][1]["srcset"]
    image = found[3][1]
    assert image["alt"] == 'A "lake" <at> dawn'
    assert image["loading"] == "lazy"
    assert image["srcset"].endswith(f"{image['src']} 600w")
    for url in re.findall(r"https://\S+", found[1][1]["srcset"]):
        assert verify(resolve_signer("hmac_sha1"), KEY, parse(url.removeprefix(SERVER)))


def test_it_loads_nothing_of_a_server():
    code = "import sys, thumborlike.client; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert loaded.isdisjoint({"tornado", "PIL", "pycurl", "jinja2", "django", "asyncio"})


def test_it_does_not_show_the_key():
    assert KEY not in repr(Images(SERVER, KEY))
