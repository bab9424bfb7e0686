"""What exactly is to be made: a `Job`, pure values, picklable, without secrets.

`prepare` turns a parsed URL, the Accept header and the settings into a `Job`. Request filters
are applied here, so whatever a filter asks for is known before anything is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from .errors import MalformedRequest
from .interfaces import FocalPoint, Key, Kind, SourceRequest
from .url.values import CropBox, Fit, HorizontalAlign, ImageRequest, Side, Trim, VerticalAlign

if TYPE_CHECKING:
    from .filtering import BoundFilter, Filter
    from .settings import Settings
    from .settings.sections import EncodingSettings, ImagingSettings


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything that decides boxes and sizes. The input of `geometry.plan`.

    `max_width`, `max_height`: MAX_WIDTH and MAX_HEIGHT, 0 for none. `width` and `height` are
    as requested; `plan` clamps them. `orient` is RESPECT_ORIENTATION. `quirks` asks for
    Thumbor's defects of geometry where docs/thumbor-differences.md lists them.
    """

    width: Side = 0
    height: Side = 0
    fit: Fit = Fit.CROP
    adaptive: bool = False
    stretch: bool = False
    no_upscale: bool = False
    crop: CropBox | None = None
    trim: Trim | None = None
    flip_horizontal: bool = False
    flip_vertical: bool = False
    halign: HorizontalAlign = "center"
    valign: VerticalAlign = "middle"
    smart: bool = False
    focal_points: tuple[FocalPoint, ...] = ()
    orient: bool = False
    max_width: int = 0
    max_height: int = 0
    max_output_pixels: int = 0
    debug: bool = False
    quirks: bool = False


@dataclass(frozen=True, slots=True)
class Output:
    """What the encoder is asked for.

    `format` is the format that the URL demands (`format()`), one of the names in
    `imaging.formats`, or None. `quality` is `quality()` or None. `max_age` in seconds.
    `auto_png_to_jpg`: `autojpg()`, or None to follow the setting.
    """

    format: str | None = None
    quality: int | None = None
    max_bytes: int | None = None
    strip_exif: bool = False
    strip_icc: bool = False
    cover: bool = False
    max_age: int | None = None
    auto_png_to_jpg: bool | None = None


@dataclass(frozen=True, slots=True)
class Negotiated:
    """Formats that settings and Accept allow instead of the source's, in order of preference.

    `formats`: e.g. `("webp", "avif", "jpeg")`. `png_to_jpg`: AUTO_PNG_TO_JPG. `vary` tells
    that the answer depends on Accept. `variant` names the result-storage variant.
    """

    formats: tuple[str, ...] = ()
    png_to_jpg: bool = False
    vary: bool = False
    variant: str = "default"


@dataclass(frozen=True, slots=True)
class Job:
    """One result to be made.

    `gif_output` replaces `output` (and drops `filters`) for GIF sources when THUMBOR_QUIRKS is
    on: Thumbor 7.8 runs no late filter on them.
    """

    source: SourceRequest
    overlays: tuple[SourceRequest, ...]
    layout: Layout
    filters: tuple[BoundFilter, ...]
    output: Output
    negotiated: Negotiated
    encoding: EncodingSettings
    imaging: ImagingSettings
    result_key: Key
    keep: bool
    meta: bool = False
    gif_output: Output | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What was made. `modified` is set when it came from a storage (epoch seconds, UTC).

    `temporary` results are neither stored nor cached long (MAX_AGE_TEMP_IMAGE).
    `found` are focal points that detection found, to be stored; None if it did not run.
    """

    body: bytes
    media_type: str
    animated: bool = False
    temporary: bool = False
    modified: float | None = None
    found: tuple[FocalPoint, ...] | None = None


def prepare(
    image: ImageRequest,
    headers: Mapping[str, str],
    settings: Settings,
    filters: Mapping[str, Filter[Any, Any]],
) -> Job:
    """The job that a URL asks for under these settings.

    Request filters run here, in URL order; pixel filters are left bound in `Job.filters`.
    Raises `MalformedRequest` over MAX_FILTERS or MAX_OVERLAYS, and what a request filter raises.
    """
    from .filtering import bind  # noqa: PLC0415  (filtering declares filters over Job)
    from .http.negotiation import negotiate  # noqa: PLC0415

    bound = bind(image.filters, filters)
    _check_count("filters", len(bound), settings.limits.max_filters)
    negotiated = negotiate(headers.get("accept"), settings.formats)
    job = Job(
        source=SourceRequest(image.source),
        overlays=(),
        layout=_layout(image, settings.imaging),
        filters=tuple(each for each in bound if each.filter.phase == "pixels"),
        output=Output(),
        negotiated=negotiated,
        encoding=settings.encoding,
        imaging=settings.imaging,
        result_key=Key(Kind.RESULT, image.path, negotiated.variant),
        keep=settings.storage.result_storage_stores_unsafe or not image.unsafe,
        meta=image.meta,
        gif_output=Output() if settings.imaging.thumbor_quirks else None,
    )
    for each in bound:
        if each.filter.phase == "request":
            job = each.apply(job)
    return _with_overlays(job, settings.limits.max_overlays)


def _layout(image: ImageRequest, imaging: ImagingSettings) -> Layout:
    return Layout(
        width=image.width,
        height=image.height,
        fit=image.fit,
        adaptive=image.adaptive,
        crop=image.crop,
        trim=image.trim,
        flip_horizontal=image.flip_horizontal,
        flip_vertical=image.flip_vertical,
        halign=image.halign,
        valign=image.valign,
        smart=image.smart,
        orient=imaging.respect_orientation,
        max_width=imaging.max_width,
        max_height=imaging.max_height,
        max_output_pixels=imaging.max_output_pixels or 0,
        debug=image.debug,
        quirks=imaging.thumbor_quirks,
    )


def _with_overlays(job: Job, most: int) -> Job:
    names = tuple(dict.fromkeys(name for each in job.filters for name in each.overlays()))
    _check_count("overlays", len(names), most)
    return replace(job, overlays=tuple(map(SourceRequest, names))) if names else job


def _check_count(what: str, count: int, most: int) -> None:
    if most and count > most:
        raise MalformedRequest(f"too many {what}: {count}, allowed are {most}")
