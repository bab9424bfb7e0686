"""JPEG made smaller without loss, by the program jpegtran (Thumbor 7.8: the same arguments)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from thumborlike.interfaces import Environment
from thumborlike.settings.fields import setting

from ._programs import is_there, run
from .settings import SETTINGS as SETTINGS  # noqa: PLC0414
from .settings import OptimizerSettings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Core:
    progressive_jpeg: bool = setting("PROGRESSIVE_JPEG", True, "The core's key.")


@dataclass(frozen=True, slots=True)
class Jpegtran:
    """`command` reads JPEG and writes JPEG; empty if there is no such program."""

    command: tuple[str, ...]
    seconds: float

    def optimize(self, media_type: str, body: bytes) -> bytes | None:
        """The same picture in fewer bytes; None for other formats and at failures."""
        if media_type != "image/jpeg" or not self.command:
            return None
        return run(self.command, body, self.seconds)


def create(env: Environment) -> Jpegtran:
    """The optimizer; without effect if the program is missing (Thumbor 7.8)."""
    keys = env.section(OptimizerSettings)
    if not is_there(keys.jpegtran_path):
        return Jpegtran((), 0)
    command = [keys.jpegtran_path, "-copy", "all", "-optimize"]
    if env.section(_Core).progressive_jpeg:
        command.append("-progressive")
    return Jpegtran((*command, *_scans(keys.jpegtran_scans_file)), keys.optimizer_timeout_seconds)


def _scans(file: str) -> tuple[str, ...]:
    if file and not Path(file).is_file():
        log.warning("JPEGTRAN_SCANS_FILE %s does not exist", file)
        return ()
    return ("-scans", file) if file else ()
