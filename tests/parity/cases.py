"""The requests that both servers must answer alike, generated from tables.

A case is data: what is asked, of a server with which configuration. `PICTURES` gives the
pictures of tests/pictures the names that the tables use.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_KINDS = Path(__file__).parent.parent / "pictures" / "kinds"

PICTURES: Mapping[str, str] = {
    "photo": "photo.jpg",
    "tall": "portrait.jpg",
    "wide": "wide.jpg",
    "large": "large.jpg",
    "tiny": "tiny.jpg",
    "gray": "grey.jpg",
    "cmyk": "cmyk.jpg",
    "icc": "icc.jpg",
    "exif": "exif.jpg",
    "full_chroma": "444.jpg",
    "progressive": "progressive.jpg",
    "truncated": "truncated.jpg",
    "truncated_png": "truncated.png",
    "rgb": "rgb.png",
    "rgba": "rgba.png",
    "la": "grey-alpha.png",
    "luma": "grey.png",
    "palette": "palette.png",
    "palette_alpha": "palette-alpha.png",
    "colour_key": "colour-key.png",
    "bilevel": "one-bit.png",
    "deep": "grey-16.png",
    "icc_png": "icc.png",
    "text": "text.png",
    "drawing": "drawing.png",
    "border": "bordered.png",
    "webp": "lossy.webp",
    "webp_lossless": "lossless.webp",
    "webp_alpha": "alpha.webp",
    "gif": "still.gif",
    "gif_alpha": "clear.gif",
    "tiff": "rgb.tiff",
    "cmyk_tiff": "cmyk.tiff",
    "bmp": "rgb.bmp",
    "jp2": "photo.jp2",
    "avif": "photo.avif",
    "turned_png": "orientation-6.png",
    "turned_webp": "orientation-6.webp",
    **{f"turned{n}": f"orientation-{n}.jpg" for n in range(1, 9)},
    "moving": "moving.gif",
    "clear_moving": "clear-moving.gif",
    "once": "once.gif",
    "moving_webp": "moving.webp",
    "moving_png": "moving.png",
    "moving_avif": "moving.avif",
    "hidden_first": "hidden-first.png",
    **{f"kinds/{path.name}": f"kinds/{path.name}" for path in sorted(_KINDS.iterdir())},
}
_OTHERS = ("turned", "moving", "clear_moving", "once", "hidden", "kinds/")
ALL_KINDS = tuple(name for name in PICTURES if not name.startswith(_OTHERS))
OPAQUE = ("photo", "gray", "cmyk", "palette", "webp")
TURNED = tuple(f"turned{n}" for n in range(1, 9))

KEY = "parity-key"
COMMON: Mapping[str, object] = {
    "SECURITY_KEY": KEY,
    "LOADER": "thumbor.loaders.file_loader",
    "STORAGE": "thumbor.storages.no_storage",
}
BROWSER = (("Accept", "image/avif,image/webp,image/apng,image/*,*/*;q=0.8"),)
PLAIN_JPEG = (("Accept", "image/jpeg"),)

_FILTERS = (
    "brightness colorize contrast rgb round_corner quality noise watermark equalize fill sharpen "
    "strip_exif strip_icc frame grayscale rotate format max_bytes convolution blur extract_focal "
    "focal no_upscale saturation max_age curve background_color upscale proportion stretch "
    "autojpg redeye"
)
ALL_FILTERS = [f"thumbor.filters.{name}" for name in _FILTERS.split()]
"""Thumbor's, with the two that its default list leaves out."""

