"""The modes in which filters see a picture."""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image


def rgb_view(image: Image.Image) -> Image.Image:
    """The picture as RGB, or RGBA if it has an alpha channel or a transparent palette.

    Thumbor 7.8 does the same, except that 16-bit grey turned white there.
    """
    if image.mode in ("RGB", "RGBA"):
        return image
    if image.mode.startswith("I;16"):
        return (
            image.convert("I")
            .point(lambda level: level * (1 / 257) + 0.5)
            .convert("L")
            .convert("RGB")
        )
    transparent = "A" in image.mode or (image.mode == "P" and image.has_transparency_data)
    return image.convert("RGBA" if transparent else "RGB")


def changed_alike(image: Image.Image, change: Callable[[Image.Image], Image.Image]) -> Image.Image:
    """`change` of the RGB view, for changes that treat red, green and blue alike.

    It gets the one band of a grey picture as L.
    """
    seen = rgb_view(image)
    if image.mode in ("1", "L") or image.mode.startswith("I;16"):
        return change(seen.getchannel(0)).convert("RGB")
    return change(seen)


def rgba_view(image: Image.Image) -> Image.Image:
    """The picture as RGBA; colour keys and transparent palettes become alpha."""
    return image if image.mode == "RGBA" else rgb_view(image).convert("RGBA")


def resizable(image: Image.Image) -> Image.Image:
    """The picture in a mode whose levels can be mixed: palettes and bitmaps become RGB(A)."""
    return rgb_view(image) if image.mode in ("1", "P") else image
