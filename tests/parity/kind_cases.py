"""Every colour mode, container, profile and orientation, under sizes, filters and formats."""

# ruff: noqa: E501  (the tables are read as rows)

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .cases import BROWSER, PICTURES, PLAIN_JPEG, Case, each_of

KINDS = tuple(name for name in PICTURES if name.startswith("kinds/"))
ANIMATED = (
    "kinds/disposal-1.gif", "kinds/disposal-2.gif", "kinds/disposal-3.gif", "kinds/disposal-mixed.gif",
    "kinds/local.gif", "kinds/zero.gif", "kinds/loop-5.gif", "kinds/no-loop.gif", "kinds/no-time.gif", "kinds/grey.gif",
    "kinds/larger-screen.gif", "kinds/two.gif", "moving", "clear_moving", "once", "kinds/opaque-moving.webp",
    "kinds/clear-moving.webp", "moving_webp", "moving_png", "moving_avif", "hidden_first",
)  # fmt: skip
STILLS = tuple(name for name in KINDS if name not in ANIMATED)
PLAIN: Sequence[str] = ("", "61x43", "fit-in/40x40", "-30x0", "5x5:50x40", "trim", "meta/40x40")
FILTERED: Sequence[str] = (
    "50x40/filters:brightness(20)", "filters:grayscale()", "50x40/filters:grayscale()",
    "fit-in/60x60/filters:fill(red)", "filters:rotate(90)", "50x40/filters:blur(2):rotate(180)",
    "50x40/filters:background_color(blue)", "50x40/filters:watermark(kinds/mark.png,2,2,20)",
    "50x40/filters:strip_icc()", "50x40/filters:round_corner(10,0,0,0,true)",
    "fit-in/70x70/filters:fill(transparent):sharpen(1,1,true):contrast(20)",
)  # fmt: skip
FORMATS: Sequence[str] = ("png", "jpeg", "webp", "avif", "gif")
MOVING: Sequence[str] = (
    "", "48x36", "40x60", "fit-in/50x50", "full-fit-in/50x50", "-0x-0", "-30x40", "10x10:60x50",
    "20x10:80x60/30x30", "trim/40x30", "200x150", "fit-in/300x300", "60x20/left/top", "meta",
    "meta/48x36", "meta/filters:format(png)", "debug/40x30",
    "40x30/filters:no_upscale()", "400x300/filters:no_upscale()", "30x50/filters:focal(0x0:20x20)",
    "30x50/filters:stretch()", "origx20",
)  # fmt: skip
MOVING_FILTERS: Sequence[str] = (
    "grayscale()", "quality(20)", "rotate(90)", "fill(red)", "blur(2)", "brightness(20):contrast(10)",
    "watermark(kinds/mark.png,1,1,0)", "format(png)", "format(webp)", "format(jpeg)", "format(gif)",
    "format(avif)", "max_age(5)", "strip_icc()", "background_color(red)", "proportion(0.5)", "upscale()",
    "max_bytes(200000)", "unknown()", "round_corner(8,0,0,0,true)", "equalize():saturation(0.5):sharpen(1,1,true)",
)  # fmt: skip
NEGOTIATED = ("webp", "avif", "auto_jpg", "auto_png", "png_to_jpg", "auto_all")
CLIENTS = (BROWSER, PLAIN_JPEG, (("Accept", "image/webp,*/*"),), (("Accept", "image/png"),), ())


def kind_cases() -> Iterator[Case]:
    """Stills of every kind, animations, what clients accept, and EXIF under filters."""
    yield from each_of(PLAIN, STILLS, golden=3)
    yield from each_of(FILTERED, STILLS, golden=5)
    yield from each_of([f"45x30/filters:format({each})" for each in FORMATS], STILLS, golden=5)
    yield from _moving()
    yield from _oriented()
    yield from _negotiated()
    yield from each_of(["", "40x30", "meta"], ["kinds/colors.ppm", "kinds/colors.tga"])


def _moving() -> Iterator[Case]:
    yield from each_of(MOVING, ANIMATED, golden=6)
    chosen = ANIMATED[1:5] + ANIMATED[-8:-1:2]
    yield from each_of([f"48x36/filters:{each}" for each in MOVING_FILTERS], chosen, golden=6)
    yield from each_of([f"filters:{each}" for each in MOVING_FILTERS[:4]], chosen)
    yield from each_of(["", "48x36", "40x30/filters:grayscale()"], ANIMATED, "still_gifs", golden=5)


def _oriented() -> Iterator[Case]:
    turned = [f"turned{n}" for n in range(1, 9)]
    kinds = ["kinds/turned.avif", "kinds/turned.tiff", "kinds/orientation-8.png", "kinds/grey-exif.jpg",
             "kinds/cmyk-turned.jpg", "turned_webp", "turned_png"]  # fmt: skip
    calls = [
        "70x40/filters:rotate(90)", "fit-in/60x60/filters:fill(red)", "filters:no_upscale()",
        "40x90/filters:focal(0x0:30x30)", "10x5:60x100/40x40/filters:grayscale():rotate(270)",
        "60x60/filters:watermark(kinds/mark.png,1,1,0)", "fit-in/900x900/filters:upscale()",
        "300x300/filters:no_upscale()", "meta/50x70", "trim/50x50/filters:proportion(0.5)",
    ]  # fmt: skip
    for configuration in ("default", "orient"):
        yield from each_of(calls, turned if configuration == "orient" else turned[4:7:2],
                           configuration, golden=9)  # fmt: skip
        yield from each_of(["", "40x60", "-50x-30", "50x/filters:format(jpeg)", "trim"], kinds,
                           configuration, golden=6)  # fmt: skip
    yield from each_of(
        ["", "50x/filters:rotate(90)", "50x/filters:strip_exif()", "50x/filters:format(webp)",
         "50x/filters:format(png)", "50x/filters:format(avif)"],
        [*kinds, "exif", "turned6"], "exif",
    )  # fmt: skip


def _negotiated() -> Iterator[Case]:
    pictures = ("photo", "rgba", "palette_alpha", "la", "bilevel", "gif", "kinds/two.gif", "moving_webp",
                "kinds/alpha.tiff", "kinds/palette-key.png", "kinds/grey.bmp", "cmyk")  # fmt: skip
    for configuration in NEGOTIATED:
        for picture in pictures:
            for number, client in enumerate(CLIENTS):
                path = f"/unsafe/50x40/{PICTURES[picture]}"
                yield Case(
                    path, configuration, headers=client, golden=number == 0 and len(picture) > 8
                )
        for text in ("format(png)", "format(bad)", "quality(20):grayscale()", "fill(transparent)"):
            path = f"/unsafe/fit-in/50x50/filters:{text}/{PICTURES['rgb']}"
            yield Case(path, configuration, headers=BROWSER, golden=True)
