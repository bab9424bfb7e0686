"""The health check (Thumbor 7.8: `WORKING`, not cached, not measured), and readiness beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import Overloaded, ShuttingDown
from ..http.health import health_response, ready_response
from .handler import Handler, from_tornado

if TYPE_CHECKING:
    from ..service import Service


class HealthcheckHandler(Handler):
    """Answers at once, whatever else is going on; 503 once the server shuts down."""

    async def get(self) -> None:
        """Say that the event loop turns."""
        _refuse_if_leaving(self.service)
        await self.send(health_response(from_tornado(self.request)))

    head = get


class ReadinessHandler(Handler):
    """503 as long as requests should go elsewhere."""

    async def get(self) -> None:
        """Say whether they may come."""
        _refuse_if_leaving(self.service)
        if lacking := await self.service.readiness.lacking():
            raise Overloaded(lacking)
        await self.send(ready_response(from_tornado(self.request)))

    head = get


def _refuse_if_leaving(service: Service) -> None:
    if service.leaving or service.draining:
        raise ShuttingDown("the server is shutting down")


def get_handlers(service: Service) -> list[tuple[Any, ...]]:
    """The routes, HEALTHCHECK_ROUTE and READINESS_ROUTE."""
    http = service.settings.http
    ready = http.readiness_route
    return [
        (http.healthcheck_route, HealthcheckHandler),
        *(((ready, ReadinessHandler),) if ready else ()),
    ]
