"""Endpoints that count themselves under Thumbor's names, as pictures do in `Service.handle`."""

from __future__ import annotations

from .handler import Handler


class MeasuredHandler(Handler):
    """Counts requests, statuses and times. Thumbor 7.8: all endpoints but the health check."""

    def on_finish(self) -> None:
        """Record one answered request."""
        metrics, status = self.service.metrics, self.get_status()
        milliseconds = self.request.request_time() * 1000
        metrics.incr("response.count")
        metrics.timing("response.time", milliseconds)
        metrics.timing(f"response.time.{status}", milliseconds)
        metrics.incr(f"response.status.{status}")
