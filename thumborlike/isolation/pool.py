"""Worker processes as a crew: as many as wanted, replaced when they end, ended when too late."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections import deque
from collections.abc import Callable
from typing import Any

from ..errors import Overloaded
from ..interfaces import Metrics, Source
from ..measuring import gauge_of
from ..records import dataclass
from .launch import Launcher
from .member import Member
from .passage import new_passage
from .setup import Setup
from .spawn import Template

FIRST_PAUSE, LONGEST_PAUSE = 0.05, 5.0
"""Seconds before another try when workers do not start; doubled each time."""

HOPELESS = 4
"""So many failed tries in a row, and nobody waits for a worker any more."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Call:
    work: asyncio.Future[Any]
    function: Callable[..., Any]
    arguments: tuple[Any, ...]

    @property
    def near(self) -> str:
        """Calls with the same are best done by the same worker: it keeps the decoded source."""
        first = self.arguments[0] if self.arguments else None
        return first.name if isinstance(first, Source) else ""


class Processes:
    """A crew of `size` worker processes; each is replaced after `max_jobs` calls (0: never).

    They are started by `start`, or else with the first call, from `template` if that is there.
    """

    def __init__(
        self,
        size: int,
        setup: Setup,
        metrics: Metrics,
        *,
        max_jobs: int = 0,
        template: Template | None = None,
    ) -> None:
        self.size = size
        self._max_jobs = max_jobs
        self._metrics = metrics
        self._gauge = gauge_of(metrics)
        self._launcher = Launcher(setup, self._template_gone, template)
        self._members: list[Member] = []
        self._calls: deque[_Call] = deque()
        self._failures = 0
        self._started = False
        self._closed = False
        self._retry: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Start the workers, if they are not: they get ready while other things are done."""
        if not self._started:
            self._started = True
            self._mend()

    def ready(self) -> bool:
        """Whether a worker is there, be it busy or idle."""
        return any(each.pid and not each.gone for each in self._members)

    def begin(
        self,
        function: Callable[..., Any],
        *arguments: Any,
        ended: Callable[[], None] | None = None,
    ) -> asyncio.Future[Any]:
        """Have it called in a worker, with its bench before the arguments."""
        self.start()
        work: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        if ended:
            work.add_done_callback(lambda _: ended())
        if self._failures >= HOPELESS:
            work.set_exception(Overloaded("no worker can be started, try again"))
            return work
        self._calls.append(_Call(work, function, arguments))
        self._hand_out()
        return work

    def abandon(self, work: asyncio.Future[Any], patience: float = 0.0) -> None:
        """End the worker that is at it, or forget the call."""
        self._calls = deque(each for each in self._calls if each.work is not work)
        member = next((each for each in self._members if each.work is work), None)
        if member and patience:
            work.get_loop().call_later(patience, self._end_if_at, work, member)
        elif member:
            self._end_if_at(work, member)
        work.cancel()

    def _end_if_at(self, work: asyncio.Future[Any], member: Member) -> None:
        if member.work is work and not member.gone:
            self._metrics.incr("worker.killed")
            self._end(member)

    def kept_bytes(self) -> int:
        """What all decoded pictures take."""
        return sum(each.kept for each in self._members)

    def forget(self) -> None:
        """Have all workers forget their decoded pictures; those at work do so afterwards."""
        for each in self._members:
            if each.pid:
                each.forget()

    def close(self) -> None:
        """End all workers, at once."""
        self._closed = True
        if self._retry:
            self._retry.cancel()
        for each in list(self._members):
            self._end(each)
        self._launcher.stop()

    def _mend(self) -> None:
        """Start what is missing: the template first, then workers."""
        self._retry = None
        try:
            if not self._launcher.running:
                self._launcher.start()
        except OSError as error:
            log.error("the workers' template cannot be started: %s", error)
            self._try_later()
            return
        self._fill()

    def _template_gone(self) -> None:
        """Workers that are there work on; new ones need a new template."""
        for each in self._members:
            if not each.pid:
                each.let_go()
        self._members = [each for each in self._members if not each.gone]
        self._try_later()

    def _fill(self) -> None:
        """Have as many members as there should be."""
        while len(self._members) < self.size and not self._closed:
            if not self._add():
                self._try_later()
                break

    def _add(self) -> bool:
        with contextlib.ExitStack() as undone:
            try:
                passage = new_passage()
                undone.callback(passage.close)
                ours, theirs = socket.socketpair()
                undone.enter_context(ours)
                with theirs:
                    self._launcher.fork(theirs, passage.file)
            except OSError as error:
                log.warning("a worker cannot be started: %s", error)
                return False
            undone.pop_all()
        self._members.append(Member(ours, passage, self._changed))
        return True

    def _try_later(self) -> None:
        self._failures += 1
        if self._failures >= HOPELESS:
            self._give_up_calls()
        pause = min(FIRST_PAUSE * 2**self._failures, LONGEST_PAUSE)
        if self._retry is None and not self._closed:
            self._retry = asyncio.get_running_loop().call_later(pause, self._mend)

    def _give_up_calls(self) -> None:
        for each in self._calls:
            if not each.work.done():
                each.work.set_exception(Overloaded("no worker can be started, try again"))
        self._calls.clear()

    def _changed(self, member: Member) -> None:
        """A worker is ready, has done its work, or is gone."""
        if member.gone:
            self._lost(member)
            self._tell_size()
        else:
            if not member.jobs:
                self._tell_size()
            self._failures = 0
            if self._max_jobs and member.jobs >= self._max_jobs and member.idle:
                self._metrics.incr("worker.recycled")
                self._end(member)
        self._hand_out()

    def _tell_size(self) -> None:
        self._gauge("workers.ready", sum(bool(each.pid) for each in self._members))

    def _lost(self, member: Member) -> None:
        if member in self._members:
            self._members.remove(member)
        self._metrics.incr("worker.lost")
        if member.jobs:
            self._fill()
        elif member.pid:
            self._try_later()
        else:  # it is the template that does not do
            self._launcher.stop()
            self._template_gone()

    def _end(self, member: Member) -> None:
        self._launcher.expect_end(member.pid)
        self._members.remove(member)
        member.end()
        self._tell_size()
        if not self._closed:
            self._fill()

    def _hand_out(self) -> None:
        """Calls to idle workers, the first come first."""
        while self._calls and (idle := [each for each in self._members if each.idle]):
            call = self._calls.popleft()
            if call.work.done():
                continue
            near = call.near
            chosen = next((each for each in idle if each.near == near), idle[0])
            self._members.remove(chosen)  # the one that has rested longest is first
            self._members.append(chosen)
            chosen.begin(call.work, call.function, call.arguments, near)
