"""Filters: one small module each, a typed function on a frame or on the job.

`BUILTIN` are the filters that are on by default (Thumbor 7.8: the default of FILTERS), plus
`cover` and `gifv`, which Thumbor finds as plain text. `autojpg` is there to be switched on.
"""

BUILTIN = (
    "autojpg",
    "background_color",
    "blur",
    "brightness",
    "colorize",
    "contrast",
    "convolution",
    "cover",
    "curve",
    "equalize",
    "extract_focal",
    "fill",
    "focal",
    "format",
    "frame",
    "gifv",
    "grayscale",
    "max_age",
    "max_bytes",
    "no_upscale",
    "noise",
    "proportion",
    "quality",
    "rgb",
    "rotate",
    "round_corner",
    "saturation",
    "sharpen",
    "stretch",
    "strip_exif",
    "strip_icc",
    "upscale",
    "watermark",
)
