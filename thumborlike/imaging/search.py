"""`max_bytes()`: the best quality that fits, in few encodes."""

from __future__ import annotations

from collections.abc import Callable

MOST_ENCODES = 6
LOWEST = 1


def smallest_or_best(encode: Callable[[int], bytes], quality: int, most: int) -> bytes:
    """The result of the highest quality up to `quality` that has at most `most` bytes.

    Bisects within `MOST_ENCODES` encodes; the smallest result if none fits. Thumbor 7.8 goes
    down in steps of a quarter and gives the largest file back when it runs out of them.
    """
    smallest = encode(quality)
    if len(smallest) <= most:
        return smallest
    best: bytes | None = None
    low, high = LOWEST, quality - 1
    for _ in range(MOST_ENCODES - 1):
        if low > high:
            break
        middle = (low + high) // 2
        body = encode(middle)
        if len(body) <= most:
            best, low = body, middle + 1
        else:
            high = middle - 1
        smallest = min(smallest, body, key=len)
    return smallest if best is None else best
