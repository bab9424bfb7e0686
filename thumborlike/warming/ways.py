"""Who makes the results: a running server, or this process with the configuration."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Literal, Protocol

from ..batch.answers import Answer
from ..batch.asking import Asker, Limits
from ..errors import ConfigurationError, ThumborlikeError
from ..http.message import Request
from ..records import dataclass
from ..settings.reader import Loaded
from .targets import Target

if TYPE_CHECKING:
    from ..service import Service

State = Literal["done", "there", "failed"]
WANT_STATUS = {"Want-Cache-Status": "1"}
"""Asks our server for a Cache-Status (RFC 9211), which tells hits from misses."""

GRACE = 60.0
"""Seconds that results have to be stored at the end."""


@dataclass(frozen=True, slots=True)
class Made:
    """What came of one target. `status` of HTTP, 0: no answer; `size` in bytes."""

    state: State
    status: int
    size: int = 0
    reason: str = ""
    wait: float | None = None

    def retry_after(self) -> float | None:
        """Seconds to wait, if that was asked for."""
        return self.wait


class Way(Protocol):
    """Makes one result."""

    async def make(self, target: Target) -> Made:
        """Ask for it; raises nothing."""
        ...


class OverHttp:
    """Asks a running server, or what is in front of it."""

    def __init__(self, server: str, asker: Asker, executor: ThreadPoolExecutor) -> None:
        self._server = server
        self._asker = asker
        self._executor = executor

    async def make(self, target: Target) -> Made:
        """Fetch it; the body is thrown away."""
        loop = asyncio.get_running_loop()
        url, headers = self._server + target.path, {**WANT_STATUS, "Accept": target.accept}
        answer = await loop.run_in_executor(self._executor, self._asker.ask, url, headers)
        if answer.status in (200, 304):
            return Made("there" if _is_hit(answer) else "done", answer.status, len(answer.body))
        reason = answer.error or _line(answer.body)
        return Made("failed", answer.status, reason=reason, wait=answer.retry_after())


class InProcess:
    """Makes it here; what is reported as done can be read from the result storage."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def make(self, target: Target) -> Made:
        """Make it, unless it is stored already."""
        path, _, query = target.path.partition("?")
        request = Request("GET", path, query, {"accept": target.accept})
        if (size := await self._stored(request)) is not None:
            return Made("there", 200, size)
        response = await self._service.handle(request)
        if response.status != 200:
            after = response.header("Retry-After")
            answer = Answer(response.status, {"retry-after": after} if after else {})
            reason = _line(response.body)
            return Made("failed", response.status, reason=reason, wait=answer.retry_after())
        if await self._stored(request) is None:
            return Made("failed", 200, reason=_not_kept(target, self._service))
        return Made("done", 200, len(response.body))

    async def _stored(self, request: Request) -> int | None:
        try:
            return await self._service.stored(request)
        except ThumborlikeError:
            return None  # told by the answer


@asynccontextmanager
async def over_http(
    server: str, limits: Limits, headers: Mapping[str, str], threads: int
) -> AsyncIterator[Way]:
    """A way by HTTP; its connections are closed at the end."""
    asker = Asker(limits, headers)
    with ThreadPoolExecutor(threads, thread_name_prefix="ask") as executor:
        try:
            yield OverHttp(server, asker, executor)
        finally:
            executor.shutdown(wait=True)
            asker.close()


@asynccontextmanager
async def in_process(loaded: Loaded) -> AsyncIterator[Way]:
    """A way by the configuration, with its workers. Raises `ConfigurationError`."""
    from ..service import build  # noqa: PLC0415  (not where a server does it)

    if not loaded.settings.storage.result_storage:
        raise ConfigurationError(
            "RESULT_STORAGE is not set: results would be kept nowhere; "
            "name a running server by --server, or set it"
        )
    template = None
    if loaded.settings.workers.worker_isolation != "thread":
        from ..isolation.spawn import start_template  # noqa: PLC0415

        template = start_template()
    try:
        service = build(loaded, template=template)
        service.start()
        try:
            yield InProcess(service)
        finally:
            await service.drain(GRACE)
    finally:
        if template:
            template.end()


def _is_hit(answer: Answer) -> bool:
    """Whether a cache had it: our own storage, or a proxy or CDN in front."""
    status = answer.headers.get("cache-status", "").lower()
    if status:
        return any(part.strip() == "hit" for each in status.split(",") for part in each.split(";"))
    first = answer.headers.get("x-cache", "").lower()
    return first.startswith("hit") or answer.headers.get("age", "0").strip("0 ") != ""


def _not_kept(target: Target, service: Service) -> str:
    unsafe = target.path.startswith("/unsafe/")
    if unsafe and not service.settings.storage.result_storage_stores_unsafe:
        return "not stored: RESULT_STORAGE_STORES_UNSAFE is off, and the URL is unsafe"
    return "made, but not in the result storage afterwards"


def _line(body: bytes) -> str:
    """The reason in an error's body, if it is one of ours; HTML and the like say nothing."""
    text = body[:200].decode("utf-8", "replace").partition("\n")[0].strip()
    return "" if text.startswith("<") or not text.isprintable() else text
