"""`python -m benchmarks.animation`: animated GIFs, HTTP to HTTP, ours and Thumbor; ANIMATION.md."""

from __future__ import annotations

import argparse
import io
import math
import os
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageChops, ImageStat

from .animation_pictures import COPIES, DURATIONS, KINDS, make_animations, shown
from .contenders import OURS, THUMBOR_PROCESSES, THUMBOR_THREADS, contenders
from .installed import ROOT, THUMBOR_VERSION, python_versions, thumbor_python
from .load import Ask, LoadError, Plan, fetch, send
from .measure import cpu_seconds
from .rows import FILES
from .servers import Running, ServerError, running

WORK = ROOT / "build" / "bench" / "animation"
OUTPUT = ROOT / "benchmarks" / "ANIMATION.md"
ASKED = (200, 150)
REQUESTS, ROUNDS = 4, 3
LEAST_RATIO = 3.0
INTRODUCTION = f"""\
# Speed of animations

GIFs of 480x360 and {len(DURATIONS)} frames to {ASKED[0]}x{ASKED[1]} over HTTP, {{rounds}} rounds of
{{requests}} requests in turns, two at a time, no stored results; Thumbor {THUMBOR_VERSION} in
whichever of its two ways to use all cores (threads, processes) is faster for the kind. Ratios are
medians of rounds that ran beside each other: throughput and CPU time above 1 are in our favour,
bytes below 1. `PSNR` is the mean over frames against each source frame resized in full colour.
Thumbor's own durations are all 0 (docs/thumbor-differences.md); ours are checked against the
source's: {{durations}}.

The kinds: `cartoon` flat shapes; `film` a moving camera with grain, where every pixel changes;
`fade` slopes of turning colours; `screen` a still scene with a small moving part; `sticker` a
figure on a clear ground (disposal 2); `sprites` figures over a scene that comes back (disposal 3).
"""


@dataclass(slots=True)
class Found:
    """One server with one kind: rounds of requests per second and CPU ms per request."""

    body: bytes = b""
    throughput: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and write; 1 if a server failed, or a goal is missed."""
    args = _parser().parse_args(arguments)
    chosen = args.only.split(",") if args.only else list(KINDS)
    make_animations(WORK / "pictures")
    try:
        found = _measured(chosen, args.rounds, args.requests)
    except (ServerError, LoadError, OSError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    wrong = [kind for kind in chosen if not _same_times(found[OURS, kind].body)]
    page = _page(found, chosen, args, wrong)
    output = args.output or (WORK / OUTPUT.name if args.only else OUTPUT)
    output.write_text(page, encoding="utf-8")
    print(page)
    return int(bool(wrong) or not all(_reached(found, kind) for kind in chosen))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.animation", description=__doc__)
    parser.add_argument("--rounds", type=int, choices=range(1, 51), default=ROUNDS, metavar="N")
    parser.add_argument("--requests", type=int, choices=range(2, 65), default=REQUESTS, metavar="N")
    parser.add_argument("--only", default="", help=f"kinds, with commas: {', '.join(KINDS)}")
    parser.add_argument("--output", type=Path, help="the page to write")
    return parser


def _measured(kinds: Sequence[str], rounds: int, requests: int) -> Mapping[tuple[str, str], Found]:
    servers = contenders(frozenset({"thumbor"}), thumbor_python(), os.cpu_count() or 1)
    wanted = [each for each in servers if each.name in (OURS, THUMBOR_THREADS, THUMBOR_PROCESSES)]
    found = {(server.name, kind): Found() for server in wanted for kind in kinds}
    with ExitStack() as stack:
        up = [stack.enter_context(running(server, FILES, WORK)) for server in wanted]
        for kind in kinds:
            for each in up:
                found[each.name, kind].body = fetch(each.port, _path(kind, 0)).body
            for number in range(rounds):
                for each in up:
                    _round(each, kind, number * requests, requests, found[each.name, kind])
    return found


def _path(kind: str, copy: int) -> str:
    return f"/unsafe/{ASKED[0]}x{ASKED[1]}/{kind}-{copy % COPIES}.gif"


def _round(server: Running, kind: str, first: int, requests: int, found: Found) -> None:
    asks = tuple(Ask(_path(kind, first + each)) for each in range(requests))
    before = cpu_seconds(server.pid)
    load = send(server.port, Plan(asks, requests, 2))
    found.cpu_ms.append((cpu_seconds(server.pid) - before) * 1000 / requests)
    found.throughput.append(load.requests / load.seconds)
    print(f"{kind:8} {server.name:20} {found.throughput[-1]:7.2f}/s", file=sys.stderr, flush=True)


def _same_times(body: bytes) -> bool:
    """Whether the frames, equal ones merged, are shown for as long as the source's."""
    ends = _ends([duration for _, duration in shown(io.BytesIO(body))])
    wanted = _ends(DURATIONS)
    return ends[-1] == wanted[-1] and set(ends) <= set(wanted)


