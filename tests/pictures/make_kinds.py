"""Draws the small pictures of every colour mode, container and kind of animation. CC0.

    python tests/pictures/make_kinds.py            # writes into the folder kinds beside it

As with `make.py`, the files are kept: other encoders write other bytes.
"""

from __future__ import annotations

import importlib.util
import itertools
import struct
import sys
from pathlib import Path
from types import ModuleType

from PIL import Image, ImageChops, ImageCms, ImageDraw, ImageFilter

HERE = Path(__file__).parent
SIZE = (96, 72)


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pictures_make", HERE / "make.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


make = _load()
saved, photo = make.saved, make.photo


def alpha_photo() -> Image.Image:
    """A photograph that fades out to its corners."""
    picture: Image.Image = photo(SIZE, seed=31)
    picture.putalpha(make.oval_alpha(SIZE))
    return picture


def ycck() -> bytes:
    """A JPEG as Adobe writes CMYK: luma and chroma of the inks, and black, all inverted."""
    inks = ImageChops.invert(photo(SIZE, seed=32)).convert("YCbCr").split()
    raw = Image.merge("CMYK", [*map(ImageChops.invert, inks), Image.new("L", SIZE)])
    body = bytearray(saved(raw, "JPEG", quality=90))
    body[body.index(b"Adobe") + 11] = 2
    return bytes(body)


def mark() -> bytes:
    """What is laid over pictures: a ring with soft edges."""
    ring = Image.new("L", (96, 72))
    ImageDraw.Draw(ring).ellipse((6, 6, 90, 66), outline=255, width=14)
    soft = ring.filter(ImageFilter.GaussianBlur(2)).resize((24, 18), Image.Resampling.BOX)
    picture = Image.linear_gradient("L").resize((24, 18)).convert("RGB")
    picture.putalpha(soft)
    body: bytes = saved(picture, "PNG")
    return body


def grey_profile() -> bytes:
    """An ICC profile for greys with gamma 1.8."""
    gamma = b"curv" + bytes(4) + struct.pack(">IH", 1, int(1.8 * 256))
    white = make._xyz((0.9642, 1.0, 0.8249))
    made = bytearray(make._profile({b"wtpt": white, b"kTRC": gamma}))
    made[16:20] = b"GRAY"
    return bytes(made)


def cmyk_profile() -> bytes:
    """A tiny ICC profile: paper is white, any ink a middle grey."""
    grid = bytearray()
    for inks in itertools.product((0, 1), repeat=4):
        grid += bytes((128 if any(inks) else 255, 128, 128))
    identity = struct.pack(">9i", *(0x10000 if n in (0, 4, 8) else 0 for n in range(9)))
    table = b"mft1" + bytes(4) + bytes((4, 3, 2, 0)) + identity
    table += bytes(range(256)) * 4 + bytes(grid) + bytes(range(256)) * 3
    made = bytearray(make._profile({b"A2B0": table, b"wtpt": make._xyz((0.9642, 1.0, 0.8249))}))
    made[12:16], made[16:20], made[20:24] = b"prtr", b"CMYK", b"Lab "
    return bytes(made)


def deep(kind: int, channels: int) -> bytes:
    """A PNG of 16 bits per channel: ramps. `kind` is PNG's colour type."""
    width, height = SIZE
    rows = b"".join(
        b"\0" + b"".join(_deep_pixel(x, y)[: 2 * channels] for x in range(width))
        for y in range(height)
    )
    body: bytes = make._png(struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0), rows)
    return body


