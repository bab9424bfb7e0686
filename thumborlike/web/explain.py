"""The endpoint that explains: `GET /explain/<path of a picture>`, as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ..http.respond import content_response
from ..records import replace
from .handler import from_tornado
from .measured import MeasuredHandler

if TYPE_CHECKING:
    from ..service import Service

ROUTE = r"/explain/.+"
HEADERS = (("Cache-Control", "no-store"), ("Content-Security-Policy", "default-src 'none'"))


class ExplainHandler(MeasuredHandler):
    """Only there where EXPLAIN is on. Who may have the picture may have this."""

    async def get(self) -> None:
        """How the picture is made."""
        explainer = self.service.explainer
        assert explainer is not None
        with self.open_requests:
            request = from_tornado(self.request)
            asked = replace(request, path=request.path.removeprefix("/explain"))
            body = json.dumps(await explainer.explain(asked), indent=2).encode() + b"\n"
            await self.send(
                content_response(request, body, "application/json", HEADERS, etag=False)
            )

    head = get


def get_handlers(service: Service) -> list[tuple[Any, ...]]:
    """The route."""
    return [(ROUTE, ExplainHandler)]
