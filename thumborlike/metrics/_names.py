"""Which metric of Prometheus counts what is counted under one of Thumbor's names, or ours."""

from __future__ import annotations

import re

from thumborlike.records import dataclass

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
"""Upper ends of the histograms: a hit from memory is below the first, a time-out in the last."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Names that match become one metric; the groups of the pattern are its labels.

    An empty `metric` leaves them out: others tell the same, or they have no end.
    """

    pattern: re.Pattern[str]
    metric: str
    help: str

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the labels, in order."""
        return tuple(self.pattern.groupindex)


def _rule(pattern: str, metric: str, text: str) -> Rule:
    return Rule(re.compile(pattern), f"thumborlike_{metric}", text)


def _left_out(pattern: str) -> Rule:
    return Rule(re.compile(pattern), "", "")


COUNTERS = (
    _rule(r"response\.count", "requests_total", "Requests, health checks aside"),
    _rule(r"response\.status\.(?P<status>[1-5]\d\d)", "responses_total", "Answers by status"),
    _rule(r"response\.format\.(?P<format>\w+)", "pictures_total", "Pictures by format"),
    _rule(r"response\.bytes\.(?P<format>\w+)", "picture_bytes_total", "Bytes of pictures sent"),
    _rule(r"response\.smart\.count", "smart_pictures_total", "Pictures cut by what is in them"),
    _left_out(r"response\.(none|not)_smart\.count"),
    _rule(r"picture\.rendered", "pictures_made_total", "Pictures handed to the workers"),
    _rule(r"filter\.(?P<filter>\w+)\.count", "filters_total", "Filters of the pictures made"),
    _rule(
        r"(?P<cache>storage|result_storage|result_cache|source_cache|decoded_cache)"
        r"\.(?P<outcome>hit|miss)",
        "cache_lookups_total",
        "Lookups by kind of cache; those of memory count hits alone",
    ),
    _rule(
        r"storage\.tier\.(?P<tier>.+)\.(?P<outcome>hit|error)",
        "storage_tiers_total",
        "Which tier of a tiered storage had it, or failed",
    ),
    _rule(
        r"result_storage\.bytes_(?P<direction>read|written)",
        "result_storage_bytes_total",
        "Bytes of results read from and given to their storage",
    ),
    _rule(r"original_image\.response_bytes", "source_bytes_total", "Bytes of sources loaded"),
    _rule(
        r"original_image\.status\.(?P<status>[1-5]\d\d)",
        "origin_responses_total",
        "Answers of origins to the HTTP loaders",
    ),
    _left_out(r"original_image\.(status\.\d+|fetch\.count)\..*"),  # by host
    _rule(r"source\.error\.(?P<error>\w+)", "source_errors_total", "Failed loads by error"),
    _rule(r"(?P<kind>source|result)\.stale", "stale_answers_total", "Old copies that helped out"),
    _rule(r"worker\.(?P<event>lost|killed|recycled)", "workers_replaced_total", "Workers, by end"),
    _rule(
        r"queue\.refused\.(?P<reason>full|late)",
        "queue_refusals_total",
        "Pictures refused because too many waited, or because they waited too long",
    ),
    _rule(
        r"storage\.(?P<kind>skipped|error|outage)\.(?P<action>\w+)",
        "storage_trouble_total",
        "What a storage could not do",
    ),
    _rule(r"result_lock\.(?P<event>\w+)", "result_locks_total", "Turns among several servers"),
    _rule(r"(?P<name>[^.]*(?:\.[^.]*)?)(?:\..*)?", "events_total", "Others, by their first words"),
)
TIMINGS = (
    _rule(r"response\.time", "response_seconds", "From the request to its answer"),
    _rule(r"stage\.(?P<stage>\w+)", "stage_seconds", "Stages of the pictures made"),
    _rule(
        r"original_image\.fetch\.latency\.(?P<status>[1-5]\d\d)\..*",
        "origin_seconds",
        "Fetches of the HTTP loaders where ALLOWED_SOURCES is set",
    ),
    _rule(
        r"result_storage\.(?P<direction>incoming|outgoing)_time",
        "result_storage_seconds",
        "Reading results from their storage, and giving them to it",
    ),
)
GAUGES = (
    _rule(r"queue\.depth", "queue_depth", "Pictures that wait for a worker"),
    _rule(r"queue\.bytes", "queue_bytes", "Bytes of sources that those hold"),
    _rule(r"workers\.busy", "workers_busy", "Workers that make a picture"),
    _rule(r"workers\.ready", "workers_ready", "Workers that are there"),
)
