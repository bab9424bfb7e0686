"""A company with a thumbor.conf, signed URLs and a filled storage changes one command."""

import asyncio
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest
from libthumbor import CryptoURL

from thumborlike.http.message import Request
from thumborlike.service import build
from thumborlike.settings.reader import load

PICTURES = Path(__file__).parent / "pictures"
PHOTO = (PICTURES / "photo.jpg").read_bytes()
KEY = "the company's key"
SOURCE = "my.server.com/some/path/image.jpg"
KEPT = "a0/6e3a880a3d29270ded1e5fc33cd9b1bc5e2137"
"""Where Thumbor 7.8 keeps SOURCE below FILE_STORAGE_ROOT_PATH."""

RESULT = "c7/dc/0cfd12ca4d47bc1e3172b810c24079d25155"
RESULT_PATH = "/bUuDbBUUWaK2zBZhjrPQzFhAAns=/300x200/my.server.com/some/path/image.jpg"
"""Where it keeps the result of this path, signed with MY_SECURE_KEY, below `default`."""

CONF = """
import os.path
LOADER = 'thumbor.loaders.http_loader'
STORAGE = 'thumbor.storages.file_storage'
RESULT_STORAGE = 'thumbor.result_storages.file_storage'
SECURITY_KEY = {key!r}
QUALITY = 70
AUTO_WEBP = True
MAX_AGE = 24 * 60 * 60
ALLOW_UNSAFE_URL = True
FILE_STORAGE_ROOT_PATH = os.path.join({root!r}, 'storage')
RESULT_STORAGE_FILE_STORAGE_ROOT_PATH = os.path.join({root!r}, 'results')
HANDLER_LISTS = ['thumbor.handler_lists.healthcheck', 'thumbor.handler_lists.upload']
FILTERS = ['thumbor.filters.quality', 'thumbor.filters.format', 'thumbor.filters.grayscale']
"""


def configured(tmp_path, key=KEY):
    conf = tmp_path / "thumbor.conf"
    conf.write_text(CONF.format(key=key, root=str(tmp_path)))
    return load(conf)


def place(path, body):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)


def answer(loaded, path, **headers):
    async def scenario():
        service = build(loaded)
        try:
            return await service.handle(Request("GET", path, headers=headers))
        finally:
            await service.drain(5)

    return asyncio.run(scenario())


def test_stored_sources_are_found_and_libthumbors_urls_served(tmp_path):
    place(tmp_path / "storage" / KEPT, PHOTO)
    loaded = configured(tmp_path)
    signed = CryptoURL(KEY).generate(
        width=100, height=80, smart=True, filters=["quality(50)"], image_url=SOURCE
    )
    unsafe = "/" + CryptoURL(KEY).generate(width=60, unsafe=True, image_url=SOURCE)
    for path in (signed, unsafe):
        assert answer(loaded, path).status == 200
    assert answer(loaded, signed.replace("100x80", "100x81")).status == 400
    assert answer(loaded, signed, accept="image/webp").header("content-type") == "image/webp"


def test_stored_results_are_found(tmp_path):
    place(tmp_path / "results" / "default" / RESULT, PHOTO)
    assert answer(configured(tmp_path, "MY_SECURE_KEY"), RESULT_PATH).body == PHOTO


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def reach(url):
    for _ in range(100):
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                return response.read()
        except urllib.error.HTTPError:
            raise
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"no answer from {url}")


def changed(text, **keys):
    """The configuration with these keys uncommented and set."""
    for key, value in keys.items():
        text, count = re.subn(rf"(?m)^#{key} = .*$", lambda _, k=key, v=value: f"{k} = {v!r}", text)
        assert count == 1, key
    return text


@pytest.mark.thumbor
def test_what_the_real_thumbor_wrote_is_taken_over(tmp_path):
    """thumbor-config writes the file, Thumbor fills the folders, we go on without the origin."""
    python = os.environ.get("THUMBOR_PYTHON")
    if not python:
        pytest.skip("THUMBOR_PYTHON names no interpreter with thumbor 7.8.0")
    tool = [python, "-c", "from thumbor.config import generate_config; generate_config()"]
    written = subprocess.run(tool, capture_output=True, text=True, check=True).stdout
    files = tmp_path / "files"
    shutil.copytree(PICTURES, files)
    conf = tmp_path / "thumbor.conf"
    keys = {
        "LOADER": "thumbor.loaders.file_loader",
        "FILE_LOADER_ROOT_PATH": str(files),
        "SECURITY_KEY": KEY,
        "QUALITY": 66,
        "RESULT_STORAGE": "thumbor.result_storages.file_storage",
        "FILE_STORAGE_ROOT_PATH": str(tmp_path / "storage"),
        "RESULT_STORAGE_FILE_STORAGE_ROOT_PATH": str(tmp_path / "results"),
    }
    conf.write_text(changed(written, **keys))
    signed = CryptoURL(KEY).generate(width=90, height=70, image_url="photo.jpg")
    port = free_port()
    flags = ["-p", str(port), "-i", "127.0.0.1", "-c", str(conf), "-l", "error"]
    thumbor = subprocess.Popen([python, "-m", "thumbor.server", *flags])
    try:
        theirs = reach(f"http://127.0.0.1:{port}{signed}")
        time.sleep(0.5)  # Thumbor stores after it has answered
    finally:
        thumbor.terminate()
        thumbor.wait(10)
    shutil.rmtree(files)
    loaded = load(conf)
    assert answer(loaded, signed).body == theirs
    other = CryptoURL(KEY).generate(width=50, height=40, image_url="photo.jpg")
    assert answer(loaded, other).status == 200
