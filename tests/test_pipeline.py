"""The whole way from a request to its answer, without a socket."""

import asyncio
import io
from pathlib import Path

import pytest
from PIL import Image

from thumborlike.http.message import Request
from thumborlike.interfaces import Key, Kind
from thumborlike.service import build
from thumborlike.settings.reader import load

PICTURES = Path(__file__).parent / "pictures"


@pytest.fixture
def configured(tmp_path):
    """`configured(KEY=value)`: a configuration with the file loader on the test pictures."""

    def make(**keys):
        conf = tmp_path / "thumbor.conf"
        values = {
            "LOADER": "thumbor.loaders.file_loader",
            "FILE_LOADER_ROOT_PATH": str(PICTURES),
            "STORAGE": "thumbor.storages.file_storage",
            "FILE_STORAGE_ROOT_PATH": str(tmp_path / "sources"),
            "RESULT_STORAGE_FILE_STORAGE_ROOT_PATH": str(tmp_path / "results"),
            **keys,
        }
        conf.write_text("".join(f"{key} = {value!r}\n" for key, value in values.items()))
        return load(conf)

    return make


async def ask(service, path, method="GET", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await service.handle(Request(method, path, headers=named))


async def answers(loaded, *paths, **headers):
    service = build(loaded)
    try:
        return [await ask(service, path, **headers) for path in paths]
    finally:
        await service.drain(5)


def files_below(folder):
    found = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in found if ".thumborlike-sources" not in path.parts]


def test_a_picture_is_made(configured):
    (answer,) = asyncio.run(answers(configured(), "/unsafe/100x80/photo.jpg"))
    assert answer.status == 200
    assert Image.open(io.BytesIO(answer.body)).size == (100, 80)


def test_sources_are_kept_where_thumbor_keeps_them(configured, tmp_path):
    asyncio.run(answers(configured(), "/unsafe/100x80/photo.jpg", "/unsafe/text.txt"))
    (kept,) = files_below(tmp_path / "sources")
    assert kept.read_bytes() == (PICTURES / "photo.jpg").read_bytes()


def test_a_stored_source_needs_no_origin(configured, tmp_path):
    asyncio.run(answers(configured(), "/unsafe/100x80/photo.jpg"))
    elsewhere = configured(FILE_LOADER_ROOT_PATH=str(tmp_path / "nothing"))
    (answer,) = asyncio.run(answers(elsewhere, "/unsafe/60x40/photo.jpg"))
    assert answer.status == 200


def test_a_damaged_stored_source_is_fetched_anew(configured, tmp_path):
    asyncio.run(answers(configured(), "/unsafe/100x80/photo.jpg"))
    (kept,) = files_below(tmp_path / "sources")
    kept.write_bytes(b"no picture any more")
    (answer,) = asyncio.run(answers(configured(), "/unsafe/100x80/photo.jpg"))
    assert answer.status == 200
    assert kept.read_bytes() == (PICTURES / "photo.jpg").read_bytes()


def test_results_are_kept_and_answer_without_the_source(configured, tmp_path):
    keys = {
        "RESULT_STORAGE": "thumbor.result_storages.file_storage",
        "RESULT_STORAGE_STORES_UNSAFE": True,
        "STORAGE": "thumbor.storages.no_storage",
    }
    (first,) = asyncio.run(answers(configured(**keys), "/unsafe/filters:max_age(7)/photo.jpg"))
    assert len(files_below(tmp_path / "results")) == 1
    gone = configured(**keys, FILE_LOADER_ROOT_PATH=str(tmp_path / "nothing"))
    (second,) = asyncio.run(answers(gone, "/unsafe/filters:max_age(7)/photo.jpg"))
    assert second.body == first.body
    assert second.header("cache-control") == "max-age=7,public"


def test_unsigned_results_are_kept_only_on_request(configured, tmp_path):
    keys = {"RESULT_STORAGE": "thumbor.result_storages.file_storage"}
    asyncio.run(answers(configured(**keys), "/unsafe/50x50/photo.jpg"))
    assert not files_below(tmp_path / "results")


