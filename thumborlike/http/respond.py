"""From a finished result to the answer: caching, validators, CORS, JSONP.

Names, spelling and order of the headers are Thumbor 7.8's.
"""

from __future__ import annotations

from email.utils import formatdate
from functools import lru_cache

from ..elsewhere import Address
from ..errors import Expired
from ..job import Job, Result
from ..settings.sections import HttpSettings
from ..stages import server_timing
from ..version import VERSION
from .jsonp import callback_of, wrap
from .message import Pictured, Request, Response
from .saving import disposition
from .tags import tag_headers
from .validators import etag_of, is_fresh

SERVER = f"thumborlike/{VERSION}"
SVG = "image/svg+xml"
NO_SCRIPTS = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
TIMING = "Server-Timing"
WANT_STATUS = "want-cache-status"
"""A header of requests that are to be told about the storage; named as Want-Content-Digest is."""

NOSNIFF = ("X-Content-Type-Options", "nosniff")
"""Browsers are to believe the type."""

Headers = tuple[tuple[str, str], ...]


def always(settings: HttpSettings) -> dict[str, str]:
    """Headers of every answer, whatever made it, before its own."""
    named = SERVER if settings.server_header is None else settings.server_header
    return {**({"Server": named} if named else {}), NOSNIFF[0]: NOSNIFF[1]}


def respond(
    request: Request, job: Job, result: Result, settings: HttpSettings, now: float
) -> Response:
    """The answer that carries a result; 304 if the client has it already.

    `now` in epoch seconds. Raises `MalformedRequest` for a JSONP name that is none.
    """
    if result.elsewhere:
        return _redirect(request, job, result, settings, now)
    callback = callback_of(request, settings) if job.meta else None
    plain = (result.body, result.media_type)
    body, media_type = wrap(callback, result.body) if callback else plain
    return content_response(
        request,
        body,
        media_type,
        (
            *age_headers(_max_age(job, result, settings, now), now),
            *_cors(settings),
            *_vary(job, result),
            *_saving(job, media_type),
            *(tag_headers(job.result_key.made_of) if settings.cache_tags else ()),
            *(((TIMING, server_timing(result)),) if settings.server_timing else ()),
            *(_status(result) if WANT_STATUS in request.headers else ()),
        ),
        etag=settings.enable_etags,
        known=None if callback else result.etag,
        modified=result.modified if settings.send_if_modified_last_modified_headers else None,
        picture=Pictured(result.media_type, job.layout.smart, result.stages),
    )


def carried(job: Job, result: Result, settings: HttpSettings, now: float) -> dict[str, str]:
    """Headers that a result is to have where the client fetches it from a storage."""
    age = dict(age_headers(_max_age(job, result, settings, now), now))
    age.pop("Expires", None)
    return {**age, **dict(_saving(job, result.media_type))}


def _redirect(
    request: Request, job: Job, result: Result, settings: HttpSettings, now: float
) -> Response:
    """302, which clients keep only while the address will still be good for a download."""
    address = result.elsewhere or Address("", 0)
    age = min(_max_age(job, result, settings, now), address.seconds // 2)
    headers = (
        ("Server", SERVER),
        ("Location", address.url),
        ("Cache-Control", f"max-age={age},private" if age > 0 else "no-store"),
        *_cors(settings),
        *_vary(job, result),
        *(tag_headers(job.result_key.made_of) if settings.cache_tags else ()),
        *(((TIMING, server_timing(result)),) if settings.server_timing else ()),
        *(_status(result) if WANT_STATUS in request.headers else ()),
        NOSNIFF,
    )
    picture = Pictured(result.media_type, job.layout.smart, result.stages)
    return Response(302, headers, content_length=0, picture=picture)


def refuse_expired(job: Job, now: float) -> None:
    """Raises `Expired` from the moment on that `expire()` names. `now` in epoch seconds."""
    if job.output.expires is not None and now * 1000 >= job.output.expires:
        raise Expired("this address has expired")


def content_response(
    request: Request,
    body: bytes,
    media_type: str,
    headers: Headers = (),
    *,
    etag: bool = True,
    known: str | None = None,
    modified: float | None = None,
    picture: Pictured | None = None,
) -> Response:
    """200 with a body, or 304 by its validators.

    `known` is the body's ETag, None to work it out. `modified` in epoch seconds (UTC).
    """
    tag = (known or etag_of(body)) if etag else None
    common = (
        *headers,
        NOSNIFF,
        *((("Last-Modified", formatdate(modified, usegmt=True)),) if modified is not None else ()),
        *((("Etag", tag),) if tag else ()),
    )
    if is_fresh(request, tag, modified):
        return Response(304, (("Server", SERVER), *common), picture=picture)
    return Response(
        200,
        (("Server", SERVER), ("Content-Type", media_type), *common, *_policy(media_type)),
        b"" if request.method == "HEAD" else body,
        content_length=len(body),
        picture=picture,
    )


def age_headers(max_age: int, now: float) -> Headers:
    """How long a client may keep an answer. Thumbor 7.8: age 0 sends neither header."""
    if max_age <= 0:
        return ()
    return (
        ("Cache-Control", f"max-age={max_age},public"),
        ("Expires", _date(int(now) + max_age)),
    )


@lru_cache(maxsize=64)
def _date(seconds: int) -> str:
    """An HTTP date; within a second most answers have the same."""
    return formatdate(seconds, usegmt=True)


def _max_age(job: Job, result: Result, settings: HttpSettings, now: float) -> int:
    asked = None if _is_deaf(job, result) else job.output.max_age
    own = settings.max_age if asked is None else asked
    age = settings.max_age_temp_image if result.temporary else own
    if result.stale:
        age = min(age, settings.stale_max_age)
    if job.output.expires is None:
        return age
    return min(age, max(1, int(job.output.expires / 1000 - now)))


def _is_deaf(job: Job, result: Result) -> bool:
    """Whether the source was a GIF whose late filters Thumbor 7.8 leaves out, `max_age()` too."""
    untouched = result.media_type == "image/gif" and job.output.format != "gif"
    return untouched and job.gif_output is not None


def _cors(settings: HttpSettings) -> Headers:
    origin = settings.access_control_allow_origin_header
    return (("Access-Control-Allow-Origin", origin),) if origin else ()


def _vary(job: Job, result: Result) -> Headers:
    """Only where Accept made or could have made a difference."""
    wanted = job.output.format
    named = wanted is not None and result.media_type.endswith(wanted)
    animated = job.negotiated.animated and not job.layout.quirks
    stays = result.animated and result.media_type == "image/gif" and not animated
    vary = job.negotiated.vary and not (job.meta or named or stays)
    return (("Vary", "Accept"),) if vary else ()


def _saving(job: Job, media_type: str) -> Headers:
    name = job.output.attachment
    if name is None:
        return ()
    return (("Content-Disposition", disposition(name, job.source.name, media_type)),)


def _status(result: Result) -> Headers:
    """RFC 9211: whether the result storage had it."""
    stored = result.modified is not None
    kind = "fwd=stale" if result.stale else "hit" if stored else "fwd=miss"
    return (("Cache-Status", f"thumborlike; {kind}"),)


def _policy(media_type: str) -> Headers:
    """An SVG is a document: opened by itself it must run nothing and fetch nothing."""
    return (("Content-Security-Policy", NO_SCRIPTS),) if media_type == SVG else ()
