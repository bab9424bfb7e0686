"""Positions as imagor writes them: arithmetic only."""

from __future__ import annotations

from typing import Annotated

from thumborlike.filtering import Pattern

FARTHEST = 10**6
"""Pixels; what is farther away is equally out of sight."""

_DIGITS = 8
_NUMBER = r"-?[0-9]+(?:p|\.[0-9]+)?"
_WORD = r"center|(?:left|right|top|bottom|l|r|t|b)(?:-[0-9]+)?"
_MEANING = "pixels, percent as `10p`, a part as `0.1`, or `left right top bottom center`"

Position = Annotated[str, Pattern(f"{_NUMBER}|{_WORD}", _MEANING)]
Tiling = Annotated[str, Pattern(f"{_NUMBER}|{_WORD}|repeat", f"{_MEANING}, or `repeat`")]


def offset(position: str, side: int, length: int) -> int:
    """Where something so long begins. A number behind a word moves it outwards."""
    if position == "center":
        return int((side - length) / 2)
    if position[0].isalpha():
        word, _, out = position.partition("-")
        far, outwards = word[0] in "rb", clamped(out or "0")
        return side - length + outwards if far else -outwards
    pixels = int(measured(position.lstrip("-"), side))
    return side - length - pixels if position.startswith("-") else pixels


def measured(text: str, side: int) -> float:
    """Pixels that a number, a percentage `10p` or a part `0.1` of a side stand for."""
    if text.endswith("p"):
        return side * clamped(text[:-1]) / 100
    if "." in text:
        return side * min(float(text[:32]), 100.0)
    return clamped(text)


def clamped(digits: str) -> int:
    """The number, `FARTHEST` at most."""
    return min(int(digits.lstrip("0")[:_DIGITS] or "0"), FARTHEST)