CONFIGURATIONS: Mapping[str, Mapping[str, object]] = {
    "default": {},
    "orient": {"RESPECT_ORIENTATION": True},
    "limits": {"MAX_WIDTH": 200, "MAX_HEIGHT": 150},
    "webp": {"AUTO_WEBP": True, "WEBP_QUALITY": 60},
    "avif": {"AUTO_AVIF": True, "AUTO_WEBP": False, "AVIF_SPEED": 8},
    "png_to_jpg": {"AUTO_PNG_TO_JPG": True},
    "auto_jpg": {"AUTO_JPG": True},
    "auto_png": {"AUTO_PNG": True},
    "auto_all": {"AUTO_WEBP": True, "AUTO_AVIF": True, "AUTO_JPG": True, "AVIF_SPEED": 8},
    "all_filters": {"FILTERS": ALL_FILTERS},
    "still_gifs": {"ALLOW_ANIMATED_GIFS": False},
    "exif": {"PRESERVE_EXIF_INFO": True, "RESPECT_ORIENTATION": True},
    "qualities": {
        "QUALITY": 35,
        "PROGRESSIVE_JPEG": False,
        "PNG_COMPRESSION_LEVEL": 1,
        "PILLOW_RESAMPLING_FILTER": "BILINEAR",
        "PILLOW_PRESERVE_INDEXED_MODE": False,
    },
    "http": {
        "MAX_AGE": 60,
        "ENABLE_ETAGS": False,
        "ACCESS_CONTROL_ALLOW_ORIGIN_HEADER": "*",
        "META_CALLBACK_NAME": "show",
    },
    "signed": {"ALLOW_UNSAFE_URL": False},
    "results": {
        "RESULT_STORAGE": "thumbor.result_storages.file_storage",
        "RESULT_STORAGE_STORES_UNSAFE": True,
        "SEND_IF_MODIFIED_LAST_MODIFIED_HEADERS": True,
    },
}


@dataclass(frozen=True, slots=True)
class Case:
    """One request. `path` has one character per byte, as it is sent.

    `repeat`: how often it is sent; the last answer counts. `revalidate`: the last time with
    the first answer's ETag. `golden`: small enough and telling enough to be kept.
    """

    path: str
    configuration: str = "default"
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    repeat: int = 1
    revalidate: bool = False
    golden: bool = False

    @property
    def name(self) -> str:
        """Unique among the cases."""
        extras = [f"{key}: {value}" for key, value in self.headers]
        extras += [f"x{self.repeat}"] if self.repeat > 1 else []
        extras += ["revalidate"] if self.revalidate else []
        return " ".join([self.configuration, self.method, self.path, *extras])


