"""When a fetch has to be over."""

from __future__ import annotations

import asyncio

from thumborlike.records import dataclass


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment of the loop's clock, or never (None)."""

    ends: float | None

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """So many seconds from now; 0 for never."""
        return cls(asyncio.get_running_loop().time() + seconds if seconds else None)

    def left(self) -> float | None:
        """Seconds until then, more than 0; None for no end. Raises asyncio.TimeoutError."""
        if self.ends is None:
            return None
        left = self.ends - asyncio.get_running_loop().time()
        if left <= 0:
            raise asyncio.TimeoutError
        return left

    def sooner(self, seconds: float) -> Deadline:
        """The earlier of this one and the one in so many seconds; 0 for this one."""
        other = Deadline.after(seconds).ends
        if other is None or self.ends is None:
            return self if other is None else Deadline(other)
        return Deadline(min(self.ends, other))
