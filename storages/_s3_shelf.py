"""Where entries lie in a bucket, and how they are written there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thumborlike.interfaces import Key, Kind
from thumborlike.records import dataclass
from thumborlike.s3.names import under
from thumborlike.s3.places import Writing

if TYPE_CHECKING:
    from thumborlike.s3.client import Client

PICTURES: tuple[tuple[bytes, int, str], ...] = (
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"GIF8", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"),
    (b"ftypavi", 4, "image/avif"),
    (b"ftyphei", 4, "image/heic"),
    (b"ftyp", 4, "video/mp4"),
    (b"<svg", 0, "image/svg+xml"),
)
"""First bytes, where they are, and the type that browsers are told by the bucket."""
SVG = "image/svg+xml"


@dataclass(frozen=True, slots=True)
class Shelf:
    """A bucket with a root, and who asks there. `slash`: its keys begin with one."""

    client: Client
    bucket: str
    root: str
    writing: Writing
    slash: bool = False

    def key(self, relative: str) -> str:
        """The whole key."""
        return under(self.root, relative, self.slash)


@dataclass(frozen=True, slots=True)
class Redirecting:
    """Which results clients fetch by themselves, and how long an address is good."""

    min_bytes: int
    seconds: int


def type_of(key: Key, body: bytes) -> str:
    """The media type that an entry is written with."""
    if key.kind is Kind.FOCAL_POINTS:
        return "application/json"
    if key.kind is Kind.SECURITY_KEY:
        return "text/plain"
    for front, at, name in PICTURES:
        if body.startswith(front, at):
            return name
    return "application/octet-stream"