SIZES = (
    "x", "0x0", "100x80", "80x100", "300x", "x120", "333x77", "1x1", "7x5", "1000x900", "-120x90",
    "120x-90", "-120x-90", "-0x0", "-x-", "origx100", "100xorig", "origxorig", "-origx-orig",
    "150x0", "0x111", "40x300", "640x480", "641x481", "319x241", "2x400",
)  # fmt: skip
CROPS = (
    "10x20:110x170", "0x0:50x50", "0x0:5000x5000", "100x100:90x90", "50x50:50x80",
    "300x200:9999x9999", "10x20:110x170/60x60", "10x20:110x170/60x",
    "33x7:250x180/fit-in/100x100", "0x0:0x0/90x60", "5x5:6x6", "10x20:110x170/-60x-60",
)  # fmt: skip
FIT_INS = tuple(
    f"{fit}/{size}"
    for fit in ("fit-in", "full-fit-in", "adaptive-fit-in", "adaptive-full-fit-in")
    for size in ("100x100", "60x200", "200x60", "2000x2000", "150x0", "0x90", "-100x-77", "origx80")
)
ALIGNS = tuple(
    f"{size}/{halign}/{valign}"
    for size in ("50x200", "200x50")
    for halign in ("left", "center", "right")
    for valign in ("top", "middle", "bottom")
)
TRIMS = (
    "trim", "trim:top-left", "trim:bottom-right", "trim:50", "trim:top-left:20",
    "trim:top-left:200", "trim:bottom-right:5", "trim/50x50", "trim/fit-in/60x60",
    "trim/5x5:40x40", "trim:top-left:441/20x",
)  # fmt: skip
FOCALS = (
    "100x300/filters:focal(10x10:60x60)", "300x60/filters:focal(0x200:40x260)",
    "80x300/filters:focal(500x100:520x120)", "80x300/smart",
    "80x200/filters:focal(0x0:10x10):focal(200x100:300x200)", "80x300/filters:focal(-1x0:2x2)",
    "100x100:400x300/50x150/filters:focal(120x120:140x140)",
)  # fmt: skip
FILTERS = (
    "quality(10)", "quality(95)", "quality(0)", "quality()", "quality(abc)", "quality(-5)",
    "grayscale()", "GRAYSCALE()", "rotate(90)", "rotate(180)", "rotate(270)", "rotate(45)",
    "rotate(-90)", "rotate(450)", "fill(red)", "fill(f00)", "fill(%23abcdef)", "fill(red,1)",
    "fill(auto)", "fill(blur)", "fill(transparent)", "background_color(red)",
    "background_color(00ff00)", "strip_exif()", "strip_icc()", "no_upscale()", "upscale()",
    "proportion(0.5)", "proportion(1.7)", "stretch()", "max_age(5)", "max_age(0)",
    "max_bytes(2000)", "max_bytes(900)", "max_bytes(900000)", "unknown(1)",
    "quality(10)quality(90)", "grayscale():quality(20):rotate(90)", "quality", "grayscale()%20",
    "quality(%2020%20)", "()",
)  # fmt: skip
FORMATS = ("jpeg", "jpg", "png", "webp", "gif", "avif", "JPEG", "tiff", "bmp", "heic")
METAS = (
    "meta", "meta/100x80", "meta/fit-in/100x100", "meta/10x20:110x170/-60x-60", "meta/trim/50x",
    "meta/80x300/filters:focal(10x10:60x60)", "meta/smart", "meta/300x/filters:grayscale()",
    "meta/full-fit-in/70x90", "meta/x/filters:format(png)", "debug/meta/100x300",
)  # fmt: skip
ERRORS = (
    "/", "/unsafe", "/unsafe/", "/favicon.ico", "/healthcheck", "/image", "/blacklist",
    "/a/b.jpg", "//unsafe/photo.jpg", "/UNSAFE/photo.jpg", "/unsafe/missing.jpg",
    "/unsafe/missing%20a.jpg", "/unsafe/../../etc/passwd", "/unsafe/%2e%2e/%2e%2e/etc/passwd",
    "/unsafe/%E1.jpg", "/unsafe/%00", "/unsafe/photo.jpg%00", "/unsafe/.", "/unsafe/README.md",
    "/unsafe/300x200/", "/unsafe/smart/missing.jpg", "/unsafe/filters:quality(5)/missing.jpg",
    "/unsafe/photo.jpg/", "/unsafe//photo.jpg", "/unsafe/./photo.jpg", "/unsafe/x/../photo.jpg",
    "/unsafe/photo.jpg?a=1", "/unsafe/photo%2Ejpg", "/unsafe/300%78200/photo.jpg",
    "/unsafe/smart/left/photo.jpg", "/unsafe/99999999999x1/photo.jpg",
    "/unsafe/" + "9" * 4400 + "x1/photo.jpg", "/unsafe/origx/photo.jpg",
    "/unsafe/xorig/photo.jpg", "/unsafe/0x50/filters:rotate(x)/photo.jpg",
)  # fmt: skip


def basic_cases() -> Iterator[Case]:
    """Geometry, formats, headers, errors and signatures."""
    yield from _geometry()
    yield from _pictures()
    yield from _filters()
    yield from _orientations()
    yield from _limits()
    yield from _negotiation()
    yield from _encodings()
    yield from _meta()
    yield from _http()
    yield from _signatures()


def _unsafe(options: str, picture: str) -> str:
    between = f"{options}/" if options else ""
    return f"/unsafe/{between}{PICTURES[picture]}"


