"""Asks both servers, compares, notes, and goes on where an earlier run was stopped."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from ..batch.answers import Answer
from ..batch.asking import Asker
from ..batch.journal import Journal, NoJournal
from ..batch.progress import Progress
from ..batch.running import Stop, Tries, run_all
from ..records import dataclass, replace
from .judging import judge
from .outcomes import SEEN, Outcome, as_record, from_record, outcome_of, thumbnails
from .questions import Question
from .report import Report


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two servers: its address, and how it is asked."""

    url: str
    asker: Asker
    tries: Tries

    async def answer(self, question: Question, executor: ThreadPoolExecutor) -> Answer | None:
        """The last answer; None if the run is to stop."""
        loop = asyncio.get_running_loop()
        headers = dict(question.headers)
        url = self.url + question.path
        return await self.tries.of(
            lambda: loop.run_in_executor(executor, self.asker.ask, url, headers)
        )


class Examples:
    """Says of which differences pictures are kept: the first few of each kind."""

    def __init__(self, each: int, most: int) -> None:
        self._each = each
        self._left = most
        self._kept: Counter[tuple[str, str, str]] = Counter()
        self._lock = threading.Lock()

    def take(self, outcome: Outcome) -> bool:
        """Whether this one's are; counted then."""
        kinds = {
            (outcome.shape.name if not found.rule else "", found.field, found.rule)
            for found in outcome.findings
            if found.field in SEEN
        }
        with self._lock:
            wanted = self._left > 0 and any(self._kept[kind] < self._each for kind in kinds)
            if wanted:
                self._kept.update(kinds)
                self._left -= 1
        return wanted


class Going:
    """One run. `report` hears of all outcomes, those of earlier runs first."""

    def __init__(
        self,
        wanted: Iterable[Question],
        journal: Journal | NoJournal,
        report: Report,
        examples: Examples,
    ) -> None:
        self._journal = journal
        self._report = report
        self._examples = examples
        self._left: list[Question] = []
        by_name = {each.name: each for each in wanted}
        self.total = len(by_name)
        self.earlier = 0
        for record in journal.records():
            outcome = from_record(record)
            if outcome and by_name.pop(outcome.name, None):
                self.earlier += 1
                self._add(outcome)
        self._left += by_name.values()

    @property
    def left(self) -> Sequence[Question]:
        """What is still to be asked."""
        return self._left

    async def go(
        self, old: Side, new: Side, concurrency: int, progress: Progress, stop: Stop
    ) -> None:
        """Ask and compare, until all is done or there is a stop."""
        shown: Counter[str] = Counter()
        executor = ThreadPoolExecutor(concurrency, thread_name_prefix="compare")

        async def work(question: Question) -> None:
            outcome = await self._outcome(question, (old, new), executor)
            if outcome is not None:
                self._journal.note(as_record(outcome))
                self._report.add(outcome)
                shown[outcome.kind] += 1
                progress.step(shown)

        try:
            await run_all(self._left, work, concurrency, stop)
        finally:
            progress.close()
            executor.shutdown(wait=True)

    async def _outcome(
        self, question: Question, sides: tuple[Side, Side], executor: ThreadPoolExecutor
    ) -> Outcome | None:
        """Now the one is asked first and now the other, so that neither has the warmer origin."""
        turned = question.name[-1] in "02468ace"
        answers: dict[int, Answer] = {}
        for number in (1, 0) if turned else (0, 1):
            answer = await sides[number].answer(question, executor)
            if answer is None:
                return None
            answers[number] = answer
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            executor, self._compared, question, answers[0], answers[1]
        )

    def _compared(self, question: Question, old: Answer, new: Answer) -> Outcome:
        outcome = outcome_of(question, judge(question, old, new))
        if outcome.findings and self._examples.take(outcome):
            return replace(outcome, pictures=thumbnails(old, new))
        return outcome

    def _add(self, outcome: Outcome) -> None:
        self._report.add(outcome)
        if outcome.pictures:
            self._examples.take(outcome)
