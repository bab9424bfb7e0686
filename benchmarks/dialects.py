"""The URL of one and the same picture in the language of each server. Pure.

None where a server has no words for it.
"""

from __future__ import annotations

from collections.abc import Callable

from .rows import BRIGHTER, OVERLAY, OVERLAY_OPACITY, QUALITY, SOFTER, Work

Dialect = Callable[[Work, str], "str | None"]
"""What is wanted, the source's name -> the path of the URL."""

EDGE = 10
"""Pixels between the watermark and the picture's right and lower edge."""
_CHAIN = f"brightness({BRIGHTER}):grayscale():blur({SOFTER})"
_MARK = f"watermark({OVERLAY},-{EDGE},-{EDGE},{OVERLAY_OPACITY})"
_FILTERS = {"": (), "chain": (_CHAIN,), "watermark": (_MARK,)}


def thumbor(work: Work, source: str) -> str:
    """Ours and Thumbor. The quality is in their configuration."""
    return _thumbor_like(work, source, ())


def imagor(work: Work, source: str) -> str:
    """Its default quality is not ours, so the URL names it."""
    return _thumbor_like(work, source, (f"quality({QUALITY})",) if _lossy(work, source) else ())


def ipx(work: Work, source: str) -> str | None:
    """Modifiers with commas between; it cannot lay one picture over another.

    Where a picture is to fit in a box, it is the width that decides: ipx 3.1 shrinks boxes that
    are higher than the source before it fits anything in them.
    """
    if work.effects == "watermark":
        return None
    size = f"w_{work.width}" if work.fit else f"s_{work.width}x{work.height}"
    parts = [size, *((f"q_{QUALITY}",) if _lossy(work, source) else ())]
    if work.format:
        parts.append(f"f_{work.format}")
    if work.effects == "chain":
        parts += ["grayscale", f"blur_{SOFTER}"]  # ipx 3.1 answers 500 to its modulate_1.2
    return f"/{','.join(parts)}/{source}"


def imgproxy(work: Work, source: str) -> str | None:
    """Without a signature. Its free version has neither brightness nor grayscale."""
    if work.effects == "chain":
        return None
    parts = [f"rs:{'fit' if work.fit else 'fill'}:{work.width}:{work.height}", f"q:{QUALITY}"]
    if work.effects == "watermark":
        parts.append(f"wm:{OVERLAY_OPACITY / 100}:soea:{EDGE}:{EDGE}")
    kind = work.format or source.rpartition(".")[2]  # else WebP and AVIF become JPEG
    parts.append(f"f:{'jpg' if kind == 'jpeg' else kind}")
    return f"/insecure/{'/'.join(parts)}/plain/local:///{source}"


def _lossy(work: Work, source: str) -> bool:
    """Whether the result has a quality."""
    return bool(work.format) or not source.endswith((".png", ".gif"))


def _thumbor_like(work: Work, source: str, more: tuple[str, ...]) -> str:
    size = f"{'fit-in/' if work.fit else ''}{work.width}x{work.height}"
    filters = [*_FILTERS[work.effects], *more]
    if work.format:
        filters.append(f"format({work.format})")
    middle = f"filters:{':'.join(filters)}/" if filters else ""
    return f"/unsafe/{size}/{middle}{source}"
