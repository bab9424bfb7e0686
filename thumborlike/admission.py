"""From a request to the job that it may have: parsed, authorised, prepared, admitted.

The same addresses are asked for again and again, and what the URL's grammar, the signature, the
settings and the loader's rules say of one does not change. So the jobs of the latest requests
are remembered, unless storages (the block list, keys stored for each image) or the clock have a
say in it. What is refused is looked at anew each time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import UrlTooLong
from .filtering import Filter
from .gate import Gate
from .http.message import Request
from .http.negotiation import negotiate
from .job import Job
from .lru import Lru
from .prepare import prepare
from .settings import Settings
from .url.grammar import parse

REMEMBERED = 8 * 1024 * 1024
"""Bytes of remembered jobs, roughly."""

JOB_SIZE = 1024
"""Bytes that a job or one of its filters takes beside the texts in it, roughly."""

TEXTS = 8
"""Times that the characters of a path are kept, percent-encoding included."""

LONGEST_PATH, LONGEST_ACCEPT = 2048, 256
"""Characters. Requests with more are admitted, not remembered."""

Name = tuple[str, str, bool]


class Admission:
    """Tells which job a request may have. Used on the event loop only."""

    def __init__(
        self, settings: Settings, filters: Mapping[str, Filter[Any, Any]], gate: Gate
    ) -> None:
        self._settings = settings
        self._filters = filters
        self._gate = gate
        self._negotiates = negotiate(None, settings.formats).vary
        self._longest = settings.limits.max_url_length
        self._known: Lru[Name, Job] = Lru(0 if gate.asks_storage else REMEMBERED)

    def known(self, request: Request) -> Job | None:
        """The job of a request like one that was admitted before; waits for nothing."""
        return None if self._is_too_long(request) else self._known.get(self._name(request))

    async def job(self, request: Request) -> Job:
        """The job. Raises a `RequestError`, and what request filters raise."""
        if self._is_too_long(request):
            raise UrlTooLong("the URL is too long")
        name = self._name(request)
        if job := self._known.get(name):
            return job
        image = parse(request.path)
        if not request.trusted:
            image = await self._gate.authorise(image)
        job = await self._gate.admit(prepare(image, request.headers, self._settings, self._filters))
        if _may_be_remembered(name, job):
            self._known.put(name, job, _size(name, job))
        return job

    def _name(self, request: Request) -> Name:
        """All of a request that decides on its job."""
        accept = request.headers.get("accept", "") if self._negotiates else ""
        return request.path, accept, request.trusted

    def _is_too_long(self, request: Request) -> bool:
        return 0 < self._longest < len(request.path) + len(request.query)


def _may_be_remembered(name: Name, job: Job) -> bool:
    """Short ones of one picture, which no clock makes invalid."""
    short = len(name[0]) <= LONGEST_PATH and len(name[1]) <= LONGEST_ACCEPT
    return short and name[0].isascii() and job.output.expires is None and not job.inner


def _size(name: Name, job: Job) -> int:
    parts = 1 + len(job.filters) + len(job.overlays)
    return JOB_SIZE * parts + TEXTS * len(name[0]) + len(name[1])
