"""From a parsed URL, the Accept header and the settings to a `Job`. Pure.

Request filters are applied here, so whatever a filter asks for is known before anything is
loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .errors import BadFilterArgument, MalformedRequest
from .filtering import BoundFilter, Filter, bind
from .http.negotiation import negotiate
from .interfaces import Key, Kind, SourceRequest
from .job import InnerJob, Job, Layout, Negotiated, Output
from .nesting import inner, whole
from .settings import Settings
from .settings.sections import ImagingSettings, LimitSettings, StorageSettings
from .url.encoding import source_name
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
    Pictures that filters put into this one become jobs of their own, in `Job.inner`.
    Raises `MalformedRequest` over MAX_FILTERS or MAX_OVERLAYS, `BadFilterArgument` over
    MAX_IMAGE_DEPTH, and what a request filter raises.
    """
    negotiated = negotiate(headers.get("accept"), settings.formats)
    asked = image if settings.imaging.thumbor_quirks else whole(image, filters)
    return _limited(_job(asked, negotiated, settings, filters), settings.limits)


def _job(
    image: ImageRequest,
    negotiated: Negotiated,
    settings: Settings,
    filters: Mapping[str, Filter[Any, Any]],
    depth: int = 0,
) -> Job:
    quirks = settings.imaging.thumbor_quirks
    bound = bind(image.filters, filters, settings.limits.max_filters, quirks=quirks)
    job = Job(
        source=SourceRequest(image.source),
        overlays=(),
        layout=_layout(image, settings.imaging),
        filters=_in_order(bound),
        output=Output(),
        negotiated=negotiated,
        encoding=settings.encoding,
        imaging=settings.imaging,
        result_key=Key(Kind.RESULT, image.path, negotiated.variant, (image.source,)),
        keep=_may_be_kept(image, settings.storage),
        meta=image.meta,
        gif_output=Output() if settings.imaging.thumbor_quirks else None,
        calls=tuple(each.filter.name for each in bound),
    )
    for each in bound:
        if each.filter.phase == "request":
            job = each.apply(job)
    paths = dict.fromkeys(path for each in job.filters for path in each.processed())
    nested = tuple(_inner_job(path, settings, filters, depth + 1) for path in paths)
    if job.source.name != image.source:  # extract_focal()
        job = replace(job, result_key=replace(job.result_key, made_of=(job.source.name,)))
    return _with_overlays(replace(job, inner=nested) if nested != job.inner else job)


def _in_order(bound: tuple[BoundFilter, ...]) -> tuple[BoundFilter, ...]:
    """Pixel filters as the URL has them; first those that seek, as nothing is moved yet."""
    pixels = [each for each in bound if each.filter.phase == "pixels"]
    return tuple(sorted(pixels, key=lambda each: not each.filter.seeks))


def _inner_job(
    path: str, settings: Settings, filters: Mapping[str, Filter[Any, Any]], depth: int
) -> InnerJob:
    """The first frame of a picture in the picture; nothing of it is negotiated or kept."""
    if depth > settings.limits.max_image_depth:
        raise BadFilterArgument("pictures are put into pictures deeper than allowed")
    asked = inner(path)
    job = _job(whole(asked.image, filters), Negotiated(), settings, filters, depth)
    job = replace(job, keep=False, output=replace(job.output, cover=True))
    return InnerJob(path, job, asked.less_width, asked.less_height)


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
        face_padding=0.0 if imaging.thumbor_quirks else imaging.smart_face_padding,
        face_zoom=0.0 if imaging.thumbor_quirks else imaging.smart_face_zoom,
        debug=image.debug,
        quirks=imaging.thumbor_quirks,
    )


def _with_overlays(job: Job) -> Job:
    """The job with every source but its own: its filters' and those of the pictures in it."""
    own = (SourceRequest(name) for each in job.filters for name in each.overlays())
    inner_ones = (wanted for each in job.inner for wanted in (each.job.source, *each.job.overlays))
    named = tuple(dict.fromkeys((*own, *inner_ones)))
    if named == job.overlays:
        return job
    others = (source_name(each.name) for each in named)
    made_of = tuple(dict.fromkeys((job.source.name, *others)))
    return replace(job, overlays=named, result_key=replace(job.result_key, made_of=made_of))


def _limited(job: Job, limits: LimitSettings) -> Job:
    """The job itself, if all its pictures together ask for no more than allowed."""
    wanted = max(len(job.overlays), _inner_count(job))
    if limits.max_overlays and wanted > limits.max_overlays:
        raise MalformedRequest(f"too many overlays: {wanted}, allowed are {limits.max_overlays}")
    filters = _filter_count(job)
    if limits.max_filters and filters > limits.max_filters:
        raise MalformedRequest(f"too many filters: {filters}, allowed are {limits.max_filters}")
    return job


def _filter_count(job: Job) -> int:
    """Filters that work on pixels, those of pictures in the picture too."""
    return len(job.filters) + sum(_filter_count(each.job) for each in job.inner)


def _inner_count(job: Job) -> int:
    return sum(1 + _inner_count(each.job) for each in job.inner)
