"""One worker process as the server sees it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import signal
import socket
from collections.abc import Callable
from typing import Any

from ..errors import Overloaded, WorkerCrashed
from .messages import GREETING, REPLY, Garbled, read_reply, write_request
from .passage import Passage

FORGET = bytes(16)
UNSENDABLE = (pickle.PicklingError, TypeError, ValueError, AttributeError)
"""What pickling raises for arguments of a plugin that cannot be sent."""

START_SECONDS = 20.0
"""A worker that is not ready by then will never be."""


class Member:
    """Is starting until it has greeted, then works on one call at a time.

    `changed(member)` is called when it has become ready, has done its work or is gone.
    """

    def __init__(
        self, line: socket.socket, passage: Passage, changed: Callable[[Member], None]
    ) -> None:
        self.pid = 0
        self.near = ""
        self.jobs = 0
        self.kept = 0
        self.gone = False
        self.work: asyncio.Future[Any] | None = None
        self._line = line
        self._passage = passage
        self._changed = changed
        self._process: int | None = None
        self._loop = asyncio.get_running_loop()
        line.setblocking(False)
        self._loop.add_reader(line.fileno(), self._told)
        self._starting = self._loop.call_later(START_SECONDS, self._never_ready)

    @property
    def idle(self) -> bool:
        """Whether it can take a call."""
        return bool(self.pid) and self.work is None and not self.gone

    def begin(
        self,
        work: asyncio.Future[Any],
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        near: str,
    ) -> None:
        """Have the function called; the future gets what it gives or raises."""
        try:
            head = write_request(self._passage, function, arguments)
            self._line.send(head)
        except OSError as error:
            full = Overloaded("there is no memory for the picture now, try again")
            full.__cause__ = error
            work.set_exception(full)
            return
        except UNSENDABLE as error:
            work.set_exception(error)
            return
        self.work, self.near = work, near
        self.jobs += 1

    def forget(self) -> None:
        """Have it forget its decoded pictures."""
        self.kept = 0
        with contextlib.suppress(OSError):
            self._line.send(FORGET)

    def end(self) -> None:
        """End the process, whatever it is at."""
        if self.pid and not self.gone:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                self._kill()
        self.let_go()

    def let_go(self) -> None:
        """Close the line: an idle worker ends itself. Its work, if any, has failed."""
        if self.gone:
            return
        self.gone = True
        self._starting.cancel()
        self._loop.remove_reader(self._line.fileno())
        self._line.close()
        self._passage.close()
        if self._process is not None:
            os.close(self._process)
        self._finish(error=WorkerCrashed("the picture broke the worker that made it"))

    def _told(self) -> None:
        """The line has something, or has ended."""
        try:
            said = self._line.recv(REPLY.size)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            said = b""
        if said and not self.pid:
            self._greeted(said)
        elif said and self.work is not None:
            self._answered(said)
        else:
            self.end()
        self._changed(self)

    def _greeted(self, said: bytes) -> None:
        self._starting.cancel()
        (self.pid,) = GREETING.unpack(said)
        if hasattr(os, "pidfd_open"):
            with contextlib.suppress(OSError):
                self._process = os.pidfd_open(self.pid)

    def _never_ready(self) -> None:
        self.let_go()
        self._changed(self)

    def _answered(self, said: bytes) -> None:
        try:
            reply = read_reply(self._passage, said)
        except Garbled:
            self.end()
            return
        self._passage.give_back()
        self.kept = reply.kept
        if reply.unexpected is not None:
            self._finish(error=RuntimeError(reply.unexpected))
        else:
            self._finish(reply.value, reply.error)
        if reply.spent:
            self.let_go()

    def _finish(self, value: Any = None, error: BaseException | None = None) -> None:
        work, self.work = self.work, None
        if work is None or work.done():
            return
        if error is None:
            work.set_result(value)
        else:
            work.set_exception(error)

    def _kill(self) -> None:
        """By its file where there is one: the number could be another process's by now."""
        if self._process is not None:
            signal.pidfd_send_signal(self._process, signal.SIGKILL)
        else:
            os.kill(self.pid, signal.SIGKILL)
