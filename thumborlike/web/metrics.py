"""Where Prometheus scrapes: `GET /metrics`, on where `metrics` stands in HANDLER_LISTS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from ..errors import ConfigurationError
from ..http.respond import content_response
from .handler import Handler, from_tornado

if TYPE_CHECKING:
    from ..service import Service

ROUTE = r"/metrics"
HEADERS = (("Cache-Control", "no-store"),)


@runtime_checkable
class Scraped(Protocol):
    """Metrics that can be read back."""

    def exposition(self) -> tuple[bytes, str]:
        """All figures, and their media type."""
        ...


class MetricsHandler(Handler):
    """Not measured itself, like the health check."""

    async def get(self) -> None:
        """The figures of now."""
        metrics = self.service.metrics
        assert isinstance(metrics, Scraped)
        body, media_type = metrics.exposition()
        request = from_tornado(self.request)
        await self.send(content_response(request, body, media_type, HEADERS, etag=False))

    head = get


def get_handlers(service: Service) -> list[tuple[Any, ...]]:
    """The route. Raises `ConfigurationError` where METRICS cannot be scraped."""
    if not isinstance(service.metrics, Scraped):
        raise ConfigurationError("HANDLER_LISTS: metrics needs METRICS = 'prometheus'")
    return [(ROUTE, MetricsHandler)]
