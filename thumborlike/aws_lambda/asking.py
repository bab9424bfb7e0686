"""From a request, whatever its links look like, to the service's response."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

from ..errors import NotAnImage, ThumborlikeError
from ..formats import sniff
from ..http.message import Request, Response
from ..http.respond import age_headers, content_response
from ..http.tags import tag_headers
from ..records import dataclass, replace
from .calling import CallFailed
from .links.errors import bad_edit
from .links.links import Links, Translated, looked
from .links.places import Places
from .links.rewrites import rewrites_of

if TYPE_CHECKING:
    from ..service import Service
    from ..settings.sections import Settings
    from .bucket import Bucket
    from .routes import Routes
    from .vision import Vision

FALLBACK_AGE = 60
"""Seconds for which a fallback image may be kept."""

log = logging.getLogger(__name__)


def links_of(settings: Settings) -> Links | None:
    """How links are read; None if all of them are Thumbor's. Raises `ConfigurationError`."""
    keys = settings.function
    if keys.lambda_links == "thumbor":
        return None
    return Links(
        "sih3" if keys.lambda_links == "sih3" else "sih",
        Places(keys.lambda_link_buckets),
        rewrites_of(keys.lambda_rewrites),
        keys.lambda_link_key,
        settings.security.allow_unsafe_url,
    )


def vision_of(
    settings: Settings, answering: Callable[[Request], Awaitable[Response]], bucket: Bucket | None
) -> Vision | None:
    """Who looks at pictures; None without REKOGNITION_REGION."""
    region = settings.function.rekognition_region
    if settings.function.lambda_links != "sih" or not region:
        return None
    from .vision import Vision  # noqa: PLC0415  (rarely used)

    return Vision(region, answering, bucket)


@dataclass(frozen=True, slots=True)
class Asking:
    """Answers requests for pictures, and for all else by the routes."""

    service: Service
    routes: Routes
    links: Links | None = None
    vision: Vision | None = None

    def translated(self, request: Request) -> Translated:
        """The request in our words. Raises `RequestError`s."""
        if self.links is None or self.routes.is_other(request):
            return Translated(request)
        return self.links.translated(request, self.service.signs)

    async def looked(self, translated: Translated) -> Translated:
        """The same, after a look at the picture where one is asked for.

        Raises `LinkError`s, and `NotModerated`.
        """
        look, vision = translated.look, self.vision
        if look is None:
            return translated
        if vision is None:
            if look.blur is not None:
                raise bad_edit("contentModeration", "needs REKOGNITION_REGION")
            return translated
        view = await vision.view(look.source)
        blur = look.blur if look.blur and await vision.is_to_be_blurred(view, look) else None
        try:
            box = await vision.face(view, look.face) if look.face else None
        except CallFailed as error:
            log.warning("faces cannot be looked for: %s", error.code)
            return looked(translated, None, blur, lasts=False)
        return looked(translated, box, blur)

    async def answer(self, translated: Translated) -> Response:
        """The response with all headers. Raises `ThumborlikeError`s of originals."""
        if translated.original is None:
            response = await self.routes.answer(translated.request)
        else:
            response = self.routes.sent(await self._original(translated))
        return _with_headers(response, translated.headers) if response.status == 200 else response

    async def fallback(self, request: Request, response: Response) -> Response:
        """The configured image in the place of an error, with its status; else the error."""
        keys = self.service.settings.function
        name = keys.lambda_fallback_image
        if name is None or response.status < 400 or request.method != "GET":
            return response
        try:
            body = await self.service.original(quote(name, safe="/-._~"))
            found = content_response(request, body, _type(body), _fallback_headers(), etag=False)
        except ThumborlikeError as error:
            log.warning("the fallback image cannot be had: %s", error)
            return response
        return self.routes.sent(
            replace(found, status=keys.lambda_fallback_status or response.status)
        )

    async def _original(self, translated: Translated) -> Response:
        name = translated.original or ""
        body = await self.service.original(name)
        settings = self.service.settings.http
        headers = (
            *age_headers(settings.max_age, self.routes.now()),
            *self.routes.cors(),
            *(tag_headers([name]) if settings.cache_tags else ()),
        )
        return content_response(translated.request, body, _type(body), headers)


def _type(body: bytes) -> str:
    """The media type by the bytes themselves. Raises `NotAnImage`."""
    found = sniff(body)
    if found is None:
        raise NotAnImage("this is no picture")
    return found.media_type


def _fallback_headers() -> tuple[tuple[str, str], ...]:
    return (("Cache-Control", f"max-age={FALLBACK_AGE},public"),)


def _with_headers(response: Response, more: Mapping[str, str]) -> Response:
    if not more:
        return response
    named = {name.lower() for name in more}
    kept = tuple(each for each in response.headers if each[0].lower() not in named)
    return replace(response, headers=(*kept, *more.items()))
