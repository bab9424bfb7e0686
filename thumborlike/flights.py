"""One piece of work for equal requests, among threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Flights(Generic[K, V]):
    """Runs work once per key at a time: the first thread does it, the others wait for it.

    What it raises, all who wait raise, too. Nothing is kept once it has ended.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[K, Future[V]] = {}

    def run(self, key: K, work: Callable[[], V]) -> V:
        """What `work` gives, here or in the thread that came first."""
        with self._lock:
            flight = self._open.get(key)
            if flight is None:
                mine: Future[V] = Future()
                self._open[key] = mine
        if flight is not None:
            return flight.result()
        try:
            value = work()
        except BaseException as error:
            self._land(key)
            mine.set_exception(error)
            raise
        self._land(key)
        mine.set_result(value)
        return value

    def _land(self, key: K) -> None:
        with self._lock:
            del self._open[key]
