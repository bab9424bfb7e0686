"""An error as a page for people: what went wrong, what the URL says, what may help.

Only with ERROR_PAGES. It tells causes, which may hold names of machines and files: for developing.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from hashlib import sha256
from html import escape
from http import HTTPStatus

from ..errors import (
    BadFilterArgument,
    BadSignature,
    MalformedRequest,
    NotSigned,
    SourceFailed,
    SourceNotAllowed,
    SourceNotFound,
    SourceTimeout,
    SourceTooLarge,
    ThumborlikeError,
    TooManyPixels,
    UnsafeNotAllowed,
    UnsupportedFormat,
)
from ..url.explain import explain
from .message import Request, Response
from .status import error_response

HINTS: dict[type[BaseException], str] = {
    NotSigned: "A path begins with /unsafe/ or with a signature: /unsafe/300x200/picture.jpg",
    UnsafeNotAllowed: "Sign the path (thumborlike url --conf FILE ...), or set ALLOW_UNSAFE_URL.",
    BadSignature: "thumborlike url --conf FILE --explain PATH says which part is signed, and "
    "whether the key fits. Signed is the path as it is sent, escaped once.",
    SourceNotAllowed: "See ALLOWED_SOURCES and HTTP_LOADER_BLOCK_PRIVATE_NETWORKS.",
    SourceNotFound: "The table says which source was looked for. See LOADER and its keys.",
    SourceFailed: "The origin of the picture fails, or cannot be reached from here.",
    SourceTimeout: "The origin did not answer in time; see HTTP_LOADER_REQUEST_TIMEOUT.",
    SourceTooLarge: "See MAX_SOURCE_SIZE.",
    TooManyPixels: "See MAX_PIXELS and MAX_OUTPUT_PIXELS.",
    UnsupportedFormat: "thumborlike doctor lists the formats that can be read here.",
    BadFilterArgument: "docs/filters.md has the arguments of each filter.",
    MalformedRequest: "thumborlike url makes paths that can be read.",
}
"""What may help, by the kind of error; the most specific one is shown."""

STYLE = """
:root { color-scheme: light dark }
body { margin: 2rem auto; max-width: 50rem; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif }
h1 { font-size: 1.4rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0 }
td, code { overflow-wrap: anywhere }
tr { border-top: 1px solid #8888 }
"""
DIGEST = base64.b64encode(sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{DIGEST}'; frame-ancestors 'none'"


def wants_page(request: Request) -> bool:
    """Whether somebody looks at the answer itself: browsers then accept HTML by name."""
    return request.method == "GET" and "text/html" in request.headers.get("accept", "")


def error_page(error: BaseException, request: Request, *, quirks: bool = False) -> Response:
    """The answer of `error_response` as a page. It is not cached, as its like for programs is."""
    plain = error_response(error, request, quirks=quirks)
    body = "".join(_page(error, request, plain)).encode()
    kept = [(name, value) for name, value in plain.headers if name not in REPLACED]
    headers = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", POLICY),
        *kept,
    )
    return Response(plain.status, headers, body, content_length=len(body))


REPLACED = ("Content-Type", "Cache-Control", "Content-Security-Policy")


def _page(error: BaseException, request: Request, plain: Response) -> Iterator[str]:
    title = f"{plain.status} {HTTPStatus(plain.status).phrase}"
    yield f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<style>{STYLE}</style><main><h1>{title}</h1>"
    yield f"<p><strong>{escape(plain.body.decode())}</strong> ({type(error).__name__})</p>"
    for kind in type(error).__mro__:
        if kind in HINTS:
            yield f"<p>{escape(HINTS[kind])}</p>"
            break
    if error.__cause__ is not None:
        yield f"<p>Cause: <code>{escape(repr(error.__cause__)[:500])}</code></p>"
    yield from _parts(request)
    yield "</main></html>\n"


def _parts(request: Request) -> Iterator[str]:
    """What the path says, part by part; just the path if it cannot be read."""
    try:
        parts = explain(request.path)
    except ThumborlikeError:
        yield f"<p>The path cannot be read: <code>{escape(request.path[:500])}</code></p>"
        return
    yield "<h2>What the path says</h2><table>"
    for each in parts:
        name, value, meaning = map(escape, (each.name, each.value, each.meaning))
        yield f'<tr><th scope="row">{name}<td><code>{value}</code><br>{meaning}'
    yield "</table>"
