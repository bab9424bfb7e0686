"""What detection knows of a source, and who finds out: memory, the storage, the detectors."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Hashable, Iterable, Mapping
from itertools import groupby
from typing import Any
from zlib import crc32

from .bench import look_first
from .coalesce import Give, SingleFlight
from .cost import cost_of
from .errors import BadFilterArgument, DetectionFailed, DetectionQueued
from .focusing import ALL, ANYTHING, leading
from .interfaces import Detector, Key, Kind, Source
from .job import Job, Result, Sighting
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
    """What detectors have said so far. `passing`: it may soon be known better.

    `jpeg`: what detectors elsewhere get, packed, once it is made.
    """

    sighting: Sighting = Sighting()
    passing: bool = False
    jpeg: bytes = b""

    @property
    def led(self) -> bool:
        """Whether something was found somewhere."""
        return bool(leading(self.sighting.points))

    def answered(self, name: str, points: Points) -> _Seen:
        """With the answer of one more detector."""
        known = self.sighting
        asked, points = (*known.asked, name), (*known.points, *points)
        return replace(self, sighting=replace(known, asked=asked, points=points))


class Detections:
    """Prepares jobs for `smart` and for filters that seek, and keeps what was found.

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
        self._hot: Lru[tuple[str, str], Sighting] = Lru(REMEMBERED)
        self._asking: SingleFlight[Hashable, _Seen] = SingleFlight()

    async def prepared(self, job: Job, source: Source) -> tuple[Job, bool]:
        """The job with what is known, or with whom to ask; whether its result will not last.

        Raises `DetectionFailed`, and `BadFilterArgument` where nobody finds what a filter seeks.
        """
        sought = job.sought
        must = finders_of(sought, self._detectors)
        everybody = job.layout.smart or ANYTHING in sought
        if not everybody and not must:
            return job, False
        if not self._detectors:
            return replace(job, found=()) if sought else job, False
        job = replace(job, ask=tuple(self._detectors) if everybody else must, must_ask=must)
        if _lasts(job):
            known = self._hot.get(_print(source)) or await self._stored(source)
            if known is not None and _says_enough(known, job):
                self._remember(source, known)
                return steered(job, known.points), False
        if all(isinstance(self._detectors[name], Detector) for name in job.ask):
            return job, False
        return await self._asked_elsewhere(job, source)

    def noted(self, job: Job, source: Source, made: Result) -> Result:
        """Remember what a worker has found on the way; the result itself."""
        if made.found is None:
            return made
        asked = tuple(name for name in job.ask if name in made.found.asked)
        found = replace(made.found, asked=asked, of=_print(source)[1])
        if asked and _lasts(job):
            self._remember(source, found)
            return replace(made, found=found)
        return replace(made, found=None)

    async def keep(self, source: str, found: Sighting) -> None:
        """Store what was found, or that nothing was. Thumbor 7.8: under the source's name."""
        await self._storage.put(Key(Kind.FOCAL_POINTS, source), written(found, self._by))

    def forget(self, source: str) -> None:
        """Drop what memory has of a source."""
        self._hot.drop_if(lambda key: key[0] == source)

    def _remember(self, source: Source, found: Sighting) -> None:
        self._hot.put(_print(source), found, POINT_SIZE * (1 + len(found.points)))

    async def _stored(self, source: Source) -> Sighting | None:
        """What is stored, unless it is too old or of other bytes than these."""
        stored = await self._storage.get(Key(Kind.FOCAL_POINTS, source.name))
        if stored is None:
            return None
        age, most = self._clock() - stored.modified, self._expires_after
        if most is not None and age > most:
            return None
        found = read(stored.body, self._by)
        fits = found is not None and (found.foreign or found.of == _print(source)[1])
        return found if fits else None

    async def _asked_elsewhere(self, job: Job, source: Source) -> tuple[Job, bool]:
        """All in order; equal questions at the same time are asked once."""

        async def ask(give: Give[_Seen]) -> None:
            seen = await self._in_order(job, source)
            give(seen)
            if not seen.passing and _lasts(job):
                found = replace(seen.sighting, of=_print(source)[1])
                self._remember(source, found)
                await self.keep(source.name, found)

        question = (_print(source), job.layout.turn, job.output.page, job.ask, job.must_ask)
        seen = await self._asking.run(question, ask)
        return steered(job, seen.sighting.points), seen.passing

    async def _in_order(self, job: Job, source: Source) -> _Seen:
        seen = _Seen()
        for local, group in groupby(job.ask, self._is_local):
            names = tuple(name for name in group if not seen.led or name in job.must_ask)
            if names and local:
                seen = await self._here(names, job, source, seen)
            for name in () if local else names:
                if not seen.led or name in job.must_ask:
                    seen = await self._elsewhere(name, job, source, seen)
        return seen

    def _is_local(self, name: str) -> bool:
        return isinstance(self._detectors[name], Detector)

    async def _here(self, names: tuple[str, ...], job: Job, source: Source, before: _Seen) -> _Seen:
        """What local detectors say, and the picture for those elsewhere."""
        asked = replace(job, ask=names)
        cost = cost_of(source.body, job)
        picture: Result = await self._workers.run(look_first, source, asked, cost=cost)
        here = picture.found or Sighting()
        sighting = Sighting(
            (*before.sighting.points, *here.points),
            (*before.sighting.asked, *here.asked),
            here.size,
        )
        return _Seen(sighting, before.passing or picture.temporary, picture.body)

    async def _elsewhere(self, name: str, job: Job, source: Source, seen: _Seen) -> _Seen:
        """What one detector says; whether it, or another try, may soon say more."""
        if not seen.jpeg:
            seen = await self._here((), job, source, seen)
        detector: RemoteDetector = self._detectors[name]
        jpeg, size, own = unpacked(seen.jpeg)
        scene = Scene(source.name, jpeg, *size)
        seen = replace(seen, sighting=replace(seen.sighting, size=own))
        must = name in job.must_ask
        try:
            points = await asyncio.wait_for(detector.detect_elsewhere(scene), self._timeout)
            return seen.answered(name, enlarged(points, size, own))
        except DetectionQueued as error:
            if must:
                raise DetectionFailed(f"detector {name} does not answer at once") from error
        except (DetectionFailed, asyncio.TimeoutError) as error:
            reason = str(error) or f"no answer within {self._timeout:g} s"
            if must or not job.imaging.ignore_smart_errors:
                raise DetectionFailed(f"detector {name}: {reason}") from error
            log.warning("detector %s: %s", name, reason)
        return replace(seen, passing=True)


