"""What the controls of filters should offer, where types alone say too little.

A filter accepts more than is of use: any whole number is a `brightness`, and those between -100
and 100 make sense. What is here only shapes controls; the server's own limits stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ..records import dataclass


@dataclass(frozen=True, slots=True)
class Usual:
    """The numbers that a slider should offer, and their step."""

    low: float
    high: float
    step: float = 1


_LEVEL = Usual(-100, 100)
_PERCENT = Usual(0, 100)
_ANGLE = Usual(0, 360)

USUAL: Mapping[tuple[str, str], Usual] = MappingProxyType(
    {
        ("blur", "radius"): Usual(1, 150),
        ("blur", "sigma"): Usual(0, 50, 0.5),
        ("brightness", "amount"): _LEVEL,
        ("colorize", "blue"): _PERCENT,
        ("colorize", "green"): _PERCENT,
        ("colorize", "red"): _PERCENT,
        ("contrast", "amount"): _LEVEL,
        ("hue", "angle"): _ANGLE,
        ("max_frames", "most"): Usual(1, 100),
        ("median", "side"): Usual(1, 5),
        ("noise", "amount"): _PERCENT,
        ("pixelate", "block_size"): Usual(1, 100),
        ("proportion", "factor"): Usual(0.05, 1, 0.05),
        ("quality", "value"): Usual(1, 100),
        ("rgb", "blue"): _LEVEL,
        ("rgb", "green"): _LEVEL,
        ("rgb", "red"): _LEVEL,
        ("saturation", "factor"): Usual(0, 3, 0.1),
        ("sharpen", "amount"): Usual(0, 10, 0.1),
        ("sharpen", "radius"): Usual(0, 5, 0.1),
        ("threshold", "level"): Usual(0, 255),
        ("trim", "tolerance"): _PERCENT,
        ("watermark", "transparency"): _PERCENT,
    }
)
"""By filter and parameter."""

COLORS = frozenset({("colorize", "color")})
"""Parameters that are colours though their type is plain text."""

CHOICES: Mapping[tuple[str, str], tuple[str, ...]] = MappingProxyType(
    {("rotate", "degrees"): ("0", "90", "180", "270"), ("gifv", "kind"): ("mp4", "webm")}
)
"""Parameters with few values that make sense."""

STARTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "attachment": ("picture",),
        "expire": ("4102444800000",),
        "focal": ("100x100:200x200",),
        "format": ("webp",),
        "gifv": ("mp4",),
        "image": ("/120x80/filters:grayscale()/{picture}", "-8", "-8"),
        "frame": ("{picture}",),
        "max_age": ("3600",),
        "max_bytes": ("20000",),
        "max_frames": ("10",),
        "orient": ("90",),
        "page": ("1",),
        "quality": ("80",),
        "watermark": ("{picture}", "-8", "-8", "30", "25"),
    }
)
"""What required parameters are at first, where the example of the reference does not say it.

`{picture}` stands for the picture that is worked on."""
