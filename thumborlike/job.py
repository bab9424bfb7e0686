"""What exactly is to be made: a `Job`, pure values, picklable, without secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .interfaces import FocalPoint, Key, SourceRequest
from .records import dataclass
from .url.values import CropBox, Fit, HorizontalAlign, Side, Trim, VerticalAlign

if TYPE_CHECKING:
    from .elsewhere import Address
    from .filtering import BoundFilter
    from .settings.sections import EncodingSettings, ImagingSettings


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything that decides boxes and sizes. The input of `geometry.plan`.

    `max_width`, `max_height`: MAX_WIDTH and MAX_HEIGHT, 0 for none. `width` and `height` are
    as requested; `plan` clamps them. `orient` is RESPECT_ORIENTATION; `turn` is
    `orient()`: degrees counter-clockwise, 0, 90, 180 or 270, before everything else.
    `face_padding` and `face_zoom` are SMART_FACE_PADDING and SMART_FACE_ZOOM. `quirks`
    asks for Thumbor's defects of geometry where docs/thumbor-differences.md lists them.
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
    turn: int = 0
    max_width: int = 0
    max_height: int = 0
    max_output_pixels: int = 0
    face_padding: float = 0.0
    face_zoom: float = 0.0
    debug: bool = False
    quirks: bool = False


@dataclass(frozen=True, slots=True)
class Output:
    """What the encoder is asked for.

    `format` is the format that the URL demands (`format()`), one of the names in
    `formats`, or None. `quality` is `quality()` or None. `max_age` in seconds.
    `auto_png_to_jpg`: `autojpg()`, or None to follow the setting. `video`: what
    `gifv()` makes of an animated GIF, `mp4` or `webm`.
    `lossless`, `max_frames`, `page` (from 1): the filters of these names. `expires`: when the
    answer becomes 410, in milliseconds since 1970. `attachment`: the name under which browsers
    shall save it, "" for the source's, None to show it.
    """

    format: str | None = None
    quality: int | None = None
    max_bytes: int | None = None
    strip_exif: bool = False
    strip_icc: bool = False
    cover: bool = False
    max_age: int | None = None
    auto_png_to_jpg: bool | None = None
    video: str | None = None
    lossless: bool = False
    max_frames: int | None = None
    page: int | None = None
    expires: int | None = None
    attachment: str | None = None


@dataclass(frozen=True, slots=True)
class Negotiated:
    """Formats that settings and Accept allow instead of the source's, in order of preference.

    `formats`: e.g. `("webp", "avif", "jpeg")`. `png_to_jpg`: AUTO_PNG_TO_JPG. `vary` tells
    that the answer depends on Accept. `variant` names the result-storage variant. `animated`:
    animations, too, may get such a format (AUTO_ANIMATED).
    """

    formats: tuple[str, ...] = ()
    png_to_jpg: bool = False
    vary: bool = False
    variant: str = "default"
    animated: bool = False


@dataclass(frozen=True, slots=True)
class InnerJob:
    """A picture that a filter puts into another, by the `path` that the filter has for it.

    `less_width`, `less_height`: for a side written as `full-20` how many pixels it is smaller
    than the outer picture's, which is known only then; None for a side that is plain.
    """

    path: str
    job: Job
    less_width: int | None = None
    less_height: int | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One result to be made.

    `overlays` are all further sources, those of `inner` pictures included. `found` is what
    detection has found already, None if it has not looked; `ask` names the detectors that the
    worker is to ask, one after the other until one finds something, and `must_ask` those of them
    that have to answer in any case.

    `calls` names all filters of the URL that have an effect, in its order.

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
    calls: tuple[str, ...] = ()
    inner: tuple[InnerJob, ...] = ()
    found: tuple[FocalPoint, ...] | None = None
    ask: tuple[str, ...] = ()
    must_ask: tuple[str, ...] = ()

    @property
    def sought(self) -> frozenset[str]:
        """What filters want detection to find: kinds, or a word of `BoundFilter.sought`."""
        return frozenset(kind for each in self.filters if (kind := each.sought()))


@dataclass(frozen=True, slots=True)
class Sighting:
    """What detection has found in a source: `points`, in pixels of it, oriented.

    `asked`: the detectors that have answered, found or not. `size`: the oriented source's.
    `of` tells the source's bytes from others of its name. `foreign`: stored by somebody else,
    who does not tell what was looked for.
    """

    points: tuple[FocalPoint, ...] = ()
    asked: tuple[str, ...] = ()
    size: tuple[int, int] = (0, 0)
    of: str = ""
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What was made. `modified` is set when it came from a storage (epoch seconds, UTC).

    `temporary` results are neither stored nor cached long (MAX_AGE_TEMP_IMAGE); nor are `stale`
    ones (STALE_MAX_AGE), which are expired or made of what is.
    `found` is what detection has just found, to be stored; None if it did not run, or failed.
    `reused`: made of pixels that were decoded for an earlier one.
    `stages`: what was done, and the milliseconds that it took; `filters`: the same of filters.
    `etag` is the quoted ETag of `body` where it is known already; None: not computed yet.
    `elsewhere`: where it is, if the client is to fetch it there; `body` is empty then.
    """

    body: bytes
    media_type: str
    animated: bool = False
    temporary: bool = False
    modified: float | None = None
    found: Sighting | None = None
    etag: str | None = None
    reused: bool = False
    stale: bool = False
    stages: tuple[tuple[str, float], ...] = ()
    filters: tuple[tuple[str, float], ...] = ()
    elsewhere: Address | None = None
