"""What a filter may ask for: parameter types, read from the annotations of its function.

    def sample(frame: Frame, amount: Percent = 40, mark: Overlay | None = None) -> Frame

A type is a regular expression for the text of one argument, and a conversion. Expressions of
arguments contain no blank, comma or closing bracket at their ends and match in one way only:
that is what keeps `filter_calls` linear. Free text has no expression; its rule is there.
"""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union

from .records import dataclass, field

if TYPE_CHECKING:
    from PIL import Image

INT_LIMIT = 2**31 - 1
MAX_NUMBER_LENGTH = 64
"""Characters of a decimal number that are looked at; longer ones are out of range."""


@dataclass(frozen=True, slots=True)
class Range:
    """Allowed numbers, both ends included; None for open."""

    low: float | None = None
    high: float | None = None

    def check(self, number: float) -> None:
        """Raises ValueError outside."""
        if (self.low is not None and number < self.low) or (
            self.high is not None and number > self.high
        ):
            raise ValueError("out of range")

    def __str__(self) -> str:
        if self.low is None:
            return "" if self.high is None else f" up to {self.high:g}"
        return f" from {self.low:g}" + ("" if self.high is None else f" to {self.high:g}")


@dataclass(frozen=True, slots=True)
class Pattern:
    """An argument of a shape of its own, as `Annotated[type, Pattern(...)]`.

    `expression` must match in one way only and not end in something it also may continue
    with; it has no capturing groups. `shape` names it in the docs. `convert` turns the text
    into the value; a ValueError drops the filter.
    """

    expression: str
    shape: str
    convert: Callable[[str], Any] = str


@dataclass(frozen=True, slots=True)
class Overlay:
    """Another picture that a filter asks for. `image` is there when the filter runs."""

    name: str
    image: Image.Image | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Processed:
    """A picture that is made first: `path` is a URL path of its own, without a signature.

    `image` is there when the filter runs.
    """

    path: str
    image: Image.Image | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Region:
    """A box in pixels, as `LxT:RxB`; the sides are as written, so maybe inverted."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def parse(cls, text: str) -> Region:
        """Thumbor 7.8: what follows the fourth number is ignored. Raises ValueError."""
        found = _REGION.match(text)
        if not found:
            raise ValueError("not a region")
        return cls(*map(whole_number, found.groups()))


_REGION = re.compile(r"([0-9]+)x([0-9]+):([0-9]+)x([0-9]+)")

Color = Annotated[str, Pattern(r"\w+", "colour name or hexadecimal digits")]
"""A CSS name, 3, 4, 6 or 8 hexadecimal digits without `#`, or a word of the filter's own."""


@dataclass(frozen=True, slots=True)
class ParameterType:
    """How one argument is read. `expression` is None for free text.

    `nests`: the text may hold calls itself, so that it ends where its brackets are closed.
    """

    name: str
    shape: str
    expression: str | None
    convert: Callable[[str], Any]
    nests: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter after the frame or the job."""

    name: str
    type: ParameterType
    required: bool
    default: Any = None


def whole_number(text: str) -> int:
    """The int; ValueError beyond 32 bit, whatever the number of digits."""
    negative = text.startswith("-")
    digits = text.lstrip("-").lstrip("0") or "0"
    if len(digits) > len(str(INT_LIMIT)) or int(digits) > INT_LIMIT + negative:
        raise ValueError("beyond 32 bit")
    return -int(digits) if negative else int(digits)


def parameters_of(function: Callable[..., Any]) -> tuple[Parameter, ...]:
    """The parameters after the first. Raises TypeError for a type no URL can carry."""
    hints = typing.get_type_hints(function, include_extras=True)
    _, *wanted = inspect.signature(function).parameters.values()
    return tuple(_parameter(each, hints[each.name]) for each in wanted)


def _parameter(declared: inspect.Parameter, hint: Any) -> Parameter:
    required = declared.default is inspect.Parameter.empty
    default = None if required else declared.default
    return Parameter(declared.name, _type_of(hint), required, default)


def _type_of(hint: Any) -> ParameterType:
    origin = typing.get_origin(hint)
    if origin is Annotated:
        plain, *extras = typing.get_args(hint)
        return _annotated(plain, extras)
    if origin in (Union, types.UnionType):
        return _optional(hint)
    if origin is Literal:
        return _choice(typing.get_args(hint))
    if hint in _PLAIN:
        return _PLAIN[hint](Range())
    raise TypeError(f"no URL can carry an argument of type {hint!r}")


def _annotated(plain: Any, extras: list[Any]) -> ParameterType:
    for extra in extras:
        if isinstance(extra, Pattern):
            return ParameterType("Pattern", extra.shape, extra.expression, extra.convert)
        if isinstance(extra, Range):
            return _PLAIN[plain](extra)
    return _type_of(plain)


def _optional(hint: Any) -> ParameterType:
    (inner,) = (each for each in typing.get_args(hint) if each is not type(None))
    read = _type_of(inner)
    expression = None if read.expression is None else f"(?:{read.expression})|none"

    def convert(text: str) -> Any:
        return None if text == "none" else read.convert(text)

    return ParameterType(read.name, f"{read.shape}, or `none`", expression, convert)


def _choice(words: tuple[str, ...]) -> ParameterType:
    longest_first = sorted(words, key=len, reverse=True)
    expression = "|".join(map(re.escape, longest_first))
    return ParameterType("Choice", " or ".join(f"`{word}`" for word in words), expression, str)


def _integer(allowed: Range) -> ParameterType:
    def convert(text: str) -> int:
        number = whole_number(text)
        allowed.check(number)
        return number

    signed = allowed.low is None or allowed.low < 0
    name = "Integer" if signed else "Positive" if allowed.low else "Natural"
    bounds = Range(allowed.low, None if allowed.high == INT_LIMIT else allowed.high)
    return ParameterType(name, f"whole number{bounds}", "-?[0-9]+"[2 * (not signed) :], convert)


def _decimal(allowed: Range) -> ParameterType:
    def convert(text: str) -> float:
        if len(text) > MAX_NUMBER_LENGTH:
            raise ValueError("too many digits")
        allowed.check(float(text))
        return float(text)

    expression = r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
    return ParameterType("Decimal", f"number{allowed}", expression, convert)


def _boolean(_: Range) -> ParameterType:
    def convert(text: str) -> bool:
        return text in ("1", "true", "True")

    return ParameterType("Boolean", "`true` or `false`", "[Tt]rue|[Ff]alse|1|0", convert)


def _free_text(name: str, shape: str, convert: Callable[[str], Any]) -> ParameterType:
    return ParameterType(name, shape, None, convert)


_PLAIN: dict[Any, Callable[[Range], ParameterType]] = {
    int: _integer,
    float: _decimal,
    bool: _boolean,
    str: lambda _: _free_text("Text", "text", str),
    Region: lambda _: _free_text("Region", "box as `LxT:RxB`", Region.parse),
    Overlay: lambda _: _free_text("Overlay", "address of a picture", Overlay),
    Processed: lambda _: ParameterType(
        "Processed", "path of a picture: `/100x80/filters:blur(3)/a.png`", None, Processed, True
    ),
}
