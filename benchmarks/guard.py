"""`make bench-check`: do a few key paths do more than they did? Compares with `guard.json`.

python -m benchmarks.guard            # 1 if something does 15% more than what is stored
python -m benchmarks.guard --store    # store what is found now, for this version of Python
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

STORE = Path(__file__).with_name("guard.json")
ROOT = Path(__file__).resolve().parents[1]
MORE = 0.15
"""By how much a path may grow."""
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"

Counts = Mapping[str, float]


class GuardError(Exception):
    """Nothing could be counted."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Count, then compare or store; 1 for growth, 2 if nothing could be counted."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.guard", description=__doc__)
    parser.add_argument("--store", action="store_true", help="keep what is found as the measure")
    args = parser.parse_args(arguments)
    try:
        found = counted()
    except GuardError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    stored = json.loads(STORE.read_text(encoding="utf-8")) if STORE.exists() else {}
    if args.store:
        stored[VERSION] = found
        STORE.write_text(json.dumps(stored, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    known = stored.get(VERSION)
    if known is None:
        print(f"nothing is stored for Python {VERSION}; stored: {', '.join(sorted(stored))}")
        return 0
    print(listing(found, known))
    return 1 if grown(found, known) else 0


def counted() -> dict[str, float]:
    """Path -> what it costs. The first of two runs writes the compiled modules."""
    runs = []
    for _ in range(2):
        with TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "benchmarks.counted", folder]
            done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
        if done.returncode:
            raise GuardError(f"the paths do not work:\n{done.stderr[-2000:]}")
        runs.append(json.loads(done.stdout))
    return {name: min(run[name] for run in runs) for name in runs[0]}


def grown(found: Counts, known: Counts) -> list[str]:
    """The paths that cost more than they may; a path that is not stored yet may cost anything."""
    return [name for name in found if name in known and found[name] > known[name] * (1 + MORE)]


def listing(found: Counts, known: Counts) -> str:
    """Each path with what it costs, what it did cost, and the change."""
    worse = grown(found, known)
    lines = [f"{'path':30}{'now':>12}{'stored':>12}{'change':>9}"]
    for name, value in found.items():
        before = known.get(name)
        change = f"{value / before - 1:+.1%}" if before else "new"
        told = "  too much" if name in worse else ""
        shown = "-" if before is None else _short(before)
        lines.append(f"{name:30}{_short(value):>12}{shown:>12}{change:>9}{told}")
    return "\n".join(lines)


def _short(value: float) -> str:
    return f"{value:,.2f}" if value < 100 else f"{value:,.0f}"


if __name__ == "__main__":
    sys.exit(main())
