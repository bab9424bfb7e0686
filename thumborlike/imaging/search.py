"""`max_bytes()`: the best quality that fits, in few encodes."""

from __future__ import annotations

import math
from collections.abc import Callable

MOST_ENCODES = 6
LOWEST = 1


def smallest_or_best(encode: Callable[[int], bytes], quality: int, most: int) -> bytes:
    """The result of about the highest quality up to `quality` that has at most `most` bytes.

    Bisects within `MOST_ENCODES` encodes, where sizes on both sides are known near the quality
    that they point at; the last encode is the lowest quality if none has fitted. The smallest
    result if that does not fit either. Thumbor 7.8 goes down in steps of a quarter and gives the
    largest file back when it runs out of them.
    """
    smallest = encode(quality)
    if len(smallest) <= most:
        return smallest
    best: bytes | None = None
    low, high, over = LOWEST, quality - 1, len(smallest)
    for left in reversed(range(MOST_ENCODES - 1)):
        if low > high:
            break
        tried = LOWEST if not left and best is None else _next(low, high, best, over, most)
        body = encode(tried)
        if len(body) <= most:
            best, low = body, tried + 1
        else:
            high, over = tried - 1, len(body)
        smallest = min(smallest, body, key=len)
    return smallest if best is None else best


def _next(low: int, high: int, best: bytes | None, over: int, most: int) -> int:
    """The quality to try: `best` is what `low - 1` gave, `over` the size that `high + 1` has."""
    room = (high - low) // 4
    if not best:
        return (low + high) // 2
    part = math.log(most / len(best)) / math.log(over / len(best))
    return min(max(round(low - 1 + part * (high - low + 2)), low + room), high - room)
