"""`python -m tests.packaging`: wheel and sdist into dist/, checked, installed and tried.

`--no-smoke` stops after the checks; `--twice` builds again and compares the bytes.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from .building import Built, build, commit_time, copy_tracked, differing
from .contents import wrong
from .interpreters import interpreters
from .smoke import smoke_all

ROOT = Path(__file__).resolve().parent.parent.parent


def main() -> int:
    """Tell what was made and what is wrong; 1 if anything is."""
    parser = argparse.ArgumentParser(prog="python -m tests.packaging", description=__doc__)
    parser.add_argument("--to", type=Path, default=ROOT / "dist", help="folder (dist)")
    parser.add_argument("--twice", action="store_true", help="are two builds alike?")
    parser.add_argument("--no-smoke", action="store_true", help="neither install nor serve")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        copy_tracked(ROOT, source)
        found = _made(source, given)
    for each in found:
        print(f"wrong: {each}", file=sys.stderr)
    return 1 if found else 0


def _made(source: Path, given: argparse.Namespace) -> list[str]:
    epoch = commit_time(ROOT)
    built = build(source, given.to, epoch)
    for each in built:
        print(f"{each.name}  {each.stat().st_size:,} bytes", flush=True)
    found = [*wrong(source, built), *_refused(built)]
    if given.twice:
        with tempfile.TemporaryDirectory() as folder:
            again = build(source, Path(folder), epoch)
            found += [f"{name} differs between two builds" for name in differing(built, again)]
    return found if given.no_smoke else found + _failing(built)


def _refused(built: Built) -> list[str]:
    """What a package index would not take."""
    command = [sys.executable, "-m", "twine", "check", "--strict", *map(str, built)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return [] if done.returncode == 0 else [f"twine: {done.stdout}{done.stderr}"]


def _failing(built: Built) -> list[str]:
    found = interpreters()
    for missing in found.missing:
        print(f"skipped: {missing}")
    return smoke_all(found.usable, built)


if __name__ == "__main__":
    sys.exit(main())