def finders_of(sought: Iterable[str], detectors: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of all detectors that say they find one of these kinds.

    Raises `BadFilterArgument` where there is none for a kind.
    """
    names: set[str] = set()
    for kind in sorted({*sought} - {ANYTHING}):
        able = {
            name
            for name, each in detectors.items()
            if (finds := getattr(each, "finds", ())) and (kind == ALL or kind in finds)
        }
        if not able:
            raise BadFilterArgument(f"no detector of DETECTORS finds {kind!r}")
        names |= able
    return tuple(name for name in detectors if name in names)


def _says_enough(known: Sighting, job: Job) -> bool:
    """Whether asking again would tell the job no more."""
    asked = set(known.asked)
    if not set(job.must_ask) <= asked:
        return False
    return bool(leading(known.points)) or known.foreign or set(job.ask) <= asked


def _lasts(job: Job) -> bool:
    """Whether what is found is kept: not of what `orient()` turns, nor of a later page."""
    return not job.layout.turn and job.output.page in (None, 1)


def _print(source: Source) -> tuple[str, str]:
    """The name, and what tells its bytes from others of that name."""
    ends = source.body[:FINGERPRINTED] + source.body[-FINGERPRINTED:]
    return source.name, f"{len(source.body)}-{crc32(ends):08x}"