def each_of(
    options: Iterable[str], pictures: Iterable[str], configuration: str = "default", golden: int = 0
) -> Iterator[Case]:
    """Every option with every picture; of these every `golden`th is kept, none for 0.

    Not max_bytes, where the bytes are meant to differ.
    """
    wanted = [_unsafe(option, picture) for option in options for picture in pictures]
    for number, path in enumerate(wanted):
        kept = bool(golden) and number % golden == 0 and "max_bytes" not in path
        yield Case(path, configuration, golden=kept)


def _geometry() -> Iterator[Case]:
    yield from each_of(SIZES, ["photo"], golden=1)
    yield from each_of(SIZES[2:8], ["tall", "rgba"], golden=3)
    yield from each_of(CROPS, ["photo"], golden=1)
    yield from each_of(FIT_INS, ["photo"], golden=3)
    yield from each_of(FIT_INS[::3], ["tall"], golden=4)
    yield from each_of(ALIGNS, ["photo"], golden=3)
    yield from each_of(TRIMS, ["border"], golden=2)
    yield from each_of(TRIMS[:3], ["photo", "rgba"])
    yield from each_of(FOCALS, ["photo"], golden=2)
    yield from each_of(["debug/100x300", "fit-in"], ["photo"])
    yield from each_of(
        ["40x30", "200x", "x50", "fit-in/60x60", "full-fit-in/60x60"], ["wide", "tiny"]
    )
    yield from each_of(
        ["200x200", "300x", "600x400", "fit-in/500x500", "10x10"], ["large"], golden=2
    )


def _pictures() -> Iterator[Case]:
    yield from each_of([""], ALL_KINDS, golden=1)
    yield from each_of(["97x61", "fit-in/50x50"], ALL_KINDS, golden=2)
    yield from each_of(["-40x-30/filters:format(png)"], ALL_KINDS, golden=2)
    yield from each_of(["40x30/filters:format(jpeg)", "40x30/filters:format(webp)"], ALL_KINDS)


def _filters() -> Iterator[Case]:
    calls = [f"120x90/filters:{call}" for call in FILTERS]
    yield from each_of(calls, ["photo"], golden=3)
    yield from each_of([call for call in calls if "max_bytes" not in call], ["rgba"])
    yield from each_of(
        [f"fit-in/120x120/filters:{call}" for call in FILTERS if "fill" in call], OPAQUE
    )
    yield from each_of(["900x700/filters:no_upscale()", "fit-in/900x700/filters:upscale()"], OPAQUE)
    yield from each_of(
        ["filters:grayscale()", "filters:rotate(90)", "50x/filters:grayscale():quality(5)"],
        ["palette", "palette_alpha", "la", "bilevel", "deep", "gif", "cmyk", "luma"],
    )
    formats = [f"80x60/filters:format({name})" for name in FORMATS]
    yield from each_of(formats, ["photo", "rgba"], golden=4)


def _orientations() -> Iterator[Case]:
    yield from each_of(["", "100x60", "fit-in/60x60"], TURNED, golden=3)
    options = ["", "100x60", "60x100/left/top", "fit-in/60x60", "-50x0", "10x5:60x45", "trim/50x"]
    yield from each_of(options, TURNED, "orient", golden=5)
    yield from each_of(
        ["80x", "80x/filters:strip_exif()", "80x/filters:format(webp)"], TURNED[2:7:2], "exif"
    )


def _limits() -> Iterator[Case]:
    options = [
        "",
        "300x300",
        "150x",
        "x400",
        "fit-in/400x400",
        "10x20:300x300",
        "origxorig",
        "50x50",
    ]
    yield from each_of(options, ["photo", "tall", "rgba"], "limits", golden=6)


