"""Every filter of Thumbor with arguments of every kind, and a fixed list of chains of filters."""

# ruff: noqa: E501  (the tables are read as rows)

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence

from .cases import PICTURES, Case, each_of

SEED = 78
CHAINS = 220

# a word with {} is tried with the picture's own path, for filters that load another one
ARGUMENTS: Mapping[str, Sequence[str]] = {
    "brightness": ("20", "-20", "0", "100", "-100", "250", "-999", "007", "1.5", "+5", "", "abc",
                   "20,30", "'20'", "%2020%20", "20)xyz", "--5", "-", "1e2", "%31%30"),
    "contrast": ("20", "-20", "0", "100", "-100", "-200", "-150", "400", "12.5", "", "x", "-0",
                 "20,1", "%2030"),
    "rgb": ("20,-20,40", "0,0,0", "100,100,100", "-100,-100,-100", "300,0,-300", "1,2", "1,2,3,4",
            "1.5,2,3", "%2010%20,%20-10%20,%205%20", "a,b,c", "", "'1','2','3'", "10,,10"),
    "colorize": ("40,50,60,ff0000", "0,0,0,00ff00", "100,100,100,0000FF", "150,20,20,123456",
                 "40,50,60,'ff8800'", "40,50,60", "40,50,60,red", "40,50,60,%23ff0000", "-5,5,5,ff0000",
                 "40,50,60,fff", "4.5,5,5,ff0000", "300,300,300,804020", "40,50,60,ff0000,1",
                 "%2040,%2050,%2060,%20ff0000"),
    "equalize": ("", "%20", "1"),
    "saturation": ("0", "0.5", "1", "1.0", "2", "5.5", "-1", "-0.25", ".5", "1.", "abc", "", "1,5",
                   "0.0", "%201.5%20", "1e1", "'2'"),
    "grayscale": ("", "1", "%20"),
    "sharpen": ("1.5,0.5,true", "1.5,0.5,false", "0,0,true", "0,0,false", "8,1,1", "2,3,0",
                "-1,2,true", "1,1", "1,1,yes", "1,1,True", "1,1,FALSE", "5,-2,true", "20,0.01,false",
                ".5,.5,true", "a,1,true", "1,1,true,9", "%201%20,%202%20,%20true%20", "0.0,1.0,False"),
    "blur": ("1", "2", "5", "10", "3,1", "3,0", "5,9", "10,2.5", "0", "-1", "", "abc", "2.5", "4,-2",
             "200", "30,50", "1,0.1", "'3'", "%203%20,%202%20", "3,x", "007"),
    "convolution": ("1;2;1;2;4;2;1;2;1,3,true", "1;2;1;2;4;2;1;2;1,3,false", "-1;-1;-1;-1;8;-1;-1;-1;-1,3,false",
                    "0;-1;0;-1;5;-1;0;-1;0,3,true", "0;-1;0;-1;5;-1;0;-1;0,3", "1;0;0,3", "1;1;1;1;1,5,true",
                    "1;1;1;1;1,1,true", "1,1,false", "1.5;0.5;1,3,true", "1;2;3;4,2,true", "1;2;3,2,true",
                    "1;2;1;2;4;2;1;2;1,0,true", "1;2;1;2;4;2;1;2;1,-3,true", "a;b;c,3,true", "",
                    "1;-1;0,3,true", "-1;0;1;-2;0;2;-1;0;1,3,false", "0;0;0;0;0;0;0;0;0,3,true",
                    "1;2;1;2;4;2;1;2;1,3,True", "1;2;1;2;4;2;1;2;1,3,0", "0;0;0;0;1;0;0;0;0;0;0;0;0;0;0,3,true"),
    "curve": ("[(0,0),(255,255)],[(0,50),(16,51),(32,69),(58,85),(92,120),(128,170),(140,186),(167,225),(192,245),(225,255),(244,255),(255,254)],[(0,0),(16,2),(32,18),(64,59),(92,116),(128,182),(167,211),(192,227),(224,240),(244,247),(255,252)],[(0,48),(16,50),(62,77),(92,110),(128,144),(140,153),(167,180),(192,192),(224,217),(244,225),(255,225)]",
              "[(0,255),(255,0)],[(0,0),(255,255)],[(0,0),(255,255)],[(0,0),(255,255)]",
              "[(0,0),(128,200),(255,255)],[(0,0),(255,255)],[(0,0),(255,128)],[(0,20),(255,255)]",
              "[(50,20),(200,240)],[(0,0),(255,255)],[(0,0),(255,255)],[(0,0),(255,255)]",
              "[(0,0),(255,255)],[(0,0),(255,255)],[(0,0),(255,255)]", "[],[],[]", "abc", "",
              "[(0,0)],[(0,0)],[(0,0)],[(0,0)]", "[(0,0),(300,300)],[(0,0),(255,255)],[(0,0),(255,255)],[(0,0),(255,255)]",
              "[(0,%200),(255,255)],[(0,0),(255,255)],[(0,0),(255,255)],[(0,0),(255,255)]"),
    "round_corner": ("20,255,255,255", "20|5,255,0,0", "5|30,0,0,255", "20,255,255,255,true",
                     "20,255,255,255,1", "20,255,255,255,false", "0,255,255,255", "500,0,0,0",
                     "20,300,0,0", "20", "20,1,2", "-5,0,0,0", "20|,0,0,0", "2.5,0,0,0", "'20',0,0,0",
                     "1,10,20,30", "%2020%20,255,255,255", "10,0,0,0,True", "45,40,40,40,true"),
    "rotate": ("0", "90", "180", "270", "360", "-90", "-450", "720", "45", "91", "1.5", "", "abc",
               "90,90", "%2090", "'90'", "-0", "99999999990", "-99999999990"),
    "proportion": ("0.5", "1", "1.0", "0.001", "0", "-1", "2", ".3", "0.333", "50", "abc", "", "0.5,1",
                   "0.99", "%200.5"),
    "upscale": ("", "1", "%20"),
    "no_upscale": ("", "1"),
    "stretch": ("", "1"),
    "fill": ("red", "RED", "rebeccapurple", "f00", "ff0000", "FF000080", "f008", "%23fff", "'blue'",
             "auto", "AUTO", "blur", "BLUR", "transparent", "Transparent", "red,true", "red,false", "red,1", "red,0",
             "red,True", "red,yes", "auto,true", "blur,true", "transparent,1", "", "nocolour", "12345",
             "rgb(255,0,0)", "hsl(0,100%25,50%25)", "ffff", "%20red", "red,", "red,1,2", "ggg"),
    "background_color": ("red", "BLUE", "0f0", "00ff00", "00ff0080", "0f08", "%23123456", "auto",
                         "transparent", "", "nocolour", "'navy'", "blur", "red,1", "%20red", "rgb(1,2,3)"),
    "focal": ("10x10:60x60", "10x10:10x60", "10x10", "-5x-5:20x20", "0x0:10x10:20x20", "abc", "",
              "60x60:10x10", "10x10:60x60,1", "%2010x10:60x60", "1.5x1:20x20", "500x500:900x900"),
    "extract_focal": ("", "1"),
    "quality": ("1", "50", "100", "0", "-1", "101", "500", "33.3", "'40'", "007", "4,5", "%2040%20",
                "abc", "", "%34%30"),
    "format": ("png", "PNG", "'png'", "Jpeg", "webp", "gif", "avif", "bmp", "", "png,1", "%20png%20",
               "jpg2000", "svg", "webp%20"),
    "max_bytes": ("100000000", "0", "-5", "abc", "", "1.5"),
    "max_age": ("60", "0", "-5", "abc", "", "1.5", "60,60", "31536000", "%2060", "007"),
    "strip_icc": ("", "1"),
    "strip_exif": ("", "1"),
    "noise": ("0", "-5", "", "abc", "1.5", "0,5", "-1,2", "0,0"),
    "watermark": ("{},10,20,0", "{},-10,-20,0", "{},center,center,0", "{},center,10,50", "{},10p,20p,0",
                  "{},-10p,-5p,30", "{},repeat,repeat,0", "{},repeat,5,60", "{},5,repeat,60", "{},-0,-0,0",
                  "{},0,0,100", "{},0,0,0,50", "{},0,0,0,none,50", "{},0,0,0,50,50", "{},0,0,0,25,10",
                  "{},0,0,0,7", "{},0,0,0,200", "{},0,0,0,none,none", "{},0,0,0,0,0", "'{}',10,10,40",
                  "{},10,10", "{},10", "{}", "", "{},a,b,0", "{},10,10,abc", "{},10,10,-5", "{},10,10,150",
                  "{},300,300,0", "{},-300,-300,0", "{},0,0,0,abc", "{},33p,-0,20,30", "{},0,0,0,-10",
                  "missing.png,0,0,0", "text.txt,0,0,0", "{},%2010%20,%2020%20,%200%20", "{},1.5,2,0",
                  "{},100p,-100p,0", "{},CENTER,center,0", "{},center,center,20,40,none",
                  "{},0,0,0,1000", "%20{},0,0,0"),
    "frame": ("{}", "'{}'", "missing.png", "", "{},1", "text.txt"),
    "hue": ("20",), "nothing": ("1",), "Brightness": ("20",), "%20brightness": ("20",),
    "autojpg": ("", "true", "false"), "red_eye": ("",), "cover": ("",), "gifv": ("", "webm"),
}  # fmt: skip
LOADED = "kinds/mark.png"
"""A small picture with soft transparency, for the filters that load one."""