def test_formats_of_different_clients_are_kept_apart(configured):
    keys = {
        "RESULT_STORAGE": "thumbor.result_storages.file_storage",
        "RESULT_STORAGE_STORES_UNSAFE": True,
        "AUTO_AVIF": True,
        "AUTO_WEBP": True,
    }

    async def scenario():
        service = build(configured(**keys))
        types = {}
        for accept in ("image/avif", "image/webp", "image/jpeg", "image/avif", "image/jpeg"):
            answer = await ask(service, "/unsafe/40x40/photo.jpg", accept=accept)
            types.setdefault(accept, set()).add(answer.header("content-type"))
        await service.drain(5)
        return types

    assert asyncio.run(scenario()) == {
        each: {each} for each in ("image/avif", "image/webp", "image/jpeg")
    }


def test_an_escaped_slash_does_not_mix_results(configured, tmp_path):
    """`300x200%2Fphoto.jpg` is a source of that name, and lands on the same file."""
    keys = {
        "RESULT_STORAGE": "thumbor.result_storages.file_storage",
        "RESULT_STORAGE_STORES_UNSAFE": True,
    }
    asked = ("/unsafe/30x20/photo.jpg", "/unsafe/30x20%2Fphoto.jpg", "/unsafe/30x20/photo%2Ejpg")
    first, other, same = asyncio.run(answers(configured(**keys), *asked))
    assert (first.status, other.status, same.status) == (200, 404, 200)
    assert len(files_below(tmp_path / "results")) == 1


def test_an_answer_that_the_client_has_is_304(configured):
    async def scenario():
        service = build(configured())
        first = await ask(service, "/unsafe/40x40/photo.jpg")
        again = await ask(service, "/unsafe/40x40/photo.jpg", if_none_match=first.header("etag"))
        await service.drain(5)
        return again

    assert asyncio.run(scenario()).status == 304


def test_a_storage_that_cannot_be_written_costs_no_answer(configured, tmp_path):
    (tmp_path / "sources").write_text("a file where a folder should be")
    (answer,) = asyncio.run(answers(configured(), "/unsafe/40x40/photo.jpg"))
    assert answer.status == 200


def test_watermarks_are_fetched_by_the_same_rules(configured, tmp_path):
    mark = "/unsafe/filters:watermark(rgba.png,0,0,0)/photo.jpg"
    gone = "/unsafe/filters:watermark(none.png,0,0,0)/photo.jpg"
    text = "/unsafe/filters:watermark(text.txt,0,0,0)/photo.jpg"
    plain, marked, missing, broken = asyncio.run(
        answers(configured(), "/unsafe/photo.jpg", mark, gone, text)
    )
    assert marked.status == 200
    assert marked.body != plain.body
    assert missing.status == 400
    assert broken.status == 400
    assert len(files_below(tmp_path / "sources")) == 2


def test_keys_are_kept_beside_the_source(configured):
    keys = {"SECURITY_KEY": "secret", "STORES_CRYPTO_KEY_FOR_EACH_IMAGE": True}

    async def scenario():
        service = build(configured(**keys))
        await ask(service, "/unsafe/40x40/photo.jpg")
        await service.drain(5)

    asyncio.run(scenario())
    from thumborlike.storages.file import FileStorage

    root = Path(configured().values["FILE_STORAGE_ROOT_PATH"])
    kept = FileStorage(root, root).get(Key(Kind.SECURITY_KEY, "photo.jpg"))
    assert kept.body == b"secret"


def test_a_draining_service_refuses_politely(configured):
    async def scenario():
        service = build(configured())
        await service.drain(5)
        return await ask(service, "/unsafe/photo.jpg")

    answer = asyncio.run(scenario())
    assert (answer.status, answer.header("retry-after")) == (503, "1")


def test_a_request_over_its_time_is_504(configured):
    (answer,) = asyncio.run(
        answers(configured(REQUEST_TIMEOUT_SECONDS=0.001), "/unsafe/1000x1000/large.jpg")
    )
    assert answer.status == 504
