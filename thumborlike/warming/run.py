"""Goes through all targets, notes what is done, and goes on where an earlier run was stopped."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence

from ..batch.journal import Journal, NoJournal
from ..batch.progress import Progress
from ..batch.running import Stop, Tries, run_all
from .report import Report
from .targets import Target
from .ways import Way


class Run:
    """One run. What the journal says is done is not asked for again; what failed is."""

    def __init__(
        self, wanted: Iterable[Target], journal: Journal | NoJournal, report: Report
    ) -> None:
        self._journal = journal
        self._report = report
        known = {each["name"]: each for each in journal.records() if "name" in each}
        self._left: list[Target] = []
        self.total = 0
        for target in wanted:
            self.total += 1
            earlier = known.pop(target.name, None)
            if earlier is None or not report.add_earlier(earlier):
                self._left.append(target)

    @property
    def left(self) -> Sequence[Target]:
        """What is still to be done."""
        return self._left

    async def go(
        self, way: Way, tries: Tries, concurrency: int, progress: Progress, stop: Stop
    ) -> float:
        """Do it; how many seconds it took."""
        shown: Counter[str] = Counter()

        async def work(target: Target) -> None:
            made = await tries.of(lambda: way.make(target))
            if made is None:
                return
            self._report.add(made, target)
            if made.state != "failed":
                self._journal.note({"name": target.name, "state": made.state, "bytes": made.size})
            shown[made.state] += 1
            progress.step(shown)

        begun = time.monotonic()
        try:
            await run_all(self._left, work, concurrency, stop)
        finally:
            progress.close()
        return time.monotonic() - begun
