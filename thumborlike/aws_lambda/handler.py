"""From an event to its answer, within Lambda's deadline. Nothing is ever raised."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import Any, Protocol

from ..errors import MalformedRequest, ProcessingTimeout, ThumborlikeError
from ..http.message import Request, Response
from ..http.status import error_response
from ..logs import without_secrets
from ..records import replace
from ..service import Service
from .answers import Answer, answer_of, plain
from .asking import Asking, links_of, vision_of
from .bucket import Buckets
from .edge import Opened, opened
from .errors import CODE, as_json, without_code
from .events import Asked, Form, NotARequest, asked_of
from .links.errors import LinkError
from .logs import ACCESS, Lines, name_of
from .outgoing import Outgoing, Wish
from .routes import Routes
from .spelling import well_spelled

NONE = Buckets()
NO_DEADLINE = 3600.0
LEAST = 0.05
"""Seconds that a request gets in any case."""

log = logging.getLogger(__name__)
access = logging.getLogger(ACCESS)


class Context(Protocol):
    """What Lambda tells of an invocation."""

    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends it."""
        ...


class Function:
    """Answers events. One loop for the life of the process: clients stay connected to it."""

    def __init__(
        self,
        service: Service,
        loop: asyncio.AbstractEventLoop,
        lines: Lines | None = None,
        buckets: Buckets = NONE,
        *,
        streams: bool = False,
    ) -> None:
        """With `streams`, bodies of answers are bytes, of up to 200 MB."""
        self._service = service
        self._settings = service.settings.function
        self._loop = loop
        self._lines = lines or Lines()
        self._routes = Routes(service)
        vision = vision_of(service.settings, self._routes.answer, buckets.results)
        self._asking = Asking(service, self._routes, links_of(service.settings), vision)
        self._outgoing = Outgoing(
            service.settings, self._routes.sent, buckets.results, buckets.large
        )
        self._streams = streams
        self._cold = True

    def __call__(self, event: Mapping[str, Any], context: Context | None = None) -> Answer:
        """The answer to one event."""
        started = time.perf_counter()
        end = self._loop.time() + self._seconds(context)
        self._lines.request_id = str(getattr(context, "aws_request_id", ""))
        try:
            trusted = self._service.settings.server.trusted_proxies
            asked = self._formed(asked_of(event, self._settings.base_path, trusted))
        except NotARequest as error:
            return self._no_request(error)
        except MalformedRequest as error:
            asked = self._formed(Asked(Form.REST, Request("GET", "/")))
            return self._failed(error, asked)
        answer = self._loop.run_until_complete(self._answer(asked, end))
        self._tell(asked, answer, time.perf_counter() - started)
        return answer

    def _formed(self, asked: Asked) -> Asked:
        return replace(asked, form=Form.STREAM) if self._streams else asked

    async def _answer(self, asked: Asked, end: float) -> Answer:
        try:
            response = await self._within(asked, end)
            return answer_of(asked.form, response)
        except Exception as error:
            log.exception("unexpected error at %s", name_of(asked.request.path))
            self._service.report(error, asked.request)
            return self._failed(error, asked)

    async def _within(self, asked: Asked, end: float) -> Response:
        """The response, or 504 when there is no more time."""
        work = asyncio.ensure_future(self._made(asked))
        await asyncio.wait({work}, timeout=max(LEAST, end - self._loop.time()))
        if work.done():
            response = work.result()
            await self._landed(end)
            return response
        work.cancel()
        await asyncio.wait({work}, timeout=LEAST)
        late = ProcessingTimeout("the request took too long")
        return self._told(self._refused(late, asked), asked)

    async def _made(self, asked: Asked) -> Response:
        try:
            response = await self._sent(opened(asked))
        except ThumborlikeError as error:
            response = self._refused(error, asked)
        response = self._told(response, asked)
        return await self._asking.fallback(asked.request, response)

    async def _sent(self, found: Opened) -> Response:
        asked = well_spelled(found.asked, self._service.signs)
        translated = await self._asking.looked(self._asking.translated(asked.request))

        async def answering(request: Request) -> Response:
            return await self._asking.answer(replace(translated, request=request))

        target = _target(asked.request)
        return await self._outgoing.answer(
            Wish(asked.form, translated.request, answering, target, found.key)
        )

    async def _landed(self, end: float) -> None:
        """Wait until results are stored: what is open when the answer is out, is frozen."""
        work = asyncio.ensure_future(self._service.landed())
        await asyncio.wait({work}, timeout=max(LEAST, end - self._loop.time()))
        if not work.done():
            work.cancel()
            log.warning("not stored in time")

    def _seconds(self, context: Context | None) -> float:
        if context is None:
            return NO_DEADLINE
        left = context.get_remaining_time_in_millis() / 1000
        return max(LEAST, left - self._settings.lambda_reserve_seconds)

    def _refused(self, error: BaseException, asked: Asked) -> Response:
        quirks = self._service.settings.imaging.thumbor_quirks
        response = error_response(error, asked.request, quirks=quirks)
        if isinstance(error, LinkError):
            response = replace(response, status=error.status)
            response = replace(response, headers=(*response.headers, (CODE, error.code)))
        return self._routes.sent(response)

    def _failed(self, error: BaseException, asked: Asked) -> Answer:
        return answer_of(asked.form, self._told(self._refused(error, asked), asked))

    def _told(self, response: Response, asked: Asked) -> Response:
        if not self._settings.lambda_json_errors:
            return without_code(response)
        return as_json(response, asked.request, self._lines.request_id or asked.id)

    def _no_request(self, error: NotARequest) -> Answer:
        if not error.harmless:
            log.error("%s", error)
        status = 200 if error.harmless else 400
        return plain(status, {"status": status, "message": str(error)})

    def _tell(self, asked: Asked, answer: Answer, seconds: float) -> None:
        """No header and no path: paths may hold keys and signatures."""
        told = {
            "status": answer["statusCode"],
            "method": asked.request.method,
            "path": name_of(asked.request.path),
            "front": asked.form.value,
            "bytes": len(answer["body"]),
            "ms": round(1000 * seconds, 2),
            "cold": self._cold,
        }
        self._cold = False
        level = logging.WARNING if answer["statusCode"] >= 500 else logging.INFO
        access.log(level, "answered", extra={"told": told})
        log.debug("answered %s", without_secrets(asked.request.path))


def _target(request: Request) -> str:
    """Where the request went, on the same host: `//x` would be another one."""
    path = "/" + request.path.lstrip("/")
    return f"{path}?{request.query}" if request.query else path
