"""Answers as numbers, under Thumbor's names."""

from __future__ import annotations

import time

from .http.message import Response
from .interfaces import Metrics


class Answers:
    """Counts requests and answers."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def begin(self) -> float:
        """A request has come; when, for `end`."""
        self._metrics.incr("response.count")
        return time.perf_counter()

    def end(self, response: Response, begun: float) -> None:
        """It is answered."""
        status = response.status
        metrics, milliseconds = self._metrics, (time.perf_counter() - begun) * 1000
        metrics.timing("response.time", milliseconds)
        metrics.timing(f"response.time.{status}", milliseconds)
        metrics.incr(f"response.status.{status}")
