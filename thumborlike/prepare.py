"""From a parsed URL, the Accept header and the settings to a `Job`. Pure.

Request filters are applied here, so whatever a filter asks for is known before anything is
loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .errors import MalformedRequest
from .filtering import Filter, bind
from .http.negotiation import negotiate
from .interfaces import Key, Kind, SourceRequest
from .job import Job, Layout, Output
from .settings import Settings
from .settings.sections import ImagingSettings, StorageSettings
from .url.grammar import means_the_same_decoded
from .url.values import ImageRequest


def prepare(
    image: ImageRequest,
    headers: Mapping[str, str],
    settings: Settings,
    filters: Mapping[str, Filter[Any, Any]],
) -> Job:
    """The job that a URL asks for under these settings.

    Request filters run here, in URL order; pixel filters are left bound in `Job.filters`.
    Raises `MalformedRequest` over MAX_FILTERS or MAX_OVERLAYS, and what a request filter raises.
    """
    quirks = settings.imaging.thumbor_quirks
    bound = bind(image.filters, filters, settings.limits.max_filters, quirks=quirks)
    negotiated = negotiate(headers.get("accept"), settings.formats)
    job = Job(
        source=SourceRequest(image.source),
        overlays=(),
        layout=_layout(image, settings.imaging),
        filters=tuple(each for each in bound if each.filter.phase == "pixels"),
        output=Output(),
        negotiated=negotiated,
        encoding=settings.encoding,
        imaging=settings.imaging,
        result_key=Key(Kind.RESULT, image.path, negotiated.variant),
        keep=_may_be_kept(image, settings.storage),
        meta=image.meta,
        gif_output=Output() if settings.imaging.thumbor_quirks else None,
    )
    for each in bound:
        if each.filter.phase == "request":
            job = each.apply(job)
    return _with_overlays(job, settings.limits.max_overlays)


def _may_be_kept(image: ImageRequest, storage: StorageSettings) -> bool:
    """Thumbor 7.8: signed results, and unsafe ones with RESULT_STORAGE_STORES_UNSAFE.

    Results are filed by the decoded path, so one that means something else must not be.
    """
    asked = storage.result_storage_stores_unsafe or not image.unsafe
    return bool(storage.result_storage) and asked and means_the_same_decoded(image.path)


def _layout(image: ImageRequest, imaging: ImagingSettings) -> Layout:
    return Layout(
        width=image.width,
        height=image.height,
        fit=image.fit,
        adaptive=image.adaptive,
        crop=image.crop,
        trim=image.trim,
        flip_horizontal=image.flip_horizontal,
        flip_vertical=image.flip_vertical,
        halign=image.halign,
        valign=image.valign,
        smart=image.smart,
        orient=imaging.respect_orientation,
        max_width=imaging.max_width,
        max_height=imaging.max_height,
        max_output_pixels=imaging.max_output_pixels or 0,
        debug=image.debug,
        quirks=imaging.thumbor_quirks,
    )


def _with_overlays(job: Job, most: int) -> Job:
    names = tuple(dict.fromkeys(name for each in job.filters for name in each.overlays()))
    if most and len(names) > most:
        raise MalformedRequest(f"too many overlays: {len(names)}, allowed are {most}")
    return replace(job, overlays=tuple(map(SourceRequest, names))) if names else job
