"""Names looked up for tornado's client, every answer judged before one is connected to."""

from __future__ import annotations

import socket
from typing import Any

from tornado.netutil import DefaultLoopResolver

from thumborlike.networks import Networks


class _Judging(DefaultLoopResolver):
    """Raises OSError for a name of which any address is forbidden."""

    def initialize(self, networks: Networks) -> None:
        self._networks = networks

    async def resolve(
        self, host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[tuple[int, Any]]:
        found = await super().resolve(host, port, family)
        if not found or not all(self._networks.permits(str(place[0])) for _, place in found):
            raise PermissionError(f"{host} is at a forbidden address")
        return found


def resolver(networks: Networks) -> DefaultLoopResolver:
    """A resolver that these rules hold for."""
    made: DefaultLoopResolver = _Judging(networks=networks)
    return made
