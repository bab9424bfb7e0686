"""Smaller GIFs by the program gifsicle: without loss, or with some where GIFSICLE_LOSSY says so.

gifsicle is GPL; as a program that the administrator installs it is used, as a part of this
server it is not.
"""

from __future__ import annotations

from dataclasses import dataclass

from thumborlike.interfaces import Environment

from ._programs import is_there, run
from .settings import SETTINGS as SETTINGS  # noqa: PLC0414
from .settings import OptimizerSettings


@dataclass(frozen=True, slots=True)
class Gifsicle:
    """`command` reads GIF and writes GIF; empty if there is no such program."""

    command: tuple[str, ...]
    seconds: float

    def optimize(self, media_type: str, body: bytes) -> bytes | None:
        """The same frames, durations and loops in fewer bytes; None for other formats."""
        if media_type != "image/gif" or not self.command:
            return None
        return run(self.command, body, self.seconds)


def create(env: Environment) -> Gifsicle:
    """The optimizer; without effect if the program is missing."""
    keys = env.section(OptimizerSettings)
    if not is_there(keys.gifsicle_path):
        return Gifsicle((), 0)
    lossy = (f"--lossy={keys.gifsicle_lossy}",) if keys.gifsicle_lossy else ()
    options = ("--no-warnings", "-O3", *lossy, "-")
    return Gifsicle((keys.gifsicle_path, *options), keys.optimizer_timeout_seconds)
