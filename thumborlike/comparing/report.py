"""Outcomes, added up by kind of URL and by kind of difference. Pure."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..records import dataclass
from .outcomes import Finding, Outcome

EXAMPLES = 5
"""Addresses that are told of each kind of difference."""

KINDS = 500
"""Kinds of URLs, and of differences, that are told apart; more are added to one that is last."""

WIDEST = 60
"""Characters of a value by which differences are told apart."""

OTHERS = "all others"
BY_VALUE = frozenset(
    {"status", "type", "vary", "mode", "frames", "icc", "progressive",
     "access-control-allow-origin", "loop"}
)  # fmt: skip
"""Fields whose values make kinds of differences; of others there are as many as answers."""


class Row:
    """What was added up of one kind of URL."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.addresses = 0
        self.requests = 0
        self.kinds: Counter[str] = Counter()
        self.ssim: list[float] = []
        self.sizes = [0, 0]
        self.milliseconds: tuple[list[float], list[float]] = [], []

    def add(self, outcome: Outcome) -> None:
        """One more."""
        self.addresses += 1
        self.requests += outcome.hits
        self.kinds[outcome.kind] += 1
        if outcome.ssim is not None:
            self.ssim.append(outcome.ssim)
        if outcome.old.status == outcome.new.status == 200:
            self.sizes[0] += outcome.old.size
            self.sizes[1] += outcome.new.size
        for times, side in zip(self.milliseconds, (outcome.old, outcome.new), strict=True):
            if side.status:
                times.append(side.milliseconds)

    @property
    def growth(self) -> float | None:
        """Bytes of the new for each of the old; None where there are none."""
        return self.sizes[1] / self.sizes[0] if self.sizes[0] else None

    def latency(self, side: int) -> tuple[float, float]:
        """The median and the 95th percentile of the old (0) or new (1) server, milliseconds."""
        times = sorted(self.milliseconds[side])
        if not times:
            return 0.0, 0.0
        return statistics.median(times), times[min(len(times) - 1, int(len(times) * 0.95))]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        told = [self.latency(side) for side in (0, 1)]
        return {
            "name": self.name,
            "addresses": self.addresses,
            "requests": self.requests,
            "equal": self.kinds["equal"],
            "known": self.kinds["known"],
            "different": self.kinds["different"],
            "ssim": {
                "lowest": min(self.ssim, default=None),
                "median": statistics.median(self.ssim) if self.ssim else None,
            },
            "bytes": {"old": self.sizes[0], "new": self.sizes[1]},
            "milliseconds": {
                side: {"median": round(median, 2), "p95": round(high, 2)}
                for side, (median, high) in zip(("old", "new"), told, strict=True)
            },
        }


@dataclass(frozen=True, slots=True)
class Sort:
    """A kind of difference: the field, the rule that means it (or none), and values if few."""

    field: str
    rule: str = ""
    old: str = ""
    new: str = ""

    @property
    def title(self) -> str:
        """`status: 200 -> 404`."""
        values = f": {self.old or 'none'} -> {self.new or 'none'}" if self.old or self.new else ""
        return self.field + values


class Report:
    """All that is told at the end."""

    def __init__(self) -> None:
        self.total = Row("total")
        self._rows: dict[str, Row] = {}
        self._sorts: dict[Sort, list[Outcome]] = {}
        self._counts: Counter[Sort] = Counter()
        self.statuses: Counter[tuple[int, int]] = Counter()

    def add(self, outcome: Outcome) -> None:
        """One more outcome."""
        name = outcome.shape.name
        if name not in self._rows and len(self._rows) >= KINDS:
            name = OTHERS
        self._rows.setdefault(name, Row(name)).add(outcome)
        self.total.add(outcome)
        self.statuses[outcome.old.status, outcome.new.status] += 1
        for sort in {self._sort(finding) for finding in outcome.findings}:
            self._counts[sort] += 1
            examples = self._sorts.setdefault(sort, [])
            if len(examples) < EXAMPLES:
                examples.append(outcome)
            elif outcome.pictures and not all(each.pictures for each in examples):
                place = next(n for n, each in enumerate(examples) if not each.pictures)
                examples[place] = outcome

    def rows(self) -> list[Row]:
        """Kinds of URLs: those with differences first, then the most asked for."""
        return sorted(
            self._rows.values(),
            key=lambda each: (each.name == OTHERS, -each.kinds["different"], -each.requests),
        )

    def sorts(self, *, known: bool) -> Iterator[tuple[Sort, int, Sequence[Outcome]]]:
        """Kinds of differences with how many there are and examples, the most frequent first."""
        for sort, count in self._counts.most_common():
            if bool(sort.rule) == known:
                yield sort, count, self._sorts[sort]

    def rules(self) -> dict[str, int]:
        """The rules that were met, and how often."""
        found: Counter[str] = Counter()
        for sort, count, _ in self.sorts(known=True):
            found[sort.rule] += count
        return dict(found.most_common())

    def as_dict(self, reasons: Mapping[str, str], more: Mapping[str, Any]) -> dict[str, Any]:
        """Everything but the pictures, for JSON. `reasons` of rules by name."""
        return {
            **more,
            "total": self.total.as_dict(),
            "classes": [each.as_dict() for each in self.rows()],
            "known": {
                name: {"count": count, "reason": reasons.get(name, "")}
                for name, count in self.rules().items()
            },
            "differences": [
                {
                    "field": sort.field,
                    "what": sort.title,
                    "count": count,
                    "examples": [_example(each, sort) for each in examples],
                }
                for sort, count, examples in self.sorts(known=False)
            ],
        }

    def _sort(self, finding: Finding) -> Sort:
        few = finding.field in BY_VALUE and not finding.rule
        values = (finding.old[:WIDEST], finding.new[:WIDEST]) if few else ("", "")
        sort = Sort(finding.field, finding.rule, *values)
        return sort if sort in self._sorts or len(self._sorts) < KINDS else Sort(OTHERS)


def values_of(outcome: Outcome, sort: Sort) -> tuple[str, str]:
    """What both said in the field of a difference."""
    for each in outcome.findings:
        if each.field == sort.field and each.rule == sort.rule:
            return each.old, each.new
    return "", ""


def _example(outcome: Outcome, sort: Sort) -> dict[str, Any]:
    old, new = values_of(outcome, sort)
    return {"path": outcome.path, "accept": outcome.accept, "old": old, "new": new}