def _deep_pixel(x: int, y: int) -> bytes:
    ramp, fall = x * 65535 // (SIZE[0] - 1), 65535 - y * 65535 // (SIZE[1] - 1)
    return struct.pack(">4H", ramp, fall, 20_000, 65535 - ramp // 2)


def jpegs() -> dict[str, bytes]:
    colors = photo(SIZE, seed=32)
    return {
        "ycck.jpg": ycck(),
        "cmyk-icc.jpg": saved(colors.convert("CMYK"), "JPEG", icc_profile=cmyk_profile()),
        "grey-icc.jpg": saved(colors.convert("L"), "JPEG", quality=88, icc_profile=grey_profile()),
        "grey-exif.jpg": saved(colors.convert("L"), "JPEG", exif=make.exif(8)),
        "cmyk-turned.jpg": saved(colors.convert("CMYK"), "JPEG", exif=make.exif(6)),
    }


def pngs() -> dict[str, bytes]:
    colors, alpha = photo(SIZE, seed=33), alpha_photo()
    flat = make.drawing().resize(SIZE)
    small, grey = flat.quantize(16), flat.convert("L")
    icc = make.srgb_profile()
    return {
        "mark.png": mark(),
        "palette-key.png": saved(small, "PNG", transparency=small.getpixel((0, 0))),
        "palette-icc.png": saved(colors.quantize(64), "PNG", icc_profile=icc),
        "palette-2.png": saved(flat.quantize(4), "PNG", bits=2),
        "grey-key.png": saved(grey, "PNG", transparency=grey.getpixel((0, 0))),
        "grey-4.png": saved(_shallow_grey(), "PNG"),
        "one-bit-key.png": saved(flat.convert("1"), "PNG", transparency=255),
        "rgba-icc.png": saved(alpha, "PNG", icc_profile=make.wide_gamut_profile()),
        "rgba-16.png": deep(6, 4),
        "grey-alpha-16.png": deep(4, 2),
        "grey-16-full.png": deep(0, 1),
        "orientation-8.png": saved(alpha, "PNG", exif=make.exif(8)),
    }


def _shallow_grey() -> Image.Image:
    return photo(SIZE, seed=34).convert("L").point([v // 16 * 17 for v in range(256)])


def containers() -> dict[str, bytes]:
    colors, alpha = photo(SIZE, seed=35), alpha_photo()
    grey = colors.convert("L")
    icc, exif = make.wide_gamut_profile(), make.exif(6)
    wide = grey.convert("I").point(lambda v: v * 257 + 0)
    return {
        "icc.webp": saved(colors, "WEBP", quality=88, icc_profile=icc),
        "icc.avif": saved(colors, "AVIF", quality=80, icc_profile=icc),
        "alpha.avif": saved(alpha, "AVIF", quality=80),
        "turned.avif": saved(colors, "AVIF", quality=80, exif=exif),
        "turned.tiff": saved(colors, "TIFF", compression="tiff_lzw", exif=exif),
        "grey.tiff": saved(grey, "TIFF"),
        "alpha.tiff": saved(alpha, "TIFF", compression="tiff_lzw"),
        "palette.tiff": saved(colors.quantize(32), "TIFF"),
        "one-bit.tiff": saved(grey.convert("1"), "TIFF"),
        "deep.tiff": saved(wide.convert("I;16"), "TIFF"),
        "wide.tiff": saved(wide, "TIFF"),
        "float.tiff": saved(grey.convert("F"), "TIFF"),
        "lab.tiff": saved(_lab(colors), "TIFF"),
        "ycbcr.tiff": saved(colors.convert("YCbCr"), "TIFF"),
        "grey.bmp": saved(grey, "BMP"),
        "palette.bmp": saved(colors.quantize(32), "BMP"),
        "one-bit.bmp": saved(grey.convert("1"), "BMP"),
        "grey.jp2": saved(grey, "JPEG2000", quality_mode="rates", quality_layers=[10]),
        "alpha.jp2": saved(alpha, "JPEG2000", quality_mode="rates", quality_layers=[20]),
        "colors.ico": saved(alpha.resize((48, 48)), "ICO", sizes=[(48, 48), (16, 16)]),
        "colors.ppm": saved(make.drawing().resize((24, 18)), "PPM"),
        "colors.tga": saved(make.drawing().resize((24, 18)), "TGA"),
    }


def _lab(picture: Image.Image) -> Image.Image:
    made = ImageCms.profileToProfile(
        picture,
        ImageCms.createProfile("sRGB"),
        ImageCms.createProfile("LAB"),
        outputMode="LAB",
    )
    assert made
    return made


def flat_frames(count: int = 5) -> list[Image.Image]:
    """A square that wanders over an unmoving drawing: only a small part changes."""
    frames = []
    for step in range(count):
        frame = make.drawing().resize(SIZE, Image.Resampling.NEAREST)
        box = (6 + 14 * step, 48, 22 + 14 * step, 64)
        ImageDraw.Draw(frame).rectangle(box, fill=(20, 60 + 40 * step, 160))
        frames.append(frame)
    return frames


def gif(frames: list[Image.Image], **options: object) -> bytes:
    body: bytes = saved(frames[0], "GIF", save_all=True, append_images=frames[1:], **options)
    return body


def gifs() -> dict[str, bytes]:
    flat, clear = flat_frames(), make.turning()
    photos = [photo(SIZE, seed=seed) for seed in (41, 42, 43)]
    times = [60, 110, 20, 250, 90]
    partial = bytearray(gif(flat, duration=times, loop=0))
    partial[6:10] = struct.pack("<2H", SIZE[0] + 14, SIZE[1] + 10)
    return {
        "disposal-1.gif": gif(flat, duration=times, loop=0, disposal=1),
        "disposal-2.gif": gif(flat, duration=times, loop=0, disposal=2),
        "disposal-3.gif": gif(clear, duration=times, loop=0, disposal=3),
        "disposal-mixed.gif": gif(clear, duration=times, loop=2, disposal=[1, 2, 3, 1, 0]),
        "local.gif": gif([each.quantize(48) for each in photos], duration=70, loop=0),
        "zero.gif": gif(flat, duration=0, loop=0),
        "loop-5.gif": gif(flat, duration=times, loop=5),
        "no-loop.gif": gif(flat, duration=times),
        "no-time.gif": gif(flat, loop=0),
        "grey.gif": gif([each.convert("L") for each in flat], duration=80, loop=0),
        "larger-screen.gif": bytes(partial),
        "clear-still.gif": gif([clear[1]]),
        "two.gif": gif(flat[:2], duration=[500, 30], loop=0),
    }


def webps() -> dict[str, bytes]:
    flat, clear = flat_frames(), make.turning()
    lossy = {"save_all": True, "quality": 80, "duration": [50, 50, 500, 10, 90]}
    return {
        "opaque-moving.webp": saved(flat[0], "WEBP", append_images=flat[1:], loop=0, **lossy),
        "clear-moving.webp": saved(clear[0], "WEBP", append_images=clear[1:], loop=1, **lossy),
    }


def main() -> None:
    """Write all pictures."""
    folder = HERE / "kinds"
    folder.mkdir(exist_ok=True)
    made = {**jpegs(), **pngs(), **containers(), **gifs(), **webps()}
    for name, body in made.items():
        (folder / name).write_bytes(body)
    print(f"{len(made)} files, {sum(map(len, made.values())) // 1024} KiB")


if __name__ == "__main__":
    main()
