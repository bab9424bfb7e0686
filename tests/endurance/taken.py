"""What a tree of processes takes, as the system tells it."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LISTENING = "0A"


@dataclass(frozen=True)
class Process:
    """One of them. `files` are open ones, `connections` those of them that clients have."""

    pid: int
    role: str
    pss: int
    rss: int
    files: int
    connections: int
    threads: int


@dataclass(frozen=True)
class Taken:
    """All of them. Bytes; PSS counts a page that n processes have as 1/n for each."""

    each: tuple[Process, ...]

    @property
    def pss(self) -> int:
        return sum(one.pss for one in self.each)

    @property
    def rss(self) -> int:
        return sum(one.rss for one in self.each)

    @property
    def files(self) -> int:
        """Without connections of clients, who come and go."""
        return sum(one.files - one.connections for one in self.each)

    @property
    def connections(self) -> int:
        return sum(one.connections for one in self.each)

    @property
    def threads(self) -> int:
        return sum(one.threads for one in self.each)

    def by_role(self) -> dict[str, list[Process]]:
        """Servers, templates, workers, in this order."""
        found = defaultdict(list)
        for one in self.each:
            found[one.role].append(one)
        return found


def members(session: int) -> dict[int, str]:
    """All processes of a server that leads a session, and what each is.

    Those count, too, whose parent was killed: workers outlive their template.
    """
    running = dict(_running(session))
    servers = [pid for pid, parent in running.items() if parent == session and _serves(pid)]
    several = bool(servers)
    servers = servers or [session]
    roles = {pid: _role(pid, parent, servers) for pid, parent in running.items()}
    return {**roles, session: "parent"} if several else roles


def _role(pid: int, parent: int, servers: list[int]) -> str:
    if pid in servers:
        return "server"
    return "template" if parent in servers else "worker"


def _running(session: int) -> Iterator[tuple[int, int]]:
    """Processes of a session with their parents, without those that have ended."""
    for each in Path("/proc").iterdir():
        if each.name.isdecimal():
            with contextlib.suppress(OSError):
                state, parent, _, leader = _after_name(each / "stat")[:4]
                if int(leader) == session and state not in "ZX":
                    yield int(each.name), int(parent)


def _after_name(stat: Path) -> list[str]:
    return stat.read_text().rpartition(")")[2].split()


def _serves(pid: int) -> bool:
    """Whether it is a server, and no template or worker, by the module that it runs."""
    with contextlib.suppress(OSError):
        return b"thumborlike.cli" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def taken(session: int, port: int) -> Taken:
    """By a server process, or several servers' parent, that answers at a port."""
    clients = _connections(port)
    processes = (_process(each, role, clients) for each, role in sorted(members(session).items()))
    return Taken(tuple(one for one in processes if one))


def _process(pid: int, role: str, clients: set[str]) -> Process | None:
    try:
        memory = dict(
            line.split(":", 1)
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
        )
        links = [_link(each) for each in Path(f"/proc/{pid}/fd").iterdir()]
        threads = sum(1 for _ in Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return None  # it has just ended
    if "Pss" not in memory:
        return None
    pss, rss = (int(memory[name].split()[0]) * 1024 for name in ("Pss", "Rss"))
    connections = sum(each in clients for each in links)
    return Process(pid, role, pss, rss, len(links), connections, threads)


def _link(file: Path) -> str:
    with contextlib.suppress(OSError):
        return str(file.readlink())
    return ""


def _connections(port: int) -> set[str]:
    """Sockets at a port that are connections, by the names that open files have."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ending = f":{port:04X}"
    return {f"socket:[{row[9]}]" for row in rows if row[1].endswith(ending) and row[3] != LISTENING}
