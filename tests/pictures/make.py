"""Draws every picture of the tests. All are made by this script and in the public domain (CC0).

    python tests/pictures/make.py            # writes into this folder

The same seed gives the same pixels; encoders of another Pillow may write other bytes, so the
files are kept and only drawn anew on purpose.
"""

from __future__ import annotations

import io
import math
import random
from pathlib import Path

from PIL import Image, ImageCms, ImageDraw, ImageFilter, PngImagePlugin

HERE = Path(__file__).parent
SIZE = (320, 240)


def photo(size: tuple[int, int] = SIZE, seed: int = 7) -> Image.Image:
    """Something like a photograph: sky, hills, a sun, soft shapes, a little grain."""
    width, height = size
    chance = random.Random(seed)
    sky = Image.linear_gradient("L").resize(size, Image.Resampling.BICUBIC)
    image = Image.merge(
        "RGB",
        (
            sky.point(lambda v: 90 + v * 0.55),
            sky.point(lambda v: 140 + v * 0.35),
            sky.point(lambda v: 225 - v * 0.35),
        ),
    )
    pen = ImageDraw.Draw(image)
    unit = height / 240
    pen.ellipse(_round(width * 0.72, height * 0.22, 24 * unit), fill=(255, 236, 170))
    for layer, color in enumerate(((84, 120, 96), (58, 98, 60), (34, 66, 40))):
        base = height * (0.55 + 0.13 * layer)
        swing, phase = (26 - 6 * layer) * unit, chance.uniform(0, 6)
        ridge = [
            (x, base + swing * math.sin(x / (width * 0.11) + phase) + chance.uniform(-2, 2) * unit)
            for x in range(0, width + 4, 4)
        ]
        pen.polygon([*ridge, (width, height), (0, height)], fill=color)
    for _ in range(14):
        x, y = chance.uniform(0, width), chance.uniform(height * 0.75, height)
        hue = chance.choice(((196, 64, 52), (232, 190, 60), (240, 240, 236), (120, 70, 150)))
        pen.ellipse(_round(x, y, chance.uniform(2, 7) * unit), fill=hue)
    image = image.filter(ImageFilter.GaussianBlur(0.6 * unit))
    grain = Image.frombytes("L", size, chance.randbytes(width * height)).point(lambda v: v // 24)
    return Image.merge("RGB", [_add(band, grain) for band in image.split()])


def _add(band: Image.Image, grain: Image.Image) -> Image.Image:
    from PIL import ImageChops

    return ImageChops.add(band, grain, offset=-5)


def _round(x: float, y: float, radius: float) -> tuple[float, float, float, float]:
    return (x - radius, y - radius, x + radius, y + radius)


def oval_alpha(size: tuple[int, int] = SIZE) -> Image.Image:
    """A soft oval: opaque inside, clear in the corners."""
    alpha = Image.new("L", size, 0)
    ImageDraw.Draw(alpha).ellipse((8, 8, size[0] - 8, size[1] - 8), fill=255)
    return alpha.filter(ImageFilter.GaussianBlur(6))


def drawing(mode: str = "RGB") -> Image.Image:
    """Flat colours and sharp edges, as logos have them."""
    image = Image.new("RGB", (200, 150), (250, 250, 245))
    pen = ImageDraw.Draw(image)
    pen.rectangle((20, 30, 90, 120), fill=(200, 30, 40))
    pen.ellipse((80, 40, 170, 130), fill=(30, 90, 200))
    pen.line((10, 140, 190, 10), fill=(20, 20, 20), width=4)
    return image.convert(mode)


def bordered() -> Image.Image:
    """A photograph on white paper, for trimming; one stray pixel far out."""
    image = Image.new("RGB", (240, 180), "white")
    image.paste(photo((160, 100)), (30, 40))
    image.putpixel((225, 160), (0, 0, 0))
    return image


def wide_gamut_profile() -> bytes:
    """An ICC profile for RGB that is not sRGB: the Lab-connected profile of another white."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def exif(orientation: int | None = None) -> bytes:
    tags = Image.Exif()
    tags[0x010E] = "a picture of the tests"
    tags[0x013B] = "thumborlike"
    tags[0x8298] = "CC0"
    tags[0x0132] = "2026:01:02 03:04:05"
    if orientation:
        tags[0x0112] = orientation
    return tags.tobytes()


def iptc_segment() -> bytes:
    """An APP13 segment with one IPTC field, the caption."""
    field = b"\x1c\x02\x78" + len(b"caption").to_bytes(2, "big") + b"caption"
    block = (
        b"8BIM\x04\x04\x00\x00" + len(field).to_bytes(4, "big") + field + b"\x00" * (len(field) % 2)
    )
    body = b"Photoshop 3.0\x00" + block
    return b"\xff\xed" + (len(body) + 2).to_bytes(2, "big") + body


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def jpegs() -> dict[str, bytes]:
    made = {
        "photo.jpg": saved(photo(), "JPEG", quality=88),
        "large.jpg": saved(photo((1200, 800), seed=3), "JPEG", quality=82),
        "portrait.jpg": saved(photo((180, 320), seed=4), "JPEG", quality=88),
        "tiny.jpg": saved(photo((17, 11), seed=5), "JPEG", quality=90),
        "wide.jpg": saved(photo((600, 40), seed=6), "JPEG", quality=85),
        "grey.jpg": saved(photo().convert("L"), "JPEG", quality=88),
        "cmyk.jpg": saved(photo().convert("CMYK"), "JPEG", quality=88),
        "progressive.jpg": saved(photo(seed=8), "JPEG", quality=80, progressive=True),
        "444.jpg": saved(photo(seed=9), "JPEG", quality=92, subsampling=0),
        "icc.jpg": saved(photo(), "JPEG", quality=88, icc_profile=wide_gamut_profile()),
        "bordered.jpg": saved(bordered(), "JPEG", quality=95, subsampling=0),
    }
    tagged = saved(photo(), "JPEG", quality=88, exif=exif(), comment=b"a comment")
    made["exif.jpg"] = tagged[:2] + iptc_segment() + tagged[2:]
    for orientation in range(1, 9):
        upright = photo((160, 120), seed=10)
        body = saved(upright, "JPEG", quality=85, exif=exif(orientation))
        made[f"orientation-{orientation}.jpg"] = body
    made["truncated.jpg"] = made["photo.jpg"][: len(made["photo.jpg"]) * 6 // 10]
    return made


def pngs() -> dict[str, bytes]:
    small = photo((160, 120), seed=11)
    alpha = small.copy()
    alpha.putalpha(oval_alpha((160, 120)))
    grey_alpha = small.convert("LA")
    grey_alpha.putalpha(oval_alpha((160, 120)))
    clear = alpha.quantize(64)
    ramp = Image.linear_gradient("L").resize((160, 120)).convert("I")
    made = {
        "rgb.png": saved(small, "PNG"),
        "rgba.png": saved(alpha, "PNG"),
        "grey.png": saved(small.convert("L"), "PNG"),
        "grey-alpha.png": saved(grey_alpha, "PNG"),
        "palette.png": saved(drawing().quantize(32), "PNG"),
        "palette-alpha.png": saved(clear, "PNG"),
        "one-bit.png": saved(drawing("1"), "PNG"),
        "grey-16.png": saved(ramp.point(lambda v: v * 257 + 0).convert("I;16"), "PNG"),
        "colour-key.png": saved(drawing(), "PNG", transparency=(250, 250, 245)),
        "drawing.png": saved(drawing(), "PNG"),
        "bordered.png": saved(bordered(), "PNG"),
        "orientation-6.png": saved(small, "PNG", exif=exif(6)),
        "icc.png": saved(small, "PNG", icc_profile=wide_gamut_profile()),
    }
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "a comment")
    made["text.png"] = saved(small, "PNG", pnginfo=text)
    made["truncated.png"] = made["rgb.png"][: len(made["rgb.png"]) // 2]
    return made


def gifs() -> dict[str, bytes]:
    frames = []
    for step in range(6):
        frame = drawing()
        ImageDraw.Draw(frame).ellipse((20 + 25 * step, 60, 50 + 25 * step, 90), fill=(20, 160, 60))
        frames.append(frame.quantize(32))
    clear = drawing().quantize(16)
    return {
        "still.gif": saved(drawing().quantize(64), "GIF"),
        "clear.gif": saved(clear, "GIF", transparency=clear.getpixel((0, 0))),
        "moving.gif": saved(
            frames[0],
            "GIF",
            save_all=True,
            append_images=frames[1:],
            duration=[100, 50, 200, 100, 100, 300],
            loop=0,
        ),
    }


def others() -> dict[str, bytes]:
    small = photo((160, 120), seed=12)
    alpha = small.copy()
    alpha.putalpha(oval_alpha((160, 120)))
    return {
        "lossy.webp": saved(small, "WEBP", quality=85),
        "lossless.webp": saved(drawing(), "WEBP", lossless=True),
        "alpha.webp": saved(alpha, "WEBP", quality=85),
        "orientation-6.webp": saved(small, "WEBP", quality=85, exif=exif(6)),
        "photo.avif": saved(small, "AVIF", quality=70),
        "rgb.tiff": saved(small, "TIFF", compression="tiff_lzw"),
        "cmyk.tiff": saved(small.convert("CMYK"), "TIFF", compression="tiff_lzw"),
        "rgb.bmp": saved(drawing(), "BMP"),
        "photo.jp2": saved(small, "JPEG2000", quality_mode="rates", quality_layers=[20]),
        "text.txt": b"this is not a picture\n" * 20,
        "html.jpg": b"<html><body>not found</body></html>",
        "empty.jpg": b"",
        "header-only.png": b"\x89PNG\r\n\x1a\n" + b"\x00" * 20,
    }


def bomb() -> bytes:
    """A PNG of a few bytes whose header declares 40,000 x 40,000 pixels."""
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    body = (
        chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\x00" * 100)) + chunk(b"IEND", b"")
    )
    return b"\x89PNG\r\n\x1a\n" + body


def main() -> None:
    """Write all pictures beside this script."""
    made = {**jpegs(), **pngs(), **gifs(), **others(), "bomb.png": bomb()}
    for name, body in made.items():
        (HERE / name).write_bytes(body)
    print(f"{len(made)} files, {sum(map(len, made.values())) // 1024} KiB")


if __name__ == "__main__":
    main()
