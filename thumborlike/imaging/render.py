"""From a source's bytes to a result: everything that touches pixels, in one call.

Runs in a worker. All that it needs comes with the call; all that it gives is a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from PIL import Image

from ..errors import TooManyPixels
from ..filtering import BoundFilter, Frame
from ..focusing import faces
from ..formats import FORMATS
from ..geometry import Box, Plan, SourceInfo, on_frame, plan
from ..interfaces import Optimizer, Source
from ..job import Job, Layout, Output, Result
from ..records import dataclass, replace
from ..settings.sections import ImagingSettings
from . import linear
from .animation import carries
from .applying import filtered
from .choice import choose_format
from .debug import with_points
from .encode import encode
from .failures import decoding, within_memory
from .frames import frames_of, loop_of, show_first, wanted_frames
from .inner import Budget, InnerPictures
from .kept import Shared
from .meta import meta_json
from .metadata import origin_of
from .moving import Moving
from .optimize import optimized
from .overlaid import decoded_overlays
from .picture import Picture
from .probe import icc_of, open_source
from .profiles import in_srgb
from .resize import filter_named, turned, upright
from .sharing import Pixels, SharedPixels
from .tolerance import strictly
from .trim import find_trim
from .watching import Stopwatch

WITHOUT_ALPHA = frozenset({"jpeg", "gif"})


@within_memory()
def render(
    source: Source,
    overlays: Mapping[str, Source],
    job: Job,
    optimizers: tuple[Optimizer, ...] = (),
    *,
    shared: Shared | None = None,
    waiting: Sequence[Layout] = (),
    watch: Stopwatch | None = None,
) -> Result:
    """Make the picture that the job describes. Raises `ImageError`s and `BadFilterArgument`.

    `overlays`: the sources that filters name. `shared`: the decoded pictures of this process;
    `waiting`: layouts that are about to be asked of the same source. `watch` is told what is
    decided.
    """
    watch = watch or Stopwatch()
    pixels = partial(_pixels, source.body, shared, waiting)
    budget = Budget(job.layout.max_output_pixels)
    drawn = _drawn(source, overlays, job, budget, pixels, shared=shared, watch=watch)
    picture, info, job, output = drawn.picture, drawn.info, drawn.job, drawn.output
    if job.meta:
        return _meta(picture, info, drawn.orders, job)
    name = choose_format(job, output, picture)
    watch.chosen(picture, name, job, output)
    oriented = job.layout.orient and info.orientation != 1
    if output.strip_icc and not job.layout.quirks:
        picture = _without_profile(picture, job.encoding.srgb_profile)
    body = encode(picture, name, output, job.encoding, oriented, quirks=job.layout.quirks)
    watch.lap("encode")
    animated = picture.animated and carries(name, picture.origin.format)
    video = job.output.video if animated else None
    body, media_type = optimized(body, FORMATS[name].media_type, optimizers, video)
    watch.lap("optimize")
    return Result(
        body,
        media_type,
        animated=animated,
        reused=drawn.reused,
        stages=watch.stages,
        filters=watch.filters,
    )


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A picture before it is encoded, and what was found out on the way."""

    picture: Picture
    info: SourceInfo
    orders: Plan
    job: Job
    output: Output
    reused: bool


def _pixels(
    body: bytes, shared: Shared | None, waiting: Sequence[Layout], info: SourceInfo, job: Job
) -> Pixels:
    """What makes the frames. What `trim` looks at is decoded whole and turned: not shared."""
    if shared is None or job.layout.trim is not None:
        return Pixels()
    return SharedPixels(shared, body, info, waiting)


def _unshared(info: SourceInfo, job: Job) -> Pixels:
    return Pixels()


def _drawn(
    source: Source,
    sources: Mapping[str, Source],
    job: Job,
    budget: Budget,
    pixels_for: Callable[[SourceInfo, Job], Pixels] = _unshared,
    *,
    shared: Shared | None = None,
    watch: Stopwatch | None = None,
) -> _Drawn:
    image, info = open_source(source.body, job.imaging)
    info, job = _turned(info, job)
    output, filters = _late_steps(job, info)
    origin = origin_of(image, info.format, source.body, job.encoding.preserve_iptc_info)
    first, count = wanted_frames(info.frames, output, job.imaging.allow_animated_gifs)
    image, trimmed, wanted = _trimmed(image, info, job, (first, count))
    exact = _exactly(image, job, output, filters)
    planned = plan(job.layout, wanted, trimmed)
    orders = replace(planned, exact=True) if exact else planned
    watch = watch or Stopwatch()
    watch.planned(info, orders)
    watch.lap("open")
    _check_animation(orders.size, count, job.imaging.max_animation_pixels)
    names = dict.fromkeys(name for each in filters for name in each.overlays())
    pictures = decoded_overlays(names, sources, job.imaging, shared)
    inner = InnerPictures(job, sources, _inner, budget)
    with decoding():
        turn = info.orientation if job.layout.trim and info.frames > 1 else 1
        turn = turn if job.layout.orient else 1
        shown = (
            (upright(each, turn), duration) for each, duration in frames_of(image, first, count)
        )
        pixels = pixels_for(info, job)
        frames, durations = _frames(image, shown, job, orders, pixels)
    watch.lap("draw")
    if filters:
        seen = _frame(frames, job, orders, wanted)
        frames = filtered(seen, frames, filters, pictures, inner, watch=watch)
    watch.lap("filters")
    picture = Picture(frames, origin, durations, loop_of(image))
    return _Drawn(picture, info, orders, job, output, pixels.reused)


