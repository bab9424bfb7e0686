"""The endpoints of uploads: `/image` and `/image/<id>`."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from tornado.httputil import HTTPFile, HTTPInputError, parse_body_arguments
from tornado.web import stream_request_body

from ..errors import MalformedRequest, PayloadTooLarge
from ..http.message import Response
from ..http.respond import SERVER, age_headers, content_response
from ..uploads import ROUTE, Upload, Uploads
from .handler import from_tornado
from .measured import MeasuredHandler

if TYPE_CHECKING:
    from ..service import Service

SKIMMED = 32 * 1024 * 1024
"""Bytes of a body too large that are read and dropped, so that the client sees its 412."""

FIELD = "media"


@stream_request_body
class UploadHandler(MeasuredHandler):
    """Reads a body no further than it may be kept; what is beyond the limit is dropped."""

    body_limit = sys.maxsize

    @property
    def uploads(self) -> Uploads:
        """The uploads; the routes exist only if there are any."""
        assert self.service.uploads is not None
        return self.service.uploads

    def prepare(self) -> None:
        """Refuse by the declared length what is far too large; bound the rest."""
        self._chunks: list[bytes] = []
        self._size = 0
        limit = self.uploads.max_size
        if not limit:
            return
        declared = self.request.headers.get("Content-Length", "")
        if declared.isdecimal() and int(declared) > max(limit, SKIMMED):
            raise PayloadTooLarge(f"at most {limit} bytes are accepted")
        connection: Any = self.request.connection
        connection.set_max_body_size(max(limit, SKIMMED))

    def data_received(self, chunk: bytes) -> None:
        """Keep a piece of the body while it may still be accepted."""
        self._size += len(chunk)
        if self.uploads.max_size and self._size > self.uploads.max_size:
            self._chunks.clear()
        else:
            self._chunks.append(chunk)

    def received(self) -> Upload:
        """What was uploaded: the file of a form, or the whole body. Raises `PayloadTooLarge`."""
        self.uploads.check_size(self._size)
        body, self._chunks = b"".join(self._chunks), []
        kind = self.request.headers.get("Content-Type", "")
        if kind.lower().startswith("multipart/form-data"):
            file = _file_of(kind, body)
            if file is not None:
                return Upload(file.body, file.filename, file.content_type)
        return Upload(body, self.request.headers.get("Slug"), kind)


class UploadsHandler(UploadHandler):
    """`/image`: POST only."""

    allowed = ("POST",)

    async def post(self) -> None:
        """Keep a new picture and say where it is."""
        with self.open_requests:
            location = await self.uploads.create(self.received())
            headers = (("Server", SERVER), ("Location", location))
            await self.send(Response(201, headers, content_length=0))


class OneUploadHandler(UploadHandler):
    """`/image/<id>`, with any name behind it."""

    @property
    def allowed(self) -> tuple[str, ...]:  # type: ignore[override]
        """The methods that the configuration leaves on."""
        return self.uploads.methods()

    async def get(self, identity: str) -> None:
        """The upload as it came."""
        with self.open_requests:
            body, media_type = await self.uploads.get(identity)
            headers = age_headers(self.service.settings.http.max_age, time.time())
            await self.send(content_response(from_tornado(self.request), body, media_type, headers))

    head = get

    async def put(self, identity: str) -> None:
        """Replace it."""
        with self.open_requests:
            await self.uploads.replace(identity, self.received())
            await self.send(Response(204, (("Server", SERVER),)))

    async def delete(self, identity: str) -> None:
        """Forget it."""
        with self.open_requests:
            await self.uploads.delete(identity)
            await self.send(Response(204, (("Server", SERVER),)))


def get_handlers(service: Service) -> list[tuple[Any, ...]]:
    """The routes, if uploads are enabled."""
    if service.uploads is None:
        return []
    return [
        (rf"{ROUTE}/?", UploadsHandler),
        (rf"{ROUTE}/([^/]+)(?:/.*)?", OneUploadHandler),
    ]


def _file_of(content_type: str, body: bytes) -> HTTPFile | None:
    """The first file of the form's field `media`, if there is one."""
    files: dict[str, list[HTTPFile]] = {}
    try:
        parse_body_arguments(content_type, body, {}, files)
    except HTTPInputError as error:
        raise MalformedRequest("the form cannot be read") from error
    return next(iter(files.get(FIELD, ())), None)
