"""PNG with a palette of at most 256 colours, by the program pngquant. Not without loss.

pngquant and its library are GPL; as a program that the administrator installs it is used, as a
part of this server it is not.
"""

from __future__ import annotations

from dataclasses import dataclass

from thumborlike.interfaces import Environment

from ._programs import is_there, run
from .settings import SETTINGS as SETTINGS  # noqa: PLC0414
from .settings import OptimizerSettings


@dataclass(frozen=True, slots=True)
class Pngquant:
    """`command` reads PNG and writes PNG; empty if there is no such program."""

    command: tuple[str, ...]
    seconds: float

    def optimize(self, media_type: str, body: bytes) -> bytes | None:
        """The picture with a palette; None for other formats and where quality would suffer."""
        if media_type != "image/png" or not self.command:
            return None
        return run(self.command, body, self.seconds)


def create(env: Environment) -> Pngquant:
    """The optimizer; without effect if the program is missing."""
    keys = env.section(OptimizerSettings)
    if not is_there(keys.pngquant_path):
        return Pngquant((), 0)
    quality = f"{keys.pngquant_quality}-100"
    options = ("--quality", quality, "--speed", str(keys.pngquant_speed), "-")
    return Pngquant((keys.pngquant_path, *options), keys.optimizer_timeout_seconds)
