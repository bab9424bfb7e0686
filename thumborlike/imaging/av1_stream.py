"""The size that an AV1 stream gives, by its sequence headers (AV1 specification, 5.3 to 5.5)."""

from __future__ import annotations

from collections.abc import Iterator

Size = tuple[int, int]
SEQUENCE_HEADER = 1
LONGEST_HEADER = 512
"""Bytes of a sequence header that are read: 32 operating points take less."""


def announced_sizes(stream: memoryview) -> Iterator[Size]:
    """Width and height in each sequence header; (0, 0) for all other units.

    What is no stream ends it.
    """
    place = 0
    while place < len(stream) and not stream[place] & 0x80:
        first = stream[place]
        place += 2 if first & 0x04 else 1
        if first & 0x02:
            size, place = _leb128(stream, place)
        else:  # the last one may do without
            size = len(stream) - place
        is_header = first >> 3 & 0x0F == SEQUENCE_HEADER
        yield _announced(stream[place : place + size]) if is_header else (0, 0)
        place += size


def _leb128(stream: memoryview, place: int) -> tuple[int, int]:
    """A number, seven bits in a byte, and the place behind it."""
    value = 0
    for number, byte in enumerate(stream[place : place + 8]):
        value |= (byte & 0x7F) << 7 * number
        if not byte & 0x80:
            return value, place + number + 1
    return value, place + 8


class _Bits:
    """Numbers of any width, one after the other; past the end there are zeros."""

    def __init__(self, data: bytes) -> None:
        self._bits = int.from_bytes(data.ljust(LONGEST_HEADER, b"\0"), "big")
        self._left = 8 * LONGEST_HEADER

    def take(self, width: int) -> int:
        """The next number of so many bits."""
        self._left = max(self._left - width, 0)
        return self._bits >> self._left & (1 << width) - 1

    def skip_variable(self) -> None:
        """A number that says its own width (4.10.3)."""
        zeros = 0
        while zeros < 32 and not self.take(1):
            zeros += 1
        self.take(zeros if zeros < 32 else 0)


def _announced(header: memoryview) -> Size:
    """What a sequence header says (5.5.1)."""
    bits = _Bits(bytes(header[:LONGEST_HEADER]))
    bits.take(3 + 1)
    if bits.take(1):  # of a still picture, reduced
        bits.take(5)
    else:
        _skip_points(bits)
    width_bits, height_bits = bits.take(4) + 1, bits.take(4) + 1
    return bits.take(width_bits) + 1, bits.take(height_bits) + 1


def _skip_points(bits: _Bits) -> None:
    """Times, the decoder's model and operating points, which stand before the size."""
    delay_width = 0
    if bits.take(1):
        bits.take(32 + 32)
        if bits.take(1):
            bits.skip_variable()
        if bits.take(1):
            delay_width = bits.take(5) + 1
            bits.take(32 + 5 + 5)
    delays_told = bits.take(1)
    for _ in range(bits.take(5) + 1):
        bits.take(12)
        if bits.take(5) > 7:
            bits.take(1)
        if delay_width and bits.take(1):
            bits.take(2 * delay_width + 1)
        if delays_told and bits.take(1):
            bits.take(4)
