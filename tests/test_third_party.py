"""What docs/extending.md shows works as written, in a package that others have installed."""

import asyncio
import importlib
import io
import re
import sys
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from thumborlike.http.message import Request
from thumborlike.service import build
from thumborlike.settings.reader import load
from thumborlike.testing import environment, filter_checks, loader_checks, storage_checks

PICTURES = Path(__file__).parent / "pictures"
PAGE = (Path(__file__).parent.parent / "docs" / "extending.md").read_text(encoding="utf-8")
FILTER, ZIPPED, SQLITE = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
ENTRY_POINTS = """\
[thumborlike.filters]
vignette = mycompany.vignette
[thumborlike.loaders]
zipped = mycompany.zipped
[thumborlike.storages]
sqlite = mycompany.sqlite
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A folder on sys.path with the package `mycompany` and what pip writes beside it."""
    site = tmp_path / "site"
    package, metadata = site / "mycompany", site / "mycompany-1.0.dist-info"
    package.mkdir(parents=True)
    metadata.mkdir()
    (package / "__init__.py").write_text("")
    (package / "vignette.py").write_text(FILTER)
    (package / "zipped.py").write_text(ZIPPED.replace("/srv", str(tmp_path)))
    (package / "sqlite.py").write_text(SQLITE.replace("/srv", str(tmp_path)))
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: mycompany\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.syspath_prepend(str(site))
    importlib.invalidate_caches()
    yield site
    for name in [each for each in sys.modules if each.partition(".")[0] == "mycompany"]:
        del sys.modules[name]


@pytest.fixture
def answers(tmp_path):
    """`answers(path, ..., KEY=value)`: the answers under a configuration."""

    def ask(*paths, **keys):
        values = {
            "LOADER": "file",
            "FILE_LOADER_ROOT_PATH": str(PICTURES),
            "STORAGE": "thumbor.storages.no_storage",
            **keys,
        }
        conf = tmp_path / "thumbor.conf"
        conf.write_text("".join(f"{key} = {value!r}\n" for key, value in values.items()))
        return asyncio.run(_asked(build(load(conf)), paths))

    return ask


async def _asked(service, paths):
    try:
        return [await service.handle(Request("GET", path)) for path in paths]
    finally:
        await service.drain(5)


def corner(response):
    assert response.status == 200
    return sum(Image.open(io.BytesIO(response.body)).convert("RGB").getpixel((0, 0)))


def test_the_page_shows_a_filter_in_under_25_lines():
    assert len(FILTER.splitlines()) < 25


@pytest.mark.parametrize("name", ["vignette", "mycompany.vignette"])
def test_an_installed_filter_is_served(installed, answers, name):
    plain, dark, unfitting = answers(
        "/unsafe/60x40/rgb.png",
        "/unsafe/60x40/filters:vignette(90)/rgb.png",
        "/unsafe/60x40/filters:vignette(101)/rgb.png",
        FILTERS=[name],
    )
    assert corner(dark) < corner(plain) / 2
    assert corner(unfitting) == corner(plain)


def test_an_installed_filter_works_beside_our_own(installed, answers):
    (both,) = answers(
        "/unsafe/60x40/filters:grayscale():vignette():format(png)/photo.jpg",
        FILTERS=["grayscale", "vignette", "thumbor.filters.format"],
    )
    red, green, blue = Image.open(io.BytesIO(both.body)).convert("RGB").getpixel((30, 20))
    assert both.header("content-type") == "image/png"
    assert red == green == blue


@pytest.mark.parametrize("picture", ["rgba.png", "palette-alpha.png", "grey-16.png", "cmyk.jpg"])
def test_the_filter_of_the_page_takes_any_mode(installed, answers, picture):
    (answer,) = answers(f"/unsafe/60x40/filters:vignette()/{picture}", FILTERS=["vignette"])
    assert answer.status == 200


@pytest.mark.parametrize("name", ["zipped", "mycompany.zipped"])
def test_an_installed_loader_is_served(installed, answers, tmp_path, name):
    with zipfile.ZipFile(tmp_path / "pictures.zip", "w") as archive:
        archive.write(PICTURES / "photo.jpg", "some/photo.jpg")
    found, missing, elsewhere = answers(
        "/unsafe/60x40/some/photo.jpg",
        "/unsafe/60x40/other.jpg",
        "/unsafe/60x40/http://127.0.0.1/photo.jpg",
        LOADER=name,
    )
    assert Image.open(io.BytesIO(found.body)).size == (60, 40)
    assert (missing.status, elsewhere.status) == (404, 400)


@pytest.mark.parametrize("name", ["sqlite", "mycompany.sqlite"])
def test_an_installed_storage_keeps_sources_and_results(installed, answers, tmp_path, name):
    keys = {"STORAGE": name, "RESULT_STORAGE": name, "RESULT_STORAGE_STORES_UNSAFE": True}
    (first,) = answers("/unsafe/60x40/photo.jpg", **keys)
    gone = {**keys, "FILE_LOADER_ROOT_PATH": str(tmp_path / "nothing")}
    again, other = answers("/unsafe/60x40/photo.jpg", "/unsafe/30x20/photo.jpg", **gone)
    assert again.body == first.body
    assert Image.open(io.BytesIO(other.body)).size == (30, 20)


@pytest.mark.parametrize("check", storage_checks(large=1 << 20), ids=str)
def test_the_storage_of_the_page_keeps_its_promises(installed, check):
    storage = importlib.import_module("mycompany.sqlite")
    check(lambda: storage.create(environment()))


@pytest.mark.parametrize("check", filter_checks(), ids=str)
def test_the_filter_of_the_page_keeps_its_promises(installed, check):
    check(lambda: importlib.import_module("mycompany.vignette").vignette, "vignette(60)")


@pytest.mark.parametrize("check", loader_checks(), ids=str)
def test_the_loader_of_the_page_keeps_its_promises(installed, check, tmp_path):
    with zipfile.ZipFile(tmp_path / "pictures.zip", "w") as archive:
        archive.writestr("some/a.jpg", b"body")
    loader = importlib.import_module("mycompany.zipped")
    check(lambda: loader.create(environment()), {"some/a.jpg": b"body"}, "other.jpg")


def test_a_storage_that_cannot_write_costs_no_answer(installed, answers, tmp_path):
    (tmp_path / "entries.db").write_text("not a database, but longer than nothing" * 20)
    (answer,) = answers("/unsafe/60x40/photo.jpg", STORAGE="sqlite")
    assert answer.status == 200
