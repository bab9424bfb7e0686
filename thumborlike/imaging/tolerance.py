"""Whether pictures that end early are decoded as far as they go: sources are, uploads are not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Tolerance(threading.local):
    """Stands for a switch of Pillow's that all threads share; here each thread has its own."""

    strict = False

    def __bool__(self) -> bool:
        return not self.strict


TOLERANCE = _Tolerance()


@contextmanager
def strictly() -> Iterator[None]:
    """Within, this thread decodes nothing that ends early: Pillow raises OSError."""
    TOLERANCE.strict = True
    try:
        yield
    finally:
        TOLERANCE.strict = False
