"""The pictures that filters lay over others, decoded: a watermark is the same for thousands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PIL import Image

from ..errors import BadFilterArgument, ImageError
from ..interfaces import Source
from ..settings.sections import ImagingSettings
from .color import displayable
from .failures import decoding
from .kept import Shared, view
from .probe import icc_of, open_source

Overlays = Mapping[str, Image.Image]
WHOLE = ("overlay",)
"""Under which key a decoded one is kept, beside what is kept of it as a source."""


def decoded_overlays(
    names: Iterable[str],
    sources: Mapping[str, Source],
    imaging: ImagingSettings,
    shared: Shared | None,
) -> Overlays:
    """The pictures of these names; `shared` keeps them. Thumbor 7.8: 400 or 500 for bad ones."""
    try:
        return {name: _kept(sources[name].body, imaging, shared) for name in names}
    except ImageError as error:
        raise BadFilterArgument("a picture that a filter names cannot be read") from error


def _kept(body: bytes, imaging: ImagingSettings, shared: Shared | None) -> Image.Image:
    if shared is None:
        return _decoded(body, imaging)
    known = shared.known(body)
    image = shared.found(known, WHOLE)
    if image is None:
        image = _decoded(body, imaging)
        shared.keep(known, WHOLE, image)
    return view(image)


def _decoded(body: bytes, imaging: ImagingSettings) -> Image.Image:
    image, _ = open_source(body, imaging)
    with decoding():
        image.load()
    return displayable(image, icc_of(image))
