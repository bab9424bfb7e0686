"""Resizing in linear light (LINEAR_RESIZE), so that fine detail keeps its brightness.

Pixels hold brightness as displays take it, about the square root of light. Averaging those
values, as everybody does, darkens fine bright detail: a grid of black and white turns into 128
where the eye sees 188.
"""

from __future__ import annotations

import functools
from typing import Any

from PIL import Image, ImageMath

from ..geometry import Box, Plan
from .color import displayable, expanded
from .deferred import Drawing
from .resize import carried_out, cut, reduce_decoding, turn_of, upright
from .scaling import scaled

MODES = frozenset({"L", "LA", "RGB", "RGBA"})

FULL = 65535
"""Light of white; one level of a dark pixel is then 20 steps."""

CLEAR = 1 / 512
"""Alpha, of 1, below which no colour is left."""


def made(image: Image.Image, plan: Plan, resample: int, icc: bytes | None) -> Image.Image:
    """As `resize.made`, of 8-bit greys and colours; others go the usual way.

    Levels are taken for sRGB's, whose curve most profiles share.
    """
    whole = image.size
    if isinstance(image, Drawing):
        reduce_decoding(image, plan)
    image.load()
    plain = expanded(image)
    if plain.mode not in MODES or image.size != whole:
        return carried_out(image, whole, plan, resample, icc)
    part, inner = cut(plain, plan.box)
    unchanged = part.size == plan.size and inner == (0, 0, *part.size)
    small = part if unchanged else resized(part, plan.size, resample, inner)
    return upright(displayable(small, icc), turn_of(plan))


def resized(image: Image.Image, size: tuple[int, int], resample: int, box: Box) -> Image.Image:
    """The box of a picture in one of `MODES`, band by band; alpha weighs the light."""
    bands = list(image.split())
    if image.mode.endswith("A"):
        weight = bands.pop().point(_shares(), "F")
        small = scaled(weight, size, resample, box)
        done = [_of_light(_weighed(each, weight, small, resample, box)) for each in bands]
        done.append(_levels(small.point(lambda value: value * 255.0 + 0.5)))
    else:
        done = [_of_light(scaled(_light(each), size, resample, box)) for each in bands]
    merged = Image.merge(image.mode, done)
    merged.info = image.info.copy()
    return merged


def _weighed(
    band: Image.Image, weight: Image.Image, small: Image.Image, resample: int, box: Box
) -> Image.Image:
    """The light of a band, multiplied by alpha while it is resized."""
    product = ImageMath.lambda_eval(lambda of: of["a"] * of["b"], a=_light(band), b=weight)
    light = scaled(product, small.size, resample, box)
    clear = CLEAR

    def divided(of: dict[str, Any]) -> Any:
        return of["a"] / of["max"](of["b"], clear)

    quotient: Image.Image = ImageMath.lambda_eval(divided, a=light, b=small)
    return quotient


def _light(band: Image.Image) -> Image.Image:
    return band.point(_curve(), "F")


def _of_light(light: Image.Image) -> Image.Image:
    return light.point(lambda value: value * 1.0 + 0.5).convert("I").point(_levels_of_light(), "L")


def _levels(image: Image.Image) -> Image.Image:
    return image.convert("I").convert("L")


@functools.lru_cache(maxsize=1)
def _shares() -> list[float]:
    return [level / 255 for level in range(256)]


@functools.lru_cache(maxsize=1)
def _curve() -> list[float]:
    """Light of each level (IEC 61966-2-1)."""
    return [FULL * _to_light(level / 255) for level in range(256)]


@functools.lru_cache(maxsize=1)
def _levels_of_light() -> list[int]:
    return [round(255 * _from_light(light / FULL)) for light in range(FULL + 1)]


def _to_light(level: float) -> float:
    return level / 12.92 if level <= 0.04045 else float(((level + 0.055) / 1.055) ** 2.4)


def _from_light(light: float) -> float:
    return light * 12.92 if light <= 0.0031308 else float(1.055 * light ** (1 / 2.4) - 0.055)
