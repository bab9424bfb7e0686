"""An image server that speaks Thumbor's URLs."""

from . import version

__version__ = version.VERSION

__all__ = ["__version__"]
