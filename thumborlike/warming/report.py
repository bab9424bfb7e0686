"""What came of a run: counted, and told as a table and as JSON. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from .targets import Target
from .ways import Made

EXAMPLES = 5
"""Paths that are shown of each kind of failure."""

KINDS = 50
"""Kinds of failures that are told apart; more go under the last."""

NAMES = {"done": "done", "there": "already there", "failed": "failed"}


class Report:
    """Counts outcomes by what came of them, earlier runs of the same journal included."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.sizes: Counter[str] = Counter()
        self.earlier = 0
        self._failures: Counter[tuple[int, str]] = Counter()
        self._examples: dict[tuple[int, str], list[str]] = {}

    def add(self, made: Made, target: Target) -> None:
        """One more outcome of this run."""
        self.counts[made.state] += 1
        self.sizes[made.state] += made.size
        if made.state == "failed":
            self._add_failure((made.status, made.reason), target)

    def add_earlier(self, record: Mapping[str, Any]) -> bool:
        """What the journal says of an earlier one; False if it says nothing that counts."""
        state, size = record.get("state"), record.get("bytes")
        if state not in ("done", "there") or not isinstance(size, int):
            return False
        self.counts[state] += 1
        self.sizes[state] += size
        self.earlier += 1
        return True

    @property
    def total(self) -> int:
        """How many outcomes are known."""
        return sum(self.counts.values())

    def as_dict(self, wanted: int, seconds: float, *, interrupted: bool) -> dict[str, Any]:
        """Everything, for JSON. `wanted`: how many targets there are."""
        return {
            "wanted": wanted,
            "done": self.counts["done"],
            "already_there": self.counts["there"],
            "failed": self.counts["failed"],
            "left": wanted - self.total,
            "earlier": self.earlier,
            "bytes": {"done": self.sizes["done"], "already_there": self.sizes["there"]},
            "seconds": round(seconds, 3),
            "interrupted": interrupted,
            "failures": [
                {"status": status, "reason": reason, "count": count, "examples": examples}
                for status, reason, count, examples in self._told()
            ],
        }

    def lines(self, wanted: int, seconds: float) -> Iterator[str]:
        """The table."""
        for state, name in NAMES.items():
            size = f"  {readable(self.sizes[state]):>9}" if state != "failed" else ""
            yield f"{name:14} {self.counts[state]:9}{size}"
        if left := wanted - self.total:
            yield f"{'left':14} {left:9}"
        for status, reason, count, examples in self._told():
            told = f"{status or 'no answer'} {reason}".strip()
            yield f"  {count} x {told}"
            yield from (f"      {each}" for each in examples)
        made = self.total - self.earlier
        rate = f", {made / seconds:.1f} a second" if seconds and made else ""
        before = f"; {self.earlier} by an earlier run" if self.earlier else ""
        yield f"{self.total} of {wanted} in {seconds:.1f} s{rate}{before}"

    def _add_failure(self, kind: tuple[int, str], target: Target) -> None:
        if kind not in self._failures and len(self._failures) >= KINDS:
            kind = (kind[0], "and others")
        self._failures[kind] += 1
        examples = self._examples.setdefault(kind, [])
        if len(examples) < EXAMPLES:
            examples.append(target.path)

    def _told(self) -> Iterator[tuple[int, str, int, list[str]]]:
        for (status, reason), count in self._failures.most_common():
            yield status, reason, count, self._examples[(status, reason)]


def readable(size: float) -> str:
    """`12.3 MB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
