"""A loader for each part of the names: by prefix, or by regular expression."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from thumborlike.errors import ConfigurationError, SourceNotAllowed
from thumborlike.interfaces import Closes, Environment, Loader, Source, SourceRequest
from thumborlike.records import dataclass, replace
from thumborlike.settings.fields import setting

from ._names import check_front, climbs, decoded, encoded


def _are_routes(values: Sequence[Any]) -> None:
    for each in values:
        _check_route(each)


def _check_route(route: Any) -> None:
    expected = '(prefix or re.compile(...), loader) or (..., loader, "what stands there instead")'
    if not isinstance(route, (tuple, list)) or len(route) not in (2, 3):
        raise ValueError(expected)
    pattern, loader, *front = route
    text = pattern.pattern if isinstance(pattern, re.Pattern) else pattern
    if not all(isinstance(each, str) for each in (text, loader, *front)):
        raise ValueError(expected)
    for each in front:
        check_front(each)


@dataclass(frozen=True, slots=True)
class RouterLoaderSettings:
    """Keys of the loader `router`."""

    router_loader_routes: Sequence[Any] = setting(
        "ROUTER_LOADER_ROUTES",
        (),
        "Which loader has which sources, for the loader `router`: a list of (prefix, loader), "
        "where the prefix may be an `re.compile(...)`; a third item stands in the place of the "
        "prefix in the name that the loader gets. The first that fits counts.",
        check=_are_routes,
        ours=True,
    )


SETTINGS = RouterLoaderSettings


@dataclass(frozen=True, slots=True)
class Route:
    """Names that begin so go there; `front` replaces the beginning, None leaves the name."""

    pattern: str | re.Pattern[str]
    loader: Loader
    front: str | None = None

    def name(self, text: str) -> str | None:
        """The decoded name as the loader gets it; None if it does not belong here.

        What is replaced must not be climbed out of: `..` belongs to no such route.
        """
        end = self._end(text)
        if end is None or (self.front is not None and climbs(text[end:])):
            return None
        return text if self.front is None else self.front + text[end:]

    def _end(self, text: str) -> int | None:
        if isinstance(self.pattern, str):
            return len(self.pattern) if text.startswith(self.pattern) else None
        found = self.pattern.match(text)
        return found.end() if found else None


class RouterLoader:
    """Hands each source to the loader of the first route that its name fits."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = tuple(routes)

    def allows(self, source: str) -> bool:
        """Whether a route has it, and that loader's rules permit what the name becomes."""
        found = self._find(source)
        return found is not None and found[0].allows(found[1])

    async def load(self, wanted: SourceRequest) -> Source:
        """As the loader of its route. Raises `SourceNotAllowed` where there is none."""
        found = self._find(wanted.name)
        if found is None:
            raise SourceNotAllowed("this source is not allowed")
        loader, name = found
        if not loader.allows(name):
            raise SourceNotAllowed("this source is not allowed")
        source = await loader.load(replace(wanted, name=name))
        return replace(source, name=wanted.name)

    async def close(self) -> None:
        """Close what the loaders hold, each once."""
        for loader in {id(each.loader): each.loader for each in self._routes}.values():
            if isinstance(loader, Closes):
                await loader.close()

    def _find(self, source: str) -> tuple[Loader, str] | None:
        text = decoded(source)
        for route in self._routes:
            name = route.name(text)
            if name is not None:
                return route.loader, source if route.front is None else encoded(name)
        return None


def create(env: Environment) -> RouterLoader:
    """The loaders of ROUTER_LOADER_ROUTES. Raises `ConfigurationError`."""
    routes = env.section(SETTINGS).router_loader_routes
    if not routes:
        raise ConfigurationError("the loader 'router' needs ROUTER_LOADER_ROUTES")
    return RouterLoader(
        [Route(pattern, env.loader(name), *front) for pattern, name, *front in routes]
    )
