"""`python -m benchmarks.filters`: CPU time of each filter, ours and Thumbor's; FILTERS.md.

Both sides apply the same call to the same decoded picture of one megapixel, in turns, each in a
process of its own (`filter_side.py`). The real Thumbor's Python is THUMBOR_PYTHON's or that of
`make parity`, made if it is missing.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops, ImageStat

from .filter_page import Row, markdown
from .filter_pictures import draw
from .installed import ROOT, THUMBOR_VERSION, thumbor_python
from .servers import ServerError

FOLDER = ROOT / "build" / "bench" / "filters"
OUTPUT = ROOT / "benchmarks" / "FILTERS.md"
PARTIAL = FOLDER.parent / "FILTERS.md"
SIDE = Path(__file__).with_name("filter_side.py")
OURS, THEIRS = "ours", "thumbor"
ROUNDS = 5
SECONDS = 0.04
"""CPU time of one sample at least; slow filters take longer by themselves."""

_VERSIONS = (
    "import PIL, platform as p; print('Python', p.python_version(), 'Pillow', PIL.__version__)"
)

EVERYWHERE = ("RGB", "RGBA", "L")
COLORS = ("RGB", "RGBA")

CALLS: Mapping[str, Sequence[str]] = {
    "brightness(20)": EVERYWHERE,
    "brightness(-60)": ("RGB",),
    "contrast(40)": EVERYWHERE,
    "rgb(20,-20,10)": EVERYWHERE,
    "colorize(40,20,60,ff8040)": EVERYWHERE,
    "curve([(0,0),(100,140),(255,255)],[(0,20),(255,230)],[(9,0)],[(9,0),(255,255)])": EVERYWHERE,
    "equalize()": EVERYWHERE,
    "saturation(1.6)": EVERYWHERE,
    "saturation(0.4)": COLORS,
    "saturation(-1)": ("RGB",),
    "noise(30)": EVERYWHERE,
    "noise(120,5)": COLORS,
    "sharpen(2,1,true)": EVERYWHERE,
    "sharpen(2,1,false)": EVERYWHERE,
    "sharpen(1,0.5,true)": COLORS,
    "sharpen(4,3,false)": COLORS,
    "convolution(1;2;1,3)": EVERYWHERE,
    "convolution(1;2;1,1)": COLORS,
    "convolution(1;2;1;2;4;2;1;2;1,3)": EVERYWHERE,
    "convolution(-1;-1;-1;-1;8;-1;-1;-1;-1,3,false)": COLORS,
    "convolution(1;2;4;2;1,5)": COLORS,
    "convolution(1;2;4;2;1,1)": COLORS,
    "convolution(1;1;1;1;1;1;2;2;2;1;1;2;4;2;1;1;2;2;2;1;1;1;1;1;1,5)": COLORS,
    "convolution(1;2;3;4;3;2;1,7)": COLORS,
    "convolution(1;2;3;4;5;4;3;2;1,1)": ("RGB",),
    "convolution(" + ";".join(["1"] * 49) + ",7)": ("RGB",),
    "blur(1)": COLORS,
    "blur(2)": COLORS,
    "blur(4)": EVERYWHERE,
    "blur(10,3)": COLORS,
    "blur(25)": ("RGB",),
    "round_corner(20,255,255,255)": EVERYWHERE,
    "round_corner(200|100,0,0,0)": COLORS,
    "round_corner(500,0,0,0,true)": COLORS,
    "watermark(mark,10,-10,0)": EVERYWHERE,
    "watermark(mark,center,center,50)": COLORS,
    "watermark(mark,repeat,repeat,30)": COLORS,
    "watermark(mark,-20,-20,20,30,none)": ("RGB",),
    "fill(red)": COLORS,
    "fill(ff8040,true)": COLORS,
    "fill(auto)": EVERYWHERE,
    "fill(blur)": ("RGB",),
    "background_color(blue)": COLORS,
    "background_color(auto)": COLORS,
}
"""Calls that use Thumbor's C extension -> the modes of the pictures."""

PILLOW_CALLS: Mapping[str, Sequence[str]] = {
    "grayscale()": COLORS,
    "rotate(90)": COLORS,
    "rotate(180)": ("RGB",),
    "proportion(0.5)": COLORS,
}
"""Calls for which Thumbor, too, asks Pillow."""

