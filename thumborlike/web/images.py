"""The endpoint of pictures: everything that no other endpoint takes."""

from __future__ import annotations

import asyncio

from ..http.message import Response
from .handler import CLIENT_LEFT, Handler, from_tornado


class ImageHandler(Handler):
    """GET and HEAD of any path. A client that leaves gives its work up."""

    _work: asyncio.Task[Response] | None = None

    async def get(self) -> None:
        """Answer with what the service makes of the request."""
        with self.open_requests:
            self._work = asyncio.ensure_future(self.service.handle(from_tornado(self.request)))
            try:
                response = await self._work
            except asyncio.CancelledError:
                self.set_status(CLIENT_LEFT, "Client Closed Request")
                return
            await self.send(response)

    head = get

    def on_connection_close(self) -> None:
        """Nobody waits for this any more. Work that others share goes on."""
        if self._work is not None:
            self._work.cancel()
