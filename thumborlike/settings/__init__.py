"""The configuration: typed sections, the reader of thumbor.conf, and their description."""

from .sections import Settings

__all__ = ["Settings"]
