"""What the server loads before it has use for it: nothing that a plain start does not need."""

from __future__ import annotations

import subprocess
import sys

import pytest

from thumborlike.aliases import BUILTIN
from thumborlike.filtering import Filter
from thumborlike.finding import find_module
from thumborlike.plugins import NAMED_OTHERWISE

SERVE = """
import sys
BEFORE = set(sys.modules)  # an editable install brings some of its own
import asyncio
from pathlib import Path
from thumborlike.cli import serve
from thumborlike.cli import process
from thumborlike.http.message import Request
from thumborlike.service import build
from thumborlike.settings.reader import load
from thumborlike.web.app import make_app
from thumborlike.web.server import make_server

async def main():
    loaded = load(overrides={"SECURITY_KEY": "long enough a key", **KEYS})
    service = build(loaded)
    make_server(make_app(service), loaded.settings)
    if PATH:
        response = await service.handle(Request("GET", PATH))
        assert response.status == 200, response
    await service.drain(1)

asyncio.run(main())
print(*(sys.modules.keys() - BEFORE))
"""
NOT_NEEDED = (
    "pycurl", "boto3", "uvloop", "sentry_sdk", "numpy", "importlib.metadata", "difflib",
    "prometheus_client", "thumborlike.metrics.prometheus", "thumborlike.web.metrics",
    "logging.config", "thumborlike.settings.reference", "thumborlike.filters.blur",
    "thumborlike.filters.watermark", "tqdm", "thumborlike.batch", "thumborlike.comparing",
    "thumborlike.playground", "thumborlike.explaining", "thumborlike.web.explain",
    "thumborlike.http.error_page", "thumborlike.client",
)  # fmt: skip


def loaded_by(keys: dict[str, object], path: str) -> set[str]:
    """The modules of a fresh interpreter that started a server and answered for `path`."""
    code = f"KEYS, PATH = {keys!r}, {path!r}\n{SERVE}"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.split())


def test_a_start_loads_nothing_for_later() -> None:
    assert loaded_by({}, "").isdisjoint(NOT_NEEDED)


def test_a_picture_from_a_file_loads_no_http_client(pictures_folder: str) -> None:
    keys = {"LOADER": "file", "FILE_LOADER_ROOT_PATH": pictures_folder, "STORAGE": "no"}
    loaded = loaded_by({**keys, "ALLOW_UNSAFE_URL": True}, "/unsafe/20x20/photo.jpg")
    assert "thumborlike.loaders.file" in loaded
    assert loaded.isdisjoint(NOT_NEEDED)


@pytest.mark.skipif(sys.platform != "linux", reason="worker processes are for Linux")
def test_a_server_with_worker_processes_loads_no_decoder(pictures_folder: str) -> None:
    keys = {"LOADER": "file", "FILE_LOADER_ROOT_PATH": pictures_folder, "STORAGE": "no"}
    keys |= {"ALLOW_UNSAFE_URL": True, "WORKER_ISOLATION": "process", "WORKERS": 1}
    assert "PIL" not in loaded_by(keys, "/unsafe/20x20/filters:quality(50)/photo.jpg")


def test_a_filter_is_loaded_when_it_is_called(pictures_folder: str) -> None:
    keys = {"LOADER": "file", "FILE_LOADER_ROOT_PATH": pictures_folder, "STORAGE": "no"}
    path = "/unsafe/20x20/filters:blur(2)/photo.jpg"
    loaded = loaded_by({**keys, "ALLOW_UNSAFE_URL": True}, path)
    assert "thumborlike.filters.blur" in loaded
    assert "thumborlike.filters.watermark" not in loaded


@pytest.mark.parametrize("pure", ["http.respond", "http.status", "url.grammar", "signing"])
def test_requests_and_answers_know_no_pixels(pure: str) -> None:
    code = f"import sys, thumborlike.{pure}; sys.exit('PIL' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


@pytest.mark.parametrize("name", BUILTIN["filters"])
def test_a_module_of_ours_declares_the_filter_of_its_name(name: str) -> None:
    """Which is how a filter is found without loading the others."""
    module = find_module("filters", name)
    own = [
        each.name
        for each in vars(module).values()
        if isinstance(each, Filter) and each.__module__ == module.__name__
    ]
    assert own == [NAMED_OTHERWISE.get(name, name)]


@pytest.fixture
def pictures_folder(request: pytest.FixtureRequest) -> str:
    return str(request.config.rootpath / "tests" / "pictures")
