"""Metrics as lines of the debug log (Thumbor 7.8: the default)."""

from __future__ import annotations

import logging

from thumborlike.interfaces import Environment

log = logging.getLogger(__name__)


class LoggerMetrics:
    """Writes each number down; costs next to nothing while the debug log is off."""

    def incr(self, name: str, value: int = 1) -> None:
        """Count."""
        log.debug("%s: %d", name, value)

    def timing(self, name: str, milliseconds: float) -> None:
        """Record a duration."""
        log.debug("%s: %.2f ms", name, milliseconds)

    def gauge(self, name: str, value: float) -> None:
        """How something stands now."""
        log.debug("%s: %g", name, value)

    def listened(self) -> bool:
        """Whether the debug log is on."""
        return log.isEnabledFor(logging.DEBUG)


def create(env: Environment) -> LoggerMetrics:
    """The plugin; it has no settings."""
    return LoggerMetrics()
