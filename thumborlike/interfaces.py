"""What plugins see: the Protocols and the values that cross them.

A plugin imports this module, `filtering`, `errors` and `settings.fields`, and its siblings
relatively. It is a module that offers `create(env: Environment)`, returning an object that
fits one of the Protocols. Methods may be plain `def` where they block (files, boto3): they
are then run in the I/O threads. A module may declare `SETTINGS`, a frozen dataclass whose
fields are made by `settings.fields.setting`; `env.section(SETTINGS)` gives it back filled.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar, runtime_checkable

from .at_once import AnswersAtOnce, LoadsAtOnce
from .elsewhere import Address, Redirects, Seen
from .metering import Gauges, Listens
from .records import dataclass, field
from .tending import Holding, Share, Tended
from .version import VERSION

__all__ = [
    "VERSION", "Address", "AnswersAtOnce", "Closes", "Detector", "Environment", "ErrorReporter",
    "FocalPoint", "Gauges", "Holding", "KeepsTimes", "Key", "Kind", "Listens", "Loader",
    "LoadsAtOnce", "Locks", "MakesVideo", "Metrics", "Optimizer", "Purges", "Redirects", "Seen",
    "Share", "Signer", "Source", "SourceRequest", "Storage", "Stored", "Tended", "no_headers",
]  # fmt: skip


def no_headers() -> Mapping[str, str]:
    """The default of header fields: an empty mapping, picklable."""
    return {}


S = TypeVar("S")


class Kind(enum.Enum):
    """What a storage entry is."""

    SOURCE = "source"
    RESULT = "result"
    SECURITY_KEY = "security_key"
    FOCAL_POINTS = "focal_points"


@dataclass(frozen=True, slots=True)
class Key:
    """Name of a storage entry.

    `name` is, for RESULT, the raw request path with its leading slash (percent-encoding as
    sent, no query); for the other kinds the source's name (`ImageRequest.source`).
    `variant` tells results of one path apart by what was negotiated; `default` if nothing was.
    `made_of`: names of the sources of a RESULT, for storages that can purge; not part of the name.
    """

    kind: Kind
    name: str
    variant: str = "default"
    made_of: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry of a storage. `modified` is the time of writing, in epoch seconds (UTC)."""

    body: bytes
    modified: float


@dataclass(frozen=True, slots=True)
class SourceRequest:
    """A source that is wanted: its name, and the client's headers (lower-case names).

    Two requests for one name are equal, whatever the headers: they share one load.
    `name` is the image part of the URL, decoded once and quoted again with `/` kept
    (Thumbor 7.8: the storage key and the loader's argument are this string).
    `held` is what is stored of it, too old to be believed: a loader that can ask its origin
    whether that is still the same may give these bytes back.
    """

    name: str
    headers: Mapping[str, str] = field(default_factory=no_headers, compare=False)
    held: bytes | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Source:
    """The bytes of a source. `modified` in epoch seconds (UTC), if the origin tells."""

    name: str
    body: bytes
    modified: float | None = None


@dataclass(frozen=True, slots=True)
class FocalPoint:
    """A point of interest, in pixels of the oriented source. `weight` is an area.

    `confidence`: how sure a detector is, 0 to 1.
    """

    x: float
    y: float
    weight: float = 1.0
    width: float = 1
    height: float = 1
    origin: str = "alignment"
    confidence: float = 1.0


@runtime_checkable
class Loader(Protocol):
    """Gets sources from where they live."""

    def allows(self, source: str) -> bool:
        """Whether the rules permit this source. Pure; asked before any I/O."""
        ...

    async def load(self, wanted: SourceRequest) -> Source:
        """Fetch it. Raises a `SourceError`, or `SourceNotAllowed` found out on the way."""
        ...


@runtime_checkable
class Storage(Protocol):
    """Keeps entries of any `Kind`. Whether an entry is too old is the caller's decision.

    Failures raise `StorageError`; a missing, empty or damaged entry is None.
    """

    async def get(self, key: Key) -> Stored | None:
        """The entry, or None."""
        ...

    async def put(self, key: Key, body: bytes) -> None:
        """Keep the entry; a reader sees the whole old or the whole new one."""
        ...

    async def delete(self, key: Key) -> None:
        """Forget the entry; no error if there is none."""
        ...


