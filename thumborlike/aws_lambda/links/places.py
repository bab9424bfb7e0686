"""Buckets and keys as names of our loader's sources."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from ...records import dataclass
from .errors import LinkError


@dataclass(frozen=True, slots=True)
class Places:
    """`buckets` may be asked for, the first one where a link names none.

    Without any, the loader has one of its own, and links may name none.
    """

    buckets: Sequence[str] = ()

    def name(self, bucket: str | None, key: str) -> str:
        """The quoted name. Raises `LinkError` for a bucket that may not be read."""
        quoted = quote(key.lstrip("/"), safe="/-._~")
        if not self.buckets and bucket is None:
            return quoted
        chosen = bucket or self.buckets[0] if self.buckets else bucket
        if chosen is None or chosen not in self.buckets:
            raise LinkError("ImageBucket::CannotAccessBucket", "this bucket may not be read", 403)
        return f"{chosen}/{quoted}"
