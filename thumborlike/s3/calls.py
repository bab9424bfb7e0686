"""What a client of S3 can do, whichever library does it. One attempt each, in a thread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from ..records import dataclass

SAID = ("Cache-Control", "Content-Disposition")
"""Headers that an address may make an answer have."""
NOTED = "noted"
"""Metadata of a result that a purge finds by notes of its sources."""
PAGE = 1000
"""Keys that S3 lists, and deletes, at once."""


@dataclass(frozen=True, slots=True)
class Found:
    """An object. `modified` in epoch seconds (UTC). `noted`: its metadata have `NOTED`."""

    body: bytes
    modified: float
    noted: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """An object in a list: its key, bytes, and time of writing in epoch seconds (UTC)."""

    key: str
    size: int
    modified: float


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an object without its bytes, as in `Found`."""

    size: int
    modified: float
    media_type: str
    noted: bool = False


class Calls(Protocol):
    """`end` is the deadline on the monotonic clock. All raise `failures.Trouble`."""

    def get(self, bucket: str, key: str, max_bytes: int, end: float, etag: str = "") -> Found:
        """The object, read up to `max_bytes` (0: no limit).

        Raises `failures.Unchanged` if it has the `etag`.
        """
        ...

    def put(
        self, bucket: str, key: str, body: bytes, how: Mapping[str, object], end: float
    ) -> None:
        """Write the object; `how` as boto3 names it: ContentType, Metadata and the like."""
        ...

    def delete(self, bucket: str, key: str, end: float) -> None:
        """Remove the object."""
        ...

    def head(self, bucket: str, key: str, end: float) -> Known:
        """What is known of the object."""
        ...

    def list_page(self, bucket: str, prefix: str, after: str, end: float) -> list[Listed]:
        """The first whose keys begin so and come after one, at most `PAGE`."""
        ...

    def presigned(self, bucket: str, key: str, seconds: int, headers: Mapping[str, str]) -> str:
        """A URL by which anybody can get the object for so long, with some of `SAID`."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


def headers_of(how: Mapping[str, object], names: Mapping[str, str], front: str) -> dict[str, str]:
    """How an object is to be kept, as headers: by their `names`; metadata behind `front`."""
    headers = {names[name]: str(value) for name, value in how.items() if name in names}
    metadata = how.get("Metadata")
    if isinstance(metadata, Mapping):
        headers |= {f"{front}{name}": str(text) for name, text in metadata.items()}
    return headers
