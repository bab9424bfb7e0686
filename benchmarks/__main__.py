"""`python -m benchmarks`: ours, Thumbor and the bare pipeline in turns; writes RESULTS.md."""

from __future__ import annotations

import argparse
import os
import platform
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from . import behaviour, rows
from .load import LoadError, have_wrk
from .measure import percentile
from .pictures import make_pictures
from .report import Results, markdown
from .servers import (
    OURS,
    OURS_PROCESSES,
    ROOT,
    THUMBOR_THREADS,
    THUMBOR_VERSION,
    Server,
    ServerError,
    contenders,
    thumbor_python,
    versions,
)
from .transforms import Extent, measure_row

FOLDER = ROOT / "build" / "bench"
OUTPUT = ROOT / "benchmarks" / "RESULTS.md"
PARTIAL = FOLDER / "RESULTS.md"
CONNECTIONS = 8
ROUNDS = 3
QUICK_THRIFT = 2
QUICK_PAIR = (OURS, THUMBOR_THREADS)
"""Whose behaviour under load is looked at in a hurry."""
HEALTH_SECONDS, QUICK_HEALTH_SECONDS = 5.0, 2.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and write; 1 if a row could not be measured or nothing could be started."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    args = _parser().parse_args(given)
    args.rounds = args.rounds or (1 if args.quick else ROUNDS)
    try:
        wanted = rows.chosen(args.rows)
        results = _measured(args, wanted, shlex.join(["python", "-m", "benchmarks", *given]))
    except (ValueError, ServerError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    output = args.output or (PARTIAL if args.quick or wanted != rows.NAMES else OUTPUT)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(markdown(results), encoding="utf-8")
    print(f"written: {os.path.relpath(output)}")
    return 1 if results.troubles else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round each")
    parser.add_argument(
        "--rounds", type=int, choices=range(1, 21), metavar="N", help=f"default {ROUNDS}"
    )
    parser.add_argument("--rows", help=f"some of {', '.join(rows.NAMES)}, with commas between")
    parser.add_argument(
        "--output",
        type=Path,
        help="the page to write (default: benchmarks/RESULTS.md for a whole run, "
        "build/bench/RESULTS.md with --quick or --rows)",
    )
    return parser


def _measured(args: argparse.Namespace, wanted: Sequence[str], command: str) -> Results:
    cores = _cores()
    thumbor = thumbor_python()
    servers = _contenders(thumbor, cores, args.quick)
    _say(f"drawing what is missing in {os.path.relpath(FOLDER)}")
    make_pictures(FOLDER / "pictures")
    if not have_wrk():
        _say("wrk is not installed: a client in Python is used, which takes CPU time itself")
    results = Results(command, _setting(thumbor, cores))
    extent = Extent(args.rounds, CONNECTIONS, cores, QUICK_THRIFT if args.quick else 1)
    for row in rows.rows_named(wanted):
        with _troubles(results, row.name):
            results.rows[row.name] = row, measure_row(row, servers, FOLDER, extent, _say)
    for server in (each for each in servers if each.name in QUICK_PAIR or not args.quick):
        if rows.HEALTH in wanted:
            _health(results, server, QUICK_HEALTH_SECONDS if args.quick else HEALTH_SECONDS)
        if rows.COLD in wanted:
            _cold(results, server)
    return results


def _contenders(thumbor: Path, cores: int, quick: bool) -> list[Server]:
    """In a hurry, ours only as it runs by default."""
    return [each for each in contenders(thumbor, cores) if not quick or each.name != OURS_PROCESSES]


def _health(results: Results, server: Server, seconds: float) -> None:
    with _troubles(results, f"health, {server.name}"):
        found = behaviour.health(server, FOLDER, CONNECTIONS, seconds)
        results.health[server.name] = found
        _say(f"health, {server.name}: p99 {percentile(found, 99):.1f} ms")


def _cold(results: Results, server: Server) -> None:
    with _troubles(results, f"cold, {server.name}"):
        results.cold[server.name] = found = behaviour.cold(server, FOLDER)
        _say(f"cold, {server.name}: {found.fetches} fetches, {found.seconds:.2f} s")


@contextmanager
def _troubles(results: Results, name: str) -> Iterator[None]:
    """A row that fails is told on the page, and the others go on."""
    try:
        yield
    except (LoadError, ServerError) as error:
        _say(f"Error: {name}: {error}")
        results.troubles.append(" ".join(f"{name}: {error}".split()))


def _setting(thumbor: Path, cores: int) -> list[tuple[str, str]]:
    """What a reader must know to compare."""
    ours, theirs = versions(Path(sys.executable)), versions(thumbor, "--thumbor")
    client = "wrk, 1 thread" if have_wrk() else "threads in Python (no wrk here)"
    return [
        ("when", time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())),
        ("commit", _commit()),
        ("machine", f"{_processor()}, {cores} cores, {platform.system()}"),
        ("ours", _listed(ours)),
        (f"Thumbor {THUMBOR_VERSION}", _listed(theirs)),
        ("client", f"{client}, {CONNECTIONS} connections"),
        ("load before", f"{os.getloadavg()[0]:.2f} (average of the last minute)"),
    ]


def _listed(found: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in found.items() if name != "Thumbor")


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _commit() -> str:
    commit, changes = _git("rev-parse", "--short", "HEAD"), _git("status", "--porcelain", "-uno")
    return (commit or "unknown") + (" with changes" if changes else "")


def _git(*arguments: str) -> str:
    command = ("git", "-C", str(ROOT), *arguments)
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
