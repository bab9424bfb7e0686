"""The way back: from an `ImageRequest` to a path, composed by libthumbor.

`compose` gives the part that a signature covers; parsing what it gives leads to an equal
request again. Where a source begins like an option (`smart/a.jpg`, `x/a.jpg`), its first slash
is escaped, which changes nothing for the server but keeps the grammar from taking it.
"""

from __future__ import annotations

from urllib.parse import quote

from libthumbor.url import Url

from ..errors import MalformedRequest
from ..interfaces import Signer
from .grammar import split
from .values import Fit, ImageRequest, Side, Trim

_SAFE_IN_FILTERS = ":(),/'!*=+@&$;"


def compose(image: ImageRequest) -> str:
    """The path without signature and leading slash: options, then the image.

    `path`, `signature`, `unsafe` and `signed_part` of the request do not matter. Raises
    `MalformedRequest` for a request that no path can express.
    """
    if not image.source:
        raise MalformedRequest("an image is needed")
    options = Url.generate_options(
        debug=image.debug,
        meta=image.meta,
        trim=_trim(image.trim),
        **_crop(image),
        adaptive=image.adaptive,
        full=image.fit is Fit.FULL_FIT_IN,
        fit_in=image.fit is not Fit.CROP,
        width=_side(image.width),
        height=_side(image.height),
        horizontal_flip=image.flip_horizontal,
        vertical_flip=image.flip_vertical,
        halign=image.halign,
        valign=image.valign,
        smart=image.smart,
        filters=_filters(image.filters),
    )
    source = _shielded(image.source)
    return f"{options}/{source}" if options else source


def unsafe_path(image: ImageRequest) -> str:
    """A path that servers with ALLOW_UNSAFE_URL answer."""
    return f"/unsafe/{compose(image)}"


def signed_path(image: ImageRequest, signer: Signer, key: str | bytes) -> str:
    """A path that servers with this key and signer answer."""
    part = compose(image)
    return f"/{signer.sign(part, key)}/{part}"


def _trim(trim: Trim | None) -> bool | str:
    if trim is None:
        return False
    parts = [trim.corner, None if trim.tolerance is None else str(trim.tolerance)]
    return ":".join(filter(None, parts)) or True


def _crop(image: ImageRequest) -> dict[str, int]:
    box = image.crop
    if box is None:
        return {}
    sides = {"left": box.left, "top": box.top, "right": box.right, "bottom": box.bottom}
    if min(sides.values()) < 0:
        raise MalformedRequest("a crop has no negative sides")
    return {f"crop_{name}": value for name, value in sides.items()}


def _side(side: Side) -> Side:
    if side != "orig" and side < 0:
        raise MalformedRequest("a size is not negative; ask for a flip instead")
    return side


def _filters(text: str) -> str:
    """Escaped where the grammar needs it: `)/` would end the filters too early."""
    if text and (len(text) < 2 or not text.endswith(")")):
        raise MalformedRequest("filters end with a closing bracket: name(arguments)")
    return quote(text, safe=_SAFE_IN_FILTERS).replace(")/", ")%2F")


def _shielded(source: str) -> str:
    groups = split(f"/unsafe/{source}") or {}
    return source if groups.get("image") == source else source.replace("/", "%2F", 1)
