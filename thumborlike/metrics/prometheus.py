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

from ._names import COUNTERS, GAUGES, SECONDS, TIMINGS, Rule

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

MOST_VALUES = 100
"""Combinations of labels that a metric has; what comes then is `other`."""

MOST_NAMES = 2000
"""Names whose metric is remembered."""

OTHER = "other"


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
    """The plugin. Raises `ConfigurationError` without the client or a folder it may write to."""
    folder = _shared_folder()
    if folder and not (Path(folder).is_dir() and os.access(folder, os.W_OK)):
        raise ConfigurationError(f"PROMETHEUS_MULTIPROC_DIR: cannot write to {folder!r}")
    try:
        import prometheus_client  # noqa: PLC0415  (an extra)
    except ImportError as error:
        raise ConfigurationError(
            "METRICS: prometheus needs `pip install thumborlike[prometheus]`"
        ) from error
    return PrometheusMetrics(prometheus_client)
