"""Metrics to a statsd server, as UDP datagrams that are never waited for.

Names are made safe: Thumbor 7.8 puts `host:port` into some, and the colon ends the name.
"""

from __future__ import annotations

import asyncio
import logging
import re
import socket
from dataclasses import dataclass
from functools import lru_cache

from thumborlike.errors import ConfigurationError
from thumborlike.interfaces import Environment
from thumborlike.settings.fields import setting

UNSAFE = re.compile(r"[^A-Za-z0-9_.\-]")
LONGEST_NAME = 200
LARGEST = 1400
"""Bytes of a datagram, so that no network has to cut it."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StatsdSettings:
    """Where the server is."""

    statsd_host: str | None = setting(
        "STATSD_HOST", None, "Host of the statsd server; None for this machine."
    )
    statsd_port: int = setting(
        "STATSD_PORT", 8125, "UDP port of the statsd server.", low=1, high=65535
    )
    statsd_prefix: str | None = setting(
        "STATSD_PREFIX", None, "Put in front of each name, with a dot."
    )


SETTINGS = StatsdSettings


class StatsdMetrics:
    """Sends `[prefix.]name:value|type`, what comes in one turn of the event loop together.

    What cannot be sent at once is dropped.
    """

    def __init__(self, udp: socket.socket, prefix: str | None) -> None:
        self._socket = udp
        self._prefix = f"{prefix.rstrip('.')}." if prefix else ""
        self._lines: list[str] = []
        self._size = 0

    def incr(self, name: str, value: int = 1) -> None:
        """Count."""
        self._send(name, f"{value}|c")

    def timing(self, name: str, milliseconds: float) -> None:
        """Record a duration."""
        self._send(name, f"{milliseconds:.3f}|ms")

    def gauge(self, name: str, value: float) -> None:
        """How something stands now."""
        self._send(name, f"{value:g}|g")

    async def close(self) -> None:
        """Send the rest, and close the socket."""
        self._flush()
        self._socket.close()

    def _send(self, name: str, value: str) -> None:
        line = f"{safe_name(self._prefix, name)}:{value}"
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # one of the I/O threads
            self._transmit(line)
            return
        if self._size + len(line) > LARGEST:
            self._flush()
        if not self._lines:
            loop.call_soon(self._flush)
        self._lines.append(line)
        self._size += len(line) + 1

    def _flush(self) -> None:
        lines, self._lines, self._size = self._lines, [], 0
        if lines:
            self._transmit("\n".join(lines))

    def _transmit(self, text: str) -> None:
        try:
            self._socket.send(text.encode("ascii"))
        except OSError as error:
            log.debug("statsd: %s", error)


@lru_cache(maxsize=1024)
def safe_name(prefix: str, name: str) -> str:
    """The name with nothing in it that ends it."""
    return UNSAFE.sub("_", prefix + name)[:LONGEST_NAME]


def create(env: Environment) -> StatsdMetrics:
    """The plugin. Raises `ConfigurationError` if the host has no address."""
    settings = env.section(SETTINGS)
    host = settings.statsd_host or "127.0.0.1"
    try:
        found = socket.getaddrinfo(host, settings.statsd_port, type=socket.SOCK_DGRAM)
        family, kind, protocol, _, address = found[0]
        udp = socket.socket(family, kind, protocol)
        udp.setblocking(False)
        udp.connect(address)
    except (OSError, UnicodeError) as error:
        raise ConfigurationError(f"STATSD_HOST: cannot reach {host!r}: {error}") from error
    return StatsdMetrics(udp, settings.statsd_prefix)
