"""What the fuzzers begin with: texts and small pictures of our own, made here."""

import contextlib
import io
import sys
from pathlib import Path

from PIL import Image, ImageCms, ImageDraw

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "support"))
import hostile  # noqa: E402

SIZE = (24, 18)
LONGEST = 20_000
"""Bytes of a seed."""

PATHS = (
    "300x200/http%3A//host/a.jpg",
    "meta/trim:top-left:30/10x20:30x40/adaptive-fit-in/-300x-200/left/top/smart/a/b.png",
    "fit-in/full-fit-in/0x0/debug/filters:quality(80):format(webp)/x.jpg",
    "filters:watermark(a.png,10p,-20p,50,20,none):fill(auto,1)/x",
    "filters:image(/fit-in/full-20x40/filters:blur(2):grayscale()/a.png,10,10)/b.jpg",
    "filters:convolution(1;2;1;2;4;2;1;2;1,3,true):curve([(0,0),(255,255)],[],[],[])/x",
    "filters:round_corner(20|30,255,0,0,1):text(a%20b,1,1,sans-12,red)/x?callback=a.b[0]",
    "filters:focal(1x2:3x4):max_bytes(1000):rgb(1,-2,3):rotate(90)/http://[::1]:80/x",
    "trim/filters:" + ":".join(["blur(1)"] * 20) + "/x",
    "1" * 300 + "x" + "2" * 300 + "/x",
)
CONFIGURATIONS = (
    "QUALITY = 80\nSECURITY_KEY = 'k'\nMAX_PIXELS = None\n",
    "ALLOWED_SOURCES = ['a.example', '.*']\nFILTERS = ['thumbor.filters.blur']\n",
    "LOADER = 'thumbor.loaders.http_loader'\nHTTP_LOADER_ALLOWED_NETWORKS = ['10.0.0.0/8']\n",
    "TEXT_FONTS = {'sans': '/x.ttf'}\nMAX_AGE = -1\nWEBP_QUALITY = '80'\nAUTO_WEBP = 'yes'\n",
    "RESULT_STORAGE_EXPIRATION_SECONDS = 1e400\nPILLOW_JPEG_QTABLES = (1, (2,), [3])\n",
    "ALLOW_UNSAFE_URL = 0\nTHUMBOR_QUIRKS = True\nENGINE_THREADPOOL_SIZE = 2**3\n",
    "QUALITY = (\n",
)
DRAWINGS = (
    hostile.svg("<rect width='9' height='9' fill='url(#a)'/><text>a</text>"),
    hostile.svg("<image href='#a'/><use xlink:href='#b'/>", "viewBox='0 0 20 10' width='2in'"),
    hostile.svg(before="<?xml version='1.0' encoding='utf-8'?><!DOCTYPE svg PUBLIC 'a' 'b'>"),
    hostile.svg(before="<!DOCTYPE svg [<!ENTITY a 'b'>]>"),
    hostile.svg("<style>@import url(x.css);</style><script>1</script>"),
    hostile.svg_uses(3, 2),
    hostile.svg_with_picture(hostile.png()),
    hostile.svg("é").decode().encode("utf-16"),
)


def seeds(target):
    """(name, bytes) for a target; names are good for files."""
    return [(f"{number:03}", body) for number, body in enumerate(_bodies(target))]


def _bodies(target):
    if target in ("url", "config"):
        texts = PATHS if target == "url" else CONFIGURATIONS
        return [each.encode() for each in texts]
    if target == "drawing":
        return list(DRAWINGS)
    if target in ("jpeg", "png", "gif"):
        start = {"jpeg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n\x1a\n", "gif": b"GIF89a"}[target]
        return [each.removeprefix(start) for each in pictures() if each.startswith(start)]
    if target == "exif":
        return [exif_block(), hostile.exif_looping()[6:], hostile.exif_pointing_at_itself(40)[6:]]
    if target == "profile":
        return [profile_of(space) for space in ("sRGB", "LAB", "XYZ")]
    return [each for each in pictures() if len(each) <= LONGEST]


def pictures():
    """Every format that can be written here, with metadata, and what was made to hurt."""
    made = []
    for mode in ("RGB", "RGBA", "L", "P", "1"):
        image = drawn(mode)
        for name in ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "ICO", "JPEG2000", "AVIF"):
            options = {"exif": exif_block()} if name in ("JPEG", "PNG", "WEBP") else {}
            made.append(written(image, name, **options))
    colour = drawn("RGB")
    made += [
        written(colour, "JPEG", progressive=True, icc_profile=profile_of("sRGB"), comment="c"),
        written(colour, "JPEG2000", no_jp2=True, tile_size=(16, 16)),
        written(colour, "TIFF", compression="tiff_deflate"),
        written(colour, "TIFF", compression="jpeg"),
        written(colour.convert("CMYK"), "TIFF", compression="tiff_lzw"),
        written(colour, "PNG", icc_profile=profile_of("sRGB")),
        *(animated(name) for name in ("GIF", "PNG", "WEBP", "AVIF")),
        hostile.many_scans(30, 16),
        hostile.gif(3, between=hostile.gif_comment(600)),
        hostile.png(hostile.chunk(b"zTXt", b"a\0\0" + hostile.packed(1000))),
        hostile.jpeg(b"\xff" * 9, hostile.segment(0xE1, hostile.exif_looping())),
        hostile.tiff_loop(),
        hostile.icon(hostile.png()),
    ]
    return [each for each in made + _extras() if each]


def _extras():
    """What takes packages that may be missing."""
    made = []
    with contextlib.suppress(ImportError):
        made.append(hostile.heif())
    with contextlib.suppress(ImportError):
        import pyjpegxl

        made.append(pyjpegxl.encode(drawn("RGB").tobytes(), *SIZE, num_channels=3))
    return made


def drawn(mode):
    image = Image.new("RGB", SIZE, (20, 120, 220))
    ImageDraw.Draw(image).ellipse((3, 3, 18, 14), (250, 200, 0))
    return image.convert(mode)


def written(image, name, **options):
    """The file; empty where there is no encoder for this."""
    file = io.BytesIO()
    try:
        image.save(file, name, **options)
    except (OSError, ValueError, KeyError):
        return b""
    return file.getvalue()


def animated(name):
    frames = [drawn("RGB").rotate(each * 30) for each in range(3)]
    return written(frames[0], name, save_all=True, append_images=frames[1:], duration=50)


def exif_block():
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x013B] = 6, "Maker", "Artist"
    return exif.tobytes()


def profile_of(space):
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(space)).tobytes()
