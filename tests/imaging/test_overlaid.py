"""Pictures that are laid over others, decoded once for many."""

import io
from pathlib import Path

import pytest
from PIL import Image

from thumborlike.errors import BadFilterArgument
from thumborlike.imaging import overlaid
from thumborlike.imaging.kept import Shared
from thumborlike.imaging.overlaid import decoded_overlays
from thumborlike.imaging.render import render
from thumborlike.interfaces import Source
from thumborlike.prepare import prepare
from thumborlike.settings import Settings
from thumborlike.settings.sections import ImagingSettings
from thumborlike.url.grammar import parse

PHOTO = (Path(__file__).parent.parent / "pictures" / "photo.jpg").read_bytes()


def mark(color, size=(20, 10)):
    file = io.BytesIO()
    Image.new("RGBA", size, color).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def decoded(monkeypatch):
    """The bodies of the overlays that were decoded."""
    found = []

    def counted(body, imaging):
        found.append(body)
        return open_source(body, imaging)

    open_source = overlaid.open_source
    monkeypatch.setattr(overlaid, "open_source", counted)
    return found


@pytest.fixture
def shared():
    return Shared(1 << 20, 20)


@pytest.fixture
def make(filters):
    def one(operations, body, shared=None):
        job = prepare(parse(f"/unsafe/{operations}/photo.jpg"), {}, Settings(), filters)
        named = {each.name: Source(each.name, body) for each in job.overlays}
        return render(Source("photo.jpg", PHOTO), named, job, shared=shared).body

    return one


def test_one_for_many_pictures(make, shared, decoded):
    red, blue = mark((255, 0, 0, 90)), mark((0, 0, 255, 90))
    works = [f"{side}x{side}/filters:watermark(m.png,5,5,20)" for side in (60, 70, 80)]
    kept = [make(each, red, shared) for each in works]
    assert decoded == [red]
    assert [make(each, red) for each in works] == kept
    assert make(works[0], blue, shared) not in kept, "another one of the same name"
    assert decoded.count(blue) == 1


def test_what_a_filter_draws_on_it_is_not_seen_by_others(shared):
    sources = {"m.png": Source("m.png", mark((9, 9, 9, 9)))}
    for _ in range(2):
        image = decoded_overlays(["m.png"], sources, ImagingSettings(), shared)["m.png"]
        assert image.getpixel((0, 0)) == (9, 9, 9, 9)
        image.putpixel((0, 0), (1, 2, 3, 4))
        image.putalpha(200)


def test_one_that_cannot_be_decoded_is_not_kept(shared, decoded):
    sources = {"m.png": Source("m.png", mark((9, 9, 9, 9))[:40])}
    for _ in range(2):
        with pytest.raises(BadFilterArgument):
            decoded_overlays(["m.png"], sources, ImagingSettings(), shared)
    assert len(decoded) == 2


def test_too_large_to_be_kept_is_still_drawn(decoded):
    body = mark((9, 9, 9, 9), (300, 300))
    sources, small = {"m.png": Source("m.png", body)}, Shared(1000, 20)
    for _ in range(2):
        image = decoded_overlays(["m.png"], sources, ImagingSettings(), small)["m.png"]
        assert image.size == (300, 300)
    assert len(decoded) == 2
