from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thumborlike.settings.convert import Unfit, describe, fit, parse

Subsampling = int | str | None
Tables = Sequence[Sequence[int]] | str | None


@pytest.mark.parametrize(
    ("value", "hint", "expected"),
    [
        (3, int, 3),
        (75e6, int, 75_000_000),
        (5, float, 5.0),
        (True, bool, True),
        (0, bool, False),
        (1, bool, True),
        (None, bool, False),
        ("a", str, "a"),
        (Path("/srv"), str, "/srv"),
        (b"k", str | bytes | None, b"k"),
        (None, str | None, None),
        (False, str | None, None),
        (False, bool | str, False),
        (0, Subsampling, 0),
        ("keep", Subsampling, "keep"),
        (75e6, int | None, 75_000_000),
        (["a", "b"], tuple[str, ...], ("a", "b")),
        (("a",), tuple[str, ...], ("a",)),
        (None, tuple[str, ...], ()),
        ([[1, 2], [3]], Tables, ((1, 2), (3,))),
        ("auto", Literal["auto", "svt"], "auto"),
        ([re.compile("x")], tuple[str | re.Pattern[str], ...], (re.compile("x"),)),
    ],
)
def test_values_of_files_fit(value: Any, hint: Any, expected: Any) -> None:
    made = fit(value, hint)

    assert made == expected
    assert type(made) is type(expected)


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("3", int),
        (True, int),
        (0.5, int),
        (float("nan"), int),
        (float("inf"), float),
        (10**400, float),
        (True, float),
        ("False", bool),
        (2, bool),
        (3, str),
        (None, str),
        (None, int),
        (False, int | None),
        (True, str | None),
        (True, Subsampling),
        ("a", tuple[str, ...]),
        ([1], tuple[str, ...]),
        ("other", Literal["auto", "svt"]),
        ([], Mapping[str, Any]),
    ],
)
def test_values_of_files_that_do_not_fit(value: Any, hint: Any) -> None:
    with pytest.raises(Unfit):
        fit(value, hint)


@pytest.mark.parametrize(
    ("text", "hint", "expected"),
    [
        ("3", int, 3),
        (" 75e6 ", int, 75_000_000),
        ("2.5", float, 2.5),
        ("YES", bool, True),
        ("false", bool, False),
        ("", bool, False),
        ("0", bool, False),
        ("none", int | None, None),
        ("", int | None, None),
        ("7", int | None, 7),
        ("a", str | None, "a"),
        ("None", str | None, None),
        ("4:2:0", Subsampling, "4:2:0"),
        ("2", Subsampling, 2),
        ("a, b,c", tuple[str, ...], ("a", "b", "c")),
        ("['a', 'b']", tuple[str, ...], ("a", "b")),
        ('["a"]', tuple[str, ...], ("a",)),
        ("", tuple[str, ...], ()),
        ("[[1, 2], [3]]", Tables, ((1, 2), (3,))),
        ("keep", Tables, "keep"),
        ("svt", Literal["auto", "svt"], "svt"),
        ("{'version': 1}", Mapping[str, Any] | None, {"version": 1}),
    ],
)
def test_texts_of_the_environment(text: str, hint: Any, expected: Any) -> None:
    assert parse(text, hint) == expected


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("three", int),
        ("", int),
        ("True", int),
        ("maybe", bool),
        ("1.5", int | None),
        ("[1", tuple[str, ...]),
        ("x", Literal["auto", "svt"]),
        ("__import__('os')", Mapping[str, Any]),
    ],
)
def test_texts_that_do_not_fit(text: str, hint: Any) -> None:
    with pytest.raises(Unfit):
        parse(text, hint)


def test_lists_and_dictionaries_cannot_be_changed_afterwards() -> None:
    source = {"version": 1}

    made = fit(source, Mapping[str, Any])
    source["version"] = 2

    assert made == {"version": 1}
    with pytest.raises(TypeError):
        made["version"] = 3


@pytest.mark.parametrize(
    ("hint", "words"),
    [
        (int, "a whole number"),
        (int | None, "a whole number or None"),
        (tuple[str, ...], "a list (a text each)"),
        (Literal["a", "b"], "one of 'a', 'b'"),
        (Mapping[str, Any], "a dictionary"),
    ],
)
def test_types_in_words(hint: Any, words: str) -> None:
    assert describe(hint) == words


@pytest.mark.parametrize("hint", [int, float, bool, tuple[str, ...], int | None, Tables])
@given(text=st.text())
def test_any_text_is_parsed_or_refused(hint: Any, text: str) -> None:
    try:
        parse(text, hint)
    except Unfit as error:
        assert str(error) == describe(hint) or hint is bool
