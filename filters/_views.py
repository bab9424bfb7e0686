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
        return keyed(change(bare(seen).getchannel(0)).convert("RGB"), seen)
    return keyed(change(seen), seen)


def bare(image: Image.Image) -> Image.Image:
    """A copy without the colour key: some of Pillow's conversions fail for pictures with one."""
    copied = image.copy()
    copied.info = {}
    return copied


def keyed(changed: Image.Image, seen: Image.Image) -> Image.Image:
    """The changed picture with the colour key that the seen one had (Thumbor 7.8)."""
    changed.info = seen.info.copy()
    return changed


def rgba_view(image: Image.Image) -> Image.Image:
    """The picture as RGBA; colour keys and transparent palettes become alpha."""
    return image if image.mode == "RGBA" else rgb_view(image).convert("RGBA")


def resizable(image: Image.Image) -> Image.Image:
    """The picture in a mode whose levels can be mixed: palettes and bitmaps become RGB(A)."""
    return rgb_view(image) if image.mode in ("1", "P") else image
