"""The parser against libthumbor's own expression, group by group, on generated paths."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from hypothesis import example, given, settings
from hypothesis import strategies as st
from libthumbor.url import Url

from thumborlike.errors import MalformedRequest, NotSigned
from thumborlike.url.grammar import LARGEST, parse, split

EXPRESSION = re.compile(Url.regex())

TEXT = """
    unsafe debug meta trim trim:top-left trim:bottom-right:15 trim:50 trim::50 trim:50:top-left
    trim:top-left: trim: 10x20:30x40 0x0:0x0 1x2:3 10x20:30x-40 -1x1:2x2 fit-in adaptive-fit-in
    full-fit-in adaptive-full-fit-in full-adaptive-fit-in fit-in- 300x200 -300x-200 x -x- 300x
    x200 origx orig origxorig -origx-orig 0x0 -0x-0 --3x2 3x--2 300 3.5x2 +3x2 3X2 3x2x1 left
    right center top bottom middle smart Smart SMART% filters: filters:) filters:() filters:a(1)
    filters:a(1):b(2) filters:blur(2 filters:blur%282%29 filters:)) filters:w(http: h a.jpg ) ()
    %2F %zz % %E1 %C3%A1 á 日本 l1oW8Gl_63SFO4lIcwWEqkSewIE= l1oW%3D a%0Ab ²x³ ١x٢ 1x१:2x٣
    trim:٣ 000000000000000000000300x0001 12345678901234567890x1
"""
WORDS = TEXT.split()

segments = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(WORDS),
    st.sampled_from(["", "", "\n", "a\nb", "\r", "\x85", "\u2028", " ", "\x00"]),
    st.text("0123456789x:-origtm()/%fil\n٣", max_size=12),
    st.text(max_size=6),
    st.builds("{}x{}".format, st.text("-0123456789", max_size=9), st.text("-09٣", max_size=9)),
)
separators = st.sampled_from(["/", "/", "/", "/", "/", "//", "", ")/", ":", "%2F", "\\"])
ORDERED = ["unsafe", "debug", "meta", "trim:9", "1x2:3x4", "full-fit-in", "5x-6", "left", "top"]
ORDERED += ["smart", "filters:a(b/c):d()", "i.jpg"]


@st.composite
def paths(draw: st.DrawFn) -> str:
    """Segments in any order, with odd separators and ends."""
    text = draw(st.sampled_from(["", "/", "/", "/", "//", "/unsafe/", "/unsafe/", "unsafe/"]))
    for segment in draw(st.lists(segments, max_size=9)):
        text += segment + draw(separators)
    return text + draw(st.sampled_from(["", "/", "a.jpg", "h/i.jpg"]))


@st.composite
def ordered_paths(draw: st.DrawFn) -> str:
    """All parts in their order, some left out, one or two replaced or swapped."""
    parts = [part for part in ORDERED if draw(st.booleans())]
    for _ in range(draw(st.integers(0, 2))):
        parts.insert(draw(st.integers(0, len(parts))), draw(segments))
    return "/" + "/".join(parts)


def expected(path: str) -> dict[str, str] | None:
    match = EXPRESSION.fullmatch(path)
    return match and {name: text for name, text in match.groupdict().items() if text}


def check(path: str) -> None:
    groups = split(path)
    if groups is not None:
        assert groups.pop("signed_part") in path
        groups.pop("size", None)
    assert groups == expected(path)


@given(paths())
@settings(max_examples=1500, deadline=None)
@example("")
@example("/")
@example("//")
@example("///")
@example("/unsafe/")
@example("/unsafe//")
@example("//unsafe/a")
@example("/unsafe/filters:a)//")
@example("/unsafe/filters:))/b")
@example("/unsafe/filters:)/)/b")
def test_any_path(path: str) -> None:
    check(path)


@given(ordered_paths())
@settings(max_examples=1000, deadline=None)
def test_nearly_right_path(path: str) -> None:
    check(path)


@given(st.text("/x:-1)(%u\n", max_size=14))
@settings(max_examples=1000, deadline=None)
def test_soup(path: str) -> None:
    check(path)


def integer(digits: str | None) -> int:
    return min(int(digits or 0), LARGEST)


@given(st.one_of(paths(), ordered_paths()))
@settings(max_examples=1000, deadline=None)
def test_values(path: str) -> None:
    """What Thumbor 7.8 makes of the groups; only ASCII, which is all that it reads rightly."""
    groups = expected(path)
    if not path.isascii() or groups is None:
        return
    try:
        image = parse(path)
    except NotSigned:
        assert "unsafe" not in groups and "hash" not in groups
        return
    except MalformedRequest:
        decoded = [unquote(text, errors="surrogateescape") for text in groups.values()]
        assert any("\udc80" <= letter <= "\udcff" for letter in "".join(decoded))
        return
    assert image.source == quote(unquote(groups["image"]))
    assert image.filters == unquote(groups.get("filters", ""))
    assert image.signature == (unquote(groups["hash"]) if "hash" in groups else None)
    width = groups.get("width")
    assert image.width == ("orig" if width == "orig" else integer(width))
    assert image.flip_horizontal == ("horizontal_flip" in groups)
    assert image.flip_vertical == ("vertical_flip" in groups)
    assert (image.debug, image.meta) == ("debug" in groups, "meta" in groups)
    assert (image.trim is None) == ("trim" not in groups)
