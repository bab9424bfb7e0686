"""What can go wrong on the way into AWS."""

from __future__ import annotations

from ..errors import ThumborlikeError


class DeployError(ThumborlikeError):
    """The text says what went wrong and what can be done about it."""
