"""The Tornado application: which handler takes which path.

Routes are tried in the order of HANDLER_LISTS; what none of them takes is a picture.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest
from tornado.routing import PathMatches
from tornado.web import Application, RequestHandler

from ..finding import PluginMisshapen, find_module, short_name
from ..request_ids import Ids, begin
from .access import log_request
from .entrance import Entrance
from .handler import Handler, origin_form
from .images import ImageHandler
from .open_requests import OpenRequests

if TYPE_CHECKING:
    from ..service import Service

OURS = {
    "healthcheck": "thumborlike.web.healthcheck",
    "upload": "thumborlike.web.uploads",
    "blacklist": "thumborlike.web.blacklist",
    "purge": "thumborlike.web.purge",
    "metrics": "thumborlike.web.metrics",
}
"""Names of HANDLER_LISTS that come with the server; others are modules with `get_handlers`."""

PLAYGROUND = "thumborlike.playground.handlers"
EXPLAIN = "thumborlike.web.explain"
"""What the keys of these names switch on."""


class ImageServer(Application):
    """The application of one process. `parting`: clients are to come on another connection."""

    def __init__(self, service: Service, rules: list[Any]) -> None:
        self.service = service
        self.ids = Ids()
        self.open_requests = OpenRequests()
        self.parting = False
        self._others = _patterns(rules)
        given = {"service": service, "open_requests": self.open_requests}
        rules = [*(_with(each, given) for each in rules), (r".*", ImageHandler, given)]
        super().__init__(rules, log_function=log_request, compress_response=False)

    def start_request(self, server_conn: object, request_conn: Any) -> HTTPMessageDelegate:
        """Pictures have a way of their own.

        Not if a route asks for more than the path: what the service knows of an address then
        says nothing about the next request for it.
        """
        if self._others is None:
            return self.by_routes(server_conn, request_conn)
        return Entrance(self, server_conn, request_conn)

    def is_picture(self, path: str) -> bool:
        """Whether no route but the last one takes this path."""
        return self._others is not None and not any(each.match(path) for each in self._others)

    def by_routes(self, server_conn: object, request_conn: Any) -> HTTPMessageDelegate:
        """The common way of a request: by the routes to a handler."""
        return super().start_request(server_conn, request_conn)

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> Any:
        """Route by the path alone, also where a proxy sends a whole URL."""
        begin(request.headers, self.ids)
        request.uri = origin_form(request.uri or "")
        request.path, _, request.query = request.uri.partition("?")
        return super().find_handler(request, **kwargs)

    def get_handler_delegate(
        self,
        request: HTTPServerRequest,
        target_class: type[RequestHandler],
        *rest: Any,
        **more: Any,
    ) -> Any:
        """Bound the body by what the endpoint has use for, before any of it is read."""
        if issubclass(target_class, Handler):
            connection: Any = request.connection
            connection.set_max_body_size(target_class.body_limit)
        return super().get_handler_delegate(request, target_class, *rest, **more)


def make_app(service: Service) -> ImageServer:
    """The application that serves `service`.

    Raises `ConfigurationError` for a name in HANDLER_LISTS that cannot be used.
    """
    return ImageServer(service, list(_rules(service)))


def _rules(service: Service) -> Iterator[Any]:
    for name in service.settings.extensions.handler_lists:
        yield from _module(name).get_handlers(service)
    pages = service.settings.pages
    wanted = ((PLAYGROUND, pages.playground), (EXPLAIN, pages.explain != "off"))
    for name in (name for name, is_on in wanted if is_on):
        yield from importlib.import_module(name).get_handlers(service)


def _module(name: str) -> ModuleType:
    ours = OURS.get(short_name("handler_lists", name))
    module: ModuleType = (
        importlib.import_module(ours) if ours else find_module("handler_lists", name)
    )
    if not callable(getattr(module, "get_handlers", None)):
        raise PluginMisshapen(f"handler list {name!r} has no get_handlers(service)")
    return module


def _with(rule: Any, given: dict[str, Any]) -> Any:
    """Our handlers are given the service; those of others bring their own arguments."""
    ours = isinstance(rule, tuple) and len(rule) == 2 and issubclass(rule[1], Handler)
    return (*rule, given) if ours else rule


def _patterns(rules: list[Any]) -> list[re.Pattern[str]] | None:
    """What the routes match; None if one of them is not by path alone."""
    if all(isinstance(each, tuple) and isinstance(each[0], str) for each in rules):
        return [PathMatches(each[0]).regex for each in rules]
    return None
