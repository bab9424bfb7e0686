"""`python -m benchmarks`: ours beside Thumbor, the libvips servers and the bare pipeline."""

from __future__ import annotations

import argparse
import os
import platform
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from . import behaviour, rows
from .contenders import LIBVIPS, OURS, PEERS, THUMBOR_THREADS, contenders
from .installed import ROOT, our_python, peer_version, python_versions, thumbor_python
from .load import LoadError, have_wrk
from .page import written
from .pictures import make_pictures
from .results import Results, figured, load, save
from .rounds import Extent, measure_row
from .servers import Server, ServerError

WORK = ROOT / "build" / "bench"
WHOLE = ROOT / "benchmarks"
CONNECTIONS = 8
ROUNDS = 5
QUICK_THRIFT = 6
SECONDS, QUICK_SECONDS = 8.0, 2.0
"""Of probing a busy server."""
REQUESTS, QUICK_REQUESTS = 1200, 300
"""With each number of connections."""
CROWD = 200
START = "start"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and write; 1 if a row could not be measured or nothing could be started."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    args = _parser().parse_args(given)
    args.rounds = args.rounds or (1 if args.quick else ROUNDS)
    try:
        wanted, peers = rows.chosen(args.rows), _peers(args.peers)
        whole = wanted == rows.NAMES and not args.quick
        folder = (args.into or (WHOLE if whole else WORK)).resolve()
        results = load(folder / "results.json") if args.into else Results()
        results.troubles.clear()
        results.commands.append(shlex.join(["python", "-m", "benchmarks", *given]))
        for _ in _measured(results, args, wanted, peers):
            save(results, folder / "results.json")
    except (ValueError, ServerError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    plots = ROOT / "docs" / "performance" if folder == WHOLE else folder
    for path in written(results, folder, plots):
        print(f"written: {os.path.relpath(path)}")
    return 1 if results.troubles else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round each")
    parser.add_argument(
        "--rounds", type=int, choices=range(1, 21), metavar="N", help=f"default {ROUNDS}"
    )
    parser.add_argument("--rows", help=f"some of {', '.join(rows.NAMES)}, with commas between")
    parser.add_argument(
        "--peers", help=f"some of {', '.join(PEERS)}, or none (default: all that are there)"
    )
    parser.add_argument(
        "--into",
        type=Path,
        metavar="FOLDER",
        help="replace the measured rows in this folder's results.json, keep the others, and "
        "write its page anew (default: a whole run writes benchmarks/, any other build/bench/)",
    )
    return parser


def _peers(names: str | None) -> frozenset[str]:
    if names is None:
        return frozenset(PEERS)
    wanted = frozenset(name.strip() for name in names.split(",")) - {"", "none"}
    if unknown := wanted - frozenset(PEERS):
        raise ValueError(f"no such peer: {', '.join(sorted(unknown))}; there are {PEERS}")
    return wanted


def _measured(
    results: Results, args: argparse.Namespace, wanted: Sequence[str], peers: frozenset[str]
) -> Iterator[str]:
    """Put each row into the results, and tell its name when it is there."""
    cores = len(os.sched_getaffinity(0))
    thumbor = thumbor_python() if "thumbor" in peers else None
    servers = contenders(peers, thumbor, cores, our_python(WORK / "ours"))
    _say(f"drawing what is missing in {os.path.relpath(WORK)}")
    make_pictures(WORK / "pictures")
    results.setting.update(_setting(thumbor, servers, cores))
    extent = Extent(args.rounds, CONNECTIONS, cores, QUICK_THRIFT if args.quick else 1)
    for row in rows.rows_named(wanted):
        with _troubles(results, row.name):
            measured = measure_row(row, servers, WORK, extent, _say)
            results.rows[row.name] = figured(measured, _now(), _commit())
        yield row.name
    for name, look in _behaviours(args.quick).items():
        for server in (each for each in servers if name in wanted):
            with _troubles(results, f"{name}, {server.name}"):
                found = look(server)
                results.behaviours.setdefault(name, {})[server.name] = found
                _say(f"{name}, {server.name}: {found}")
            yield name
    if START in wanted:
        with _troubles(results, START):
            results.behaviours[START] = behaviour.started(servers, WORK)
        yield START


def _behaviours(quick: bool) -> dict[str, Callable[[Server], behaviour.Found]]:
    """Name of a row -> what measures it."""
    seconds = QUICK_SECONDS if quick else SECONDS
    requests = QUICK_REQUESTS if quick else REQUESTS
    return {
        "health": lambda server: behaviour.busy(server, WORK, CONNECTIONS, seconds),
        "cold": lambda server: behaviour.once(server, WORK, CROWD),
        "connections": lambda server: behaviour.many(server, WORK, requests),
        "memory": lambda server: behaviour.crowded(server, WORK),
    }


@contextmanager
def _troubles(results: Results, name: str) -> Iterator[None]:
    """A row that fails is told on the page, and the others go on."""
    try:
        yield
    except (LoadError, ServerError) as error:
        _say(f"Error: {name}: {error}")
        results.troubles[name] = " ".join(str(error).split())


def _setting(thumbor: Path | None, servers: Sequence[Server], cores: int) -> dict[str, str]:
    """What a reader must know to compare."""
    names = {each.name for each in servers}
    client = "wrk, 1 thread" if have_wrk() else "threads in Python (no wrk here)"
    found = {
        "when": _now(),
        "machine": f"{_processor()}, {cores} cores, {platform.system()}",
        "client": f"{client}, {CONNECTIONS} connections",
        OURS: _listed(python_versions(Path(sys.executable))),
    }
    if thumbor and THUMBOR_THREADS in names:
        found["Thumbor"] = f"{_listed(python_versions(thumbor, '--thumbor'))}"
    return found | {name: peer_version(name) for name in LIBVIPS if name in names}


def _listed(found: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in found.items())


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _now() -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())


def _commit() -> str:
    commit = _git("rev-parse", "--short", "HEAD")
    changes = _git("status", "--porcelain", "-uno", "--", "thumborlike", "filters", "loaders")
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
