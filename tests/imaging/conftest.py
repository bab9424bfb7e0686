import io
from pathlib import Path

import pytest
from PIL import Image

from thumborlike.imaging.render import render
from thumborlike.interfaces import Source
from thumborlike.plugins import resolve_filters
from thumborlike.prepare import prepare
from thumborlike.settings import Settings
from thumborlike.settings.sections import EncodingSettings, FormatSettings, ImagingSettings
from thumborlike.url.grammar import parse

PICTURES = Path(__file__).parent.parent / "pictures"
SECTIONS = {"imaging": ImagingSettings, "encoding": EncodingSettings, "formats": FormatSettings}


def settings_with(**keys):
    """Settings from keys in lower case, put into the section that has them."""
    sections = {}
    for name, section in SECTIONS.items():
        own = {key: value for key, value in keys.items() if key in section.__dataclass_fields__}
        sections[name] = section(**own)
    return Settings(**sections)


@pytest.fixture(scope="session")
def filters():
    return resolve_filters(Settings().extensions.filters)


@pytest.fixture(scope="session")
def body_of():
    return lambda name: (PICTURES / name).read_bytes()


@pytest.fixture(scope="session")
def answer(filters, body_of):
    """`answer("50x50", "photo.jpg", max_width=...)`: the result of an unsafe URL."""

    def ask(operations, picture, *, accept=None, body=None, **keys):
        headers = {"accept": accept} if accept else {}
        path = "/".join(filter(None, ("/unsafe", operations, picture)))
        job = prepare(parse(path), headers, settings_with(**keys), filters)
        source = Source(picture, body_of(picture) if body is None else body)
        return render(source, {}, job)

    return ask


@pytest.fixture(scope="session")
def picture(answer):
    """The same, opened."""

    def ask(operations, name, **more):
        return Image.open(io.BytesIO(answer(operations, name, **more).body))

    return ask
