"""RESULTS.md and its plots."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from . import goals, plot, tables
from .contenders import LIBVIPS, OURS
from .results import Results, RowResult
from .rows import Row

READING = """\
How it was measured and how to read it: [docs/performance.md](../docs/performance.md). The same
figures as data, with every round: [results.json](results.json).

All ratios are of the rounds that ran beside each other: the median, in brackets the lowest and
the highest. **A ratio above 1 is in our favour**: our throughput to theirs, their CPU time to
ours. Memory and bytes are ours to theirs. What is bold in the first tables is a goal missed, or
a row in which we are behind."""
BEHAVIOURS = {
    "health": "Latencies while 8 connections ask for 24 MP pictures that are always new",
    "cold": "200 requests at once for one picture that nobody has asked for",
    "connections": "More and more connections, 800x600 JPEG to 200x200",
    "memory": "Memory with 32 connections that ask for 24 MP JPEGs",
    "start": "From the command to the first answer",
}
PLOTS = ("throughput.svg", "cpu.svg", "connections.svg")


def written(results: Results, folder: Path, plots: Path) -> list[Path]:
    """Write the page into the folder and the plots into the other, and tell their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    plots.mkdir(parents=True, exist_ok=True)
    drawn = {name: text for name, text in zip(PLOTS, drawings(results), strict=True) if text}
    for name, text in drawn.items():
        (plots / name).write_text(text, encoding="utf-8")
    page = folder / "RESULTS.md"
    page.write_text(markdown(results), encoding="utf-8")
    return [page, *(plots / name for name in drawn)]


def markdown(results: Results) -> str:
    """The page."""
    return "\n\n".join(part for part in _parts(results) if part) + "\n"


def drawings(results: Results) -> tuple[str, str, str]:
    """The plots in the order of `PLOTS`, empty without data."""
    cpu = [(row.title, _dots(found, lambda each: each.cpu)) for row, found in _imaging(results)]
    speed = [
        (row.title, _dots(found, lambda each: 1 / each.rate)) for row, found in _imaging(results)
    ]
    many = _lines(results)
    return (
        plot.dots("Time per picture, ours = 1", "8 connections, all cores; right is slower", speed)
        if speed
        else "",
        plot.dots("CPU time per picture, ours = 1", "whole process tree; right is dearer", cpu)
        if cpu
        else "",
        plot.lines("Pictures per second", "800x600 JPEG to 200x200, by connections", many)
        if many
        else "",
    )


def _parts(results: Results) -> Iterable[str]:
    yield "# Results of the benchmark"
    yield READING
    yield tables.table(("", ""), [(key, value) for key, value in results.setting.items()], left=2)
    yield from _titled("## Goals", goals.listed(results) if goals.goals(results) else "")
    if results.rows:
        yield from _titled("## Ours to Thumbor", tables.against_thumbor(results))
        yield from _titled("## Ours to the best libvips server", tables.against_libvips(results))
        yield from _titled("## Ours to the bare pipeline", tables.against_pipeline(results))
    for name in (name for name in BEHAVIOURS if name in results.behaviours):
        yield from _titled(f"## {BEHAVIOURS[name]}", tables.behaviours(results, name))
    if results.rows:
        yield from _titled("## All figures", tables.figures(results))
        yield from _titled("## Left out", tables.left_out(results))
        yield from _titled("## Measured", _measured(results))
    wrong = "\n".join(f"- {name}: {text}" for name, text in results.troubles.items())
    yield from _titled("## What went wrong", wrong)


def _titled(title: str, text: str) -> tuple[str, ...]:
    return (title, text) if text else ()


def _measured(results: Results) -> str:
    """When and from which commit each row comes, the same ones together."""
    found: dict[tuple[str, str], list[str]] = {}
    for row, result in tables.measured(results):
        found.setdefault((result.commit, result.when), []).append(row.name)
    lines = (f"- {when}, {commit}: {', '.join(names)}" for (commit, when), names in found.items())
    commands = "\n".join(dict.fromkeys(results.commands))
    return "\n".join(lines) + f"\n\n```\n{commands}\n```"


def _imaging(results: Results) -> Iterable[tuple[Row, RowResult]]:
    return [(row, found) for row, found in tables.measured(results) if row.imaging and found.ours]


def _dots(found: RowResult, value: tables.Value) -> plot.Dots:
    """Each rival's value to ours, each in its better way."""
    ours = value(found.figures[found.ours or OURS])
    rivals = {name: value(found.figures[name]) for name in LIBVIPS if name in found.figures}
    if found.thumbor:
        rivals["Thumbor"] = value(found.figures[found.thumbor])
    return {name: each / ours for name, each in rivals.items()}


def _lines(results: Results) -> dict[str, dict[float, float]]:
    """Contender -> connections -> throughput, of the default way of each."""
    found: dict[str, dict[float, float]] = {}
    for name, figures in results.behaviours.get("connections", {}).items():
        short = name.removesuffix(", threads")
        if short in plot.COLORS:
            found[short] = {
                float(key.partition(":")[0]): value
                for key, value in figures.items()
                if key.endswith("per second")
            }
    return found
