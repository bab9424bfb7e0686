"""`format`: the output format that the URL demands."""

from __future__ import annotations

from dataclasses import replace

from thumborlike.filtering import Job, request_filter

_FORMATS = {
    "avif": "avif",
    "gif": "gif",
    "heic": "heif",
    "heif": "heif",
    "jpeg": "jpeg",
    "jpg": "jpeg",
    "png": "png",
    "webp": "webp",
}
_OURS = {"jxl": "jxl", "tif": "tiff", "tiff": "tiff"}
"""Formats that Thumbor 7.8 does not know, so that it keeps to the usual one."""


@request_filter(name="format")
def output_format(job: Job, name: str) -> Job:
    """Make this format: `png jpeg jpg gif webp avif heic heif tiff jxl`, in any case.

    Any other word takes an earlier `format` back (Thumbor 7.8).
    """
    known = _FORMATS if job.layout.quirks else {**_FORMATS, **_OURS}
    return replace(job, output=replace(job.output, format=known.get(name.lower())))
