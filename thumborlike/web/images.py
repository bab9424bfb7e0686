"""The endpoint of pictures: everything that no other endpoint takes."""

from __future__ import annotations

import asyncio

from ..http.client import FORWARDED, client_of
from ..http.message import Request, Response
from ..records import replace
from .handler import CLIENT_LEFT, Handler, from_tornado


class ImageHandler(Handler):
    """GET and HEAD of any path. A client that leaves gives its work up."""

    _work: asyncio.Task[Response] | None = None

    async def get(self) -> None:
        """Answer with what the service makes of the request."""
        with self.open_requests:
            self._work = asyncio.ensure_future(self.service.handle(self._asked()))
            try:
                response = await self._work
            except asyncio.CancelledError:
                self.set_status(CLIENT_LEFT, "Client Closed Request")
                return
            await self.send(response)

    head = get

    def _asked(self) -> Request:
        request, trusted = from_tornado(self.request), self.service.settings.server.trusted_proxies
        peer = getattr(self.request.connection, "context", self.request).remote_ip or ""
        forwarded = request.headers.get(FORWARDED, "") if trusted else ""
        return replace(request, client=client_of(peer, forwarded, trusted))

    def on_connection_close(self) -> None:
        """Nobody waits for this any more. Work that others share goes on."""
        if self._work is not None:
            self._work.cancel()