OTHER_PICTURES: Sequence[str] = ("rgba", "palette_alpha", "luma", "la", "bilevel", "cmyk")
EVERYWHERE: Sequence[str] = (
    "brightness(20)", "contrast(-30)", "rgb(20,-20,40)", "colorize(40,50,60,ff0000)", "equalize()",
    "saturation(0.4)", "grayscale()", "sharpen(1.5,0.5,true)", "blur(3)", "rotate(90)",
    "convolution(1;2;1;2;4;2;1;2;1,3,true)", "round_corner(15,255,0,0,true)", "proportion(0.6)",
    "curve([(0,255),(255,0)],[(0,0),(255,255)],[(0,0),(255,255)],[(0,0),(255,255)])",
    "fill(red)", "background_color(blue)", "watermark(kinds/mark.png,-5,center,20)", "format(png)",
    "format(webp)", "format(gif)", "format(jpeg)", "format(avif)", "noise(0)", "strip_icc()",
)  # fmt: skip
CHAINED: Sequence[str] = (
    "brightness({b})", "contrast({c})", "rgb({c},{b},{c})", "colorize({p},{p},{p},{h})",
    "saturation({f})", "grayscale()", "sharpen({f},{f},true)", "sharpen({f},{f},false)", "blur({r})",
    "blur({r},{r})", "convolution(1;2;1;2;4;2;1;2;1,3,true)", "rotate({q})", "proportion(0.{d})",
    "fill({n})", "fill({h},1)", "fill(auto)", "background_color({n})", "upscale()", "no_upscale()",
    "stretch()", "focal({d}x{d}:6{d}x5{d})", "watermark(kinds/mark.png,{b},{c},{p})",
    "watermark(kinds/mark.png,repeat,center,{p},2{d})", "quality(8{d})", "strip_icc()", "strip_exif()",
    "equalize()", "unknown({d})", "brightness(abc)", "max_age({d})", "noise(0)",
)  # fmt: skip
SHAPES: Sequence[str] = (
    "", "90x70", "70x90", "fit-in/80x80", "full-fit-in/60x80", "adaptive-fit-in/60x90", "-80x60",
    "80x-60", "-70x-70", "10x5:80x60/50x50", "5x5:60x60/fit-in/40x70", "100x40/left/top",
    "40x100/right/bottom", "60x60/smart", "trim/60x60", "trim:top-left:10/fit-in/50x50", "120x",
    "x100", "fit-in/300x300", "200x0/center/middle", "origx50", "-0x-0", "fit-in/-90x90",
)  # fmt: skip
ENDINGS: Sequence[str] = (
    "",
    "",
    "",
    ":format(png)",
    ":format(webp)",
    ":format(jpeg)",
    ":format(gif)",
)


