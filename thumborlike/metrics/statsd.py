"""Metrics to a statsd server, as UDP datagrams that are never waited for.

Names are made safe: Thumbor 7.8 puts `host:port` into some, and the colon ends the name.
"""

from __future__ import annotations

import logging
import re
import socket
from dataclasses import dataclass

from thumborlike.errors import ConfigurationError
from thumborlike.interfaces import Environment
from thumborlike.settings.fields import setting

UNSAFE = re.compile(r"[^A-Za-z0-9_.\-]")
LONGEST_NAME = 200
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
    """Sends `[prefix.]name:value|type`. What cannot be sent at once is dropped."""

    def __init__(self, udp: socket.socket, prefix: str | None) -> None:
        self._socket = udp
        self._prefix = f"{prefix.rstrip('.')}." if prefix else ""

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
        """Close the socket."""
        self._socket.close()

    def _send(self, name: str, value: str) -> None:
        safe = UNSAFE.sub("_", self._prefix + name)[:LONGEST_NAME]
        try:
            self._socket.send(f"{safe}:{value}".encode("ascii"))
        except OSError as error:
            log.debug("statsd: %s", error)


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
