"""Starts the template process. Loads little, so that it can be done before anything else."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

from ..records import dataclass
from .limits import environment

MODULE = "thumborlike.isolation.template"
ORDERS = 1 << 20
"""Bytes of orders that may lie in the line; the setup is the largest by far."""


@dataclass(frozen=True, slots=True)
class Template:
    """A template process, and the line on which it takes orders. It waits for its setup first."""

    process: subprocess.Popen[bytes]
    orders: socket.socket

    def end(self) -> None:
        """End the process; workers live on until their lines are closed."""
        self.orders.close()
        self.process.kill()
        self.process.wait()


def start_template() -> Template:
    """A template that loads what workers need while the server does other things.

    Raises OSError if the system has no room for a process.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ORDERS)
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", MODULE, str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            env=environment(os.environ, sys.path),
        )
    ours.setblocking(False)
    return Template(process, ours)
