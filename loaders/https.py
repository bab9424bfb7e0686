"""As `http`, but names without a scheme are `https://`. An explicit `http://` stays."""

from __future__ import annotations

from thumborlike.interfaces import Environment

from .http import SETTINGS, HttpLoader, make

__all__ = ["SETTINGS", "create"]


def create(env: Environment) -> HttpLoader:
    """The loader."""
    return make(env, "https", ("http", "https"))
