"""The health check (Thumbor 7.8: `WORKING`, not cached, not measured)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import ShuttingDown
from ..http.health import health_response
from .handler import Handler, from_tornado

if TYPE_CHECKING:
    from ..service import Service


class HealthcheckHandler(Handler):
    """Answers at once, whatever else is going on; 503 once the server shuts down."""

    async def get(self) -> None:
        """Say that the event loop turns."""
        if self.service.leaving or self.service.draining:
            raise ShuttingDown("the server is shutting down")
        await self.send(health_response(from_tornado(self.request)))

    head = get


def get_handlers(service: Service) -> list[tuple[Any, ...]]:
    """The route, HEALTHCHECK_ROUTE."""
    return [(service.settings.http.healthcheck_route, HealthcheckHandler)]
