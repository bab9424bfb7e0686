"""What can go wrong on the way into AWS."""

from __future__ import annotations


class DeployError(Exception):
    """The text says what went wrong and what can be done about it. No request ends with it."""
