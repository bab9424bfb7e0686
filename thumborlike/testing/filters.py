"""What every filter promises."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Awaitable, Callable
from contextlib import nullcontext, suppress
from typing import Any

from PIL import Image

from ..errors import BadFilterArgument, TooManyPixels
from ..filtering import BoundFilter, Filter, Frame, bind
from ..focusing import FACE
from ..interfaces import FocalPoint
from .checks import Broken, Check, checks_of, expect

MODES = ("RGB", "RGBA", "L", "LA", "P", "1", "CMYK", "I;16")
"""Pillow's modes that occur."""

SIZES = ((40, 30), (1, 1), (1, 7), (33, 1))
BAD_ARGUMENTS = ("(", ")", "'", "nonsense,nonsense", "9" * 40, "\0", "-", ",,,,,,,,", "[(", "%")


def filter_checks() -> tuple[Check, ...]:
    """Checks of a filter: `check(lambda: vignette, "vignette(60)")`, the call as in a URL.

    Filters that ask for other pictures are not run.
    """
    return checks_of(_PROMISES, lambda plugin, executor: plugin)


async def _declared(found: Filter[Any, Any], call: str) -> None:
    """It is declared, documented, and read from a URL."""
    expect(isinstance(found, Filter), "a function under @pixel_filter or @request_filter")
    expect(found.phase in ("pixels", "request"), "a phase")
    expect(inspect.getdoc(found.function), "a docstring, which is its documentation")
    expect(found.parameters is not None, "parameters that a URL can carry")
    _bound(found, call)


async def _pickled(found: Filter[Any, Any], call: str) -> None:
    """It travels to workers: it is found in its module under its own name."""
    bound = _bound(found, call)
    expect(pickle.loads(pickle.dumps(found)) is found, "by reference")  # noqa: S301
    expect(pickle.loads(pickle.dumps(bound)).arguments == bound.arguments, "with its arguments")  # noqa: S301


async def _refusing(found: Filter[Any, Any], call: str) -> None:
    """Arguments that do not fit are no error: the call is left out, or runs. Strict ones refuse."""
    for text in BAD_ARGUMENTS:
        with suppress(BadFilterArgument) if found.strict else nullcontext():
            bind(f"{found.name}({text})", {found.name: found})


async def _any_mode(found: Filter[Any, Any], call: str) -> None:
    """It takes pictures of any mode and size, and gives a frame with a picture."""
    for frame in _frames(found):
        changed = _run(found, call, frame)
        expect(isinstance(changed, Frame), f"{frame.image.mode}: a Frame is promised")
        expect(isinstance(changed.image, Image.Image), "with a picture of Pillow's")
        changed.image.load()


async def _unchanged(found: Filter[Any, Any], call: str) -> None:
    """The picture that it is given stays as it is: others may have it, too."""
    for frame in _frames(found):
        before = frame.image.copy()
        _run(found, call, frame)
        same = frame.image.size == before.size and frame.image.mode == before.mode
        expect(same and frame.image.tobytes() == before.tobytes(), "changed in place")


async def _repeatable(found: Filter[Any, Any], call: str) -> None:
    """The same call on the same picture gives the same picture."""
    for frame in _frames(found):
        first, second = (_run(found, call, frame).image for _ in range(2))
        expect(first.tobytes() == second.tobytes(), f"{frame.image.mode}: not twice the same")


async def _bounded(found: Filter[Any, Any], call: str) -> None:
    """Where pixels are few it makes none beyond them, or raises TooManyPixels."""
    for frame in _frames(found, max_pixels=40 * 30):
        image = _run(found, call, frame).image
        expect(image.width * image.height <= 40 * 30, "frame.check_size is to be asked")


def _bound(found: Filter[Any, Any], call: str) -> BoundFilter:
    bound = bind(call, {found.name: found})
    if len(bound) != 1:
        raise Broken(f"the call {call!r} does not fit the filter {found.name!r}")
    return bound[0]


def _run(found: Filter[Any, Any], call: str, frame: Frame) -> Frame:
    try:
        return _bound(found, call).apply(frame)
    except (BadFilterArgument, TooManyPixels):
        return frame


def _frames(found: Filter[Any, Any], max_pixels: int = 0) -> list[Frame]:
    """Frames in every mode and size; none for filters of other phases, or with inner pictures."""
    if found.phase != "pixels":
        return []
    return [
        Frame(_picture(mode, size), requested=size, max_pixels=max_pixels, found=(_face(size),))
        for mode in MODES
        for size in SIZES
    ]


def _face(size: tuple[int, int]) -> FocalPoint:
    """One that reaches over the right edge."""
    return FocalPoint(size[0] - 2, size[1] / 2, 9, 6, size[1] / 2, FACE, 0.9)


def _picture(mode: str, size: tuple[int, int]) -> Image.Image:
    across = Image.linear_gradient("L").resize(size)
    round_about = Image.radial_gradient("L").resize(size)
    colours = Image.merge(
        "RGB", (across, round_about, across.transpose(Image.Transpose.ROTATE_180))
    )
    if mode == "RGBA":
        return Image.merge("RGBA", (*colours.split(), round_about))
    if mode == "LA":
        return Image.merge("LA", (across, round_about))
    if mode == "I;16":
        return across.convert("I").point(lambda level: level * 257).convert("I;16")
    return colours.convert(mode)


_PROMISES: dict[str, Callable[..., Awaitable[None]]] = {
    "declared": _declared,
    "pickled": _pickled,
    "bad_arguments": _refusing,
    "any_mode": _any_mode,
    "unchanged": _unchanged,
    "repeatable": _repeatable,
    "bounded": _bounded,
}
