"""Answers on their way out: results that are filed for CloudFront, and those that are too large.

Lambda takes no answer of more than 6 MB of JSON, a load balancer none of more than 1 MB. What
is larger is put into a bucket and redirected to, or encoded again within the limit, or refused
here, with words: beyond the limit the runtime would end, with an opaque error.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from hashlib import md5, sha256

from ..errors import AnswerTooLarge
from ..http.message import Request, Response
from ..http.status import error_response
from ..http.validators import is_fresh
from ..records import dataclass, replace
from ..s3.failures import Trouble
from ..settings.sections import Settings
from .answers import fits, room_for
from .bucket import Bucket
from .edge import unconditional
from .events import Form
from .filing import file
from .shrinking import within

Answering = Callable[[Request], Awaitable[Response]]
TAGS = "x-amz-meta-cache-tag"
"""The header in which S3 brings back an object's tags."""

NO_STORE = ("Cache-Control", "no-store")
AGE = re.compile(r"max-age=(\d+)")
ONLY_WITH_BODY = ("content-type", "content-length", "content-security-policy")
NAMES = {"image/jpeg": ".jpg", "image/svg+xml": ".svg"}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wish:
    """A request in our words, and who answers it.

    `target` is what the client asked for. `key`: of the result in the bucket that CloudFront
    asks first, if the request came by way of it.
    """

    form: Form
    request: Request
    answering: Answering
    target: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """`results` is the bucket that CloudFront asks first, `large` that of large pictures.

    `complete` adds the headers that all have.
    """

    settings: Settings
    complete: Callable[[Response], Response]
    results: Bucket | None = None
    large: Bucket | None = None

    async def answer(self, wish: Wish) -> Response:
        """The answer, stored and made to fit where that is called for."""
        request = wish.request
        if wish.key is None or self.results is None or request.method not in ("GET", "HEAD"):
            return await self._fitting(wish, await wish.answering(request))
        response = _with_etag_of_s3(await wish.answering(unconditional(request)))
        if not self._lasts(response):
            return _as_asked(request, await self._fitting(wish, response))
        if fits(wish.form, response):
            await self._filed(self.results, wish.key, response)
            return _as_asked(request, response)
        return await self._found_there(self.results, wish.key, wish, response)

    async def _found_there(
        self, bucket: Bucket, key: str, wish: Wish, response: Response
    ) -> Response:
        """Back to the same address, at which CloudFront now finds the picture in the bucket.

        If it was there already, something hides it: another redirect would lead in circles.
        """
        try:
            if await bucket.has(key):
                log.error("a stored result is asked for; is the bucket hidden from CloudFront?")
                return self._empty(503, NO_STORE, ("Retry-After", "1"))
            await self._file(bucket, key, response)
        except Trouble as error:
            log.warning("a large result is not stored: %s", error)
            return await self._fitting(wish, response)
        return self._empty(302, ("Location", wish.target), NO_STORE)

    async def _filed(self, bucket: Bucket, key: str, response: Response) -> None:
        try:
            await self._file(bucket, key, response)
        except Trouble as error:  # costs speed, never an answer
            log.warning("a result is not stored: %s", error)

    async def _file(self, bucket: Bucket, key: str, response: Response) -> None:
        noted = self.settings.function.lambda_purge_index
        await file(bucket, key, response, noted=noted)

    def _lasts(self, response: Response) -> bool:
        """Whether it may be served until it is deleted; not what is temporary or expires soon."""
        age = AGE.search(response.header("Cache-Control") or "")
        seconds = int(age.group(1)) if age else 0
        return response.status == 200 and seconds >= self.settings.http.max_age > 0

    async def _fitting(self, wish: Wish, response: Response) -> Response:
        if fits(wish.form, response):
            return response
        for way in self.settings.function.lambda_large_answers:
            made = await (self._stored if way == "store" else self._shrunk)(wish, response)
            if made:
                return made
        size = len(response.body)
        log.error("an answer of %d bytes is too large", size)
        error = AnswerTooLarge(f"the picture has {size} bytes, more than can be answered here")
        return self.complete(error_response(error, wish.request))

    def _empty(self, status: int, *headers: tuple[str, str]) -> Response:
        return self.complete(Response(status, headers, content_length=0))

    async def _stored(self, wish: Wish, response: Response) -> Response | None:
        """A redirect to where the picture lies now."""
        if self.large is None:
            return None
        key = self.settings.function.lambda_large_prefix + _name(response)
        try:
            if not await self.large.has(key):
                await self.large.put(key, response)
            return await self._redirect(self.large, key, response)
        except Trouble as error:
            log.warning("a large picture is not stored: %s", error)
            return None

    async def _redirect(self, bucket: Bucket, key: str, response: Response) -> Response:
        keys = self.settings.function
        if keys.lambda_large_url is None:
            url = await bucket.signed_url(key, keys.lambda_large_seconds)
            age = f"max-age={keys.lambda_large_seconds // 2},private"
        else:
            url = keys.lambda_large_url.rstrip("/") + "/" + key
            age = response.header("Cache-Control") or "no-store"
        shared = [each for each in response.headers if each[0] in ("Vary", "Cache-Tag")]
        return self._empty(302, ("Location", url), ("Cache-Control", age), *shared)

    async def _shrunk(self, wish: Wish, response: Response) -> Response | None:
        """The picture again, in fewer bytes; None where that cannot be."""
        for smaller in within(wish.request, room_for(wish.form, response)):
            made = await wish.answering(smaller)
            if made.status == 200 and fits(wish.form, made):
                return made
        return None


def _name(response: Response) -> str:
    """By the contents: equal pictures are stored once, and none is ever another one later."""
    kind = response.header("Content-Type") or ""
    return sha256(response.body).hexdigest() + NAMES.get(kind, "." + kind.rpartition("/")[2])


def _with_etag_of_s3(response: Response) -> Response:
    """With the validator and the tags that S3 gives to the object: both answers have the same."""
    if response.status != 200:
        return response
    tag = f'"{md5(response.body, usedforsecurity=False).hexdigest()}"'
    named = tuple((name, tag if name == "Etag" else text) for name, text in response.headers)
    tags = response.header("Cache-Tag")
    return replace(response, headers=(*named, (TAGS, tags)) if tags else named)


def _as_asked(request: Request, response: Response) -> Response:
    """The whole answer, as far as the client needs it."""
    if response.status == 200 and is_fresh(request, response.header("Etag"), None):
        kept = [each for each in response.headers if each[0].lower() not in ONLY_WITH_BODY]
        return Response(304, tuple(kept))
    return replace(response, body=b"") if request.method == "HEAD" else response
