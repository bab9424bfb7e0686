"""`python -m thumborlike.deploying`: make the packages. This is behind `make lambda`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from .errors import DeployError
from .package import Package, Recipe, build
from .target import MACHINES, PYTHON, PYTHONS, checked

MB = 1_000_000


def main(argv: Sequence[str] | None = None) -> int:
    """Make the packages that are asked for and tell their sizes; the exit status."""
    args = parser().parse_args(argv)
    for architecture in args.arch or MACHINES:
        recipe = Recipe(
            checked(architecture, args.python),
            tuple(filter(None, args.extras.split(","))),
            args.constraints,
            tuple(args.add),
        )
        try:
            _say(described(build(recipe, args.out, lambda text: _say(f"  {text} ..."))))
        except DeployError as error:
            sys.stderr.write(f"Error: {error}\n")
            return 1
    return 0


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def parser() -> argparse.ArgumentParser:
    """The flags."""
    made = argparse.ArgumentParser(prog="python -m thumborlike.deploying", description=__doc__)
    add = made.add_argument
    add("--arch", action="append", choices=list(MACHINES), help="repeatable; both by default")
    add("--python", default=PYTHON, choices=PYTHONS, help=f"Lambda's runtime ({PYTHON})")
    add("--extras", default="", metavar="NAMES", help="extras to pack, with commas: fast,heif")
    add("--add", action="append", default=[], type=Path, metavar="FILE",
        help="pack this file, too, as thumbor.conf; repeatable")  # fmt: skip
    add("--constraints", type=Path, metavar="FILE", help="versions to take, as for pip -c")
    add("--out", type=Path, default=Path("build/lambda"), metavar="FOLDER")
    return made


def described(made: Package) -> str:
    """A package in words, for people."""
    archive = made.archive
    sizes = f"{archive.packed / MB:.2f} MB, {archive.unpacked / MB:.1f} MB unpacked"
    state = "compiled" if made.compiled else "not compiled"
    return f"{archive.path}: {sizes}, {archive.files} files, {state}\n  sha256 {archive.sha256}"


if __name__ == "__main__":
    sys.exit(main())
