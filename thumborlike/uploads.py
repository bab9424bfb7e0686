"""The upload API without a server: what is accepted, under which id, and how it is named.

Ids are 32 hexadecimal digits and nothing else. In Thumbor 7.8 an id is any storage key, so
that `DELETE /image/blacklist.txt` erases the block list and `PUT` replaces cached sources.
"""

from __future__ import annotations

import mimetypes
import re
import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from .errors import (
    BrokenImage,
    MethodNotAllowed,
    NotAnImage,
    NotAPicture,
    PayloadTooLarge,
    PayloadTooSmall,
    UnsupportedFormat,
    UploadNotFound,
)
from .formats import sniff
from .interfaces import Key, Kind, Storage
from .records import dataclass
from .settings.sections import UploadSettings

Probe = Callable[[bytes], Awaitable[tuple[int, int]]]
"""Decodes a body wholly and gives width and height in pixels; raises an `ImageError`."""

ID = re.compile(r"[0-9a-f]{32}")
UNSAFE_IN_NAMES = re.compile(r"[^\w.\-]+")
LONGEST_NAME = 100
ROUTE = "/image"
EXTENSIONS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/avif": ".avif",
    "image/heif": ".heic",
    "image/heic": ".heic",
    "image/tiff": ".tif",
    "image/bmp": ".bmp",
    "image/svg+xml": ".svg",
}
UNKNOWN_TYPE = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Upload:
    """A body to be kept. `name` as the client gave it, None if it gave none."""

    body: bytes
    name: str | None = None
    content_type: str | None = None


class Uploads:
    """Creates, replaces, gives and deletes uploads. Every method may raise `StorageError`.

    `max_size` in bytes is the limit of all sources (MAX_SOURCE_SIZE); 0 for none.
    """

    def __init__(
        self, settings: UploadSettings, storage: Storage, probe: Probe, max_size: int = 0
    ) -> None:
        self._settings = settings
        self._storage = storage
        self._probe = probe
        self._limits = tuple(filter(None, (settings.upload_max_size, max_size)))

    @property
    def max_size(self) -> int:
        """Bytes that the body of a request may have; 0 for no limit."""
        return min(self._limits, default=0)

    def check_size(self, size: int) -> None:
        """Raises `PayloadTooLarge` for a body of so many bytes. Thumbor 7.8: 412."""
        if self.max_size and size > self.max_size:
            raise PayloadTooLarge(f"at most {self.max_size} bytes are accepted")

    async def create(self, upload: Upload) -> str:
        """Keep a new picture; its path: `/image/<id>/<name>`."""
        await self._check(upload)
        identity = secrets.token_hex(16)
        await self._storage.put(_key(identity), upload.body)
        return f"{ROUTE}/{identity}/{quote(self._name(upload), safe='')}"

    async def replace(self, identity: str, upload: Upload) -> None:
        """Keep a picture under a known or chosen id."""
        self._permit(self._settings.upload_put_allowed, "replacing uploads is switched off")
        key = _key(identity)
        await self._check(upload)
        await self._storage.put(key, upload.body)

    async def delete(self, identity: str) -> None:
        """Forget an upload. Raises `UploadNotFound` if there is none."""
        self._permit(self._settings.upload_delete_allowed, "deleting uploads is switched off")
        await self.get(identity)
        await self._storage.delete(_key(identity))

    async def get(self, identity: str) -> tuple[bytes, str]:
        """The bytes as they came, and their media type. Raises `UploadNotFound`."""
        stored = await self._storage.get(_key(identity))
        if stored is None or not stored.body:
            raise UploadNotFound("no upload has this id")
        found = sniff(stored.body)
        return stored.body, found.media_type if found else UNKNOWN_TYPE

    def methods(self) -> tuple[str, ...]:
        """What may be asked of one upload."""
        return (
            "GET",
            "HEAD",
            *(("PUT",) if self._settings.upload_put_allowed else ()),
            *(("DELETE",) if self._settings.upload_delete_allowed else ()),
        )

    async def _check(self, upload: Upload) -> None:
        self.check_size(len(upload.body))
        try:
            width, height = await self._probe(upload.body)
        except (NotAnImage, UnsupportedFormat, BrokenImage) as error:
            raise NotAPicture("this is not a picture") from error
        if width < self._settings.min_width or height < self._settings.min_height:
            least = f"{self._settings.min_width}x{self._settings.min_height}"
            raise PayloadTooSmall(f"a picture needs at least {least} pixels")

    def _permit(self, allowed: bool, reason: str) -> None:
        if not allowed:
            raise MethodNotAllowed(reason, self.methods())

    def _name(self, upload: Upload) -> str:
        given = safe_name(upload.name or "")
        if given:
            return given
        default = safe_name(self._settings.upload_default_filename) or "image"
        return default + _extension(upload)


def safe_name(name: str) -> str:
    """What of a client's file name may stand in a URL: letters, digits, `_`, `-` and dots.

    No folders, no leading dots, at most `LONGEST_NAME` characters; maybe nothing.
    """
    base = re.split(r"[/\\]", name)[-1]
    return UNSAFE_IN_NAMES.sub("_", base).strip("._")[:LONGEST_NAME]


def _key(identity: str) -> Key:
    if not ID.fullmatch(identity):
        raise UploadNotFound("no upload has this id")
    return Key(Kind.SOURCE, identity)


def _extension(upload: Upload) -> str:
    """From the declared type, else from the content, as Thumbor 7.8."""
    declared = (upload.content_type or "").partition(";")[0].strip().lower()
    found = sniff(upload.body)
    for kind in (declared, found.media_type if found else ""):
        if kind.startswith("image/"):
            guessed = EXTENSIONS.get(kind) or mimetypes.guess_extension(kind)
            if guessed:
                return guessed
    return ""
