"""The endpoint of the block list, `/blacklist`: GET shows it, `PUT ?<source>` adds to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..blocklist import BlockList
from ..http.message import Response
from ..http.respond import SERVER, content_response
from .handler import from_tornado
from .measured import MeasuredHandler

if TYPE_CHECKING:
    from ..service import Service


class BlacklistHandler(MeasuredHandler):
    """Only there with USE_BLACKLIST. Like Thumbor's it asks nobody who they are."""

    allowed = ("GET", "PUT")

    @property
    def block_list(self) -> BlockList:
        """The list; the route exists only if there is one."""
        assert self.service.block_list is not None
        return self.service.block_list

    async def get(self) -> None:
        """The list as text, one source a line."""
        with self.open_requests:
            body = await self.block_list.text()
            headers = (("Cache-Control", "no-cache"),)
            request = from_tornado(self.request)
            await self.send(content_response(request, body, "text/plain; charset=utf-8", headers))

    async def put(self) -> None:
        """Add the query, as it stands."""
        with self.open_requests:
            await self.block_list.add(self.request.query)
            await self.send(Response(200, (("Server", SERVER),), content_length=0))


def get_handlers(service: Service) -> list[tuple[Any, ...]]:
    """The route, if the block list is in use."""
    return [(r"/blacklist/?", BlacklistHandler)] if service.block_list is not None else []
