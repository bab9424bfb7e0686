"""The real package: from the wheels that pip finds, in Lambda's runtime, with a real S3."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import io
import platform
import socket
import sys
import zipfile

import pytest

pytest.importorskip("packaging")
from lambda_forms import DECODING, FORMS, event_of, response_of
from lambda_parity import Server, compared, survives_decoding
from lambda_runtime import Runtime, needs_runtime
from PIL import Image
from s3_server import ACCESS, SECRET, Versity, needs_versitygw
from signed_links import KEY, NAMES, links

from thumborlike.deploying.package import Recipe, build
from thumborlike.deploying.target import MACHINES, Target

pytestmark = [pytest.mark.long, needs_runtime]
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
KEYS = {"ALLOW_UNSAFE_URL": "true", "S3_LOADER_BUCKET": "bucket", "S3_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": ACCESS, "AWS_SECRET_ACCESS_KEY": SECRET}  # fmt: skip
LINKS = tuple(links())
ACCEPT = {"Accept": "image/webp"}
WHERE = """
from thumborlike.aws_lambda.function import handler as ours

def handler(event, context):
    if "module" in event:
        import importlib
        return importlib.import_module(event["module"]).__file__
    return ours(event, context)
"""


def unpacked(made, folder):
    with zipfile.ZipFile(made.archive.path) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def s3(tmp_path_factory):
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    with Versity(tmp_path_factory.mktemp("versity"), port) as running:
        made = io.BytesIO()
        Image.radial_gradient("L").convert("RGB").save(made, "JPEG")
        for name in NAMES:
            path = running.folder / "data" / "bucket" / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(made.getvalue())
        yield running


def recipe_here(tmp_path, extras=()):
    """A package for the processor and the Python that the tests run on."""
    where = tmp_path / "where.py"
    where.write_text(WHERE)
    machine = platform.machine()
    architecture = next((name for name, each in MACHINES.items() if each == machine), None)
    if architecture is None or sys.platform != "linux":
        pytest.skip("not a machine of Lambda's kinds")
    return Recipe(Target(architecture, HERE), extras, added=(where,))


@needs_versitygw
def test_the_package_serves_in_the_runtime_from_s3(tmp_path, s3):
    made = build(recipe_here(tmp_path), tmp_path / "out")
    assert made.archive.packed < 14_000_000
    assert made.archive.unpacked < 60_000_000
    assert build(recipe_here(tmp_path), tmp_path / "again").archive.sha256 == made.archive.sha256
    task = unpacked(made, tmp_path / "task")
    with Runtime(task, handler="where.handler", S3_ENDPOINT=s3.url, **KEYS) as running:
        for module in ("thumborlike.loaders.s3", "PIL.Image", "pycurl", "tornado.web"):
            assert running.invoke({"module": module}).startswith(str(task))
        for form in FORMS:
            for middle in ("30x20", "30x20/filters:format(webp)"):
                answer = running.invoke(event_of(form, f"/unsafe/{middle}/photo.jpg"))
                status, _, body = response_of(form, answer)
                assert (status, Image.open(io.BytesIO(body)).size) == (200, (30, 20))
            status, _, _ = response_of(form, running.invoke(event_of(form, "/healthcheck")))
            assert status == 200


@pytest.fixture(scope="module")
def expected(s3):
    """What the server says to all links, with the same bucket behind it."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, KEYS[name])
        keys = {
            "SECURITY_KEY": KEY, "ALLOW_UNSAFE_URL": True, "AUTO_WEBP": True, "STORAGE": "no",
            "LOADER": "s3", "S3_LOADER_BUCKET": "bucket", "S3_ENDPOINT": s3.url,
            "S3_REGION": "us-east-1",
        }  # fmt: skip
        with Server(**keys) as running:
            return {link: running.get(link, headers=ACCEPT) for link in LINKS}


@pytest.fixture(scope="module")
def packed(tmp_path_factory, s3):
    """The package in the runtime, of the same wheels as are installed here."""
    folder = tmp_path_factory.mktemp("packed")
    same = folder / "constraints.txt"
    names = ("pillow", "tornado", "pycurl", "numpy", "cykooz-resizer", "zlib-ng")
    same.write_text("".join(map(_pinned, names)))
    fast = ("fast",) if importlib.util.find_spec("cykooz_resizer") else ()
    if not set(fast) <= set(importlib.metadata.metadata("thumborlike").get_all("Provides-Extra")):
        pytest.skip("thumborlike was installed here before it had the extra fast")
    recipe = recipe_here(folder, fast)
    made = build(Recipe(recipe.target, fast, same, recipe.added), folder / "out")
    task = unpacked(made, folder / "task")
    keys = {**KEYS, "SECURITY_KEY": KEY, "AUTO_WEBP": "true", "S3_ENDPOINT": s3.url}
    with Runtime(task, handler="where.handler", **keys) as running:
        assert running.invoke({"module": "PIL.Image"}).startswith(str(task))
        yield running


def _pinned(name):
    try:
        return f"{name}=={importlib.metadata.version(name)}\n"
    except importlib.metadata.PackageNotFoundError:
        return ""


@needs_versitygw
@pytest.mark.parametrize("form", FORMS)
def test_the_package_answers_as_the_server_does(form, packed, expected):
    assert len(LINKS) >= 200
    statuses = set()
    for link in LINKS:
        if form in DECODING and not survives_decoding(link):
            continue
        found = response_of(form, packed.invoke(event_of(form, link, headers=ACCEPT)))
        assert compared(*found) == compared(*expected[link]), link
        statuses.add(found[0])
    assert {200, 400, 404} <= statuses


@needs_versitygw
def test_boto3_works_with_the_services_that_are_kept(tmp_path, s3):
    made = build(recipe_here(tmp_path, ("s3",)), tmp_path / "out")
    assert made.archive.unpacked < 60_000_000
    task = unpacked(made, tmp_path / "task")
    services = {each.name for each in (task / "botocore" / "data").iterdir() if each.is_dir()}
    assert "s3" in services
    assert len(services) < 12
    with Runtime(
        task, handler="where.handler", S3_ENDPOINT=s3.url, S3_CLIENT="boto3", **KEYS
    ) as running:
        assert running.invoke({"module": "botocore"}).startswith(str(task))
        status, _, body = response_of(
            "url", running.invoke(event_of("url", "/unsafe/30x20/photo.jpg"))
        )
        assert status == 200, (body, running.log)
        assert Image.open(io.BytesIO(body)).size == (30, 20)


def test_the_package_for_the_other_processor_holds_its_libraries(tmp_path):
    made = build(Recipe(Target("arm64", "3.13")), tmp_path / "out")
    assert made.archive.packed < 14_000_000
    names = zipfile.ZipFile(made.archive.path).namelist()
    libraries = [name for name in names if name.endswith("-linux-gnu.so")]
    assert libraries
    assert all("aarch64" in name for name in libraries)
