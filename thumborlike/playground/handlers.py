"""The endpoints of the playground: the page, its files, what it has to know, signatures.

Nothing here is reached unless PLAYGROUND is on. The page may run nothing but its own scripts and
ask nobody but this server.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..errors import MalformedRequest, NoSuchPage, SigningRefused
from ..http.message import Response
from ..http.respond import SERVER, content_response
from ..url.grammar import parse
from ..web.handler import Handler, from_tornado
from .description import describe, why_not_signing
from .files import PAGE, PageFile, page_files

if TYPE_CHECKING:
    from ..service import Service

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = (
    ("Cache-Control", "no-cache"),
    ("Content-Security-Policy", POLICY),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
JSON = "application/json"
MOST_PATHS = 64
"""Signatures in one call: `<picture>` with three formats and some widths needs as many."""


class PageHandler(Handler):
    """The page itself, and the files it is made of."""

    async def get(self, name: str = PAGE) -> None:
        """One file."""
        found = page_files().get(name)
        if found is None:
            raise NoSuchPage("the playground has no such file")
        await self._send(found)

    head = get

    async def _send(self, file: PageFile) -> None:
        request = from_tornado(self.request)
        await self.send(content_response(request, file.body, file.media_type, HEADERS))


class SlashHandler(Handler):
    """`/playground/`: the page's links are relative, so that it works behind any prefix."""

    async def get(self) -> None:
        """On to the page."""
        await self.send(Response(301, (("Server", SERVER), ("Location", "../playground"))))

    head = get


class DescriptionHandler(Handler):
    """What the page has to know of this server."""

    async def get(self) -> None:
        """Filters, formats and what is allowed, as JSON."""
        with self.open_requests:
            told = await asyncio.to_thread(describe, self.service.settings)
            body = json.dumps(told).encode()
            await self.send(content_response(from_tornado(self.request), body, JSON, HEADERS))

    head = get


class SignHandler(Handler):
    """Signs paths, if PLAYGROUND_SIGNS allows it, for the page alone.

    `{"paths": ["300x200/a.jpg"]}` gives `{"paths": ["/<signature>/300x200/a.jpg"]}`. Pages of
    others cannot ask: browsers say in `Origin` and `Sec-Fetch-Site` who does, and JSON is not
    sent across origins without being allowed to.
    """

    allowed = ("POST",)

    async def post(self) -> None:
        """The paths with their signatures."""
        why = why_not_signing(self.service.settings)
        if why:
            raise SigningRefused(f"the playground does not sign here: {why}")
        self._refuse_strangers()
        paths = [f"/{self.service.sign(part)}/{part}" for part in _paths(self.request.body)]
        body, request = json.dumps({"paths": paths}).encode(), from_tornado(self.request)
        headers = (*HEADERS[1:], ("Cache-Control", "no-store"))
        await self.send(content_response(request, body, JSON, headers, etag=False))

    def _refuse_strangers(self) -> None:
        headers = self.request.headers
        if headers.get("Content-Type", "").partition(";")[0].strip().lower() != JSON:
            raise SigningRefused("the playground signs what is sent as JSON")
        origin = headers.get("Origin")
        elsewhere = origin is not None and urlsplit(origin).netloc != headers.get("Host")
        if elsewhere or headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            raise SigningRefused("the playground signs for its own page alone")


def _paths(body: bytes) -> list[str]:
    """The paths in a call. Raises `MalformedRequest` unless each is one of a picture."""
    try:
        paths: list[str] = json.loads(body)["paths"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise MalformedRequest('JSON such as {"paths": ["300x200/a.jpg"]} is expected') from error
    fit = isinstance(paths, list) and 0 < len(paths) <= MOST_PATHS
    if not fit or not all(isinstance(each, str) for each in paths):
        raise MalformedRequest(f"1 to {MOST_PATHS} paths are expected")
    for each in paths:
        _check(each)
    return paths


def _check(part: str) -> None:
    """Only pictures: what else is signed (`purge/<expires>/<source>`) stays with the key."""
    parse(f"/unsafe/{part}")
    if part.startswith("purge/") or not (part.isascii() and part.isprintable()):
        raise MalformedRequest("this is no path that the playground signs")


def get_handlers(service: Service) -> list[tuple[Any, ...]]:
    """The routes."""
    return [
        (r"/playground", PageHandler),
        (r"/playground/", SlashHandler),
        (r"/playground/description\.json", DescriptionHandler),
        (r"/playground/sign", SignHandler),
        (r"/playground/([a-z]+\.(?:css|js|svg))", PageHandler),
    ]
