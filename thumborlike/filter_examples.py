"""One call of each pixel filter, as the filter reference shows it in a picture."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

EXAMPLES: Mapping[str, str] = MappingProxyType(
    {
        "background_color": "round_corner(30,0,0,0,1):background_color(orange)",
        "blur": "blur(4)",
        "brightness": "brightness(15)",
        "colorize": "colorize(40,40,40,ff8000)",
        "contrast": "contrast(30)",
        "convolution": "convolution(-1;-1;-1;-1;8;-1;-1;-1;-1,3,false)",
        "crop": "crop(40,20,80,60)",
        "curve": "curve([(0,0),(128,150),(255,255)],[(0,0),(255,255)],[(0,0),(255,255)],"
        "[(0,0),(255,255)])",
        "draw_detections": "draw_detections()",
        "duotone": "duotone(102060,ffd080)",
        "equalize": "equalize()",
        "fill": "fill(orange)",
        "frame": "frame(frame.png)",
        "grayscale": "grayscale()",
        "hue": "hue(120)",
        "image": "image(/70x50/filters:grayscale():round_corner(12,0,0,0,1)/sample.jpg,-8,-8)",
        "invert": "invert()",
        "label": "label(Hello,20,20,30,white)",
        "median": "median(5)",
        "noise": "noise(40,1)",
        "opacity": "opacity(40)",
        "padding": "padding(orange,10)",
        "pixelate": "pixelate(8)",
        "proportion": "proportion(0.5)",
        "redact": "redact(pixelate)",
        "red_eye": "red_eye()",
        "rgb": "rgb(30,0,-30)",
        "rotate": "rotate(90)",
        "round_corner": "round_corner(30,255,255,255)",
        "saturation": "saturation(2.5)",
        "sharpen": "sharpen(2,1,true)",
        "text": "text('Up, up and away',center,b,sans-16,white,0,,70p,center)",
        "threshold": "threshold(110)",
        "upscale": "proportion(0.5):upscale()",
        "watermark": "watermark(mark.png,-8,-8,30,25)",
    }
)
"""By filter. `frame.png`, `mark.png` and those of `OTHER_SAMPLES` are drawn by
`docs/make_pictures.py`."""

OTHER_SAMPLES: Mapping[str, str] = MappingProxyType(
    {"draw_detections": "portrait", "redact": "portrait", "red_eye": "face"}
)
"""Filters that show nothing on the sample, and the picture that they are shown on."""
