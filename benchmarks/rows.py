"""What is asked of the servers: one row for each kind of work."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

COPIES = 64
"""Names under which each picture lies on disk, so that no two requests in flight are equal."""

FILES, STORED, SIGNED, CACHED, PATIENT = "files", "stored", "signed", "cached", "patient"
"""How the servers are set up: nothing kept; results kept; a key needed; caches of decoded
pictures allowed; nothing kept and nobody refused, however many wait."""

QUALITY, AVIF_SPEED = 80, 8
BRIGHTER, SOFTER = 20, 3
"""Of the filter chain: percent, and the strength of the blur."""
OVERLAY, OVERLAY_OPACITY = "mark.png", 50
"""The watermark; its opacity in percent."""


@dataclass(frozen=True, slots=True)
class Work:
    """One picture that is wanted: within a box of that size if `fit`, else filling it.

    `format` is empty for the source's own. `effects`: chain, watermark.
    """

    picture: str
    width: int
    height: int
    fit: bool = False
    format: str = ""
    effects: str = ""

    def source(self, copy: int) -> str:
        """One of the picture's names; any number is a copy."""
        stem, _, ending = self.picture.partition(".")
        return f"{stem}-{copy % COPIES}.{ending}"


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of request. `requests` make one round: about three seconds of Thumbor on 2
    cores, so that its end, where less than all connections are busy, counts for little.

    `copies`: how many names are asked for in turn; `fresh`: others in each round. `status` is
    what must come back, 304 for a request that knows the ETag.
    """

    name: str
    title: str
    works: tuple[Work, ...]
    requests: int
    setup: str = FILES
    status: int = 200
    copies: int = COPIES
    fresh: bool = False

    @property
    def imaging(self) -> bool:
        """Whether each request decodes, resizes and encodes one picture."""
        return self.setup == FILES and self.status == 200

    @property
    def statuses(self) -> tuple[int, ...]:
        """What may come back: to some a bad signature is a bad request."""
        return (403, 400) if self.status == 403 else (self.status,)

    @property
    def stored(self) -> bool:
        """Whether what was stored is answered."""
        return self.setup == STORED and self.status == 200

    @property
    def missing(self) -> bool:
        """Whether the source does not exist."""
        return self.status == 404

    def named(self, start: int = 0) -> Iterable[tuple[Work, str]]:
        """The pictures that are asked for, with the names of their sources."""
        for copy in range(start, start + self.copies):
            for work in self.works:
                yield work, f"none-{copy}.jpg" if self.missing else work.source(copy)


def _crop(picture: str, width: int, height: int, format: str = "") -> tuple[Work, ...]:  # noqa: A002
    return (Work(picture, width, height, format=format),)


def _fit(picture: str, side: int) -> tuple[Work, ...]:
    return (Work(picture, side, side, fit=True),)


def _with(effects: str) -> tuple[Work, ...]:
    return (Work("800.jpg", 400, 300, effects=effects),)


LADDER_SIDES = (320, 640, 960, 1280, 1920)
LADDER_SOURCES = 3
_SMALL = _crop("800.jpg", 200, 200)
_LADDER = tuple(
    Work("2560.jpg", side, side, fit=True, format=kind)
    for side in LADDER_SIDES
    for kind in ("jpeg", "webp")
)
IMAGES = (
    Row("24mp-crop", "24 MP JPEG, crop to 512x512", _crop("24mp.jpg", 512, 512), 24),
    Row("24mp-fit", "24 MP JPEG, fit in 1600x1600", _fit("24mp.jpg", 1600), 24),
    Row("2560-crop", "2560x1600 JPEG, crop to 800x600", _crop("2560.jpg", 800, 600), 72),
    Row("2560-fit", "2560x1600 JPEG, fit in 1280x1280", _fit("2560.jpg", 1280), 48),
    Row("800-crop", "800x600 JPEG, crop to 200x200", _SMALL, 480),
    Row("800-fit", "800x600 JPEG, fit in 400x400", _fit("800.jpg", 400), 360),
    Row("png", "1600x1200 PNG, crop to 512x512", _crop("drawing.png", 512, 512), 48),
    Row("png-alpha", "1200x900 PNG with alpha, fit in 400x400", _fit("alpha.png", 400), 72),
    Row("png-jpeg", "1600x1200 PNG to JPEG 512x512", _crop("drawing.png", 512, 512, "jpeg"), 72),
    Row("webp", "1600x1200 WebP, crop to 600x600", _crop("photo.webp", 600, 600), 72),
    Row("jpeg-webp", "2560x1600 JPEG to WebP 800x600", _crop("2560.jpg", 800, 600, "webp"), 48),
    Row("avif-jpeg", "1600x1200 AVIF to JPEG 600x600", _crop("photo.avif", 600, 600, "jpeg"), 72),
    Row("jpeg-avif", "2560x1600 JPEG to AVIF 600x400", _crop("2560.jpg", 600, 400, "avif"), 36),
    Row("gif", "GIF animation, 320x240 to 160x120, 16 frames", _crop("moving.gif", 160, 120), 16),
    Row("filters", "800x600 JPEG to 400x300, 3 filters", _with("chain"), 180),
    Row("watermark", "800x600 JPEG to 400x300, watermark", _with("watermark"), 180),
)
OTHERS = (
    Row(
        "ladder",
        "srcset ladder: 2560x1600 JPEG at 5 widths in 2 formats",
        _LADDER,
        LADDER_SOURCES * len(_LADDER),
        setup=CACHED,
        copies=LADDER_SOURCES,
        fresh=True,
    ),
    Row("hit", "stored result, 800x600 JPEG", IMAGES[2].works, 4800, setup=STORED, copies=8),
    Row("304", "not modified", IMAGES[2].works, 4800, setup=STORED, status=304, copies=8),
    Row("404", "source that does not exist", _SMALL, 2400, status=404),
    Row("403", "bad signature", _SMALL, 3600, setup=SIGNED, status=403),
)
ROWS = (*IMAGES, *OTHERS)
BEHAVIOURS = ("health", "cold", "connections", "memory", "start")
NAMES = (*(row.name for row in ROWS), *BEHAVIOURS)


def chosen(names: str | None) -> tuple[str, ...]:
    """The names in a comma-separated list, all of them for None; ValueError for an unknown one."""
    if names is None:
        return NAMES
    wanted = tuple(name.strip() for name in names.split(",") if name.strip())
    unknown = [name for name in wanted if name not in NAMES]
    if unknown or not wanted:
        raise ValueError(
            f"no such row: {', '.join(unknown) or names!r}; there are {', '.join(NAMES)}"
        )
    return wanted


def rows_named(names: Iterable[str]) -> tuple[Row, ...]:
    """The measured rows among these names, in their usual order."""
    wanted = set(names)
    return tuple(row for row in ROWS if row.name in wanted)


def row_named(name: str) -> Row:
    """The row of that name."""
    return next(row for row in ROWS if row.name == name)
