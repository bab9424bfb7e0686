"""Listening sockets: a port, a socket that was handed over, or a unix socket.

What is wrong is told in one line, as a `ConfigurationError`.
"""

from __future__ import annotations

import errno
import os
import socket
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tornado.netutil import bind_unix_socket

from ..errors import ConfigurationError
from ..records import dataclass, replace

BACKLOG = 1024
PORTS_TRIED = 50
UNIX_MODE = 0o600
FIRST_OF_SYSTEMD = 3
NO_SUCH_FAMILY = (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)

Sockets = list[socket.socket]


@dataclass(frozen=True, slots=True)
class Place:
    """Where to listen. `fd`, numbers with commas between or a path, rules out the rest."""

    ip: str
    port: int
    fd: str | None = None

    def with_port_of(self, sockets: Sockets) -> Place:
        """The same, at the port that these sockets have (the asked one may be 0)."""
        return replace(self, port=int(sockets[0].getsockname()[1]))


def listen(place: Place, *, shared: bool = False) -> Sockets:
    """Sockets that listen there; `shared` lets other processes of the user do the same."""
    if place.fd:
        numbers = place.fd.split(",")
        if all(each.isdecimal() for each in numbers):
            return [_handed_over(int(each)) for each in numbers]
        return [_unix(Path(place.fd))]
    sockets = _bound(place, shared=shared)
    try:
        for each in sockets:
            each.listen(BACKLOG)
    except OSError as error:  # somebody else began to listen in between
        raise _refused(place, sockets, error) from error
    return sockets


def listen_nearby(place: Place) -> Sockets:
    """The same at the first free port from the wanted one on."""
    ports = range(place.port, place.port + PORTS_TRIED)
    tries = (_listen_if_free(replace(place, port=port)) for port in ports)
    found = next((each for each in tries if each), None)
    if found is None:
        raise ConfigurationError(f"no free port from {place.port} on")
    return found


def reserve(place: Place) -> Sockets:
    """Hold a port for processes that will each listen on it with `shared`.

    The port must be free: sharing it with another server by accident would split its traffic.
    """
    free = _bound(place, shared=False)
    place = place.with_port_of(free)
    for each in free:
        each.close()
    return _bound(place, shared=True)


def from_systemd(environ: Mapping[str, str]) -> str | None:
    """Numbers of the sockets that systemd's socket unit handed over, as `Place` takes them.

    They are those from 3 on, and meant for the process that LISTEN_PID names: its children have
    the variables, too.
    """
    count = environ.get("LISTEN_FDS", "")
    if environ.get("LISTEN_PID") != str(os.getpid()) or not count.isdecimal():
        return None
    numbers = range(FIRST_OF_SYSTEMD, FIRST_OF_SYSTEMD + int(count))
    return ",".join(map(str, numbers)) or None


def address_of(sockets: Sockets) -> str:
    """`http://host:port`, as a browser on this machine takes it; `unix:<path>` for the other."""
    name = sockets[0].getsockname()
    if not isinstance(name, tuple):
        return f"unix:{name}"
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(str(name[0]), str(name[0]))  # noqa: S104
    return f"http://[{host}]:{name[1]}" if ":" in host else f"http://{host}:{name[1]}"


def _listen_if_free(place: Place) -> Sockets | None:
    try:
        return listen(place)
    except ConfigurationError as error:
        if _is_in_use(error.__cause__):
            return None
        raise


def _bound(place: Place, *, shared: bool) -> Sockets:
    """One socket for each address of the place, not listening yet.

    An address of a family that this machine does not have counts only if it is the only one.
    """
    made: Sockets = []
    missing: OSError | None = None
    try:
        for family, address in _addresses(place):
            port = made[0].getsockname()[1] if made else place.port
            try:
                made.append(_bound_to(family, (address[0], port, *address[2:]), shared=shared))
            except OSError as error:
                if error.errno not in NO_SUCH_FAMILY:
                    raise
                missing = error
        if missing and not made:
            raise missing
    except (OSError, UnicodeError) as error:
        raise _refused(place, made, error) from error
    return made


def _refused(place: Place, made: Sockets, error: Exception) -> ConfigurationError:
    for each in made:
        each.close()
    return ConfigurationError(_why(place, error))


def _addresses(place: Place) -> list[tuple[socket.AddressFamily, tuple[Any, ...]]]:
    found = socket.getaddrinfo(
        place.ip or None, place.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    return sorted({(family, address) for family, _, _, _, address in found})


def _bound_to(
    family: socket.AddressFamily, address: tuple[Any, ...], *, shared: bool
) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setblocking(False)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:  # IPv4 has a socket of its own
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(address)
    except OSError:
        made.close()
        raise
    return made


def _handed_over(number: int) -> socket.socket:
    try:
        made = socket.socket(fileno=number)
        if not made.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            made.listen(BACKLOG)
    except OSError as error:
        raise ConfigurationError(f"--fd {number} is not a socket to listen on: {error}") from error
    made.setblocking(False)
    return made


def _unix(path: Path) -> socket.socket:
    """A unix socket; one that a dead server left behind is replaced, a living one is not."""
    if path.exists() and stat.S_ISSOCK(path.stat().st_mode) and _answers(path):
        raise ConfigurationError(f"{path} is in use")
    try:
        return bind_unix_socket(str(path), mode=UNIX_MODE, backlog=BACKLOG)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"cannot listen on {path}: {error}") from error


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def _is_in_use(error: BaseException | None) -> bool:
    return isinstance(error, OSError) and error.errno == errno.EADDRINUSE


def _why(place: Place, error: Exception) -> str:
    where = f"{place.ip}:{place.port}"
    if _is_in_use(error):
        return f"port {place.port} is in use on {place.ip}"
    if isinstance(error, OSError) and error.errno == errno.EACCES:
        return f"may not listen on {where}: ports below 1024 need a privilege"
    reason = (
        os.strerror(error.errno)
        if isinstance(error, OSError) and error.errno and error.errno > 0
        else str(error)
    )
    return f"cannot listen on {where}: {reason}"
