"""What the page has to know of the server it is on, as one JSON document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..client.snippets import HASHES, SNIPPETS, template
from ..plugins import resolve_filters
from .controls import describe_filters

if TYPE_CHECKING:
    from ..settings import Settings

FORMATS = ("jpeg", "png", "webp", "avif", "gif", "heif", "jxl", "tiff")
NO_KEY = "No SECURITY_KEY is configured."
NOT_SWITCHED_ON = "PLAYGROUND_SIGNS is off."
NO_UPLOADS = "This server takes no uploads (UPLOAD_ENABLED is off)."
ELSEWHERE = "Uploads go where pictures are not looked for (UPLOAD_PHOTO_STORAGE is not STORAGE)."


def describe(settings: Settings) -> dict[str, Any]:
    """Filters, formats and what is allowed. Imports Pillow and all filters: not for the loop."""
    quirks = settings.imaging.thumbor_quirks
    return {
        "filters": describe_filters(resolve_filters(settings.extensions.filters), quirks=quirks),
        "formats": _formats(),
        "unsafe": settings.security.allow_unsafe_url,
        "signer": settings.security.url_signer,
        **_signing(settings),
        **_uploads(settings),
        "pictures": list(settings.pages.playground_pictures),
        "limits": _limits(settings),
        "explains": settings.pages.explain,
        "snippets": _snippets(settings.security.url_signer),
    }


def why_not_signing(settings: Settings) -> str:
    """Why the page gets no signatures; empty if it does."""
    if not settings.security.has_key:
        return NO_KEY
    return "" if settings.pages.playground_signs else NOT_SWITCHED_ON


def _signing(settings: Settings) -> Mapping[str, Any]:
    why = why_not_signing(settings)
    return {"signs": not why, "signs_why": why}


def _uploads(settings: Settings) -> Mapping[str, Any]:
    upload, kept = settings.upload, settings.storage.storage
    why = "" if upload.upload_enabled else NO_UPLOADS
    if not why and (upload.upload_photo_storage or kept) != kept:
        why = ELSEWHERE
    return {"uploads": not why, "uploads_why": why, "upload_max_size": upload.upload_max_size}


def _formats() -> list[str]:
    from ..imaging.choice import encodes  # noqa: PLC0415

    return [name for name in FORMATS if encodes(name)]


def _limits(settings: Settings) -> dict[str, int]:
    return {
        "width": settings.imaging.max_width,
        "height": settings.imaging.max_height,
        "filters": settings.limits.max_filters,
    }


def _snippets(signer: str) -> list[dict[str, str]]:
    """Programs that sign as this server does; none if somebody else's signer is in use."""
    if signer not in HASHES:
        return []
    return [
        {
            "id": each.id,
            "label": each.label,
            "quoting": each.quoting,
            "text": template(each).replace("@HASH@", HASHES[signer]),
        }
        for each in SNIPPETS
    ]
