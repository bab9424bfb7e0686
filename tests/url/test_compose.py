from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from libthumbor import CryptoURL

from thumborlike.errors import MalformedRequest
from thumborlike.signing import resolve_signer
from thumborlike.url.compose import compose, signed_path, unsafe_path
from thumborlike.url.encoding import encode
from thumborlike.url.explain import explain
from thumborlike.url.grammar import parse
from thumborlike.url.values import CropBox, Fit, ImageRequest, Trim

PLAIN = ImageRequest("", None, True, "", "h/i.jpg")

numbers = st.integers(0, 9999)
sides = st.one_of(numbers, st.just("orig"))
corners = st.sampled_from([None, "top-left", "bottom-right"])
words = st.sampled_from(["smart", "x", "-x-", "left", "meta", "trim", "1x2", "fit-in", "a b", "é"])
sources = st.one_of(
    st.text(min_size=1, max_size=12),
    st.lists(words, min_size=1, max_size=4).map("/".join),
    st.sampled_from(["http://h/a b.jpg?x=1#y", "/a", "//", "filters:a(1)/b", "unsafe/b"]),
)
texts = st.text("ab()/:,%#?' é+", max_size=12)
requests = st.builds(
    ImageRequest,
    path=st.just(""),
    signature=st.none(),
    unsafe=st.just(True),
    signed_part=st.just(""),
    source=sources.map(encode),
    debug=st.booleans(),
    meta=st.booleans(),
    trim=st.one_of(st.none(), st.builds(Trim, corners, st.one_of(st.none(), numbers))),
    crop=st.one_of(st.none(), st.builds(CropBox, numbers, numbers, numbers, st.integers(1, 9))),
    fit=st.sampled_from(Fit),
    width=sides,
    height=sides,
    flip_horizontal=st.booleans(),
    flip_vertical=st.booleans(),
    halign=st.sampled_from(["left", "center", "right"]),
    valign=st.sampled_from(["top", "middle", "bottom"]),
    smart=st.booleans(),
    filters=st.one_of(st.just(""), texts.map("f({})".format)),
)


@given(requests, st.booleans())
def test_parsing_what_was_composed(image: ImageRequest, adaptive: bool) -> None:
    image = replace(image, adaptive=adaptive and image.fit is not Fit.CROP)
    path = unsafe_path(image)
    part = path.removeprefix("/unsafe/")
    assert path.isascii()
    assert parse(path) == replace(image, path=path, signed_part=part)
    assert explain(path)[-1].value == part


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({}, "h/i.jpg"),
        ({"width": 300, "height": 200}, "300x200/h/i.jpg"),
        ({"height": 200, "flip_horizontal": True}, "-0x200/h/i.jpg"),
        ({"width": "orig", "flip_horizontal": True}, "-origx0/h/i.jpg"),
        (
            {"fit": Fit.FULL_FIT_IN, "adaptive": True, "width": 1},
            "adaptive-full-fit-in/1x0/h/i.jpg",
        ),
        ({"trim": Trim("bottom-right", 15)}, "trim:bottom-right:15/h/i.jpg"),
        ({"crop": CropBox(0, 0, 5, 6)}, "0x0:5x6/h/i.jpg"),
        ({"filters": "a(b/c)/d():fill(#fff)"}, "filters:a(b/c)%2Fd():fill(%23fff)/h/i.jpg"),
        ({"source": "smart/i.jpg"}, "smart%2Fi.jpg"),
        ({"source": "/i.jpg"}, "/i.jpg"),
    ],
)
def test_compose(changes: dict[str, object], part: str) -> None:
    assert compose(replace(PLAIN, **changes)) == part  # type: ignore[arg-type]


def test_signed_as_libthumbor_signs() -> None:
    image = replace(PLAIN, width=300, height=200, smart=True, filters="blur(2):rgb(1,2,3)")
    theirs = CryptoURL("KEY").generate(
        width=300, height=200, smart=True, filters=["blur(2)", "rgb(1,2,3)"], image_url="h/i.jpg"
    )
    assert signed_path(image, resolve_signer("hmac_sha1"), "KEY") == theirs


@pytest.mark.parametrize(
    "changes",
    [
        {"source": ""},
        {"width": -1},
        {"crop": CropBox(-1, 0, 5, 5)},
        {"filters": "blur"},
        {"filters": ")"},
    ],
)
def test_what_no_path_can_say(changes: dict[str, object]) -> None:
    with pytest.raises(MalformedRequest):
        compose(replace(PLAIN, **changes))  # type: ignore[arg-type]


def test_explain_names_every_part_in_order() -> None:
    rest = (
        "debug/meta/trim:50/10x20:30x60/adaptive-full-fit-in/-300x-orig/left/top/smart/"
        "filters:fill(%23fff):blur(2)/http://h/a.jpg"
    )
    parts = [(part.name, part.value) for part in explain(f"/l1oW=/{rest}")]
    assert parts == [
        ("signature", "l1oW="),
        ("debug", "debug"),
        ("meta", "meta"),
        ("trim", "trim:50"),
        ("crop", "10x20:30x60"),
        ("fit", "adaptive-full-fit-in"),
        ("size", "-300x-orig"),
        ("halign", "left"),
        ("valign", "top"),
        ("smart", "smart"),
        ("filter", "fill(#fff)"),
        ("filter", "blur(2)"),
        ("image", "http://h/a.jpg"),
        ("signed", rest),
    ]


@pytest.mark.parametrize(
    ("path", "name", "meaning"),
    [
        ("/unsafe/x/a.jpg", "size", "width as it follows, height as it follows"),
        (
            "/unsafe/-10x-/a",
            "size",
            "width 10, height as it follows; flipped left to right and upside down",
        ),
        (
            "/unsafe/trim/a",
            "trim",
            "cut off the border coloured like the top-left pixel, tolerance 0",
        ),
        ("/unsafe/fit-in/a", "fit", "no effect without a size"),
        ("/unsafe/9x9:1x1/a", "crop", "ignored: the box is empty"),
        ("/unsafe/0x0:0x0/a", "crop", "ignored: the box is empty"),
        ("/unsafe/1x2:11x22/a", "crop", "first cut out 10 by 20 pixels, from 1, 2"),
        ("/unsafe/a%20b", "image", "the source, kept as a%20b"),
    ],
)
def test_meanings(path: str, name: str, meaning: str) -> None:
    assert {part.name: part.meaning for part in explain(path)}[name] == meaning
