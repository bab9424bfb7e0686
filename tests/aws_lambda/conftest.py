"""Functions of the test's own, in this process."""

from __future__ import annotations

import asyncio
import io

import pytest
from PIL import Image
from signed_links import KEY, NAMES

from thumborlike.aws_lambda.configuration import defaults_for
from thumborlike.aws_lambda.handler import Function
from thumborlike.service import build
from thumborlike.settings.reader import load


def picture(name: str) -> bytes:
    """A small picture, another one for each name."""
    shade = sum(name.encode()) % 200
    image = Image.radial_gradient("L").resize((96, 64))
    made = io.BytesIO()
    Image.merge(
        "RGB", (image, image.point(lambda x: 255 - x), Image.new("L", (96, 64), shade))
    ).save(made, "JPEG", quality=90)
    return made.getvalue()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("originals")
    for name in NAMES:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(picture(name))
    return folder


@pytest.fixture
def function():
    """Makes functions of keys; they are closed afterwards."""
    open_ones = []

    def make(**keys):
        loop = asyncio.new_event_loop()
        keys = {"SECURITY_KEY": KEY, "ALLOW_UNSAFE_URL": True, "STORAGE": "no", **keys}
        service = build(load("/dev/null", overrides=keys, defaults=defaults_for({})))
        open_ones.append((loop, service))
        return Function(service, loop)

    yield make
    for loop, service in open_ones:
        loop.run_until_complete(service.drain(5))
        loop.close()
