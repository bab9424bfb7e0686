"""Several server processes under one parent that only watches, restarts and passes signals on."""

from __future__ import annotations

import logging
import os
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

from ..errors import ConfigurationError

UNUSABLE = 78
"""Exit status of a child that could not start (sysexits: EX_CONFIG): no restart helps."""

FIRST_DELAY, LONGEST_DELAY = 0.2, 30.0
STABLE_AFTER = 5.0
"""Seconds of life after which an end is not the same trouble again."""

TOLD = 3
"""How many ends in a row the log tells of, each."""

LAST_WORDS = 3.0
"""Seconds a child has beyond its grace period before it is killed."""

STOPPING = (signal.SIGTERM, signal.SIGINT)
WATCHED = (*STOPPING, signal.SIGCHLD)
log = logging.getLogger("thumborlike")


@dataclass(slots=True)
class Child:
    """One place for a process. `pid` is 0 while it waits for `due` (monotonic seconds)."""

    pid: int = 0
    started: float = 0.0
    due: float = 0.0
    failures: int = 0


class Supervisor:
    """Keeps `count` processes running `work`, whose argument is a pipe from the parent.

    `patience`: seconds that the children may take to end by themselves.
    """

    def __init__(self, count: int, work: Callable[[int], int], patience: float) -> None:
        self._children = [Child() for _ in range(count)]
        self._work = work
        self._patience = patience
        self._stopping = False
        self._unusable = False
        self._kill_at: float | None = None
        self._alive, self._lifeline = os.pipe()
        self._wakes, self._woken = socket.socketpair()

    def run(self) -> int:
        """Watch until all have ended after a signal; 0, or 1 if a child could not start."""
        self._listen_to_signals()
        while True:
            self._reap()
            if self._stopping and self._kill_at is None:
                self._send_all(signal.SIGTERM)
                self._kill_at = time.monotonic() + self._patience + LAST_WORDS
            if self._stopping and not any(each.pid for each in self._children):
                return 1 if self._unusable else 0
            self._start_due()
            self._kill_late()
            self._wait()

    def _listen_to_signals(self) -> None:
        for each in (self._wakes, self._woken):
            each.setblocking(False)
        for number in WATCHED:
            signal.signal(number, self._note)
        signal.set_wakeup_fd(self._woken.fileno(), warn_on_full_buffer=False)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if number in STOPPING:
            self._stopping = True

    def _wait(self) -> None:
        """Sleep until a signal comes or something is due."""
        waiting = [each.due for each in self._children if not each.pid and not self._stopping]
        times = [*waiting, *([self._kill_at] if self._kill_at else [])]
        pause = max(0.0, min(times) - time.monotonic()) if times else None
        if select.select([self._wakes], [], [], pause)[0]:
            self._wakes.recv(4096)

    def _start_due(self) -> None:
        now = time.monotonic()
        for each in self._children:
            if not each.pid and not self._stopping and each.due <= now:
                each.pid, each.started = self._fork(), now

    def _fork(self) -> int:
        """Start a child. Signals wait meanwhile, so that none is taken by our own handler."""
        signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
        try:
            pid = os.fork()
            if pid == 0:
                self._become_child()
            return pid
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)

    def _become_child(self) -> None:
        """Never returns."""
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in WATCHED:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)
            os.close(self._lifeline)
            self._wakes.close()
            self._woken.close()
            status = self._work(self._alive)
        except ConfigurationError as error:
            print(f"Error: {error}", file=sys.stderr)
            status = UNUSABLE
        except BaseException:
            traceback.print_exc()
        finally:
            logging.shutdown()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def _reap(self) -> None:
        for each in self._children:
            if not each.pid:
                continue
            pid, status = os.waitpid(each.pid, os.WNOHANG)
            if pid:
                self._ended(each, os.waitstatus_to_exitcode(status))

    def _ended(self, child: Child, code: int) -> None:
        """Prepare the next life of a child; the shorter its lives, the longer the pause."""
        pid, now = child.pid, time.monotonic()
        child.pid = 0
        if code == UNUSABLE:
            self._unusable = self._stopping = True
        if self._stopping:
            return
        failures = 0 if now - child.started > STABLE_AFTER else child.failures
        delay = min(FIRST_DELAY * 2 ** min(failures - 1, 10), LONGEST_DELAY) if failures else 0.0
        child.failures, child.due = failures + 1, now + delay
        if failures < TOLD:
            log.error("process %d ended with %d, another one starts in %.1f s", pid, code, delay)
        elif failures == TOLD:
            log.error("processes keep ending (%d): more and more seldom another one starts", code)

    def _kill_late(self) -> None:
        if self._kill_at and time.monotonic() >= self._kill_at:
            log.error("processes do not end, killing them")
            self._send_all(signal.SIGKILL)
            self._kill_at = time.monotonic() + LAST_WORDS

    def _send_all(self, number: signal.Signals) -> None:
        for each in self._children:
            if each.pid:
                os.kill(each.pid, number)