def _negotiation() -> Iterator[Case]:
    for configuration in ("webp", "avif", "png_to_jpg", "auto_jpg"):
        for picture in ("photo", "rgba", "rgb", "gif", "palette"):
            path = _unsafe("90x70", picture)
            yield Case(path, configuration)
            yield Case(path, configuration, headers=BROWSER, golden=picture == "photo")
            yield Case(path, configuration, headers=PLAIN_JPEG)
        path = _unsafe("90x70/filters:format(png)", "photo")
        yield Case(path, configuration, headers=BROWSER)
        yield Case(_unsafe("meta/90x70", "photo"), configuration, headers=BROWSER)


def _encodings() -> Iterator[Case]:
    yield from each_of(
        ["90x70", ""], ["photo", "palette", "rgba", "webp", "bilevel"], "qualities", golden=5
    )
    yield from each_of(
        ["90x70/filters:quality(90)", "x/filters:format(webp)"], ["photo"], "qualities"
    )
    yield from each_of(["", "80x60/filters:strip_icc()"], ["icc", "cmyk"], "exif")


def _meta() -> Iterator[Case]:
    yield from each_of(METAS, ["photo", "border"], golden=2)
    yield from each_of(["meta/100x60"], TURNED[:6:5], "orient")
    yield Case(_unsafe("meta/100x60", "photo"), "http")


def _http() -> Iterator[Case]:
    for path in ERRORS:
        yield Case(path, golden=len(path) < 60 and path != "/healthcheck")
    photo = _unsafe("60x40", "photo")
    for method in ("HEAD", "POST", "PUT", "DELETE", "OPTIONS"):
        yield Case(photo, method=method)
    yield Case("/healthcheck", method="HEAD")
    yield Case("/unsafe/missing.jpg", method="HEAD")
    for value in ('"nothing"', "*", 'W/"nothing", "other"'):
        yield Case(photo, headers=(("If-None-Match", value),))
    yield Case(photo, revalidate=True, repeat=2)
    yield Case(photo, "http", revalidate=True, repeat=2)
    yield Case(photo, headers=(("Range", "bytes=0-10"),))
    yield Case(photo, headers=(("If-Modified-Since", "Sat, 29 Oct 1994 19:43:31 GMT"),))
    for since in ("Sat, 29 Oct 1994 19:43:31 GMT", "Fri, 31 Dec 2055 23:59:59 GMT", "yesterday"):
        yield Case(photo, "results", headers=(("If-Modified-Since", since),), repeat=3)
    yield Case(photo, "results", repeat=3)
    yield from (
        Case(_unsafe(option, "photo"), "http") for option in ("60x40", "60x/filters:max_age(7)")
    )
    yield Case("/unsafe/missing.jpg", "http")
    yield Case("/unsafe/maracujá.jpg".encode().decode("latin-1"))


SIGNATURE_FORMS = (
    "{0}", "{1}%3D", "{1}%253D", "{1}%3d", "{1}", "{0}=", "{1}%25253D", "A{0}", "{2}", "unsafe",
)  # fmt: skip


def _signatures() -> Iterator[Case]:
    for rest in (f"60x40/{PICTURES['photo']}", f"x/filters:quality(20)/{PICTURES['photo']}"):
        signature = sign(rest)
        forms = (signature, signature.rstrip("="), signature.swapcase())
        for form in SIGNATURE_FORMS:
            yield Case(f"/{form.format(*forms)}/{rest}", "signed", golden=True)
        yield Case(f"{signature}/{rest}", "signed")
        yield Case(f"//{signature}/{rest}", "signed")
        yield Case(f"/{signature}/{rest}?a=1", "signed")
        yield Case(f"/{signature}//{rest}", "signed")
        yield Case(f"/{signature}/{rest}", "default")
    raw = f"60x40/filters:unknown(maracujá)/{PICTURES['photo']}"
    yield Case(f"/{sign(raw)}/{raw}".encode().decode("latin-1"), "signed")


def sign(rest: str) -> str:
    """Thumbor's signature with `KEY`."""
    mac = hmac.new(KEY.encode(), rest.encode(), hashlib.sha1)
    return base64.urlsafe_b64encode(mac.digest()).decode()
