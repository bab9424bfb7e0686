"""Which formats a client may get instead of the source's, from Accept and the settings.

Thumbor 7.8 searches Accept for the text `image/webp`, so `q=0` counts as yes and `image/*` as
no. Here Accept is parsed (RFC 9110, 12.5.1), in one pass over its text. A quality value only
says yes or no: the order of preference is the server's, as in Thumbor.
"""

from __future__ import annotations

from ..job import Negotiated
from ..settings.sections import FormatSettings

MEDIA_TYPES = {
    "webp": ("image/webp",),
    "avif": ("image/avif",),
    "jpeg": ("image/jpeg", "image/jpg"),
    "heif": ("image/heif",),
    "png": ("image/png",),
}
"""Format -> what an Accept header calls it; in the order in which Thumbor 7.8 tries them."""

_MOVING = frozenset({"webp", "avif"})
"""Of these, the formats that become of animations."""

SPELLINGS = {"jpg": "jpeg", "heic": "heif"}
DEFAULT_VARIANT = "default"


def negotiate(accept: str | None, formats: FormatSettings) -> Negotiated:
    """What this client may get. `accept` is the Accept header; None accepts nothing special."""
    wanted = _wanted(formats)
    ranges = parse_accept(accept or "")
    accepted = tuple(name for name in wanted if accepts(ranges, name))
    return Negotiated(
        formats=accepted,
        png_to_jpg=formats.auto_png_to_jpg,
        vary=bool(wanted),
        variant=_variant(wanted, accepted),
        animated=formats.auto_animated and bool(_MOVING & set(wanted)),
    )


def parse_accept(accept: str) -> dict[str, float]:
    """Media range -> quality (0 to 1), lower case. Of equal ranges the best quality counts.

    Ranges with parameters of their own (`image/webp;level=1;q=1`) speak of something narrower
    than the format and are left out, as are malformed ones.
    """
    ranges: dict[str, float] = {}
    for part in accept.lower().split(","):
        name, *parameters = (each.strip() for each in part.split(";"))
        quality = _quality(parameters)
        if "/" in name and quality is not None:
            ranges[name] = max(quality, ranges.get(name, 0.0))
    return ranges


def accepts(ranges: dict[str, float], name: str) -> bool:
    """Whether a format is acceptable: the most specific range that names it decides.

    `*/*` counts for JPEG only: everybody sends it, and only JPEG is readable everywhere.
    """
    exact = [ranges[kind] for kind in MEDIA_TYPES[name] if kind in ranges]
    if exact:
        return max(exact) > 0
    if "image/*" in ranges:
        return ranges["image/*"] > 0
    return name == "jpeg" and ranges.get("*/*", 0) > 0


def _quality(parameters: list[str]) -> float | None:
    """1 without `q`; None for other parameters before it, or a value that is no quality."""
    if not parameters:
        return 1.0
    key, _, value = parameters[0].partition("=")
    if key.strip() != "q":
        return None
    return _weight(value.strip())


def _weight(text: str) -> float | None:
    """`0`, `0.5`, `1.000`: at most one digit, a point and three digits (RFC 9110, 12.4.2)."""
    whole, _, fraction = text.partition(".")
    if whole not in ("0", "1") or len(fraction) > 3 or not (fraction or "0").isdecimal():
        return None
    quality = float(text) if text.isascii() else 2.0
    return quality if quality <= 1 else None


def _wanted(formats: FormatSettings) -> tuple[str, ...]:
    """The formats that the settings offer, best first."""
    if formats.auto_image_format_preference:
        lower = (each.lower() for each in formats.auto_image_format_preference)
        names = (SPELLINGS.get(each, each) for each in lower)
        return tuple(dict.fromkeys(name for name in names if name in MEDIA_TYPES))
    switches = {
        "webp": formats.auto_webp,
        "avif": formats.auto_avif,
        "jpeg": formats.auto_jpg,
        "heif": formats.auto_heif,
        "png": formats.auto_png,
    }
    return tuple(name for name, on in switches.items() if on)


def _variant(wanted: tuple[str, ...], accepted: tuple[str, ...]) -> str:
    """The folder of the result storage, so that no client gets what another one accepts.

    Thumbor 7.8 knows `default` and `auto_webp`, right as long as WebP is the only format on
    offer; those entries stay valid. With others on offer its `default` may hold an AVIF, so
    nothing that we name so is read then.
    """
    if not wanted or (wanted == ("webp",) and not accepted):
        return DEFAULT_VARIANT
    return "auto_" + ("-".join(accepted) or "none")
