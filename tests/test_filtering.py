"""The registry: declaring, reading calls, binding."""

from __future__ import annotations

import pickle
import string
import time
from pathlib import Path
from types import ModuleType
from typing import Annotated, Literal

import pytest
import thumborlike.filters
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from thumborlike.errors import BadFilterArgument, MalformedRequest, TooManyPixels
from thumborlike.filter_docs import builtin_registry, reference
from thumborlike.filtering import (
    Color,
    Filter,
    Frame,
    Job,
    Overlay,
    Pattern,
    Percent,
    Region,
    bind,
    collect,
    pixel_filter,
    request_filter,
    split_calls,
)

BUILTIN = builtin_registry()
ROOT = Path(__file__).parent.parent


@pixel_filter
def sample(
    frame: Frame,
    strength: Percent,
    mode: Literal["soft", "softer"] = "soft",
    color: Color | None = None,
) -> Frame:
    """A filter with a few parameters."""
    return frame


@pixel_filter(name="red_eye")
def other_name(frame: Frame) -> Frame:
    """Called by another name than the function's."""
    return frame


@pixel_filter
def texts(frame: Frame, one: str, two: str, three: str, four: int, five: str = "x") -> Frame:
    """More free texts than any filter of ours has."""
    return frame


@pixel_filter
def kinds(
    frame: Frame,
    flag: bool,
    factor: float,
    box: Region,
    hexadecimal: Annotated[int, Pattern("[0-9a-f]+", "hexadecimal", lambda text: int(text, 16))],
) -> Frame:
    """The other types."""
    return frame


@pixel_filter
def marked(frame: Frame, mark: Overlay, other: Overlay | None = None) -> Frame:
    """Shows its overlay."""
    assert mark.image is not None
    return frame.with_image(mark.image)


@request_filter
def asks(job: Job, value: int = 0) -> Job:
    """Changes nothing."""
    return job


def values(declared, call):
    found = declared.parse(call)
    return None if found is None else [value for _, value in found]


def test_a_filter_knows_itself():
    assert (sample.name, sample.phase, sample.__doc__) == (
        "sample", "pixels", "A filter with a few parameters.",
    )  # fmt: skip
    assert (other_name.name, asks.phase) == ("red_eye", "request")
    assert [(each.name, each.type.name, each.required) for each in sample.parameters] == [
        ("strength", "Natural", True), ("mode", "Choice", False), ("color", "Pattern", False),
    ]  # fmt: skip


def test_a_filter_is_still_its_function():
    frame = Frame(Image.new("L", (1, 1)))
    assert sample(frame, strength=80) is frame


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("sample(40)", [40]),
        ("sample( 40 , softer , fff )", [40, "softer", "fff"]),
        ("sample(40,soft,none)", [40, "soft", None]),
        ("sample(40)ignored", [40]),
        ("sample(101)", None),
        ("sample(-1)", None),
        ("sample(4.5)", None),
        ("sample()", None),
        ("sample(40,hard)", None),
        ("sample(40,soft,#fff)", None),
        ("sample(40,soft,red,1)", None),
        ("sample(40", None),
        ("sample", None),
        (f"sample({'0' * 6000}7)", [7]),
        (f"sample({'7' * 6000})", None),
        ("sample(٤)", None),
    ],
)
def test_reading_a_call(call, arguments):
    assert values(sample, call) == arguments


def test_other_types():
    call = "kinds(True,.5,1x2:3x4x,ff)"
    assert values(kinds, call) == [True, 0.5, Region(1, 2, 3, 4), 255]
    assert values(kinds, "kinds(yes,.5,1x2:3x4,ff)") is None
    assert values(kinds, "kinds(1,.5,1x2:3,ff)") is None
    assert values(kinds, f"kinds(1,{'9' * 500},1x2:3x4,ff)") is None


def test_numbers_stay_within_32_bit():
    assert values(asks, "asks(-2147483648)") == [-(2**31)]
    assert values(asks, "asks(2147483648)") is None
    assert values(asks, "asks(-2147483649)") is None


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("texts(a,b,c,1)", ["a", "b", "c", 1]),
        ("texts('a,b','c','d',1,'e,f')", ["a,b", "c", "d", 1, "e,f"]),
        ("texts('a','b','c','d',1)", ["a", "b", "c','d", 1]),
        ("texts('a\nb',c,d,1)", ["'a\nb'", "c", "d", 1]),
        ("texts(a,b,c,d)", None),
        ("texts( , ,c,1)", [" ", " ", "c", 1]),
    ],
)
def test_free_texts_end_where_the_rest_fits(call, arguments):
    assert values(texts, call) == arguments


def test_a_type_that_no_url_can_carry_is_told():
    @pixel_filter
    def wrong(frame: Frame, names: list[str]) -> Frame:
        return frame

    with pytest.raises(TypeError, match="no URL can carry"):
        _ = wrong.parameters


