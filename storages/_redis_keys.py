"""The names of entries in Redis: those of `tc_redis`, so that a filled one is found."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from thumborlike.errors import StorageError
from thumborlike.interfaces import Key, Kind

FRONTS: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.RESULT: "result:",
        Kind.SECURITY_KEY: "thumbor-crypto-",
        Kind.FOCAL_POINTS: "thumbor-detector-",
    }
)
OURS = "thumbor:"
LOCK, SOURCE, MADE_OF = f"{OURS}lock:", f"{OURS}source:", f"{OURS}of:"
PURGED = f"{OURS}purged:"

_RESERVED = (*FRONTS.values(), OURS)
_VARIANT = re.compile(r"auto_[\w-]+", re.ASCII)
_LIKE_A_VARIANT = re.compile(rf".*/(webp|default|{_VARIANT.pattern})", re.DOTALL | re.ASCII)


def name_of(key: Key, prefix: str = "") -> bytes:
    """The name of an entry. Different keys have different names.

    tc_redis 2.5: a source by its own name; a result by `result:`, the request path and, for
    AUTO_WEBP, `/webp`. There a source that is called `thumbor-crypto-<other>` is the stored key
    of the other: here names that begin like those of another kind are set apart.
    """
    if key.kind is Kind.RESULT:
        return _encoded(f"{prefix}{FRONTS[key.kind]}{_result(key)}")
    if key.kind is Kind.SOURCE:
        front = SOURCE if key.name.startswith(_RESERVED) else ""
        return _encoded(f"{prefix}{front}{key.name}")
    return _encoded(f"{prefix}{FRONTS[key.kind]}{key.name}")


def lock_of(key: Key, prefix: str = "") -> bytes:
    """The name of the lock of a result."""
    return _encoded(f"{prefix}{LOCK}{_result(key)}")


def index_of(source: str, prefix: str = "") -> bytes:
    """The name of the list of results that were made of a source."""
    return _encoded(f"{prefix}{MADE_OF}{source}")


def purged_of(source: str, prefix: str = "") -> bytes:
    """The name that is there since a source was purged."""
    return _encoded(f"{prefix}{PURGED}{source}")


def kind_of(name: bytes, prefix: str = "") -> Kind | None:
    """What kind of entry has this name; None for what is no entry."""
    front = _encoded(prefix)
    if not name.startswith(front):
        return None
    bare = name[len(front) :]
    for kind, start in (*FRONTS.items(), (Kind.SOURCE, SOURCE)):
        if bare.startswith(_encoded(start)):
            return kind
    return None if bare.startswith(_encoded(OURS)) else Kind.SOURCE


def _result(key: Key) -> str:
    """Paths that end like a variant say that they are of none."""
    if key.variant == "default":
        return f"{key.name}/default" if _LIKE_A_VARIANT.fullmatch(key.name) else key.name
    if not _VARIANT.fullmatch(key.variant):
        raise StorageError("the variant is none that the server negotiates")
    return f"{key.name}/{'webp' if key.variant == 'auto_webp' else key.variant}"


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
