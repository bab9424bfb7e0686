"""What edits do to the resized picture, as calls of filters. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from .errors import bad_edit
from .numbers import color, number, whole

MOST = 16384
COLOURSPACES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"srgb": (), "rgb": (), "b-w": ("grayscale()",)}
)
Overlay = Callable[[str | None, str], str]
"""Bucket and key of another picture -> its name for our loader. Raises `LinkError`."""


def _extended(value: Any) -> list[str]:
    parts = mapping(value, "extend")
    sides = [whole(parts.get(side, 0), "extend") for side in ("left", "top", "right", "bottom")]
    shade = color(parts.get("background", "000000"), "extend")
    return [f"padding({shade},{','.join(map(str, sides))})"]


def _flattened(value: Any) -> list[str]:
    background = value.get("background", "000000") if isinstance(value, dict) else "000000"
    return [f"background_color({color(background, 'flatten')})"]


def _blurred(value: Any) -> list[str]:
    sigma = 1.0 if value is True else number(value, "blur", 0.3, 1000)
    return [f"blur({min(150, max(1, round(3 * sigma)))},{sigma:g})"]


def _sharpened(value: Any) -> list[str]:
    named = value.get("sigma", 1) if isinstance(value, dict) else value
    sigma = 1.0 if named is True else number(named, "sharpen", 0.01, 10000)
    return [f"sharpen(1.0,{min(sigma, 20):g},true)"]


def _modulated(value: Any) -> list[str]:
    parts, calls = mapping(value, "modulate"), []
    if "brightness" in parts:
        calls.append(
            f"brightness({round(100 * number(parts['brightness'], 'modulate', 0, 10)) - 100})"
        )
    if "saturation" in parts:
        calls.append(f"saturation({number(parts['saturation'], 'modulate', 0, 100):g})")
    if "hue" in parts:
        calls.append(f"hue({round(number(parts['hue'], 'modulate'))})")
    return calls


def _tinted(value: Any) -> list[str]:
    return [f"duotone(000000,{color(value, 'tint')},50)"]


def _convolved(value: Any) -> list[str]:
    parts = mapping(value, "convolve")
    kernel = parts.get("kernel")
    if not isinstance(kernel, list) or not kernel or len(kernel) > 225:
        raise bad_edit("convolve", "has no kernel")
    cells = ";".join(f"{number(each, 'convolve'):g}" for each in kernel)
    return [f"convolution({cells},{whole(parts.get('width', 3), 'convolve', 1, 15)},true)"]


def _medians(value: Any) -> list[str]:
    return [f"median({3 if value is True else whole(value, 'median', 1, 5)})"]


def _divided(value: Any) -> list[str]:
    level = 128 if value is True else whole(value, "threshold", 0, 255)
    return [f"threshold({level})"]


def _multiplied(value: Any) -> list[str]:
    if not isinstance(value, list):
        return [f"curve({_line(number(value, 'linear', 0, 255))},[],[],[])"]
    if len(value) != 3:
        raise bad_edit("linear", "needs a number, or one each for red, green and blue")
    lines = (_line(number(each, "linear", 0, 255)) for each in value)
    return [f"curve([],{','.join(lines)})"]


def _line(factor: float) -> str:
    """A straight curve through black, of so much slope."""
    if factor <= 1:
        return f"[(0,0),(255,{round(255 * factor)})]"
    return f"[(0,0),({round(255 / factor)},255)]"


def _coloured(value: Any) -> list[str]:
    if str(value) not in COLOURSPACES:
        raise bad_edit("toColourspace", "knows srgb and b-w alone")
    return list(COLOURSPACES[str(value)])


def overlaid(parts: Mapping[str, Any], overlay: Overlay) -> str:
    """Another picture on top. Raises `LinkError`."""
    key, bucket = parts.get("key"), parts.get("bucket")
    if not isinstance(key, str) or not key or not isinstance(bucket, (str, type(None))):
        raise bad_edit("overlayWith", "names no image")
    options = mapping(parts.get("options", {}), "overlayWith")
    x, y = (_place(options.get(side)) for side in ("left", "top"))
    alpha = whole(parts.get("alpha") or 0, "overlayWith", 0, 100)
    ratios = [
        str(whole(parts[name], "overlayWith", 1, 100)) if parts.get(name) else "none"
        for name in ("wRatio", "hRatio")
    ]
    return f"watermark({overlay(bucket, key)},{x},{y},{alpha},{','.join(ratios)})"


def _place(value: Any) -> str:
    if value is None:
        return "center"
    text = str(value).strip()
    if text.endswith("p"):
        return f"{whole(text[:-1], 'overlayWith', -100, 100)}p"
    return str(whole(text, "overlayWith", -MOST, MOST))


def mapping(value: Any, name: str) -> Mapping[str, Any]:
    """The value, if it is an object. Raises `LinkError`."""
    if not isinstance(value, dict):
        raise bad_edit(name, "is no object")
    return value


def _call(text: str) -> Callable[[Any], list[str]]:
    return lambda _: [text]


FILTERS: Mapping[str, Callable[[Any], list[str]]] = MappingProxyType(
    {
        "extend": _extended,
        "flatten": _flattened,
        "grayscale": _call("grayscale()"),
        "greyscale": _call("grayscale()"),
        "negate": _call("invert()"),
        "normalise": _call("equalize()"),
        "normalize": _call("equalize()"),
        "modulate": _modulated,
        "tint": _tinted,
        "median": _medians,
        "blur": _blurred,
        "sharpen": _sharpened,
        "convolve": _convolved,
        "threshold": _divided,
        "linear": _multiplied,
        "toColourspace": _coloured,
        "toColorspace": _coloured,
    }
)
"""In the order in which they are done."""
