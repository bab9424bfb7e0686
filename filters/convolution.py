"""`convolution`: a kernel of the URL's own."""

from __future__ import annotations

from typing import Annotated

from thumborlike.errors import BadFilterArgument
from thumborlike.filtering import Frame, Pattern, Positive, pixel_filter

from ._kernels import convolved
from ._views import changed_alike

_NUMBER = r"-?[0-9]+(?:\.[0-9]*)?"
_LONGEST = 32
_LARGEST = 1e6
_LONGEST_SIDE = 99


def _numbers(text: str) -> tuple[float, ...]:
    words = text.split(";")
    if max(map(len, words)) > _LONGEST:
        raise ValueError("too many digits")
    numbers = tuple(map(float, words))
    if max(map(abs, numbers)) > _LARGEST:
        raise ValueError("out of range")
    return numbers


Matrix = Annotated[
    tuple[float, ...],
    Pattern(rf"{_NUMBER}(?:;{_NUMBER})*", "numbers joined by `;`, row by row", _numbers),
]


@pixel_filter(amplifies=True)
def convolution(frame: Frame, matrix: Matrix, columns: Positive, normalize: bool = True) -> Frame:
    """Weigh each pixel's neighbours by a matrix with odd numbers of rows and columns.

    The matrix is divided by its sum if `normalize` and the sum is not 0. Alpha is treated like
    a colour.
    """
    rows, rest = divmod(len(matrix), columns)
    if rest or not (rows % 2 and columns % 2):
        raise BadFilterArgument("convolution needs odd numbers of rows and columns")
    if max(rows, columns) > _LONGEST_SIDE:
        raise BadFilterArgument(f"convolution takes at most {_LONGEST_SIDE} rows and columns")
    total = sum(matrix) if normalize else 0
    weights = [each / (total or 1) for each in matrix]
    lines = [weights[at : at + columns] for at in range(0, len(weights), columns)]
    changed = changed_alike(frame.image, lambda seen: convolved(seen, lines))
    return frame.with_image(changed)