def _inner(source: Source, sources: Mapping[str, Source], job: Job, budget: Budget) -> Picture:
    """A picture for another one. Its profile is applied: the outer one has its own."""
    picture = _drawn(source, sources, job, budget).picture
    return _without_profile(picture, job.encoding.srgb_profile) if picture.origin.icc else picture


def _without_profile(picture: Picture, srgb_file: str | None) -> Picture:
    """The colours that the profile means, so that it can be dropped without a change of look."""
    icc = picture.origin.icc
    return replace(picture, frames=tuple(in_srgb(each, icc, srgb_file) for each in picture.frames))


@within_memory()
def is_picture(body: bytes, imaging: ImagingSettings) -> SourceInfo:
    """What an upload is, decoded wholly to be sure. Raises `ImageError`s."""
    image, info = open_source(body, imaging)
    with decoding(), strictly():
        image.load()
    return info


def _turned(info: SourceInfo, job: Job) -> tuple[SourceInfo, Job]:
    """`orient()` as if the source had been stored that way."""
    layout = job.layout
    if not layout.turn:
        return info, job
    orientation = turned(info.orientation if layout.orient else 1, layout.turn)
    asked = replace(job, layout=replace(layout, orient=True, turn=0))
    return replace(info, orientation=orientation), asked


def _check_animation(size: tuple[int, int], frames: int, most: int) -> None:
    if frames > 1 and most and frames * size[0] * size[1] > most:
        raise TooManyPixels("the animation asked for has more pixels than allowed")


def _late_steps(job: Job, info: SourceInfo) -> tuple[Output, tuple[BoundFilter, ...]]:
    """What is done after the resize. Thumbor 7.8 does none of it for GIF sources."""
    if job.gif_output is not None and info.format == "gif":
        return replace(job.gif_output, cover=job.output.cover), ()
    return job.output, job.filters


def _exactly(
    image: Image.Image, job: Job, output: Output, filters: tuple[BoundFilter, ...]
) -> bool:
    """Whether a level more or less would be seen: filters enlarge it, or hidden colours show."""
    amplified = any(each.filter.amplifies for each in filters)
    uncovered = "A" in image.getbands() and output.format in WITHOUT_ALPHA
    return job.layout.quirks or amplified or uncovered


def _trimmed(
    image: Image.Image, info: SourceInfo, job: Job, frames: tuple[int, int]
) -> tuple[Image.Image, Box | None, SourceInfo]:
    """For `trim` the picture is decoded whole and turned first, so that it can be looked at.

    `frames`: number of the first that is wanted, which is looked at, and how many there are.
    """
    trim = job.layout.trim
    if trim is None:
        return image, None, info
    with decoding():
        show_first(image, *frames)
        turn = info.orientation if job.layout.orient else 1
        turned = upright(image, turn)
        box = find_trim(turned, trim, job.layout.quirks)
    seen = replace(info, width=turned.width, height=turned.height, orientation=1)
    return (turned if info.frames == 1 else image), box, seen


def _frames(
    image: Image.Image,
    shown: Iterable[tuple[Image.Image, int]],
    job: Job,
    orders: Plan,
    pixels: Pixels,
) -> tuple[tuple[Image.Image, ...], tuple[int, ...]]:
    resample = filter_named(job.imaging.pillow_resampling_filter)
    own = icc_of(image)
    moving = Moving(orders, resample)
    frames, durations = [], []
    for frame, duration in shown:
        if job.imaging.linear_resize:
            done = linear.made(frame, orders, resample, own)
        elif duration:
            done = moving.made(frame, own)
        else:
            done = pixels.made(frame, orders, resample, own)
        frames.append(done.copy() if done is image and duration else done)
        durations.append(duration)
    if job.layout.debug:
        frames = [with_points(frame, orders.focal_points) for frame in frames]
    return tuple(frames), tuple(durations)


def _frame(images: tuple[Image.Image, ...], job: Job, orders: Plan, planned: SourceInfo) -> Frame:
    return Frame(
        images[0],
        requested=orders.requested,
        resample=filter_named(job.imaging.pillow_resampling_filter),
        max_pixels=job.layout.max_output_pixels,
        focal_points=orders.focal_points,
        quirks=job.layout.quirks,
        fonts=job.imaging.text_fonts,
        faces=faces(orders.placed),
        found=on_frame(job.found, orders, planned),
        frames=len(images),
    )


def _meta(picture: Picture, info: SourceInfo, orders: Plan, job: Job) -> Result:
    own = None if job.layout.quirks else (info.width, info.height)
    count, found = len(picture.frames), None if job.layout.quirks else job.found
    body = meta_json(job.source.name, picture.size, orders, count, own, found=found)
    return Result(body, "application/json")
