"""The keys of objects. `relative` names lie below a root; different entries have different ones.

Names that a foreign layout would mix up, or that are no keys, are set apart below `APART`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from hashlib import sha1
from types import MappingProxyType
from urllib.parse import quote, unquote

from ..interfaces import Key, Kind
from ..records import dataclass
from .names import Normalize, normal

APART = ".thumborlike"
INDEX = f"{APART}/of"
MARKS = f"{APART}/purged"
LONGEST = 800
"""Bytes of a relative name: with root and index it stays below the 1024 that S3 allows."""

SUFFIXES: Mapping[Kind, str] = MappingProxyType(
    {Kind.SOURCE: "", Kind.SECURITY_KEY: ".txt", Kind.FOCAL_POINTS: ".detectors.txt"}
)
Layout = Callable[[Key], str]


@dataclass(frozen=True, slots=True)
class Roots:
    """Of sources and of results, without slashes at their ends; "" for none."""

    sources: str
    results: str


_VARIANT = re.compile(r"auto_[\w-]+", re.ASCII)


def own(key: Key) -> str:
    """By hashes, so that keys are spread, short and harmless."""
    if key.kind is Kind.RESULT:
        name = digest(key.name)
        return f"{quote(key.variant, safe='')}/{name[:2]}/{name[2:]}"
    name = digest(key.name)
    return f"{name[:2]}/{name[2:]}{SUFFIXES[key.kind]}"


def files(key: Key) -> str:
    """As `own`, results as in Thumbor's file storage: spellings of one path share one.

    thumbor-gcs 0.0.10 has this layout of results.
    """
    if key.kind is not Kind.RESULT:
        return own(key)
    name = digest(unquote(key.name))
    return f"{quote(key.variant, safe='')}/{name[:2]}/{name[2:4]}/{name[4:]}"


def tc_aws(key: Key, root_image: str = "", randomized: Roots | None = None) -> str:
    """tc_aws 7.0: paths as sent, and `/webp`; keys by the stem.

    `randomized`: the roots, which the hash in front of a randomized key is made of, too; names
    are then those in the bucket.
    """
    result = key.kind is Kind.RESULT
    root = (randomized.results if result else randomized.sources) if randomized else ""
    webp = result and key.variant == "auto_webp"
    path = _plain(key.name, "/" if result else "")
    if path is None or not _is_tc_aws(key, path):
        return f"{root}/{_apart(key)}".lstrip("/")
    if result:
        path = path + root_image if path.endswith("/") else path
    segments = [*filter(None, (root, path)), *(("webp",) if webp else ())]
    if not _fits("/".join(segments)):
        return f"{root}/{_apart(key)}".lstrip("/")
    front = f"{digest('.'.join(segments))}/" if randomized else ""
    if not result and key.kind is not Kind.SOURCE:
        segments[-1] = _stem(path) + SUFFIXES[key.kind]
    return front + "/".join(segments)


def _is_tc_aws(key: Key, path: str) -> bool:
    """Whether the layout has a place for it that it shares with nothing else."""
    if key.kind is Kind.RESULT:
        return key.variant in ("default", "auto_webp") and not path.endswith("/webp")
    return not path.endswith((".txt", "/"))


def thumbor_aws(key: Key, normalize: Normalize | None = None) -> str:
    """thumbor-aws 1.1: decoded paths, `auto_webp/` in front; keys by the whole name.

    Spellings of one path share a result: those that mean another picture are not stored at all.
    With `normalize` names share what it makes of them.
    """
    start = "/" if key.kind is Kind.RESULT and not normalize else ""
    text = normal(key.name, normalize) or ""
    path = _plain(text.lstrip("/") if normalize else text, start)
    if path is None or not _fits(path) or path.endswith((".txt", "/")):
        return _apart(key)
    if key.kind is not Kind.RESULT:
        known = normalize or _quotes_to(path, key)
        return f"{path}{SUFFIXES[key.kind]}" if known else _apart(key)
    if key.variant not in ("default", "auto_webp") or path.startswith("auto_webp/"):
        return _apart(key)
    return path if key.variant == "default" else f"auto_webp/{path}"


def index_of(source: str) -> str:
    """In front of the relative names of results that were made of a source."""
    return f"{INDEX}/{digest(source)}/"


def mark_of(source: str) -> str:
    """The relative name of what tells, by its time of writing, when a source was purged."""
    return f"{MARKS}/{digest(source)}"


def digest(text: str) -> str:
    """SHA-1 in hex."""
    return sha1(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def _apart(key: Key) -> str:
    return f"{APART}/{key.kind.value}/{own(key)}"


def _plain(name: str, start: str) -> str | None:
    """Without the slash that it must `start` with; None if something would be lost or mixed up."""
    if not name.startswith(start) or (not start and name.startswith("/")):
        return None
    path = name[len(start) :]
    parts = path.split("/")
    harmless = path.isprintable() and not {".", "..", ""}.intersection(parts[:-1])
    ends = parts[-1] not in (".", "..")
    return path if path and harmless and ends and parts[0] != APART else None


def _fits(path: str) -> bool:
    return len(path.encode("utf-8", "surrogatepass")) <= LONGEST


def _quotes_to(path: str, key: Key) -> bool:
    """Whether this name, and no other spelling of it, has the plain key."""
    return quote(path, safe="/") == key.name or path == key.name


def _stem(path: str) -> str:
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}{name.rpartition('.')[0] or name}"
