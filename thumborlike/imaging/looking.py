"""Detection in a worker: the picture scaled down and upright, and what the detectors say of it."""

from __future__ import annotations

import io
import logging
from collections.abc import Mapping, Sequence

from PIL import Image

from ..errors import DetectionFailed
from ..focusing import leading
from ..geometry import plan
from ..interfaces import Detector, FocalPoint, Source
from ..job import Job, Layout
from ..records import dataclass, replace
from ..sightings import enlarged, packed
from ..url.values import Fit
from .failures import decoding, within_memory
from .frames import show_first, wanted_frames
from .kept import Shared
from .patience import Patience
from .probe import icc_of, open_source
from .resize import SIDEWAYS, turned
from .sharing import Pixels, SharedPixels

PROBE = 512
"""The longest side, in pixels, of what detectors see."""

JPEG_QUALITY = 85
GREY = (128, 128, 128)
_patience = Patience()
log = logging.getLogger(__name__)
Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found, in pixels of the oriented source, which has this `size`.

    `asked`: the detectors that have answered. `failed`: one has not.
    """

    points: tuple[FocalPoint, ...] = ()
    failed: bool = False
    asked: tuple[str, ...] = ()
    size: Size = (0, 0)


@within_memory()
def look(
    source: Source,
    job: Job,
    detectors: Mapping[str, Detector],
    shared: Shared | None = None,
    waiting: Sequence[Layout] = (),
) -> Seen:
    """Ask the job's detectors one after the other until one finds something.

    Those that must be asked are asked in any case. Raises `ImageError`s, and `DetectionFailed`
    unless IGNORE_SMART_ERRORS says otherwise, which it cannot for those.
    """
    if not job.ask:
        return Seen()
    image, own = probe_picture(source, job, shared, waiting)
    seen = Seen(size=own)
    for name in job.ask:
        if leading(seen.points) and name not in job.must_ask:
            continue
        try:
            found = _patience.ask(detectors[name], image, job.imaging.detector_timeout_seconds)
            points = (*seen.points, *enlarged(found, image.size, own))
        except DetectionFailed as error:
            if name in job.must_ask or not job.imaging.ignore_smart_errors:
                raise DetectionFailed(f"detector {name}: {error}") from error
            log.warning("detector %s: %s", name, error)
            seen = replace(seen, failed=True)
            continue
        seen = replace(seen, points=points, asked=(*seen.asked, name))
    return seen


def probe_picture(
    source: Source, job: Job, shared: Shared | None = None, waiting: Sequence[Layout] = ()
) -> tuple[Image.Image, Size]:
    """The first frame at probe size, RGB, and the size of the oriented source."""
    image, info = open_source(source.body, job.imaging)
    layout = job.layout
    turn = turned(info.orientation if layout.orient else 1, layout.turn)
    info = replace(info, orientation=turn)
    orders = plan(Layout(width=PROBE, height=PROBE, fit=Fit.FIT_IN, orient=True), info)
    first, _ = wanted_frames(info.frames, job.output, False)
    with decoding():
        if first or info.frames > 1:
            show_first(image, first, info.frames)
        pixels = SharedPixels(shared, source.body, info, waiting) if shared else Pixels()
        small = pixels.made(image, orders, Image.Resampling.BILINEAR, icc_of(image))
        return _opaque(small), _oriented((info.width, info.height), turn)


def _oriented(size: Size, turn: int) -> Size:
    return size[::-1] if turn in SIDEWAYS else size


def _opaque(image: Image.Image) -> Image.Image:
    """Without alpha: what is clear is grey, which catches no eye."""
    if "A" not in image.getbands():
        return image.convert("RGB")
    seen = image.convert("RGBA")
    ground = Image.new("RGB", image.size, GREY)
    ground.paste(seen, (0, 0), seen)
    return ground


def probe_jpeg(source: Source, job: Job) -> bytes:
    """What detectors elsewhere get: a JPEG, packed with its size and the oriented source's."""
    image, own = probe_picture(source, job)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=JPEG_QUALITY)
    return packed(buffer.getvalue(), image.size, own)
