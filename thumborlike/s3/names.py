"""From the name of a source to bucket and key. Keys never leave the prefix: S3 knows no `..`."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote

from ..records import dataclass

LONGEST = 1024
Normalize = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Rules:
    """`bucket` None: the first part of a name is the bucket, one of `allowed` (None: any).

    `root_image` is put behind keys that end with a slash. `slash`: keys begin with one.
    `normalize` makes a key of a name; None decodes it. A name that it fails with is not there.
    """

    bucket: str | None
    root: str = ""
    allowed: frozenset[str] | None = None
    root_image: str = ""
    slash: bool = False
    normalize: Normalize | None = None

    def place(self, name: str) -> tuple[str, str] | None:
        """Bucket and key of a source; None if there can be none.

        Decoded once; `+` stays a plus.
        """
        found = normal(name, self.normalize)
        if found is None:
            return None
        text = found.lstrip("/")
        text = text.removeprefix("s3://").removeprefix("s3:") if self.bucket is None else text
        bucket, key = self._split(text)
        key = key + self.root_image if key.endswith("/") else key
        full = under(self.root, key, self.slash)
        return (bucket, full) if key and _is_key(full) else None

    def permits(self, name: str) -> bool:
        """Whether the bucket that a name begins with is one of those allowed."""
        if self.bucket is not None or self.allowed is None:
            return True
        found = self.place(name)
        return found is None or found[0] in self.allowed

    def _split(self, text: str) -> tuple[str, str]:
        if self.bucket is not None:
            return self.bucket, text
        bucket, _, key = text.partition("/")
        return bucket, key.lstrip("/")


def normal(name: str, normalize: Normalize | None) -> str | None:
    """What a name is in the bucket; None if the function does not know."""
    if normalize is None:
        return unquote(name, errors="surrogateescape")
    try:
        return normalize(name)
    except (ValueError, LookupError, TypeError, AttributeError):
        return None


def under(root: str, key: str, slash: bool = False) -> str:
    """The key below a root, with one slash between; `slash`: whether roots keep a leading one."""
    front = root.rstrip("/") if slash else root.strip("/")
    return f"{front}/{key}" if front or slash else key


def _is_key(text: str) -> bool:
    """Parts that clients and proxies would resolve are no names of objects here."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        return False
    return size <= LONGEST and "\0" not in text and not {".", ".."}.intersection(text.split("/"))
