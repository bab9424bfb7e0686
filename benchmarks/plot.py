"""Two kinds of plots as SVG, drawn by hand: dots on a logarithmic axis, and lines. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

COLORS = {
    "ours": "#0f6fde",
    "Thumbor": "#d1495b",
    "ipx": "#8f6fc8",
    "imagor": "#2a9d6f",
    "imgproxy": "#e08d1b",
    "pipeline": "#8a93a0",
}
INK, FAINT, GRID, PAPER = "#1f2933", "#6b7682", "#e3e7ec", "#ffffff"
FONT = "font-family='system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif'"
LEFT, RIGHT, TOP, STEP, FOOT = 352, 40, 96, 26, 52
WIDTH = 920
TICKS = (0.25, 0.5, 1, 2, 4, 8, 16, 32, 64)

Dots = Mapping[str, float]
"""Contender -> value."""


def dots(title: str, note: str, rows: Sequence[tuple[str, Dots]]) -> str:
    """A line of dots for each row, on an axis of ratios where 1 is ours."""
    values = [value for _, row in rows for value in row.values()] or [1.0]
    ticks = _ticks(min([*values, 0.9]), max([*values, 2.0]))
    height = TOP + STEP * len(rows) + FOOT

    def across(value: float) -> float:
        low, high = math.log(ticks[0]), math.log(ticks[-1])
        return LEFT + (WIDTH - LEFT - RIGHT) * (math.log(value) - low) / (high - low)

    bottom = TOP + STEP * len(rows)
    parts = [_head(title, note, height), *_legend(_names(rows))]
    for tick in ticks:
        x, one = across(tick), tick == 1
        color, thick = (COLORS["ours"], 2) if one else (GRID, 1)
        parts.append(_line(x, TOP - 8, x, bottom, color, thick))
        parts.append(_text(x, bottom + 20, f"{tick:g}x", "middle", INK if one else FAINT))
    for number, (name, row) in enumerate(rows):
        y = TOP + STEP * (number + 0.5)
        parts.append(_text(LEFT - 16, y + 4, name, "end", INK))
        parts.append(_line(LEFT, y, WIDTH - RIGHT, y, GRID, 0.6))
        parts += [
            f"<circle cx='{across(value):.1f}' cy='{y:.1f}' r='5.5' fill='{COLORS[who]}' "
            f"stroke='{PAPER}' stroke-width='1.2'><title>{escape(who)}: {value:.2f}</title>"
            "</circle>"
            for who, value in row.items()
        ]
    return _whole(height, parts)


def lines(title: str, note: str, rows: Mapping[str, Mapping[float, float]]) -> str:
    """A line for each contender over the same values across, which are spread evenly."""
    places = sorted({x for row in rows.values() for x in row})
    top = _round_up(max((y for row in rows.values() for y in row.values()), default=1))
    height, left, ceiling, floor = 390, 80, 112, 330

    def across(x: float) -> float:
        return left + 40 + (WIDTH - left - RIGHT - 80) * places.index(x) / max(1, len(places) - 1)

    def up(y: float) -> float:
        return floor - (floor - ceiling) * y / top

    parts = [_head(title, note, height), *_legend(list(rows))]
    for number in range(5):
        value = top * number / 4
        parts.append(_line(left, up(value), WIDTH - RIGHT, up(value), GRID, 1))
        parts.append(_text(left - 10, up(value) + 4, f"{value:g}", "end", FAINT))
    parts += [_text(across(x), floor + 22, f"{x:g}", "middle", INK) for x in places]
    for who, row in rows.items():
        points = [(across(x), up(y)) for x, y in sorted(row.items())]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        color = COLORS[who]
        parts.append(f"<polyline points='{path}' fill='none' stroke='{color}' stroke-width='2.5'/>")
        parts += [f"<circle cx='{x:.1f}' cy='{y:.1f}' r='4' fill='{color}'/>" for x, y in points]
    return _whole(height, parts)


def _names(rows: Sequence[tuple[str, Dots]]) -> list[str]:
    there = {who for _, row in rows for who in row}
    return ["ours", *(who for who in COLORS if who in there and who != "ours")]


def _ticks(low: float, high: float) -> tuple[float, ...]:
    """The ticks that span these values, with one more on each side where needed."""
    first = max((number for number, tick in enumerate(TICKS) if tick <= low), default=0)
    last = next((number for number, tick in enumerate(TICKS) if tick >= high), len(TICKS) - 1)
    return TICKS[first : last + 1]


def _round_up(value: float) -> float:
    unit = 10.0 ** math.floor(math.log10(value))
    return next(step * unit for step in (1, 2, 4, 6, 8, 10) if step * unit >= value)


def _head(title: str, note: str, height: int) -> str:
    return (
        f"<rect width='{WIDTH}' height='{height}' rx='10' fill='{PAPER}'/>"
        f"<text x='24' y='34' font-size='18' font-weight='600' fill='{INK}'>{escape(title)}</text>"
        f"<text x='24' y='56' font-size='13' fill='{FAINT}'>{escape(note)}</text>"
    )


def _legend(names: Sequence[str]) -> list[str]:
    parts, x = [], 24.0
    for name in names:
        parts.append(f"<circle cx='{x + 6}' cy='74' r='5.5' fill='{COLORS[name]}'/>")
        parts.append(_text(x + 17, 78, name, "start", INK))
        x += 40 + 7.2 * len(name)
    return parts


def _line(x1: float, y1: float, x2: float, y2: float, color: str, thick: float) -> str:
    return (
        f"<line x1='{x1:.1f}' y1='{y1:.1f}' x2='{x2:.1f}' y2='{y2:.1f}' "
        f"stroke='{color}' stroke-width='{thick}'/>"
    )


def _text(x: float, y: float, text: str, anchor: str, color: str) -> str:
    return (
        f"<text x='{x:.1f}' y='{y:.1f}' font-size='13' text-anchor='{anchor}' "
        f"fill='{color}'>{escape(text)}</text>"
    )


def _whole(height: int, parts: Sequence[str]) -> str:
    body = "\n".join(parts)
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height}' "
        f"width='{WIDTH}' height='{height}' {FONT}>\n{body}\n</svg>\n"
    )
