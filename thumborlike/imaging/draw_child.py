"""The process that `drawing` starts: draws what comes on standard input. Imports nothing of ours.

draw_child.py svg WIDTH HEIGHT DPI FONTS    -> PNG
draw_child.py pdf-size DPI                  -> "WIDTH HEIGHT", in pixels
draw_child.py pdf WIDTH HEIGHT DPI          -> PPM, of the first page
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from typing import Any

MEMORY = 1 << 30
"""Bytes of address space."""

CPU_SECONDS = 5
POINTS_PER_INCH = 72


def svg(body: bytes, width: str, height: str, dpi: str, fonts: str) -> bytes:
    """The drawing on transparent ground."""
    import resvg_py  # noqa: PLC0415

    drawn: bytes = resvg_py.svg_to_bytes(
        svg_string=body.decode("utf-8"),
        width=int(width),
        height=int(height),
        dpi=float(dpi),
        skip_system_fonts=fonts == "0",
    )
    return drawn


def pdf_size(body: bytes, dpi: str) -> bytes:
    """The size of the first page."""
    width, height = _page(body).get_size()
    scale = float(dpi) / POINTS_PER_INCH
    return b"%d %d" % (max(round(width * scale), 1), max(round(height * scale), 1))


def pdf(body: bytes, width: str, height: str, dpi: str) -> bytes:
    """The first page on white ground."""
    page = _page(body)
    bitmap = page.render(
        scale=int(width) / page.get_size()[0], rev_byteorder=True, prefer_bgrx=False
    )
    rows = bytes(bitmap.buffer)
    used = bitmap.width * 3
    lines = (rows[at : at + used] for at in range(0, bitmap.height * bitmap.stride, bitmap.stride))
    return b"P6 %d %d 255\n" % (bitmap.width, bitmap.height) + b"".join(lines)


def _page(body: bytes) -> Any:
    import pypdfium2  # noqa: PLC0415

    return pypdfium2.PdfDocument(body)[0]


RENDERERS: dict[str, Callable[..., bytes]] = {"svg": svg, "pdf": pdf, "pdf-size": pdf_size}


def main() -> None:
    """Limit, read, draw, write."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform != "darwin":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    renderer = RENDERERS[sys.argv[1]]
    sys.stdout.buffer.write(renderer(sys.stdin.buffer.read(), *sys.argv[2:]))


if __name__ == "__main__":
    main()
