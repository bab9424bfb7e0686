"""What is told of filters, so that the page can make controls of it."""

from typing import Annotated, Literal

import pytest

from thumborlike.filter_docs import builtin_registry
from thumborlike.filtering import Color, Frame, Overlay, Percent, Range, pixel_filter
from thumborlike.playground.controls import describe_filter, describe_filters
from thumborlike.playground.hints import CHOICES, COLORS, STARTS, USUAL

REGISTRY = builtin_registry()
TOLD = {each["name"]: each for each in describe_filters(REGISTRY, quirks=False)}


@pixel_filter
def sample(
    frame: Frame,
    strength: Percent,
    tint: Color,
    mark: Overlay,
    mode: Literal["soft", "hard"] = "hard",
    factor: Annotated[float, Range(0.5, 2)] = 1.0,
    border: int | None = None,
    dark: bool = True,
) -> Frame:
    """Does nothing.

    Nothing at all.
    """
    return frame


def test_a_filter_of_somebody_else_has_controls():
    found = describe_filter(sample)
    assert (found["name"], found["summary"]) == ("sample", "Does nothing.")
    assert found["details"] == "Nothing at all."
    kinds = {each["name"]: each["kind"] for each in found["parameters"]}
    assert kinds == {
        "strength": "integer", "tint": "color", "mark": "picture", "mode": "choice",
        "factor": "number", "border": "integer", "dark": "boolean",
    }  # fmt: skip
    by_name = {each["name"]: each for each in found["parameters"]}
    assert (by_name["strength"]["low"], by_name["strength"]["high"]) == (0, 100)
    assert by_name["mode"]["choices"] == ["soft", "hard"]
    assert by_name["border"]["none"]
    assert [by_name[name]["default"] for name in ("mode", "factor", "dark")] == [
        "hard",
        "1",
        "true",
    ]
    assert by_name["strength"]["default"] is None
    assert by_name["strength"]["required"]


def test_all_filters_are_told():
    assert list(TOLD) == sorted(REGISTRY)


def test_quirks_leave_those_out_that_thumbor_does_not_know():
    names = {each["name"] for each in describe_filters(REGISTRY, quirks=True)}
    assert names == {name for name, each in REGISTRY.items() if not each.ours}


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_what_a_filter_begins_with_fits_it(name):
    texts = [each["start"] for each in TOLD[name]["parameters"]]
    given = [
        text if text or not each.get("none") else "none"
        for text, each in zip(texts, TOLD[name]["parameters"], strict=True)
    ]
    quoted = [f"'{each}'" if "," in each and "[" not in each else each for each in given]
    call = f"{name}({','.join(quoted).replace('{picture}', 'lake.jpg')})"
    assert REGISTRY[name].parse(call) is not None, call


def test_hints_are_of_parameters_that_exist():
    known = {(name, each["name"]) for name, told in TOLD.items() for each in told["parameters"]}
    assert {*USUAL, *COLORS, *CHOICES} <= known
    assert set(STARTS) <= set(TOLD)


def test_a_slider_offers_what_the_filter_takes():
    for (name, parameter), usual in USUAL.items():
        (found,) = [each for each in TOLD[name]["parameters"] if each["name"] == parameter]
        assert (
            found.get("low", usual.low) <= usual.low < usual.high <= found.get("high", usual.high)
        )
