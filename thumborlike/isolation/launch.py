"""Has workers forked from the template, and starts it again when it has ended."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import pickle
import signal
import socket
from collections.abc import Callable

from .setup import Setup
from .spawn import Template, start_template
from .template import ENDED, FORK, LENGTH

log = logging.getLogger(__name__)


class Launcher:
    """Has workers forked. `gone()` is called when the template has ended, which nobody ordered.

    `first`: a template that was started ahead.
    """

    def __init__(
        self, setup: Setup, gone: Callable[[], None], first: Template | None = None
    ) -> None:
        self._setup = pickle.dumps(setup)
        self._gone = gone
        self._first = first
        self._template: Template | None = None
        self._ended_by_us: set[int] = set()

    @property
    def running(self) -> bool:
        """Whether there is a template that takes orders."""
        return self._template is not None

    def start(self) -> None:
        """Give a template its setup. Raises OSError if that cannot be."""
        template, self._first = self._first or start_template(), None
        try:
            template.orders.send(LENGTH.pack(len(self._setup)) + self._setup)
        except OSError:
            template.end()
            raise
        asyncio.get_running_loop().add_reader(template.orders.fileno(), self._told)
        self._template = template

    def fork(self, line: socket.socket, passage: int) -> None:
        """Order a worker on this line. Raises OSError if the template cannot take it."""
        if self._template is None:
            raise OSError("the workers' template is not there")
        socket.send_fds(self._template.orders, [FORK], [line.fileno(), passage])

    def expect_end(self, pid: int) -> None:
        """Say that a worker is ended on purpose."""
        self._ended_by_us.add(pid)

    def stop(self) -> None:
        """End the template; workers live on until their lines are closed."""
        if self._template is not None:
            asyncio.get_running_loop().remove_reader(self._template.orders.fileno())
        for each in (self._template, self._first):
            if each is not None:
                each.end()
        self._template = self._first = None

    def _told(self) -> None:
        assert self._template is not None
        try:
            said = self._template.orders.recv(ENDED.size)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            said = b""
        if len(said) == ENDED.size:
            self._one_ended(*ENDED.unpack(said))
            return
        log.error("the workers' template has ended")
        self.stop()
        self._gone()

    def _one_ended(self, pid: int, status: int) -> None:
        expected = pid in self._ended_by_us
        self._ended_by_us.discard(pid)
        if status and not expected:
            log.warning("worker %s has ended: %s", pid, _described(status))


def _described(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return f"exit status {code}"
    with contextlib.suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"
