"""Abilities of plugins that need not wait. Plugins find this in `interfaces`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from .interfaces import Source, SourceRequest


@runtime_checkable
class AnswersAtOnce(Protocol):
    """Extra ability of a storage that never waits for anything: it needs no deadline."""

    answers_at_once: bool


@runtime_checkable
class LoadsAtOnce(Protocol):
    """Extra ability of a loader whose `load` is a plain method that waits.

    It saves the way through a thread for what need not be waited for.
    """

    def load_at_once(self, wanted: SourceRequest) -> Source | None:
        """What `load` would give, or None: then `load` is called. Runs in the event loop."""
        ...
