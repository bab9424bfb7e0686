"""Pillow's exceptions become ours, in one place."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image, UnidentifiedImageError

from ..errors import BrokenImage, NotAnImage, TooManyPixels

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


@contextmanager
def decoding() -> Iterator[None]:
    """Raise `NotAnImage`, `TooManyPixels` or `BrokenImage` for whatever a decoder raises."""
    try:
        yield
    except UnidentifiedImageError as error:
        raise NotAnImage("the source is not a picture that can be read") from error
    except (MemoryError, Image.DecompressionBombError) as error:
        raise TooManyPixels("the picture needs more memory than there is") from error
    except DECODER_ERRORS as error:
        raise BrokenImage("the source is damaged") from error


@contextmanager
def encoding(format_name: str) -> Iterator[None]:
    """Raise `BrokenImage` or `TooManyPixels` for whatever an encoder raises."""
    try:
        yield
    except MemoryError as error:
        raise TooManyPixels("the picture needs more memory than there is") from error
    except DECODER_ERRORS as error:  # a picture may be stranger than its decoder noticed
        raise BrokenImage(f"the picture cannot be written as {format_name}") from error


@contextmanager
def within_memory() -> Iterator[None]:
    """Raise `TooManyPixels` where memory runs out, whatever the work was."""
    try:
        yield
    except MemoryError as error:
        raise TooManyPixels("the picture needs more memory than there is") from error
