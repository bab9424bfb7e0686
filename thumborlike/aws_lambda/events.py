"""What Lambda is called with: the events of all front ends as one immutable request.

The path stays as it was on the wire, because signatures are of that. An HTTP API alone hands
over a decoded one; `Asked.others` has how it may have been spelled.
"""

from __future__ import annotations

import base64
import binascii
import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from ..errors import MalformedRequest
from ..http.client import client_of
from ..http.message import Request
from ..records import dataclass
from ..url.grammar import split

Event = Mapping[str, Any]
PLAIN = "/:?=&()~\",'$@!*+;.-_"
"""What stands for itself in a path that is encoded anew."""

NAMES_PLAIN = ("/", "/!'()*")
"""The same in names of pictures, as Python's `quote` and JavaScript's `encodeURIComponent` do."""


class Form(enum.Enum):
    """Who calls, and hence how the answer has to look."""

    REST = "rest"
    HTTP = "http"
    URL = "url"
    ALB = "alb"
    ALB_MULTI = "alb-multi"
    STREAM = "stream"
    """Whoever it is: the answer is streamed (`streaming`)."""

    @property
    def balancer(self) -> bool:
        """Whether it is a load balancer, which takes no more than 1 MB."""
        return self in (Form.ALB, Form.ALB_MULTI)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request and the front end it came through. `id` is the front end's name for it.

    `others`: further spellings of the path, to be tried if the first one is not signed well.
    """

    form: Form
    request: Request
    id: str = ""
    others: tuple[str, ...] = ()


class NotARequest(Exception):
    """The event is of another kind: a warm-up, or nothing that can be answered here."""

    def __init__(self, reason: str, *, harmless: bool = False) -> None:
        super().__init__(reason)
        self.harmless = harmless


def asked_of(event: object, base_paths: Sequence[str] = (), trusted: Sequence[str] = ()) -> Asked:
    """The request in an event.

    `base_paths` are prefixes that the front end leaves in the path, `trusted` the networks of
    proxies whose X-Forwarded-For is believed. Raises `NotARequest`, and `MalformedRequest` for
    a body that is not what it says.
    """
    if not isinstance(event, Mapping):
        raise NotARequest("the event is no object")
    form = _form_of(event)
    context = _map(event, "requestContext")
    headers = dict(_headers(event))
    path, query = _target(event, form)
    prefixes = (*_stage(event, form), *base_paths)
    path = _below(path, prefixes)
    request = Request(
        method=_method(event, context),
        path=path,
        query=query,
        headers=headers,
        body=_body(event),
        client=client_of(_peer(context, headers, form), _forwarded(headers, form), trusted),
    )
    decoded = form is Form.HTTP
    return Asked(form, request, _id(context, headers), _spellings(path) if decoded else ())


def _form_of(event: Event) -> Form:
    context = _map(event, "requestContext")
    if "elb" in context:
        return Form.ALB_MULTI if "multiValueHeaders" in event else Form.ALB
    version = str(event.get("version", ""))
    if version == "2.0" and "http" in context:
        domain = str(context.get("domainName", ""))
        return Form.URL if ".lambda-url." in domain else Form.HTTP
    if "httpMethod" in event:
        return Form.HTTP if version == "1.0" else Form.REST
    raise _other(event)


def _other(event: Event) -> NotARequest:
    records = event.get("Records")
    first = records[0] if isinstance(records, list) and records else {}
    if isinstance(first, Mapping) and "cf" in first:
        return NotARequest("Lambda@Edge cannot carry pictures; use a function URL")
    scheduled = event.get("source") == "aws.events" or "detail-type" in event
    if not event or scheduled or "warmup" in event:
        return NotARequest("warm", harmless=True)
    return NotARequest("the event is of no front end that is known")


def _headers(event: Event) -> Iterator[tuple[str, str]]:
    """Lower-case names; repeated ones are joined by a comma, as the server has them."""
    found: dict[str, str] = {}
    for name, values in _pairs(event, "headers", "multiValueHeaders"):
        found[name.lower()] = ",".join(values)
    cookies = event.get("cookies")
    if isinstance(cookies, list) and "cookie" not in found:
        found["cookie"] = "; ".join(map(str, cookies))
    yield from found.items()


def _pairs(event: Event, one: str, many: str) -> Iterator[tuple[str, list[str]]]:
    multiple = event.get(many)
    if isinstance(multiple, Mapping):
        for name, values in multiple.items():
            yield str(name), list(map(str, values if isinstance(values, list) else [values]))
        return
    for name, value in _map(event, one).items():
        yield str(name), [str(value)]


def _target(event: Event, form: Form) -> tuple[str, str]:
    """Path and query, raw as far as the front end lets them be."""
    if "rawPath" in event:
        return str(event["rawPath"]) or "/", str(event.get("rawQueryString") or "")
    path = str(event.get("path") or "/")
    pairs = _pairs(event, "queryStringParameters", "multiValueQueryStringParameters")
    return path, _query(pairs, encoded=form.balancer)


def _query(pairs: Iterable[tuple[str, list[str]]], *, encoded: bool) -> str:
    """A balancer hands over names and values as they came, the others decode them."""

    def text(part: str) -> str:
        return part if encoded else quote(part, safe="")

    return "&".join(f"{text(name)}={text(each)}" for name, values in pairs for each in values)


def _method(event: Event, context: Event) -> str:
    return str(_map(context, "http").get("method") or event.get("httpMethod") or "GET").upper()


def _stage(event: Event, form: Form) -> tuple[str, ...]:
    """The stage, where it may stand in the path: in an HTTP API."""
    stage = str(_map(event, "requestContext").get("stage") or "")
    return (stage,) if form is Form.HTTP and stage not in ("", "$default") else ()


def _below(path: str, prefixes: Iterable[str]) -> str:
    """The path without prefixes that it has, one after the other."""
    for prefix in prefixes:
        front = f"/{prefix.strip('/')}"
        if front != "/" and (path == front or path.startswith(f"{front}/")):
            path = path[len(front) :] or "/"
    return path


def _spellings(path: str) -> tuple[str, ...]:
    """How clients may have spelled a path that was decoded: the picture's name most of all."""
    image = (split(path) or {}).get("image", "")
    front = quote(path[: len(path) - len(image)], safe=PLAIN)
    made = (front + quote(image, safe=safe) for safe in (PLAIN, *NAMES_PLAIN))
    return tuple(each for each in dict.fromkeys(made) if each != path)


def _body(event: Event) -> bytes:
    text = event.get("body")
    if not isinstance(text, str) or not text:
        return b""
    if not event.get("isBase64Encoded"):
        return text.encode("utf-8", "surrogateescape")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedRequest("the body of the event is no base64") from error


def _peer(context: Event, headers: Mapping[str, str], form: Form) -> str:
    if form.balancer:  # it adds whom it spoke with
        return headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    found = _map(context, "http").get("sourceIp") or _map(context, "identity").get("sourceIp")
    return str(found or "")


def _forwarded(headers: Mapping[str, str], form: Form) -> str:
    text = headers.get("x-forwarded-for", "")
    return text.rpartition(",")[0] if form.balancer else text


def _id(context: Event, headers: Mapping[str, str]) -> str:
    return str(context.get("requestId") or headers.get("x-amzn-trace-id", ""))


def _map(event: Event, name: str) -> Event:
    found = event.get(name)
    return found if isinstance(found, Mapping) else {}
