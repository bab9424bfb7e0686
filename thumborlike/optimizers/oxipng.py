"""PNG made smaller without loss by oxipng.

The package keeps the interpreter lock while it works, seconds for some megapixels, and cannot be
interrupted: so it works in a process of its own.
"""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path

from thumborlike.interfaces import Environment

from ._programs import run
from .settings import SETTINGS as SETTINGS  # noqa: PLC0414
from .settings import OptimizerSettings

CHILD = str(Path(__file__).with_name("_oxipng_child.py"))


@dataclass(frozen=True, slots=True)
class Oxipng:
    """`level` is the effort, 0 to 6."""

    level: int
    seconds: float

    def optimize(self, media_type: str, body: bytes) -> bytes | None:
        """The same picture in fewer bytes; None for other formats and at failures."""
        if media_type != "image/png":
            return None
        return run([sys.executable, "-I", CHILD, str(self.level)], body, self.seconds)


def create(env: Environment) -> Oxipng:
    """The optimizer. Raises ModuleNotFoundError without its package."""
    if importlib.util.find_spec("oxipng") is None:
        raise ModuleNotFoundError("oxipng is not installed", name="oxipng")
    keys = env.section(OptimizerSettings)
    return Oxipng(keys.oxipng_level, keys.optimizer_timeout_seconds)
