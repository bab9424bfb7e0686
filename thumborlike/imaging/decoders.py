"""Formats that take an extra package: which package, and the one interface to it.

Pillow reads and writes all other formats. A module of `EXTRAS` is imported when the first such
source or result comes, never before. It offers

    open_image(body, imaging) -> Image    opened as by Pillow: the size is known, nothing decoded
    save_image(image, options) -> bytes   where `Extra.writes`; options as `encode` makes them
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Protocol, cast

from PIL import Image

from ..errors import UnsupportedFormat
from ..records import dataclass
from ..settings.sections import ImagingSettings


@dataclass(frozen=True, slots=True)
class Extra:
    """`package` is imported by `module`, a sibling of this one; pip brings it as `name`."""

    name: str
    package: str
    module: str
    writes: bool = False


EXTRAS: Mapping[str, Extra] = MappingProxyType(
    {
        "heif": Extra("heif", "pillow_heif", "heif", writes=True),
        "jxl": Extra("jxl", "pyjpegxl", "jxl", writes=True),
        "svg": Extra("svg", "resvg_py", "svg"),
        "pdf": Extra("pdf", "pypdfium2", "pdf"),
    }
)
"""Format -> what reads it."""


class Codec(Protocol):
    """What a module of `EXTRAS` offers."""

    def open_image(self, body: bytes, imaging: ImagingSettings) -> Image.Image:
        """The source, opened. Raises `ImageError`s, or what `failures.decoding` translates."""
        ...

    def save_image(self, image: Image.Image, options: Mapping[str, Any]) -> bytes:
        """The picture in this format."""
        ...


def installed(name: str) -> bool:
    """Whether the package of an extra format is there; it is not imported."""
    return importlib.util.find_spec(EXTRAS[name].package) is not None


def writes(name: str) -> bool:
    """Whether results of an extra format can be made here."""
    return name in EXTRAS and EXTRAS[name].writes and installed(name)


def codec(name: str) -> Codec:
    """What reads and writes an extra format. Raises `UnsupportedFormat`, naming the extra."""
    extra = EXTRAS[name]
    if not installed(name):
        raise UnsupportedFormat(
            f"{name} needs an extra on the server: pip install 'thumborlike[{extra.name}]'"
        )
    try:
        return cast(Codec, importlib.import_module(f"{__package__}.{extra.module}"))
    except ImportError as error:
        raise UnsupportedFormat(f"the package for {name} does not load") from error
