"""Runs a renderer of drawings in a process of its own, with limits that hold.

Renderers of SVG keep the interpreter lock for as long as they draw, a few hundred bytes can keep
one busy for hours, and PDF is read by a large library in C++. So each drawing gets a process
that has no environment, a deadline, a limit on memory and none of the server's keys.

A worker process that may not start another one is such a process itself, and draws here.
"""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

from PIL import Image

from ..errors import BrokenImage, ProcessingTimeout, UnsupportedFormat
from . import draw_child
from .failures import DECODER_ERRORS

SECONDS = 5.0
"""What one call may take."""

CHILD = Path(draw_child.__file__)
PANIC = "PanicException"
"""What libraries in Rust raise where they give up; it is no `Exception`."""


def draw(renderer: str, body: bytes, *arguments: object) -> bytes:
    """What the renderer writes. Raises `BrokenImage` or `ProcessingTimeout`."""
    command = [sys.executable, "-I", str(CHILD), renderer, *map(str, arguments)]
    try:
        done = subprocess.run(  # noqa: S603
            command, input=body, capture_output=True, timeout=SECONDS, env={}, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ProcessingTimeout("the drawing took too long to render") from error
    except PermissionError:
        return _drawn_here(renderer, body, *map(str, arguments))
    except OSError as error:
        raise UnsupportedFormat("no process can be started to draw this format") from error
    if done.returncode:
        cause = done.stderr.decode("utf-8", "replace").strip()[-500:]
        raise BrokenImage("the source is damaged") from RuntimeError(cause)
    return done.stdout


def _drawn_here(renderer: str, body: bytes, *arguments: str) -> bytes:
    try:
        return draw_child.RENDERERS[renderer](body, *arguments)
    except DECODER_ERRORS as error:
        raise BrokenImage("the source is damaged") from error
    except BaseException as error:
        if type(error).__name__ != PANIC:
            raise
        raise BrokenImage("the source is damaged") from RuntimeError(str(error))


def opened(written: bytes, size: tuple[int, int], mode: str) -> Image.Image:
    """The pixels that a renderer wrote, of exactly this size."""
    image = Image.open(io.BytesIO(written), formats=["PNG", "PPM"]).convert(mode)
    return image if image.size == size else image.resize(size)
