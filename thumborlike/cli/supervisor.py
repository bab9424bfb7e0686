"""Several server processes under one parent that only watches, restarts and passes signals on."""

from __future__ import annotations

import contextlib
import logging
import os
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from types import FrameType

from ..errors import ConfigurationError
from .renewal import Child, Renewal, Work
from .seats import Seat, Sockets
from .signals import ONE_STOP, REPLACED, STOPPING, Parent
from .tallies import forget_levels, forget_levels_of_the_dead

UNUSABLE = 78
"""Exit status of a child that could not start (sysexits: EX_CONFIG): no restart helps."""

FIRST_DELAY, LONGEST_DELAY = 0.2, 30.0
STABLE_AFTER = 5.0
"""Seconds of life after which an end is not the same trouble again."""

TOLD = 3
"""How many ends in a row the log tells of, each."""

LAST_WORDS = 3.0
"""Seconds a child has beyond its grace period before it is killed."""

WATCHED = (*STOPPING, signal.SIGHUP, signal.SIGCHLD)
log = logging.getLogger("thumborlike")


class Supervisor:
    """Keeps a process at `work` on each of the `seats`.

    SIGHUP asks `renew` for other work, which raises `ConfigurationError` if there is none that can
    be done, and replaces the processes one after the other.
    """

    def __init__(self, seats: Iterable[Seat], work: Work, renew: Callable[[], Work]) -> None:
        self._children = [Child(each) for each in seats]
        self._leaving: dict[int, tuple[Child, float]] = {}
        self._work = work
        self._renew = renew
        self._renewal: Renewal | None = None
        self._asked_to_renew = False
        self._stopped = 0.0
        self._at_once = 0
        self._unusable = False
        self._kill_at: float | None = None
        self._alive, self._lifeline = os.pipe()
        self._wakes, self._woken = socket.socketpair()

    def run(self) -> int:
        """Watch until all have ended after a signal; 0, or 1 if a child could not start.

        A second signal to stop kills all: 128 and its number.
        """
        self._listen_to_signals()
        forget_levels_of_the_dead()
        while True:
            self._reap()
            if self._at_once:
                return self._end_at_once()
            if self._stopped:
                self._stop()
                if not any(each.pid for each in self._all()):
                    return 1 if self._unusable else 0
            else:
                self._start_due()
                self._go_on_renewing()
            self._kill_late()
            self._wait()

    def _all(self) -> Iterator[Child]:
        yield from self._children
        yield from (child for child, _ in self._leaving.values())
        if self._renewal and self._renewal.fresh:
            yield self._renewal.fresh

    def _listen_to_signals(self) -> None:
        for each in (self._wakes, self._woken):
            each.setblocking(False)
        for number in WATCHED:
            signal.signal(number, self._note)
        signal.set_wakeup_fd(self._woken.fileno(), warn_on_full_buffer=False)

    def _note(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if number == signal.SIGHUP:
            self._asked_to_renew = True
        elif number in STOPPING and not self._stopped:
            self._stopped = now
        elif number in STOPPING and now - self._stopped >= ONE_STOP:
            self._at_once = number

    def _wait(self) -> None:
        """Sleep until a signal comes, a new process serves, or something is due."""
        times = [until for _, until in self._leaving.values()]
        times += [self._kill_at] if self._kill_at else []
        if not self._stopped:
            times += [each.due for each in self._children if not each.pid]
            times += [self._renewal.due] if self._renewal else []
        pause = max(0.0, min(times) - time.monotonic()) if times else None
        fresh = self._renewal.fresh if self._renewal else None
        wakes = self._wakes.fileno()
        lines = [wakes, *([fresh.ready] if fresh and fresh.ready >= 0 else [])]
        if wakes in select.select(lines, [], [], pause)[0]:
            self._wakes.recv(4096)

    def _start_due(self) -> None:
        now = time.monotonic()
        for each in self._children:
            if not each.pid and each.due <= now:
                each.started = now
                try:
                    each.pid, each.ready = self._fork(self._work, each.seat)
                except ConfigurationError as error:
                    print(f"Error: {error}", file=sys.stderr)
                    self._unusable, self._stopped = True, now
                    return
                each.forget_ready()

    def _start_fresh(self, work: Work, seat: Seat) -> Child:
        pid, ready = self._fork(work, seat)
        return Child(seat, pid, time.monotonic(), ready=ready)

    def _fork(self, work: Work, seat: Seat) -> tuple[int, int]:
        """Start a child: its id, and the pipe on which it says that it serves.

        Signals wait meanwhile, so that none is taken by our own handler. Raises
        `ConfigurationError` if nobody can listen there.
        """
        sockets = seat.taken()
        ready, tells = os.pipe()
        signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
        try:
            pid = os.fork()
            if pid == 0:
                os.close(ready)
                for each in self._children:
                    if each.seat is not seat:
                        each.seat.leave()
                self._become_child(work, Parent(self._alive, tells), sockets)
            return pid, ready
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)
            os.close(tells)

    def _become_child(self, work: Work, parent: Parent, sockets: Sockets) -> None:
        """Never returns."""
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in WATCHED:
                signal.signal(number, signal.SIG_DFL)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a terminal sends it to all
            signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)
            os.close(self._lifeline)
            self._wakes.close()
            self._woken.close()
            status = work.run(parent, sockets)
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
        for each in list(self._all()):
            pid, status = os.waitpid(each.pid, os.WNOHANG) if each.pid else (0, 0)
            if not pid:
                continue
            forget_levels(pid)
            if each in self._children:
                self._ended(each, os.waitstatus_to_exitcode(status))
            each.pid = 0
            self._leaving.pop(pid, None)

    def _ended(self, child: Child, code: int) -> None:
        """Prepare the next life of a child; the shorter its lives, the longer the pause."""
        pid, now = child.pid, time.monotonic()
        if code == UNUSABLE:
            self._unusable, self._stopped = True, self._stopped or now
        if self._stopped:
            return
        failures = 0 if now - child.started > STABLE_AFTER else child.failures
        delay = min(FIRST_DELAY * 2 ** min(failures - 1, 10), LONGEST_DELAY) if failures else 0.0
        child.failures, child.due = failures + 1, now + delay
        if delay:  # nobody is to wait there so long
            child.seat.leave()
        if failures < TOLD:
            log.error("process %d ended with %d, another one starts in %.1f s", pid, code, delay)
        elif failures == TOLD:
            log.error("processes keep ending (%d): more and more seldom another one starts", code)

    def _go_on_renewing(self) -> None:
        if self._asked_to_renew and not self._renewal:
            self._asked_to_renew = False
            try:
                work = self._renew()
            except ConfigurationError as error:
                log.error("the new configuration cannot be used, the old one stays: %s", error)
                return
            self._renewal = Renewal(work, self._children, self._start_fresh, self._retire)
        if self._renewal:
            goes_on = self._renewal.step()
            if self._renewal.replaced:
                self._work = self._renewal.work
            self._renewal = self._renewal if goes_on else None

    def _retire(self, child: Child) -> None:
        """Another one does its work: it may end."""
        if child.pid:
            child.send(REPLACED)
            self._leaving[child.pid] = child, time.monotonic() + self._work.patience + LAST_WORDS

    def _stop(self) -> None:
        if self._kill_at is None:
            if self._renewal:
                self._renewal.abandon()
                self._renewal = None
            for each in self._children:
                each.seat.leave()
            self._send_all(signal.SIGTERM)
            self._kill_at = time.monotonic() + self._work.patience + LAST_WORDS

    def _kill_late(self) -> None:
        now = time.monotonic()
        if self._kill_at and now >= self._kill_at:
            log.error("processes do not end, killing them")
            self._send_all(signal.SIGKILL)
            self._kill_at = now + LAST_WORDS
        for pid, (child, until) in self._leaving.items():
            if now >= until:
                child.send(signal.SIGKILL)
                self._leaving[pid] = child, now + LAST_WORDS

    def _end_at_once(self) -> int:
        self._send_all(signal.SIGKILL)
        for each in self._all():
            if each.pid:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(each.pid, 0)
        return 128 + self._at_once

    def _send_all(self, number: signal.Signals) -> None:
        for each in self._all():
            each.send(number)
