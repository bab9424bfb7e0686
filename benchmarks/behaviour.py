"""What is not a row of equal requests: awake under load, equal work once, many clients, memory."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from .answers import asks
from .load import Ask, LoadError, Plan, fetch, kept_busy, send
from .measure import Latencies, cpu_seconds, peak_mb, percentile
from .rows import COPIES, FILES, PATIENT, STORED, Row, Work, row_named
from .servers import Running, Server, running

Found = dict[str, float]
"""What a behaviour gives for one contender: name of the figure -> value."""
PAUSE = 0.02
CONNECTIONS = (8, 32, 128, 512)
CROWD = 32
STARTS = 25
SIDES, SMALL_SIDES = range(1600, 1500, -1), range(200, 224)
"""Of the large and the small pictures of which no two in flight are equal."""


def busy(server: Server, work: Path, connections: int, seconds: float) -> Found:
    """Latencies of /healthcheck and of a stored result while large pictures are made.

    Only of the former for a server that stores nothing.
    """
    with running(server, STORED, work) as up:
        hit = asks(up, row_named("hit"))[0]
        fetch(up.port, hit)
        time.sleep(0.5)
        asked = _always_new(up)
        probes = {"health": Ask(server.health)} | ({"hit": hit} if server.keeps else {})
        with kept_busy(up.port, Plan(asked, 1_000_000, connections)):
            time.sleep(1)
            found = _probed(up, probes, seconds)
    figures = {
        f"{name} p{percent} ms": percentile(taken, percent)
        for name, taken in found.items()
        for percent in (50, 99)
    }
    return figures | {"probes": len(found["health"])}


def many(server: Server, work: Path, requests: int) -> Found:
    """Throughput and memory with ever more connections that ask for small pictures."""
    works = tuple(Work("800.jpg", side, side) for side in SMALL_SIDES)
    found = Found()
    with running(server, PATIENT, work) as up:
        asked = asks(up, Row("many", "", works, requests))
        send(up.port, Plan(asked, requests // 4, CONNECTIONS[0]))
        for connections in CONNECTIONS:
            plan = Plan(asked, max(requests, 2 * connections), connections)
            load = send(up.port, plan)
            found[f"{connections}: per second"] = load.requests / load.seconds
            found[f"{connections}: p99 ms"] = percentile(load.latencies, 99)
            found[f"{connections}: peak MB"] = peak_mb(up.pid)
    return found


def crowded(server: Server, work: Path) -> Found:
    """Peak memory of all processes while so many clients ask for 24 MP pictures at once."""
    found = Found()
    for name in ("24mp-crop", "24mp-fit"):
        with running(server, FILES, work) as up:
            found[f"{name}: idle MB"] = peak_mb(up.pid)
            load = send(up.port, Plan(asks(up, row_named(name)), 2 * CROWD, CROWD))
            found[f"{name}: peak MB"] = peak_mb(up.pid)
            found[f"{name}: seconds"] = load.seconds
    return found


def once(server: Server, work: Path, crowd: int) -> Found:
    """What many clients at once for one URL that is new cost, in units of one lone request."""
    row, lone = row_named("2560-crop"), 10
    with running(server, FILES, work) as up:
        asked = asks(up, row)
        fetch(up.port, asked[0])
        before = cpu_seconds(up.pid)
        for ask in asked[1 : lone + 1]:
            fetch(up.port, ask)
        single = (cpu_seconds(up.pid) - before) / lone
        before = cpu_seconds(up.pid)
        load = send(up.port, Plan(asked[-1:], crowd, crowd))
        used = cpu_seconds(up.pid) - before
    return {"seconds": load.seconds, "CPU ms": used * 1000, "single requests": used / single}


def started(servers: Sequence[Server], work: Path) -> dict[str, Found]:
    """From the command to the first answer, all in turns, and the memory that is then in use."""
    times: dict[str, list[float]] = {each.name: [] for each in servers}
    sizes: dict[str, list[float]] = {each.name: [] for each in servers}
    for server in (each for _ in range(STARTS) for each in servers):
        begun = time.perf_counter()
        with running(server, FILES, work, pause=0.002) as up:
            times[server.name].append((time.perf_counter() - begun) * 1000)
            sizes[server.name].append(peak_mb(up.pid))
    return {
        name: {
            "first answer ms": statistics.median(taken),
            "fastest ms": min(taken),
            "slowest ms": max(taken),
            "peak MB": statistics.median(sizes[name]),
        }
        for name, taken in times.items()
    }


def _always_new(up: Running) -> tuple[Ask, ...]:
    """Thousands of large pictures, none of them twice."""
    works = tuple(Work("24mp.jpg", side, side, fit=True) for side in SIDES)
    return asks(up, Row("busy", "", works, 1, copies=COPIES))


def _probed(up: Running, probes: Mapping[str, Ask], seconds: float) -> Mapping[str, Latencies]:
    """Milliseconds of each probe, connection included, one after the other."""
    found: dict[str, list[tuple[float, int]]] = {name: [] for name in probes}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for name, probe in probes.items():
            found[name].append((_timed(up, probe), 1))
            time.sleep(PAUSE)
    return found


def _timed(up: Running, probe: Ask) -> float:
    begun = time.perf_counter()
    answer = fetch(up.port, probe)
    if answer.status != 200:
        raise LoadError(f"{probe.path} answers {answer.status}")
    return (time.perf_counter() - begun) * 1000
