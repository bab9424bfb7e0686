"""What a worker has at hand, be it a thread or a process, and what it can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from .http.validators import etag_of
from .interfaces import Detector, Optimizer, Source
from .job import Job, Layout, Result, Sighting
from .records import replace

if TYPE_CHECKING:
    from .imaging.kept import Shared
    from .settings.sections import ImagingSettings

# Pillow is imported by the functions: the server process, which hands the work out, needs none.


class Bench:
    """`shared`: the decoded pictures of this process; None keeps none."""

    def __init__(
        self,
        shared: Shared | None = None,
        optimizers: tuple[Optimizer, ...] = (),
        detectors: tuple[tuple[str, Detector], ...] = (),
    ) -> None:
        self.shared = shared
        self.optimizers = optimizers
        self.detectors = dict(detectors)

    def kept_bytes(self) -> int:
        """What the decoded pictures take."""
        return self.shared.used_bytes() if self.shared else 0

    def sweep(self) -> bool:
        """Forget decoded pictures that nobody used for a while; whether any are left."""
        return self.shared.sweep() if self.shared else False

    def forget(self) -> None:
        """Forget all decoded pictures."""
        if self.shared:
            self.shared.clear()


def new_bench(
    kept_bytes: int,
    kept_seconds: float,
    optimizers: tuple[Optimizer, ...],
    detectors: tuple[tuple[str, Detector], ...] = (),
) -> Bench:
    """A bench that keeps decoded pictures for so long, of so many bytes; 0 keeps none."""
    from .imaging.kept import Shared  # noqa: PLC0415

    keeps = kept_bytes and kept_seconds
    return Bench(Shared(kept_bytes, kept_seconds) if keeps else None, optimizers, detectors)


def make_result(
    bench: Bench,
    source: Source,
    overlays: Mapping[str, Source],
    job: Job,
    waiting: Sequence[Layout],
) -> Result:
    """The result of a job, its ETag with it: hashing hinders nobody here. Raises as `render`."""
    from .imaging.render import render  # noqa: PLC0415

    if job.ask:
        return _after_looking(bench, source, overlays, job, waiting)
    made = render(source, overlays, job, bench.optimizers, shared=bench.shared, waiting=waiting)
    return replace(made, etag=etag_of(made.body))


def _after_looking(
    bench: Bench,
    source: Source,
    overlays: Mapping[str, Source],
    job: Job,
    waiting: Sequence[Layout],
) -> Result:
    """The same with the points that the job's detectors find, which are told with it."""
    from .imaging.looking import look  # noqa: PLC0415
    from .sightings import steered  # noqa: PLC0415

    seen = look(source, job, bench.detectors, bench.shared, waiting)
    made = make_result(bench, source, overlays, steered(job, seen.points), waiting)
    if seen.failed:
        return replace(made, temporary=True)
    return replace(made, found=Sighting(seen.points, seen.asked, seen.size))


def look_first(bench: Bench, source: Source, job: Job) -> Result:
    """What the job's detectors find, and the picture as detectors elsewhere see it, a JPEG."""
    from .focusing import leading  # noqa: PLC0415
    from .imaging.looking import look, probe_jpeg  # noqa: PLC0415

    seen = look(source, job, bench.detectors, bench.shared, (job.layout,))
    found = Sighting(seen.points, seen.asked, seen.size)
    done = leading(seen.points) and not job.must_ask
    body = b"" if done else probe_jpeg(source, job)
    return Result(body, "image/jpeg", temporary=seen.failed, found=found)


def measure(bench: Bench, source: Source, imaging: ImagingSettings) -> tuple[int, int]:
    """Width and height in pixels of what is decoded wholly first. Raises `ImageError`s."""
    from .imaging.render import is_picture  # noqa: PLC0415

    info = is_picture(source.body, imaging)
    return info.width, info.height


def explain_result(
    bench: Bench, source: Source, overlays: Mapping[str, Source], job: Job
) -> Result:
    """What is done for the result of a job, as JSON in its place."""
    from .imaging.explained import explain_picture  # noqa: PLC0415

    if job.ask:
        from .imaging.looking import look  # noqa: PLC0415
        from .sightings import steered  # noqa: PLC0415

        seen = look(source, job, bench.detectors, bench.shared, (job.layout,))
        job = steered(job, seen.points)
    return explain_picture(source, overlays, job, bench.optimizers)