@runtime_checkable
class Purges(Protocol):
    """Extra ability of a storage: it knows which results were made of which source."""

    async def purge(self, source: str) -> int:
        """Remove the source, its focal points and all results made of it; how many entries.

        The `made_of` of the keys that results were put with tells which. Keys of signatures
        stay. Raises `StorageError`.
        """
        ...


@runtime_checkable
class Closes(Protocol):
    """Extra ability of a plugin that holds connections: released at shutdown."""

    async def close(self) -> None:
        """Release what is held."""
        ...


@runtime_checkable
class KeepsTimes(Protocol):
    """Extra ability of a storage: entries copied into it stay as old as they are."""

    async def put_as_of(self, key: Key, stored: Stored) -> None:
        """As `put`, but written at `stored.modified`."""
        ...


@runtime_checkable
class Locks(Protocol):
    """Extra ability of a storage that several servers share: locks on results."""

    async def acquire(self, key: Key, seconds: float) -> str | None:
        """A token, if nobody has the lock; it is free again after `seconds` at the latest.

        None if somebody has it. Raises `StorageError`.
        """
        ...

    async def extend(self, key: Key, token: str, seconds: float) -> bool:
        """Hold it for so long from now on; False if the token holds it no more.

        Raises `StorageError`.
        """
        ...

    async def release(self, key: Key, token: str) -> None:
        """Free the lock, if the token still is the one that holds it. Raises `StorageError`."""
        ...


@runtime_checkable
class Signer(Protocol):
    """Signs paths. Thumbor's: HMAC-SHA1, URL-safe base64 with padding."""

    def sign(self, path: str, key: str | bytes) -> str:
        """The signature of `path` (without the leading slash and the signature itself)."""
        ...


@runtime_checkable
class Detector(Protocol):
    """Finds what matters in a picture. Runs in a worker; `image` is a Pillow image."""

    def detect(self, image: Any) -> Sequence[FocalPoint]:
        """Points in pixels of `image`; empty if nothing is found."""
        ...


@runtime_checkable
class Optimizer(Protocol):
    """Makes encoded bytes smaller or other."""

    def optimize(self, media_type: str, body: bytes) -> bytes | None:
        """New bytes, or None to leave them as they are."""
        ...


@runtime_checkable
class MakesVideo(Protocol):
    """Extra ability of an optimizer: animated GIFs as video, where the URL asks for it."""

    def video(self, body: bytes, kind: str) -> bytes | None:
        """The animation as `mp4` or `webm`, or None to leave it a GIF."""
        ...


@runtime_checkable
class Metrics(Protocol):
    """Receives counters and timings under Thumbor's names."""

    def incr(self, name: str, value: int = 1) -> None:
        """Count."""
        ...

    def timing(self, name: str, milliseconds: float) -> None:
        """Record a duration."""
        ...


@runtime_checkable
class ErrorReporter(Protocol):
    """Told of unexpected errors. `request` has method, path and headers, no secrets."""

    def report(self, error: BaseException, request: Mapping[str, object]) -> None:
        """Pass it on; must not raise."""
        ...


class Environment(Protocol):
    """What a plugin may use. Holds no security key unless its kind needs one."""

    def section(self, kind: type[S]) -> S:
        """The plugin's settings, filled and checked."""
        ...

    def loader(self, name: str) -> Loader:
        """Another loader, by the name users write."""
        ...

    def storage(self, name: str) -> Storage:
        """Another storage, by the name users write."""
        ...

    @property
    def max_source_size(self) -> int:
        """Bytes a source may have; 0 for no limit."""
        ...

    @property
    def quirks(self) -> bool:
        """Whether THUMBOR_QUIRKS asks for Thumbor's own statuses."""
        ...

    @property
    def metrics(self) -> Metrics:
        """Where to count."""
        ...
