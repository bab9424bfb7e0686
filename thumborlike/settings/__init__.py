"""The configuration: typed sections, the reader of thumbor.conf, and their description."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .sections import Settings

if TYPE_CHECKING:
    from .reader import Loaded, load

__all__ = ["Loaded", "Settings", "load"]


def __getattr__(name: str) -> Any:
    """The reader is loaded when it is asked for: workers do without it."""
    if name in ("Loaded", "load"):
        from . import reader  # noqa: PLC0415

        return getattr(reader, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
