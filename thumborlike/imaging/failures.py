"""Pillow's exceptions become ours, in one place."""

from __future__ import annotations

import struct
import zlib
from contextlib import ContextDecorator
from typing import TypeAlias

from PIL import Image, UnidentifiedImageError

from ..errors import BrokenImage, NotAnImage, ThumborlikeError, TooManyPixels

Kinds: TypeAlias = "type[BaseException] | tuple[type[BaseException], ...]"

DECODER_ERRORS = (
    OSError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    ArithmeticError,
    SyntaxError,
    EOFError,
    RuntimeError,
    AssertionError,
    NameError,
    SystemError,
    struct.error,
    zlib.error,
)
"""What Pillow's codecs let out for damaged bytes, names that it forgot to set among them."""


OUT_OF_MEMORY = (TooManyPixels, "the picture needs more memory than there is")


class _Translation(ContextDecorator):
    """A context, or a decorator, in which errors become ours, by the first rule that fits.

    A rule has the kinds of errors, ours, and its text. Not a generator: a picture passes through
    several of these, and generators cost ten times as much.
    """

    __slots__ = ("_rules",)

    def __init__(self, *rules: tuple[Kinds, type[ThumborlikeError], str]) -> None:
        self._rules = rules

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None:
            return
        for kinds, ours, text in self._rules:
            if isinstance(error, kinds):
                raise ours(text) from error


_DECODING = _Translation(
    (UnidentifiedImageError, NotAnImage, "the source is not a picture that can be read"),
    ((MemoryError, Image.DecompressionBombError), *OUT_OF_MEMORY),
    (DECODER_ERRORS, BrokenImage, "the source is damaged"),
)
_WITHIN_MEMORY = _Translation((MemoryError, *OUT_OF_MEMORY))


def decoding() -> _Translation:
    """Raise `NotAnImage`, `TooManyPixels` or `BrokenImage` for whatever a decoder raises."""
    return _DECODING


def encoding(format_name: str) -> _Translation:
    """Raise `BrokenImage` or `TooManyPixels` for whatever an encoder raises."""
    # a picture may be stranger than its decoder noticed
    broken = (DECODER_ERRORS, BrokenImage, f"the picture cannot be written as {format_name}")
    return _Translation((MemoryError, *OUT_OF_MEMORY), broken)


def within_memory() -> _Translation:
    """Raise `TooManyPixels` where memory runs out, whatever the work was."""
    return _WITHIN_MEMORY
