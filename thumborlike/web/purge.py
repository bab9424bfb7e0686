"""The endpoint that forgets a source: `POST /purge/<signature>/<expires>/<source>`.

Signed with SECURITY_KEY by URL_SIGNER is `purge/<expires>/<source>`, `expires` in epoch seconds;
`thumborlike purge` makes such calls. The answer is JSON.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from ..errors import BadSignature
from ..http.respond import content_response
from ..http.tags import tag_headers, tag_of
from ..purging import check_time, signed_text
from ..url.encoding import source_name
from .handler import from_tornado
from .measured import MeasuredHandler

if TYPE_CHECKING:
    from ..service import Service

ROUTE = r"/purge/([^/]+)/([^/]+)/(.+)"
NOT_CACHED = (("Cache-Control", "no-store"),)


class PurgeHandler(MeasuredHandler):
    """Only there where HANDLER_LISTS names it."""

    allowed = ("POST", "DELETE")
    body_limit = 0

    async def post(self, signature: str, expires: str, source: str) -> None:
        """Forget the source; how many entries were removed."""
        with self.open_requests:
            until = check_time(expires, time.time())
            name = source_name(source)
            if not self.service.signs(signature, signed_text(name, until)):
                raise BadSignature("the signature does not belong to this purge")
            done = await self.service.purge(name)
            told = {"source": done.source, "tag": tag_of(done.source), "removed": done.removed}
            body = json.dumps(told).encode()
            request = from_tornado(self.request)
            headers = (*NOT_CACHED, *tag_headers([done.source]))  # for caches in between
            await self.send(
                content_response(request, body, "application/json", headers, etag=False)
            )

    delete = post


def get_handlers(service: Service) -> list[tuple[Any, ...]]:
    """The route."""
    return [(ROUTE, PurgeHandler)]
