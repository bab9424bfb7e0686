from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from PIL import Image

from thumborlike.filter_docs import builtin_registry
from thumborlike.filtering import BoundFilter, Filter, Frame, Job, bind
from thumborlike.interfaces import Key, Kind, SourceRequest
from thumborlike.job import Layout, Negotiated, Output
from thumborlike.settings.pictures import EncodingSettings, ImagingSettings


@pytest.fixture(scope="session")
def registry() -> Mapping[str, Filter[Any, Any]]:
    return builtin_registry()


@pytest.fixture(scope="session")
def run(registry: Mapping[str, Filter[Any, Any]]) -> Callable[..., Any]:
    """Apply the filters of a URL's text, in order, to a frame (or an image) or a job."""

    def apply(text: str, subject: Any, overlays: Mapping[str, Image.Image] | None = None) -> Any:
        made = Frame(subject) if isinstance(subject, Image.Image) else subject
        bound: tuple[BoundFilter, ...] = bind(text, registry)
        for each in bound:
            made = each.apply(made, overlays or {})
        return made

    return apply


@pytest.fixture(scope="session")
def noise() -> Callable[..., Image.Image]:
    def make(mode: str, size: tuple[int, int], seed: int) -> Image.Image:
        width, height = size
        return Image.frombytes(
            mode, size, random.Random(seed).randbytes(width * height * len(mode))
        )

    return make


@pytest.fixture
def job() -> Job:
    return Job(
        source=SourceRequest("pictures/cat.jpg"),
        overlays=(),
        layout=Layout(width=300, height=200),
        filters=(),
        output=Output(),
        negotiated=Negotiated(),
        encoding=EncodingSettings(),
        imaging=ImagingSettings(),
        result_key=Key(Kind.RESULT, "/unsafe/300x200/pictures/cat.jpg"),
        keep=True,
    )
