"""What happens, as numbers under Thumbor's names."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from .formats import FORMATS
from .http.message import Request, Response
from .interfaces import Gauges, Listens, Metrics

if TYPE_CHECKING:
    from .tracing import Traces

EXTENSIONS = {each.media_type: each.name for each in FORMATS.values()} | {
    "image/jpeg": "jpg",
    "image/heif": "heic",
}
"""Media types as Thumbor 7.8 calls them in its metrics: by the ending of a file's name."""

OK = 200


class Answers:
    """Counts requests and answers, unless nobody listens; `traces` is told of each."""

    def __init__(self, metrics: Metrics, traces: Traces | None = None) -> None:
        self._metrics = metrics
        self._traces = traces
        self._listened = listened_by(metrics)

    def begin(self) -> float:
        """A request has come; when, for `end`."""
        self._metrics.incr("response.count")
        return time.perf_counter()

    def at_once(self, request: Request, response: Response, begun: float) -> None:
        """A request has come and is answered already."""
        if self._listened():
            self._metrics.incr("response.count")
            self._tell(response, begun)
        if self._traces:
            self._traces.tell(request, response, begun)

    def end(self, request: Request, response: Response, begun: float) -> None:
        """It is answered."""
        if self._listened():
            self._tell(response, begun)
        if self._traces:
            self._traces.tell(request, response, begun)

    def _tell(self, response: Response, begun: float) -> None:
        metrics, milliseconds = self._metrics, (time.perf_counter() - begun) * 1000
        status, of_status = names_of(response.status)
        metrics.incr(status)
        metrics.timing("response.time", milliseconds)
        metrics.timing(of_status, milliseconds)
        if picture := response.picture:
            self._tell_format(picture.media_type, len(response.body), milliseconds)
            self._tell_kind(response.status, smart=picture.smart, milliseconds=milliseconds)

    def _tell_format(self, media_type: str, size: int, milliseconds: float) -> None:
        """Of what is a picture, which the answers to `meta` are not. Bytes: those that are sent."""
        extension = EXTENSIONS.get(media_type)
        if not extension:
            return
        self._metrics.incr(f"response.format.{extension}")
        self._metrics.timing(f"response.time.{extension}", milliseconds)
        if size:
            self._metrics.incr(f"response.bytes.{extension}", size)

    def _tell_kind(self, status: int, *, smart: bool, milliseconds: float) -> None:
        """Thumbor 7.8 has two names for what is not smart: for what was asked, and for 200s.

        It counts each smart 200 twice; here it is once.
        """
        plain = ("none_smart", "not_smart") if status == OK else ("none_smart",)
        for name in ("smart",) if smart else plain:
            self._metrics.incr(f"response.{name}.count")
            self._metrics.timing(f"response.{name}.latency", milliseconds)


@lru_cache(maxsize=64)
def names_of(status: int) -> tuple[str, str]:
    """The counter and the timing of a status."""
    return f"response.status.{status}", f"response.time.{status}"


def listened_by(metrics: Metrics) -> Callable[[], bool]:
    """What tells whether anybody sees what is counted now."""
    return metrics.listened if isinstance(metrics, Listens) else _always


def gauge_of(metrics: Metrics | None) -> Callable[[str, float], None]:
    """What takes levels; nothing does where the metrics know none."""
    return metrics.gauge if isinstance(metrics, Gauges) else _nowhere


def _always() -> bool:
    return True


def _nowhere(name: str, value: float) -> None:
    """Levels that nobody takes."""
