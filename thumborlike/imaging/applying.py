"""Pixel filters, one after the other, on each frame."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter

from PIL import Image

from ..filtering import BoundFilter, Frame
from .inner import InnerPictures
from .watching import Stopwatch


def filtered(
    frame: Frame,
    images: tuple[Image.Image, ...],
    filters: tuple[BoundFilter, ...],
    overlays: Mapping[str, Image.Image],
    inner: InnerPictures,
    *,
    watch: Stopwatch,
) -> tuple[Image.Image, ...]:
    """The images through all filters; what `frame` remembers they share."""
    done = []
    for image in images:
        changed = frame.with_image(image)
        for each in filters:
            begun = perf_counter()
            changed = each.apply(changed, overlays, inner)
            watch.ran(each.filter.name, perf_counter() - begun)
        done.append(changed.image)
    return tuple(done)
