"""Sources from the web, by Thumbor's rules (docs/loaders.md).

A name is normalised, taken apart, and judged by ALLOWED_SOURCES and the network rules; then it
is fetched, every redirect and every address judged again.
"""

from __future__ import annotations

import importlib.util
import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from thumborlike.errors import (
    ConfigurationError,
    SourceError,
    SourceNotAllowed,
    SourceTimeout,
)
from thumborlike.interfaces import Environment, Metrics, Source, SourceRequest

from . import _settings
from ._settings import HttpLoaderSettings
from ._sources import AllowedSources
from ._urls import DEFAULT_PORTS, Target, normalise, parse

if TYPE_CHECKING:
    from ._exchange import Answer
    from ._fetch import Fetcher

LIKE_A_TIMEOUT = 599
"""The status under which Thumbor counts fetches that got no answer."""


SETTINGS = HttpLoaderSettings


class HttpLoader:
    """Fetches sources.

    `default_scheme` is for names without one; others than `schemes` are refused, in redirects
    as well.
    """

    def __init__(
        self,
        settings: HttpLoaderSettings,
        env: Environment,
        default_scheme: str,
        schemes: tuple[str, ...],
    ) -> None:
        self._default_scheme = default_scheme
        self._schemes = schemes
        self._quirks = env.quirks
        self._sources = AllowedSources.of(settings.allowed_sources)
        self._networks = _settings.networks(settings)
        self._forwarding = _settings.forwarding(settings)
        self._counts = _Counts(env.metrics, by_host=self._sources.restricted)
        self._limits = _settings.limits(settings)
        self._options = _settings.options(settings, self._networks, env.max_source_size, env.quirks)
        self._made: Fetcher | None = None

    def allows(self, source: str) -> bool:
        """Whether scheme, host and literal address of this name are permitted."""
        try:
            return self._permits(self._target(source))
        except ValueError:
            return False

    async def load(self, wanted: SourceRequest) -> Source:
        """Fetch it. Raises a `SourceError`, or `SourceNotAllowed` found out on the way."""
        try:
            target = self._target(wanted.name)
        except ValueError as error:
            raise SourceNotAllowed("this source is not allowed") from error
        answer = await self._fetch(target, self._forwarding.headers(wanted.headers))
        from . import _failures  # noqa: PLC0415  (libcurl, see _fetcher)

        if failure := _failures.of_answer(answer, self._quirks):
            raise failure
        return Source(wanted.name, answer.body, answer.modified)

    async def close(self) -> None:
        """Close the connections."""
        if self._made:
            await self._made.close()

    def _fetcher(self) -> Fetcher:
        """Made at the first fetch: to load libcurl takes a tenth of the server's start."""
        if self._made is None:
            from ._client import Client  # noqa: PLC0415
            from ._fetch import Fetcher  # noqa: PLC0415

            self._made = Fetcher(Client(self._options), self._limits, self._permits)
        return self._made

    async def _fetch(self, target: Target, headers: Mapping[str, str]) -> Answer:
        started = time.monotonic()
        try:
            answer = await self._fetcher().fetch(target, headers)
        except SourceError as error:
            status = LIKE_A_TIMEOUT if isinstance(error, SourceTimeout) else 0
            self._counts.fetched(target, status, time.monotonic() - started)
            raise
        self._counts.fetched(target, answer.status, time.monotonic() - started)
        self._counts.timed(answer.times, len(answer.body))
        return answer

    def _target(self, source: str) -> Target:
        return parse(normalise(source, self._default_scheme))

    def _permits(self, target: Target) -> bool:
        return (
            target.scheme in self._schemes
            and self._sources.permits(target)
            and self._networks.permits_host(target.host)
        )


class _Counts:
    """Fetches under Thumbor's names. By host only where ALLOWED_SOURCES bounds the hosts."""

    def __init__(self, metrics: Metrics, by_host: bool) -> None:
        self._metrics = metrics
        self._by_host = by_host

    def fetched(self, target: Target, status: int, seconds: float) -> None:
        """Count one fetch. `status` 0: nothing was answered, and not for lack of time."""
        if not status:
            return
        self._metrics.incr(f"original_image.status.{status}")
        if self._by_host:
            place = _place(target)
            self._metrics.incr(f"original_image.status.{status}.{place}")
            self._metrics.incr(f"original_image.fetch.count.{status}.{place}")
            self._metrics.timing(f"original_image.fetch.latency.{status}.{place}", seconds * 1000)

    def timed(self, times: Mapping[str, float], size: int) -> None:
        """How long the parts of a fetch took, in seconds. Thumbor 7.8: with its curl client."""
        for name, seconds in times.items():
            self._metrics.timing(f"original_image.time_info.{name}", seconds * 1000)
        if total := times.get("total"):
            self._metrics.timing("original_image.time_info.bytes_per_second", size // total)


def _place(target: Target) -> str:
    usual = target.port == DEFAULT_PORTS[target.scheme]
    return re.sub(r"[.:]", "_", target.host if usual else f"{target.host}:{target.port}")


def make(env: Environment, default_scheme: str, schemes: tuple[str, ...]) -> HttpLoader:
    """A loader for some schemes. Raises ConfigurationError for rules that cannot be read."""
    if importlib.util.find_spec("pycurl") is None:  # told at start, though it is loaded late
        raise ModuleNotFoundError("pycurl is not installed", name="pycurl")
    try:
        return HttpLoader(env.section(SETTINGS), env, default_scheme, schemes)
    except ValueError as error:
        raise ConfigurationError(f"the HTTP loader takes {error}") from error


def create(env: Environment) -> HttpLoader:
    """The loader: names without a scheme are `http://`."""
    return make(env, "http", ("http", "https"))