def filter_cases() -> Iterator[Case]:
    """Each filter with each argument form, the main ones on other modes, and the chains."""
    yield from each_of(_calls(), ["rgb"], golden=3)
    yield from each_of(_calls(), ["photo"])
    yield from each_of([f"60x45/filters:{each}" for each in EVERYWHERE], OTHER_PICTURES, golden=4)
    yield from each_of(
        [f"{size}/filters:{each}" for size in ("1x1", "2x2", "7x5", "31x17") for each in EVERYWHERE[:13]],
        ["rgb"],
        golden=5,
    )  # fmt: skip
    for name in ("autojpg(true)", "autojpg(false)", "autojpg()", "red_eye()"):
        yield from each_of([f"50x40/filters:{name}"], ["rgb", "rgba", "photo"], "all_filters")
    yield from _nested()
    yield from chains()


def _calls() -> list[str]:
    mark = PICTURES[LOADED]
    calls = []
    for name, arguments in ARGUMENTS.items():
        # fill and upscale show only what fit-in leaves over; crops tell where a focal point is
        size = {"fill": "fit-in/90x90", "upscale": "fit-in/400x400", "focal": "40x120",
                "stretch": "40x120", "no_upscale": "400x500"}.get(name, "90x68")  # fmt: skip
        for each in arguments:
            given = each.replace("{}", mark)
            calls.append(f"{size}/filters:{name}({given})")
    return calls


