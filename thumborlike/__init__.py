"""An image server that speaks Thumbor's URLs."""

from .version import VERSION as __version__

__all__ = ["__version__"]
