"""Metrics for Prometheus, by its own client (`pip install thumborlike[prometheus]`).

Nothing that a stranger can choose becomes a label: names are sorted into a fixed set of metrics,
and what fits none is counted by its first words, at most `MOST_EVENTS` of them.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thumborlike.errors import ConfigurationError
from thumborlike.interfaces import Environment
from thumborlike.records import dataclass

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

MOST_EVENTS = 100
"""Names beyond the known ones; the rest is `other`."""

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
"""Upper ends of the histograms: a hit from memory is below the first, a time-out in the last."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Names that match become one metric; the groups of the pattern are its labels."""

    pattern: re.Pattern[str]
    metric: str
    help: str

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the labels, in order."""
        return tuple(self.pattern.groupindex)


def _rule(pattern: str, metric: str, text: str) -> Rule:
    return Rule(re.compile(pattern), f"thumborlike_{metric}", text)


COUNTERS = (
    _rule(r"response\.count", "requests_total", "Requests, health checks aside"),
    _rule(r"response\.status\.(?P<status>[1-5]\d\d)", "responses_total", "Answers by status"),
    _rule(r"picture\.rendered", "pictures_made_total", "Pictures handed to the workers"),
    _rule(
        r"(?P<cache>storage|result_storage|result_cache|source_cache|decoded_cache)"
        r"\.(?P<outcome>hit|miss)",
        "cache_lookups_total",
        "Lookups by kind of cache; those of memory count hits alone",
    ),
    _rule(
        r"result_storage\.bytes_(?P<direction>read|written)",
        "result_storage_bytes_total",
        "Bytes of results read from and given to their storage",
    ),
    _rule(r"original_image\.response_bytes", "source_bytes_total", "Bytes of sources loaded"),
    _rule(r"source\.error\.(?P<error>\w+)", "source_errors_total", "Failed loads by error"),
    _rule(r"(?P<kind>source|result)\.stale", "stale_answers_total", "Old copies that helped out"),
    _rule(r"worker\.(?P<event>lost|killed|recycled)", "workers_replaced_total", "Workers, by end"),
    _rule(
        r"storage\.(?P<kind>skipped|error|outage)\.(?P<action>\w+)",
        "storage_trouble_total",
        "What a storage could not do",
    ),
    _rule(r"result_lock\.(?P<event>\w+)", "result_locks_total", "Turns among several servers"),
)
TIMINGS = (
    _rule(r"response\.time", "response_seconds", "From the request to its answer"),
    _rule(r"stage\.(?P<stage>\w+)", "stage_seconds", "Stages of the pictures made"),
)
EVENTS = "thumborlike_events_total"


class PrometheusMetrics:
    """Counts in the registry of this process, or in files where several share a folder."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._registry: CollectorRegistry = client.CollectorRegistry()
        self._counters = {each: self._made(client.Counter, each) for each in COUNTERS}
        self._timings = {
            each: self._made(client.Histogram, each, buckets=SECONDS) for each in TIMINGS
        }
        self._events = client.Counter(EVENTS, "Others", ["name"], registry=self._registry)
        self._known: dict[str, Any] = {}
        self._others: set[str] = set()

    def incr(self, name: str, value: int = 1) -> None:
        """Count."""
        counter = self._known.get(name) or self._counter(name)
        counter.inc(value)

    def timing(self, name: str, milliseconds: float) -> None:
        """Record a duration; what no histogram is for is left out."""
        histogram = self._known.get(name) or self._found(self._timings, name)
        if histogram is not None:
            histogram.observe(milliseconds / 1000)

    def exposition(self) -> tuple[bytes, str]:
        """What a scrape gets, and its media type; of all processes that share the folder."""
        registry = self._registry
        if _shared_folder():
            from prometheus_client import multiprocess  # noqa: PLC0415  (where it is used alone)

            registry = self._client.CollectorRegistry()
            multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return self._client.generate_latest(registry), self._client.CONTENT_TYPE_LATEST

    def _made(self, kind: Any, rule: Rule, **more: Any) -> Any:
        return kind(rule.metric, rule.help, rule.labels, registry=self._registry, **more)

    def _counter(self, name: str) -> Any:
        counter = self._found(self._counters, name)
        return counter if counter is not None else self._event(name)

    def _found(self, metrics: dict[Rule, Any], name: str) -> Any:
        for rule, metric in metrics.items():
            match = rule.pattern.fullmatch(name)
            if match:
                found = metric.labels(*match.groups()) if rule.labels else metric
                self._known[name] = found
                return found
        return None

    def _event(self, name: str) -> Any:
        first = ".".join(name.split(".")[:2])
        if first not in self._others and len(self._others) >= MOST_EVENTS:
            return self._events.labels("other")
        self._others.add(first)
        return self._events.labels(first)


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