def test_splitting():
    assert split_calls("a(1):b('x):y'):c") == ["a(1)", "b('x)", "y')", "c"]


def test_binding_keeps_the_order_and_drops_what_does_not_fit():
    registry = {"sample": sample, "asks": asks}
    bound = bind("sample(1):Sample(2): sample(3):asks():sample(x):sample(4)", registry)
    assert [(each.filter.name, dict(each.arguments)) for each in bound] == [
        ("sample", {"strength": 1}), ("asks", {}), ("sample", {"strength": 4}),
    ]  # fmt: skip
    assert bind("", registry) == ()


def test_calls_are_counted_before_they_are_read():
    assert len(bind("asks():" * 3 + "asks()", {"asks": asks}, most=4)) == 4
    with pytest.raises(MalformedRequest):
        bind("nothing():" * 4 + "asks()", {"asks": asks}, most=4)


def test_overlays_are_asked_for_and_handed_over():
    (bound,) = bind("marked('a,b.png',c.png)", {"marked": marked})
    assert bound.overlays() == ("a,b.png", "c.png")
    image = Image.new("RGBA", (3, 3))
    frame = Frame(Image.new("L", (1, 1)))
    assert bound.apply(frame, {"a,b.png": image, "c.png": image}).image is image


def test_filters_and_their_calls_are_pickled_by_reference():
    for bound in bind("watermark(a.png,1,-2p,0):focal(1x2:3x4):format(png)", BUILTIN):
        again = pickle.loads(pickle.dumps(bound))
        assert again == bound
        assert again.filter is bound.filter


def test_check_size():
    frame = Frame(Image.new("L", (1, 1)), max_pixels=100)
    frame.check_size((10, 10))
    with pytest.raises(TooManyPixels):
        frame.check_size((101, 1))


def test_collect_takes_a_modules_own_filters_only():
    module = ModuleType("elsewhere")
    module.borrowed = sample
    assert dict(collect([module])) == {}


def test_the_list_of_filters_is_the_folder():
    folder = Path(thumborlike.filters.__file__).parent
    modules = sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("_"))
    assert list(thumborlike.filters.BUILTIN) == modules
    assert sorted(each.__module__.rpartition(".")[2] for each in BUILTIN.values()) == modules


def test_every_filter_is_explained():
    for each in BUILTIN.values():
        assert isinstance(each, Filter)
        assert each.__doc__


def test_the_reference_is_up_to_date():
    written = (ROOT / "docs" / "filters.md").read_text(encoding="utf-8")
    assert written == reference(BUILTIN), "python -m thumborlike.filter_docs > docs/filters.md"


@given(st.text(alphabet=string.printable + "é٣\u2003", max_size=60))
def test_no_text_raises(text):
    lenient = [name for name, each in BUILTIN.items() if not each.strict]
    for name in (*lenient, "texts"):
        bind(f"{name}({text}", {**BUILTIN, "texts": texts})


@given(st.text(alphabet=string.printable + "é٣\u2003", max_size=60))
def test_a_strict_call_runs_or_is_refused(text):
    """None is left out."""
    try:
        bound = bind(f"redact({text}", BUILTIN)
    except BadFilterArgument:
        return
    assert "redact" in [each.filter.name for each in bound]


HOSTILE = ("'", "',", "' ,", "'1',", "1", "0", " ", "'',1,", ",", "(", ")", "')", "1;", "(1,1),",
           "a", ".", "\n", "'\n,", "',1", "'  ,  1  ,", "é")  # fmt: skip


@pytest.mark.parametrize("name", sorted(BUILTIN))
def test_hostile_calls_are_read_in_linear_time(name):
    """8 KB in about a millisecond; Thumbor's expressions take minutes and more."""
    calls = [
        f"{name}({start}{piece * (8000 // len(piece))}{end}"
        for piece in HOSTILE
        for start in ("", "1,", "'", "a,1,1,")
        for end in ("", "x", "1", ")")
    ]
    BUILTIN[name].parse(calls[0])
    begin = time.perf_counter()
    for call in calls:
        BUILTIN[name].parse(call)
    assert (time.perf_counter() - begin) / len(calls) < 0.001


def test_the_example_of_the_documentation_works():
    page = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
    source = page.partition("```python\n")[2].partition("```")[0]
    module = ModuleType("vignette")
    exec(compile(source, "vignette.py", "exec", dont_inherit=True), vars(module))
    frame = Frame(Image.new("RGB", (20, 20), "white"))
    (bound,) = bind("vignette(100)", collect([module]))
    darkened = bound.apply(frame).image
    assert darkened.getpixel((0, 0)) < darkened.getpixel((10, 10))
