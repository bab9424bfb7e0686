"""What detection knows of a source, and who finds out: memory, the storage, the detectors."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from zlib import crc32

from .bench import look_first
from .coalesce import Give, SingleFlight
from .cost import cost_of
from .errors import DetectionFailed, DetectionQueued
from .interfaces import Detector, Key, Kind, Source
from .job import Job, Result
from .keeping import TolerantStorage
from .lru import Lru
from .records import dataclass, replace
from .scenes import RemoteDetector, Scene
from .settings import Settings
from .sightings import Points, enlarged, read, steered, unpacked, written
from .workers import Workers

REMEMBERED = 8 << 20
"""Bytes of points that are kept in memory, so that a second size waits for no storage."""

POINT_SIZE = 200
FINGERPRINTED = 1 << 16
"""Bytes at both ends of a source by which it is told from another of its name and length."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What detectors elsewhere said. `passing`: it may soon be known better."""

    points: Points
    passing: bool = False


class Detections:
    """Prepares jobs for `smart`, and keeps what was found.

    `detectors`: a `Detector` or `RemoteDetector` each, in the order in which they are asked.
    """

    def __init__(
        self,
        detectors: Mapping[str, Any],
        storage: TolerantStorage,
        workers: Workers,
        settings: Settings,
        clock: Callable[[], float],
    ) -> None:
        self._detectors = detectors
        self._storage = storage
        self._workers = workers
        self._clock = clock
        self._expires_after = settings.storage.storage_expiration_seconds
        self._timeout = settings.imaging.detector_timeout_seconds or None
        self._by = "+".join(detectors)
        self._hot: Lru[tuple[str, int, int], Points] = Lru(REMEMBERED)
        self._asking: SingleFlight[str, _Seen] = SingleFlight()

    async def prepared(self, job: Job, source: Source) -> tuple[Job, bool]:
        """The job with what is known, or with whom to ask; whether its result will not last."""
        if not job.layout.smart or not self._detectors:
            return job, False
        if not job.layout.turn:  # nothing is kept of what `orient()` turns
            known = self._hot.get(_print(source)) or await self._stored(source.name)
            if known is not None:
                self._remember(source, known)
                return steered(job, known), False
        names = tuple(self._detectors)
        if all(isinstance(each, Detector) for each in self._detectors.values()):
            return replace(job, ask=names), False
        return await self._asked_elsewhere(job, source)

    def noted(self, job: Job, source: Source, made: Result) -> Result:
        """Remember what a worker has found on the way; the result itself."""
        if job.ask and made.found and not job.layout.turn:
            self._remember(source, made.found)
            return made
        return replace(made, found=None) if made.found is not None else made

    async def keep(self, source: str, found: Points) -> None:
        """Store points. Thumbor 7.8: under the source's name, and only if there are some."""
        await self._storage.put(Key(Kind.FOCAL_POINTS, source), written(found, self._by))

    def forget(self, source: str) -> None:
        """Drop what memory has of a source."""
        self._hot.drop_if(lambda key: key[0] == source)

    def _remember(self, source: Source, points: Points) -> None:
        self._hot.put(_print(source), points, POINT_SIZE * (1 + len(points)))

    async def _stored(self, name: str) -> Points | None:
        stored = await self._storage.get(Key(Kind.FOCAL_POINTS, name))
        if stored is None:
            return None
        age, most = self._clock() - stored.modified, self._expires_after
        return None if most is not None and age > most else read(stored.body, self._by)

    async def _asked_elsewhere(self, job: Job, source: Source) -> tuple[Job, bool]:
        """All in order; equal questions at the same time are asked once."""

        async def ask(give: Give[_Seen]) -> None:
            seen = await self._in_order(job, source)
            give(seen)
            if seen.points and not seen.passing and not job.layout.turn:
                self._remember(source, seen.points)
                await self.keep(source.name, seen.points)

        seen = await self._asking.run(f"{job.layout.turn} {source.name}", ask)
        return steered(job, seen.points), seen.passing

    async def _in_order(self, job: Job, source: Source) -> _Seen:
        passing, picture = False, Result(b"", "image/jpeg")
        for local, names in self._runs():
            if local or not picture.body:
                asked = replace(job, ask=names if local else ())
                cost = cost_of(source.body, job)
                picture = await self._workers.run(look_first, source, asked, cost=cost)
                passing |= picture.temporary
                if picture.found:
                    return _Seen(picture.found, passing)
            for name in () if local else names:
                points, later = await self._elsewhere(name, job, source, picture)
                passing |= later
                if points:
                    return _Seen(points, passing)
        return _Seen((), passing)

    def _runs(self) -> Iterator[tuple[bool, tuple[str, ...]]]:
        """Names in order, those of local detectors that follow each other together."""
        run: list[str] = []
        for name, each in self._detectors.items():
            if isinstance(each, Detector):
                run.append(name)
                continue
            if run:
                yield True, tuple(run)
                run = []
            yield False, (name,)
        if run:
            yield True, tuple(run)

    async def _elsewhere(
        self, name: str, job: Job, source: Source, picture: Result
    ) -> tuple[Points, bool]:
        """What a detector says; whether it, or another try, may soon say more."""
        detector: RemoteDetector = self._detectors[name]
        jpeg, size, own = unpacked(picture.body)
        scene = Scene(source.name, jpeg, *size)
        try:
            points = await asyncio.wait_for(detector.detect_elsewhere(scene), self._timeout)
            return enlarged(points, size, own), False
        except DetectionQueued:
            return (), True
        except (DetectionFailed, asyncio.TimeoutError) as error:
            reason = str(error) or f"no answer within {self._timeout:g} s"
            if not job.imaging.ignore_smart_errors:
                raise DetectionFailed(f"detector {name}: {reason}") from error
            log.warning("detector %s: %s", name, reason)
            return (), True


def _print(source: Source) -> tuple[str, int, int]:
    ends = source.body[:FINGERPRINTED] + source.body[-FINGERPRINTED:]
    return source.name, len(source.body), crc32(ends)
