"""Where encoders write to.

Pillow's JPEG encoder holds the interpreter lock while it writes to a Python object, and releases
it while it writes to a file descriptor: 100 ms for 6 megapixels, in which neither the event loop
nor the other workers can go on. So it gets a file that lives in memory.
"""

from __future__ import annotations

import io
import os
from typing import BinaryIO


def buffer_for(format_name: str) -> BinaryIO:
    """An empty file in memory to be written, rewound, read and closed."""
    if format_name == "jpeg" and hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("jpeg"), "w+b")
    return io.BytesIO()
