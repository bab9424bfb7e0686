"""What `doctor` finds out about this machine: versions, codecs, programs."""

from __future__ import annotations

import importlib
import platform
import shutil
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from ..records import dataclass
from ..version import VERSION

Level = Literal["ok", "note", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report. `help` says what to do."""

    level: Level
    text: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class Codec:
    """A format and what it takes. `pillow`: Pillow's name; `feature`: of Pillow's build.

    `extra`: its name in `imaging.decoders.EXTRAS`, for formats that Pillow leaves to others.
    """

    name: str
    pillow: str
    writes: bool
    feature: str = ""
    help: str = "install Pillow from its wheels on PyPI, which have it"
    extra: str = ""


CODECS = (
    Codec("JPEG", "JPEG", writes=True, feature="jpg"),
    Codec("PNG", "PNG", writes=True, feature="zlib"),
    Codec("GIF", "GIF", writes=True),
    Codec("WebP", "WEBP", writes=True, feature="webp"),
    Codec("AVIF", "AVIF", writes=True, feature="avif"),
    Codec("TIFF", "TIFF", writes=True, feature="libtiff"),
    Codec("BMP", "BMP", writes=False),
    Codec("ICO", "ICO", writes=False),
    Codec("JPEG 2000", "JPEG2000", writes=False, feature="jpg_2000"),
    Codec("HEIF", "", writes=True, extra="heif"),
    Codec("JPEG XL", "", writes=True, extra="jxl"),
    Codec("SVG", "", writes=False, extra="svg"),
    Codec("PDF", "", writes=False, extra="pdf"),
)
PACKAGES = ("tornado", "pillow", "pycurl", "libthumbor")
PROGRAMS = {"jpegtran": "jpegtran", "gifv": "ffmpeg"}
"""Optimizer -> the program that it starts."""


def versions() -> Iterator[Check]:
    """What runs here, and what is missing of what the server needs."""
    yield Check("ok", f"thumborlike {VERSION}, {platform.system()} {platform.machine()}")
    yield Check("ok", f"Python {platform.python_version()}")
    yield from map(_package, PACKAGES)


def codecs() -> Iterator[Check]:
    """Each format: whether it is read, whether it is written, and how to get what lacks."""
    for codec in CODECS:
        ways = "in and out" if codec.writes else "in"
        if _has(codec):
            yield Check("ok", f"{codec.name}: {ways}")
        else:
            level: Level = "note" if codec.extra else "warning"
            cure = f"pip install 'thumborlike[{codec.extra}]'" if codec.extra else codec.help
            yield Check(level, f"{codec.name}: not available", cure)


def programs(optimizers: Iterable[str]) -> Iterator[Check]:
    """Programs that the configured optimizers start."""
    for name in optimizers:
        program = PROGRAMS.get(name)
        if program and shutil.which(program):
            yield Check("ok", f"{program} is on the PATH")
        elif program:
            text = f"optimizer {name!r} needs {program}, which is not on the PATH"
            yield Check("warning", text, f"install {program} or take it out of OPTIMIZERS")


def _package(name: str) -> Check:
    """A package may be there and not load: pycurl against another libcurl, for one."""
    try:
        found = version(name)
    except PackageNotFoundError:
        return Check("error", f"{name} is not installed", f"pip install {name}")
    try:
        module = importlib.import_module({"pillow": "PIL.Image"}.get(name, name))
    except ImportError as error:
        return Check("error", f"{name} {found} does not load: {error}", f"reinstall {name}")
    built = f" ({module.version.split()[1]})" if name == "pycurl" else ""
    return Check("ok", f"{name} {found}{built}")


def _has(codec: Codec) -> bool:
    from PIL import Image, features  # noqa: PLC0415

    from ..imaging.decoders import installed  # noqa: PLC0415

    if codec.extra:
        return installed(codec.extra)
    Image.init()
    built = not codec.feature or bool(features.check(codec.feature))
    return built and codec.pillow in Image.OPEN and (not codec.writes or codec.pillow in Image.SAVE)
