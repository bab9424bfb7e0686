"""The configuration: typed sections, the reader of thumbor.conf, and their description."""

from .reader import Loaded, load
from .sections import Settings

__all__ = ["Loaded", "Settings", "load"]
