"""Which requests are for pictures, and who answers the others.

Pictures and health checks are answered by the service itself; everything else by the server's
own application (`in_memory`), so that both answer alike.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..finding import short_name
from ..http.health import health_response
from ..http.message import Request, Response
from ..http.respond import always
from ..http.sending import sent_headers
from ..records import replace

if TYPE_CHECKING:
    from ..service import Service
    from .in_memory import Application

OURS = ("healthcheck", "upload", "blacklist", "purge")
READING = ("GET", "HEAD")
PREFLIGHT = (
    ("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS"),
    ("Access-Control-Allow-Headers", "Content-Type, Authorization"),
    ("Access-Control-Max-Age", "86400"),
)


class Routes:
    """Answers requests of all kinds. The headers of its responses are all that are sent."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._made: Application | None = None
        self._common = always(service.settings.http)
        names = [
            short_name("handler_lists", each) for each in service.settings.extensions.handler_lists
        ]
        self._only_ours = set(names) <= set(OURS)
        if not self._only_ours:
            self._application()  # tells at the start what cannot be used
        self._fronts = tuple(_fronts(service, names))
        http, checks = service.settings.http, "healthcheck" in names
        self._health = re.compile(http.healthcheck_route) if checks else None
        ready = checks and http.readiness_route
        self._ready = re.compile(ready) if ready else None

    async def answer(self, request: Request) -> Response:
        """The answer, whatever is asked for."""
        if response := self.preflight(request):
            return self.sent(response)
        if not self._is_plain(request):
            return await self._application().answer(request)
        if self.is_health(request):
            return self.sent(health_response(request))
        return self.sent(await self._service.handle(request))

    def is_other(self, request: Request) -> bool:
        """Whether this is for another endpoint than that of pictures, as far as can be seen."""
        ours = self.is_health(request) or self._is_readiness(request)
        return ours or request.path.startswith(self._fronts)

    def is_health(self, request: Request) -> bool:
        """Whether this is a health check."""
        return self._health is not None and bool(self._health.fullmatch(request.path))

    def _is_readiness(self, request: Request) -> bool:
        return self._ready is not None and bool(self._ready.fullmatch(request.path))

    def cors(self) -> tuple[tuple[str, str], ...]:
        """What lets other sites use an answer, if they may."""
        origin = self._service.settings.http.access_control_allow_origin_header
        return (("Access-Control-Allow-Origin", origin),) if origin else ()

    def now(self) -> float:
        """Epoch seconds."""
        return time.time()

    def preflight(self, request: Request) -> Response | None:
        """The answer to a browser that asks whether a page may ask; None: it does not."""
        cors = self.cors()
        if request.method != "OPTIONS" or not cors:
            return None
        return Response(204, (*cors, *PREFLIGHT))

    def sent(self, response: Response) -> Response:
        """The response with all headers."""
        return replace(response, headers=tuple(sent_headers(response, self._common).items()))

    def _is_plain(self, request: Request) -> bool:
        """Whether the path alone decides, and no endpoint but the health check's may take it."""
        return (
            self._only_ours
            and request.method in READING
            and not request.body
            and request.path.startswith("/")
            and not request.path.startswith(self._fronts)
            and not self._is_readiness(request)
        )

    def _application(self) -> Application:
        if self._made is None:
            from .in_memory import Application  # noqa: PLC0415  (Tornado takes 45 ms)

            self._made = Application(self._service)
        return self._made


def _fronts(service: Service, names: Sequence[str]) -> Iterator[str]:
    """What the paths of the other endpoints begin with; some pictures' may, too."""
    if service.uploads and "upload" in names:
        yield "/image"
    if service.block_list and "blacklist" in names:
        yield "/blacklist"
    if "purge" in names:
        yield "/purge/"
    if service.settings.pages.playground:
        yield "/playground"
