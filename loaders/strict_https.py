"""Nothing but https: `http://` is refused, in names and in redirects.

Thumbor 7.8 means to refuse it, too, but looks at the quoted name (`http%3A//`), upgrades it
silently, and then fails with 500 on every source.
"""

from __future__ import annotations

from thumborlike.interfaces import Environment

from .http import SETTINGS, HttpLoader, make

__all__ = ["SETTINGS", "create"]


def create(env: Environment) -> HttpLoader:
    """The loader."""
    return make(env, "https", ("https",))
