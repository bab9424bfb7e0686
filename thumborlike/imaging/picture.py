"""A picture on its way to the encoder."""

from __future__ import annotations

from PIL import Image

from ..records import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """What the source was, as far as the result keeps any of it.

    `mode` is Pillow's mode of the source. `icc`, `exif`, `iptc` are raw blocks; `comment` is
    JPEG's. `sampling` and `tables` are a JPEG's chroma subsampling and quantisation tables.
    """

    format: str
    mode: str
    icc: bytes | None = None
    exif: bytes | None = None
    iptc: bytes | None = None
    comment: bytes | None = None
    sampling: int = -1
    tables: dict[int, list[int]] | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """Frames of equal size with what belongs to them. A still picture has one frame.

    `durations` in milliseconds, one per frame; `loop` as GIF counts, None for no entry.
    """

    frames: tuple[Image.Image, ...]
    origin: Origin
    durations: tuple[int, ...] = ()
    loop: int | None = None

    @property
    def animated(self) -> bool:
        """Whether there is more than one frame."""
        return len(self.frames) > 1

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.frames[0].size
