"""Values in edits, which clients write as numbers or as texts. Each raises `LinkError`."""

from __future__ import annotations

import math
import re
from typing import Any

from .errors import bad_edit

LARGEST = 100_000
HEX = re.compile(r"#?([0-9a-fA-F]{6}|[0-9a-fA-F]{3})(?:[0-9a-fA-F]{2})?")
NAME = re.compile(r"[a-z]{3,20}")


def number(value: Any, edit: str, low: float = -LARGEST, high: float = LARGEST) -> float:
    """A finite number in this range."""
    try:
        found = float(value) if not isinstance(value, bool) else math.nan
    except (TypeError, ValueError):
        found = math.nan
    if not math.isfinite(found) or not low <= found <= high:
        raise bad_edit(edit, f"needs a number from {low:g} to {high:g}")
    return found


def whole(value: Any, edit: str, low: int = 0, high: int = LARGEST) -> int:
    """The nearest whole number."""
    return round(number(value, edit, low, high))


def size(value: Any, edit: str) -> int:
    """Pixels of a side; None, nothing and 0 leave it open."""
    return whole(value, edit) if value not in (None, "", "null") else 0


def flag(value: Any) -> bool:
    """Whether it is switched on."""
    return value is True or str(value).lower() in ("true", "1", "yes")


def color(value: Any, edit: str) -> str:
    """Six hex digits, or a name of CSS."""
    if isinstance(value, dict):
        parts = [whole(value.get(part, 0), edit, 0, 255) for part in ("r", "g", "b")]
        return "".join(f"{part:02x}" for part in parts)
    text = str(value).strip()
    if found := HEX.fullmatch(text):
        digits = found.group(1)
        return digits if len(digits) == 6 else "".join(2 * each for each in digits)
    if NAME.fullmatch(text.lower()):
        return text.lower()
    raise bad_edit(edit, "has a colour that is none")
