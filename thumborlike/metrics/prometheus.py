"""Metrics for Prometheus, by its own client (`pip install thumborlike[prometheus]`).

Nothing that a stranger can choose becomes a label without end: names are sorted into a fixed set of
metrics (`_names`), none of which has more than `MOST_VALUES` values of its labels, and what fits
none is counted by its first words.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thumborlike.errors import ConfigurationError
from thumborlike.interfaces import Environment
from thumborlike.records import dataclass
from thumborlike.settings.fields import setting

from ._names import COUNTERS, GAUGES, SECONDS, TIMINGS, Rule
from ._scraping import ScrapePort

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

MOST_VALUES = 100
"""Combinations of labels that a metric has; what comes then is `other`."""

MOST_NAMES = 2000
"""Names whose metric is remembered."""

OTHER = "other"

THEIRS = "tc_prometheus."
THEIR_PORT = 8000
"""tc_prometheus 4.0: where it listens if nothing is said."""


@dataclass(frozen=True, slots=True)
class PrometheusSettings:
    """Where figures are scraped, besides `/metrics`. The port is a key of tc_prometheus."""

    prometheus_scrape_port: int | None = setting(
        "PROMETHEUS_SCRAPE_PORT",
        None,
        "Port on which METRICS = 'prometheus' answers scrapes apart from pictures. None for no "
        "such port; 8000 where METRICS has tc_prometheus' name.",
        low=0,
        high=65535,
        ours=True,
    )
    prometheus_scrape_address: str = setting(
        "PROMETHEUS_SCRAPE_ADDRESS",
        "0.0.0.0",  # noqa: S104  (as tc_prometheus: whoever scrapes comes from elsewhere)
        "Address that this port listens on.",
        ours=True,
    )


SETTINGS = PrometheusSettings


@dataclass(frozen=True, slots=True)
class Called:
    """A key of the core: by which name it is asked for."""

    metrics: str = setting("METRICS", "logger", "See the core's.")


class PrometheusMetrics:
    """Counts in the registry of this process, or in files where several share a folder."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._registry: CollectorRegistry = client.CollectorRegistry()
        self._counters = {each: self._made(client.Counter, each) for each in COUNTERS}
        self._timings = {
            each: self._made(client.Histogram, each, buckets=SECONDS) for each in TIMINGS
        }
        self._gauges = {
            each: self._made(client.Gauge, each, multiprocess_mode="livesum") for each in GAUGES
        }
        self._port: ScrapePort | None = None
        self._known: dict[str, Any] = {}
        self._values: dict[str, set[tuple[str, ...]]] = {}

    def incr(self, name: str, value: int = 1) -> None:
        """Count."""
        if counter := self._found(self._counters, name):
            counter.inc(value)

    def timing(self, name: str, milliseconds: float) -> None:
        """Record a duration; what no histogram is for is left out."""
        if histogram := self._found(self._timings, name):
            histogram.observe(milliseconds / 1000)

    def gauge(self, name: str, value: float) -> None:
        """How something stands now, in this process."""
        if gauge := self._found(self._gauges, name):
            gauge.set(value)

    def listen(self, address: str, port: int) -> int:
        """Answer scrapes there, too; the port that it is. Raises OSError if it cannot be had."""
        self._port = ScrapePort(address, port, self.exposition)
        return self._port.port

    async def close(self) -> None:
        """Answer no more there."""
        if self._port:
            await self._port.close()

    def exposition(self) -> tuple[bytes, str]:
        """What a scrape gets, and its media type; of all processes that share the folder."""
        registry = self._registry
        if _shared_folder():
            from prometheus_client import multiprocess  # noqa: PLC0415  (where it is used alone)

            registry = self._client.CollectorRegistry()
            multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return self._client.generate_latest(registry), self._client.CONTENT_TYPE_LATEST

    def _made(self, kind: Any, rule: Rule, **more: Any) -> Any:
        """None for a rule whose names are left out."""
        if not rule.metric:
            return None
        return kind(rule.metric, rule.help, rule.labels, registry=self._registry, **more)

    def _found(self, metrics: Mapping[Rule, Any], name: str) -> Any:
        """What takes this name, with its labels; None for names that are left out."""
        if name in self._known:
            return self._known[name]
        found = self._looked_up(metrics, name)
        if len(self._known) < MOST_NAMES:
            self._known[name] = found
        return found

    def _looked_up(self, metrics: Mapping[Rule, Any], name: str) -> Any:
        for rule, metric in metrics.items():
            if match := rule.pattern.fullmatch(name):
                return self._labelled(rule, metric, match.groups(default="")) if metric else None
        return None

    def _labelled(self, rule: Rule, metric: Any, values: tuple[str, ...]) -> Any:
        if not values:
            return metric
        known = self._values.setdefault(rule.metric, set())
        if values not in known and len(known) >= MOST_VALUES:
            values = (OTHER,) * len(values)
        known.add(values)
        return metric.labels(*values)


def _shared_folder() -> str | None:
    """Where several processes count together: the official client's own variable."""
    return os.environ.get("PROMETHEUS_MULTIPROC_DIR")


def create(env: Environment) -> PrometheusMetrics:
    """The plugin.

    Raises `ConfigurationError` without the client, a folder it may write to, or its port.
    """
    folder = _shared_folder()
    if folder and not (Path(folder).is_dir() and os.access(folder, os.W_OK)):
        raise ConfigurationError(f"PROMETHEUS_MULTIPROC_DIR: cannot write to {folder!r}")
    try:
        import prometheus_client  # noqa: PLC0415  (an extra)
    except ImportError as error:
        raise ConfigurationError(
            "METRICS: prometheus needs `pip install thumborlike[prometheus]`"
        ) from error
    made, settings = PrometheusMetrics(prometheus_client), env.section(SETTINGS)
    port = settings.prometheus_scrape_port
    if port is None and env.section(Called).metrics.startswith(THEIRS):
        port = THEIR_PORT
    if port is not None:
        _listen(made, settings.prometheus_scrape_address, port)
    return made


def _listen(metrics: PrometheusMetrics, address: str, port: int) -> None:
    try:
        metrics.listen(address, port)
    except (OSError, UnicodeError) as error:
        raise ConfigurationError(
            f"PROMETHEUS_SCRAPE_PORT: cannot listen on {address}, port {port}: {error}"
        ) from error
