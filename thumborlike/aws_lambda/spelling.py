"""Paths that a front end has decoded, encoded again where that makes their signature fit."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import RequestError
from ..records import replace
from ..url.grammar import parse
from .events import Asked

Signs = Callable[[str, str], bool]


def well_spelled(asked: Asked, signs: Signs) -> Asked:
    """The request with the spelling that is signed; that of an unsafe path is the encoded one.

    `signs` tells whether a signature is that of a text.
    """
    for path in (asked.request.path, *asked.others):
        if _is_signed(path, signs):
            return _with(asked, path)
    return _with(asked, asked.others[0]) if asked.others else asked


def _with(asked: Asked, path: str) -> Asked:
    if path == asked.request.path:
        return asked
    return replace(asked, request=replace(asked.request, path=path), others=())


def _is_signed(path: str, signs: Signs) -> bool:
    try:
        image = parse(path)
    except RequestError:
        return False
    return image.signature is not None and signs(image.signature, image.signed_part)