def _ends(durations: Sequence[int]) -> list[int]:
    return [sum(durations[: number + 1]) for number in range(len(durations))]


def _rival(found: Mapping[tuple[str, str], Found], kind: str) -> Found:
    ways = [found[name, kind] for name in (THUMBOR_THREADS, THUMBOR_PROCESSES)]
    return max(ways, key=lambda each: statistics.median(each.throughput))


def _ratios(found: Mapping[tuple[str, str], Found], kind: str) -> tuple[float, float, float]:
    """Of throughput, CPU time and bytes."""
    ours, theirs = found[OURS, kind], _rival(found, kind)
    pairs = zip(ours.throughput, theirs.throughput, strict=True)
    cpu = zip(theirs.cpu_ms, ours.cpu_ms, strict=True)
    return (
        statistics.median(one / other for one, other in pairs),
        statistics.median(one / max(other, 1) for one, other in cpu),
        len(ours.body) / len(theirs.body),
    )


def _reached(found: Mapping[tuple[str, str], Found], kind: str) -> bool:
    throughput, _, size = _ratios(found, kind)
    return throughput >= LEAST_RATIO and size <= 1


def _page(
    found: Mapping[tuple[str, str], Found],
    kinds: Sequence[str],
    args: argparse.Namespace,
    wrong: Sequence[str],
) -> str:
    told = f"wrong for {', '.join(wrong)}" if wrong else "equal in every kind"
    head = (
        "kind", "ours/s", "Thumbor/s", "throughput", "CPU", "ours, bytes", "Thumbor, bytes",
        "bytes", "ours, PSNR", "Thumbor, PSNR",
    )  # fmt: skip
    lines = [INTRODUCTION.format(rounds=args.rounds, requests=args.requests, durations=told)]
    lines += [f"| {' | '.join(head)} |", "|---" + "|---:" * (len(head) - 1) + "|"]
    lines += [f"| {' | '.join(_cells(found, kind))} |" for kind in kinds]
    lines += ["", _mean_line(found, kinds), "", *_setting(), ""]
    return "\n".join(lines)


def _cells(found: Mapping[tuple[str, str], Found], kind: str) -> Sequence[str]:
    ours, theirs = found[OURS, kind], _rival(found, kind)
    throughput, cpu, size = _ratios(found, kind)
    speeds = (statistics.median(each.throughput) for each in (ours, theirs))
    return (
        kind,
        *(f"{speed:.1f}" for speed in speeds),
        f"**{throughput:.1f}**",
        f"{cpu:.1f}",
        f"{len(ours.body):,}",
        f"{len(theirs.body):,}",
        f"{size:.2f}",
        *(f"{_psnr(kind, each.body):.1f}" for each in (ours, theirs)),
    )


def _mean_line(found: Mapping[tuple[str, str], Found], kinds: Sequence[str]) -> str:
    ratios = [_ratios(found, kind)[0] for kind in kinds]
    mean = math.exp(statistics.fmean(map(math.log, ratios)))
    return f"Throughput: geometric mean **{mean:.1f}**, lowest {min(ratios):.1f}."


def _setting() -> Sequence[str]:
    ours, theirs = python_versions(Path(sys.executable)), python_versions(thumbor_python())
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    return (
        f"Made {when} by `python -m benchmarks.animation` on {os.cpu_count()} cores; ours: Python "
        f"{ours['Python']}, Pillow {ours['Pillow']}; Thumbor: Python {theirs['Python']}, Pillow "
        f"{theirs['Pillow']}.",
    )


def _psnr(kind: str, body: bytes) -> float:
    """Frames are matched by their time; where all durations are 0, by their number."""
    wanted = shown(WORK / "pictures" / f"{kind}.gif")
    made = shown(io.BytesIO(body))
    timed = any(duration for _, duration in made)
    ends = _ends([duration for _, duration in made])
    starts = [end - each for end, each in zip(_ends(DURATIONS), DURATIONS, strict=True)]
    errors = []
    for number, (frame, _) in enumerate(wanted):
        at = next(i for i, end in enumerate(ends) if end > starts[number]) if timed else number
        if at < len(made):
            small = frame.resize(ASKED, Image.Resampling.LANCZOS)
            gap = ImageStat.Stat(ImageChops.difference(_on_grey(small), _on_grey(made[at][0])))
            errors.append(math.sqrt(statistics.fmean(each**2 for each in gap.rms)))
    return statistics.fmean(20 * math.log10(255 / max(error, 0.1)) for error in errors)


def _on_grey(image: Image.Image) -> Image.Image:
    ground = Image.new("RGBA", image.size, (128, 128, 128, 255))
    ground.alpha_composite(image)
    return ground.convert("RGB")


if __name__ == "__main__":
    sys.exit(main())