def _nested() -> Iterator[Case]:
    """URLs and brackets inside of arguments, and texts at the edge of the grammar."""
    mark = PICTURES[LOADED]
    for text in (
        f"watermark('{mark}',1,1,0):grayscale()", f"watermark({mark}%2C1%2C1%2C0)",
        "brightness(20)xyz:contrast(100)", "brightness(20):", "brightness(20", "brightness%2020)",
        "brightness(20)::contrast(50)", "brightness((20))", "brightness(20):contrast", ":brightness(20)",
        "brightness(20):brightness(20):brightness(20)", "format(png):format(webp)", "format(png):format(bad)",
        "quality(5):quality(95)", "grayscale():grayscale()", "BRIGHTNESS(20):contrast(20)",
        "watermark(http://127.0.0.1:1/a.png,1,1,0)", "watermark(%68ttp%3A%2F%2F127.0.0.1%3A1%2Fa.png,1,1,0)",
        "brightness(%32%30)", "brightness%2820%29", "brightness(20)%3Acontrast(20)", "rgb(1,2,3):rgb(1,2)",
        "grayscale(%20)", "grayscale()()", "blur(2)%20:blur(2)", "brightness(99999999999)",
        "watermark(unsafe/10x10/filters:grayscale()/photo.jpg,1,1,0)",
    ):  # fmt: skip
        yield from each_of([f"80x60/filters:{text}"], ["rgb"], golden=2)


def chains() -> Iterator[Case]:
    """Three to six filters in a row over sizes, crops and flips: the same list every time."""
    chance = random.Random(SEED)
    names = ("photo", "tall", "rgb", "rgba", "la", "palette", "palette_alpha", "webp_alpha", "gray",
             "bilevel", "border", "tiff", "kinds/turned.tiff", "kinds/ycck.jpg", "kinds/icc.webp")  # fmt: skip
    for number in range(CHAINS):
        count = chance.randint(3, 6)
        calls = [_filled(chance.choice(CHAINED), chance) for _ in range(count)]
        text = ":".join(calls) + chance.choice(ENDINGS)
        shape, picture = chance.choice(SHAPES), chance.choice(names)
        options = f"{shape}/filters:{text}" if shape else f"filters:{text}"
        configuration = "orient" if number % 7 == 6 else "default"
        yield from each_of([options], [picture], configuration, golden=1 if number % 3 == 0 else 0)


def _filled(call: str, chance: random.Random) -> str:
    values: dict[str, object] = {
        "b": chance.randint(-40, 40),
        "c": chance.randint(-30, 60),
        "p": chance.randint(0, 80),
        "h": f"{chance.randrange(1 << 24):06x}",
        "f": chance.choice(("0.2", "0.5", "1.0", "1.4", "2")),
        "r": chance.randint(1, 6),
        "q": chance.choice((90, 180, 270, -90, 45)),
        "d": chance.randint(1, 9),
        "n": chance.choice(("red", "navy", "00ff0080", "transparent", "white", "ccc")),
    }
    return call.format(**values)
