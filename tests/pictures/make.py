"""Draws every picture of the tests. All are made by this script and in the public domain (CC0).

    python tests/pictures/make.py            # writes into this folder

The same seed gives the same pixels; encoders of another Pillow may write other bytes, so the
files are kept and only drawn anew on purpose.
"""

from __future__ import annotations

import io
import math
import random
import struct
import zlib
from pathlib import Path

from PIL import Image, ImageCms, ImageDraw, ImageFilter, PngImagePlugin

HERE = Path(__file__).parent
SIZE = (320, 240)
DATE = (2026, 11, 23, 1, 47, 9)


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


def srgb_profile() -> bytes:
    """The ICC profile of sRGB, dated as in the kept files."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return made[:24] + struct.pack(">6H", *DATE) + made[36:]


def wide_gamut_profile() -> bytes:
    """An ICC profile of our own: the primaries of ROMM RGB over D50, gamma 1.8."""
    red, green, blue = (0.7977, 0.2880, 0.0), (0.1352, 0.7119, 0.0), (0.0313, 0.0001, 0.8249)
    white = (0.9642, 1.0, 0.8249)
    name = b"thumborlike wide gamut"
    described = b"desc" + bytes(4) + struct.pack(">I", len(name) + 1) + name + bytes(1 + 78)
    gamma = b"curv" + bytes(4) + struct.pack(">IH", 1, int(1.8 * 256))
    return _profile(
        {
            b"desc": described,
            b"cprt": b"text" + bytes(4) + b"CC0\0",
            b"wtpt": _xyz(white),
            b"rXYZ": _xyz(red),
            b"gXYZ": _xyz(green),
            b"bXYZ": _xyz(blue),
            b"rTRC": gamma,
            b"gTRC": gamma,
            b"bTRC": gamma,
        }
    )


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(each * 0x10000) for each in values))


def _profile(tags: dict[bytes, bytes]) -> bytes:
    start = 128 + 4 + 12 * len(tags)
    index, data = struct.pack(">I", len(tags)), b""
    for name, body in tags.items():
        index += name + struct.pack(">II", start + len(data), len(body))
        data += body + bytes(-len(body) % 4)
    header = struct.pack(">I4xI4s4s4s", start + len(data), 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H", *DATE) + b"acsp" + bytes(28)
    header += struct.pack(">3i", 0xF6D6, 0x10000, 0xD32D)
    return header.ljust(128, b"\0") + index + data


def deep_png() -> bytes:
    """A PNG of 16 bits per channel, which Pillow cannot write: ramps of red and green."""
    width, height = 96, 64
    rows = b"".join(
        b"\0"
        + b"".join(
            struct.pack(">3H", x * 65535 // (width - 1), y * 65535 // (height - 1), 20_000)
            for x in range(width)
        )
        for y in range(height)
    )
    return _png(struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0), rows)


def _png(header: bytes, rows: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    )


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
        "icc.jpg": saved(photo(), "JPEG", quality=88, icc_profile=srgb_profile()),
        "wide-gamut.jpg": saved(photo(), "JPEG", quality=88, icc_profile=wide_gamut_profile()),
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
        "icc.png": saved(small, "PNG", icc_profile=srgb_profile()),
    }
    made["rgb-16.png"] = deep_png()
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


def turning(count: int = 5) -> list[Image.Image]:
    """A disc on its way over a clear ground; where it was, the ground is clear again."""
    frames = []
    for step in range(count):
        frame = Image.new("RGBA", (96, 72))
        pen = ImageDraw.Draw(frame)
        pen.ellipse((4 + 14 * step, 20, 36 + 14 * step, 52), fill=(220, 60, 40, 255))
        pen.rectangle((0, 64, 95, 71), fill=(30, 60, 160, 255))
        frames.append(frame)
    return frames


def animations() -> dict[str, bytes]:
    """The same five frames in each format that carries them; one of them is equal to the next."""
    frames = turning()
    moves = {"save_all": True, "append_images": frames[1:], "duration": [40, 70, 200, 100, 330]}
    opaque = [photo((96, 72), seed=seed) for seed in (21, 22, 22, 23)]
    once = {"save_all": True, "append_images": opaque[1:], "duration": [90, 120, 30, 250]}
    return {
        "clear-moving.gif": saved(frames[0], "GIF", disposal=2, loop=3, **moves),
        "once.gif": saved(opaque[0], "GIF", **once),
        "moving.webp": saved(frames[0], "WEBP", lossless=True, loop=4, **moves),
        "moving.png": saved(frames[0], "PNG", disposal=1, loop=4, **moves),
        "moving.avif": saved(frames[0], "AVIF", quality=70, **moves),
        "hidden-first.png": saved(
            Image.new("RGBA", (96, 72), "green"),
            "PNG",
            default_image=True,
            loop=0,
            **{**moves, "append_images": frames},
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
    return _png(struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0), bytes(100))


def main() -> None:
    """Write all pictures beside this script."""
    made = {**jpegs(), **pngs(), **gifs(), **animations(), **others(), "bomb.png": bomb()}
    for name, body in made.items():
        (HERE / name).write_bytes(body)
    print(f"{len(made)} files, {sum(map(len, made.values())) // 1024} KiB")


if __name__ == "__main__":
    main()
