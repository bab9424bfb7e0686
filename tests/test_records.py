"""Records are dataclasses in all that can be seen of them."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from dataclasses import dataclass as standard
from typing import Any

import pytest

from thumborlike.records import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Point:
    """A record."""

    x: int
    y: int = 2
    tags: list[str] = field(default_factory=list)
    secret: str = field(default="s", repr=False)
    note: str = field(default="", compare=False)
    made: dict[str, int] = field(default_factory=dict, init=False)

    @property
    def sum(self) -> int:
        """Of both."""
        return self.x + self.y


@standard(frozen=True, slots=True)
class Standard:
    """What it is measured against."""

    x: int
    y: int = 2
    tags: list[str] = field(default_factory=list)  # noqa: RUF009
    secret: str = field(default="s", repr=False)
    note: str = field(default="", compare=False)
    made: dict[str, int] = field(default_factory=dict, init=False)  # noqa: RUF009


@dataclass(frozen=True, slots=True)
class Name:
    """One field."""

    text: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """No field."""


@dataclass(frozen=True, slots=True)
class Shy:
    """Methods of its own stay."""

    value: int

    def __repr__(self) -> str:
        return "shy"


@pytest.mark.parametrize(
    "make",
    [
        lambda kind: kind(1),
        lambda kind: kind(1, 3, ["a"], "t", "n"),
        lambda kind: kind(x=1, secret="k", tags=[]),
    ],
)
def test_looks_like_the_standard_dataclass(make: Any) -> None:
    ours, theirs = make(Point), make(Standard)
    assert repr(ours) == repr(theirs).replace("Standard", "Point")
    assert dataclasses.asdict(ours) == dataclasses.asdict(theirs)
    assert [each.name for each in dataclasses.fields(ours)] == [
        each.name for each in dataclasses.fields(theirs)
    ]
    assert Point.__match_args__ == Standard.__match_args__
    assert (
        inspect.signature(Point).parameters.keys() == inspect.signature(Standard).parameters.keys()
    )


@pytest.mark.parametrize("kind", [Point, Standard])
@pytest.mark.parametrize("arguments", [{}, {"x": 1, "z": 2}, {"x": 1, "made": {}}])
def test_wrong_arguments_are_refused(kind: Any, arguments: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        kind(**arguments)


def test_equal_by_the_fields_that_are_compared() -> None:
    assert Point(1) == Point(1, note="other")
    assert Point(1) != Point(2)
    assert Point(1) != Standard(1)
    assert hash(Name("a")) == hash(Name("a")) == hash(("a",))
    assert Nothing() == Nothing()
    assert len({Name("a"), Name("a"), Name("b")}) == 2
    assert repr(Shy(1)) == "shy"


def test_cannot_be_changed() -> None:
    point = Point(1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        del point.x
    with pytest.raises(AttributeError):
        point.other = 2  # type: ignore[attr-defined]
    assert not hasattr(point, "__dict__")


def test_factories_make_a_new_value_each() -> None:
    assert Point(1).tags is not Point(1).tags
    assert Point(1).made is not Point(1).made


def test_replaced_copied_pickled() -> None:
    point = Point(1, tags=["a"])
    assert replace(point, y=5) == Point(1, 5, ["a"])
    for other in (copy.copy(point), copy.deepcopy(point), pickle.loads(pickle.dumps(point))):
        assert other == point
        assert other.secret == point.secret


def test_other_kinds_are_refused() -> None:
    with pytest.raises(TypeError):
        dataclass(frozen=False, slots=True)


@pytest.mark.parametrize("kind", [Point, Standard])
def test_replaced_fields_are_new_and_the_others_stay(kind: Any) -> None:
    old = kind(1, 3, ["a"], "t", "n")
    new = replace(old, y=4, note="m")
    assert (new.x, new.y, new.note, new.secret) == (1, 4, "m", "t")
    assert new.tags is old.tags
    assert new.made is not old.made, "what `init` does not take is made anew"
    assert (old.y, old.note) == (3, "n")
    assert replace(Name("a"), text="b") == Name("b")
    assert replace(Nothing()) == Nothing()
    for wrong in ({"z": 1}, {"made": {}}):
        with pytest.raises((TypeError, ValueError)):
            replace(old, **wrong)