UNLIKE_CALLS: Mapping[str, Sequence[str]] = {"frame(patch)": COLORS}
"""Calls for which Thumbor does less: it draws no frame."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and write; 1 if nothing could be started or measured."""
    args = _parser().parse_args(arguments)
    try:
        thumbor = thumbor_python()
        draw(FOLDER)
        with _sides(thumbor, args) as sides:
            tables = [
                [_measured(sides, call, mode, args.rounds) for call, mode in _wanted(calls, args)]
                for calls in (CALLS, PILLOW_CALLS, UNLIKE_CALLS)
            ]
        page = markdown(tables, _setting(thumbor, args))
    except (ServerError, OSError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    output = args.output or (PARTIAL if args.only else OUTPUT)
    output.write_text(page, encoding="utf-8")
    print(f"written: {os.path.relpath(output)}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.filters", description=__doc__)
    parser.add_argument("--rounds", type=int, choices=range(1, 51), default=ROUNDS, metavar="N")
    parser.add_argument("--only", default="", help="only calls with this text in them")
    parser.add_argument("--mode", default="", choices=("", *EVERYWHERE), help="only this mode")
    parser.add_argument("--without-numpy", action="store_true", help="ours by Pillow alone")
    parser.add_argument("--output", type=Path, help="the page to write")
    return parser


def _wanted(calls: Mapping[str, Sequence[str]], args: argparse.Namespace) -> Iterator[list[str]]:
    for call, modes in calls.items():
        if args.only in call:
            yield from ([call, mode] for mode in modes if args.mode in ("", mode))


def _setting(thumbor: Path, args: argparse.Namespace) -> list[tuple[str, str]]:
    """What a reader must know to compare."""
    ours, theirs = (_versions(str(python)) for python in (sys.executable, thumbor))
    used = not args.without_numpy and importlib.util.find_spec("numpy")
    numpy = f"numpy {importlib.metadata.version('numpy')}" if used else "no numpy"
    return [
        ("when", time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())),
        ("load before", f"{os.getloadavg()[0]:.2f} (average of the last minute)"),
        ("ours", f"{ours}, {numpy}"),
        (f"Thumbor {THUMBOR_VERSION}", theirs),
    ]


def _versions(python: str) -> str:
    done = subprocess.run(
        (python, "-c", _VERSIONS), capture_output=True, text=True, check=True, encoding="utf-8"
    )
    return done.stdout.strip()


class Side:
    """A process that applies filters under that Python."""

    def __init__(self, name: str, python: str, *options: str) -> None:
        self.result = FOLDER / f"{name}.png"
        self._process = subprocess.Popen(
            (python, str(SIDE), name, str(FOLDER), *options),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=FOLDER,
        )

    def seconds(self, call: str, mode: str, *, save: bool) -> float:
        """CPU seconds of one application. Raises ServerError when the process fails."""
        asked = {"call": call, "mode": mode, "seconds": SECONDS}
        asked["save"] = str(self.result) if save else None
        assert self._process.stdin
        assert self._process.stdout
        try:
            print(json.dumps(asked), file=self._process.stdin, flush=True)
        except BrokenPipeError:
            raise ServerError(f"a process ended before {call}") from None
        answer: dict[str, Any] = json.loads(self._process.stdout.readline() or "{}")
        if "seconds" not in answer:
            raise ServerError(f"{call} failed on a picture of mode {mode}")
        return float(answer["seconds"])

    def stop(self) -> None:
        """End the process."""
        self._process.communicate()


@contextmanager
def _sides(thumbor: Path, args: argparse.Namespace) -> Iterator[Sequence[Side]]:
    options = ("--without-numpy",) if args.without_numpy else ()
    sides = (Side(OURS, sys.executable, *options), Side(THEIRS, str(thumbor)))
    try:
        yield sides
    finally:
        for side in sides:
            side.stop()


def _measured(sides: Sequence[Side], call: str, mode: str, rounds: int) -> Row:
    # The first time warms up: imports, caches, memory.
    for side in sides:
        side.seconds(call, mode, save=True)
    taken = [[side.seconds(call, mode, save=False) for side in sides] for _ in range(rounds)]
    ours, theirs = zip(*taken, strict=True)
    row = Row(call, mode, ours, theirs, difference(*(side.result for side in sides)))
    print(f"{row.ratio:6.2f}  {row.difference:6.2f}  {mode:4}  {call}", file=sys.stderr, flush=True)
    return row


def difference(one: Path, other: Path) -> float:
    """Mean difference in levels of the channel that differs most; NaN for other sizes."""
    left, right = (_on_grey(path) for path in (one, other))
    if left.size != right.size:
        return math.nan
    return max(ImageStat.Stat(ImageChops.difference(left, right)).mean)


def _on_grey(path: Path) -> Image.Image:
    with Image.open(path) as image:
        shown = image.convert("RGBA")
    canvas = Image.new("RGBA", shown.size, (128, 128, 128, 255))
    canvas.alpha_composite(shown)
    return canvas.convert("RGB")


if __name__ == "__main__":
    sys.exit(main())
