"""The whole application on a real socket, through pytest-tornado's fixtures."""

from pathlib import Path

import pytest
from tornado.httpclient import HTTPClientError

from thumborlike.service import build
from thumborlike.settings.reader import load
from thumborlike.web.app import make_app

pytestmark = [
    pytest.mark.filterwarnings("ignore:make_current is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:clear_current is deprecated:DeprecationWarning"),
]

PICTURES = Path(__file__).parent.parent / "pictures"


@pytest.fixture
def app(tmp_path):
    conf = tmp_path / "thumbor.conf"
    keys = {
        "LOADER": "thumbor.loaders.file_loader",
        "FILE_LOADER_ROOT_PATH": str(PICTURES),
        "STORAGE": "thumbor.storages.no_storage",
    }
    conf.write_text("".join(f"{key} = {value!r}\n" for key, value in keys.items()))
    return make_app(build(load(conf)))


@pytest.mark.gen_test
async def test_a_picture_and_its_revalidation(http_client, base_url):
    url = f"{base_url}/unsafe/100x80/photo.jpg"
    first = await http_client.fetch(url)
    assert first.headers["Content-Type"] == "image/jpeg"
    with pytest.raises(HTTPClientError) as again:
        await http_client.fetch(url, headers={"If-None-Match": first.headers["Etag"]})
    assert again.value.code == 304


@pytest.mark.gen_test
async def test_a_missing_picture_says_so(http_client, base_url):
    answer = await http_client.fetch(f"{base_url}/unsafe/none.jpg", raise_error=False)
    assert (answer.code, answer.body) == (404, b"the source does not exist")
