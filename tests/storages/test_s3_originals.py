"""Buckets shared with the real Thumbor and its two S3 packages: each reads what the other wrote.

TC_AWS_PYTHON and THUMBOR_AWS_PYTHON name interpreters with thumbor 7.8 and tc_aws 7.0.4, or
thumbor-aws 1.1.0: they cannot be in one venv. The configurations are as their READMEs give them.
"""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

boto3 = pytest.importorskip("boto3")

from redis_server import free_port  # noqa: E402
from s3_server import ACCESS, SECRET, FakeS3, Versity, needs_versitygw  # noqa: E402

PICTURE = Path(__file__).parents[1] / "pictures" / "photo.jpg"
NAMES = ["photo.jpg", "deep/er/a b+c.jpg", "maracujá/é.jpg"]
PATHS = {
    "photo.jpg": "photo.jpg",
    "deep/er/a b+c.jpg": "deep/er/a%20b%2Bc.jpg",
    "maracujá/é.jpg": "maracuj%C3%A1/%C3%A9.jpg",
}
WEBP = {"Accept": "image/webp,*/*"}


def tc_aws(url, **more):
    return {
        "LOADER": "tc_aws.loaders.s3_loader",
        "STORAGE": "tc_aws.storages.s3_storage",
        "RESULT_STORAGE": "tc_aws.result_storages.s3_storage",
        "TC_AWS_REGION": "us-east-1",
        "TC_AWS_ENDPOINT": url,
        "TC_AWS_STORAGE_BUCKET": "bucket",
        "TC_AWS_STORAGE_ROOT_PATH": "st",
        "TC_AWS_LOADER_BUCKET": "bucket",
        "TC_AWS_LOADER_ROOT_PATH": "originals",
        "TC_AWS_RESULT_STORAGE_BUCKET": "bucket",
        "TC_AWS_RESULT_STORAGE_ROOT_PATH": "rs",
        **more,
    }


def thumbor_aws(url, **more):
    keys = {
        f"AWS_{part}_{key}": value
        for part in ("LOADER", "STORAGE", "RESULT_STORAGE")
        for key, value in {
            "REGION_NAME": "us-east-1",
            "BUCKET_NAME": "bucket",
            "S3_ACCESS_KEY_ID": ACCESS,
            "S3_SECRET_ACCESS_KEY": SECRET,
            "S3_ENDPOINT_URL": url,
        }.items()
    }
    return {
        "LOADER": "thumbor_aws.loader",
        "STORAGE": "thumbor_aws.storage",
        "RESULT_STORAGE": "thumbor_aws.result_storage",
        "AWS_LOADER_ROOT_PATH": "originals",
        "AWS_STORAGE_ROOT_PATH": "st",
        "AWS_RESULT_STORAGE_ROOT_PATH": "rs",
        "AWS_STORAGE_S3_ACL": "",
        "AWS_RESULT_STORAGE_S3_ACL": "",
        **keys,
        **more,
    }


CASES = {
    "tc_aws": (tc_aws, {}),
    "tc_aws, webp": (tc_aws, {"AUTO_WEBP": True}),
    "tc_aws, randomized": (
        tc_aws,
        {
            "TC_AWS_RANDOMIZE_KEYS": True,
            "TC_AWS_STORAGE_ROOT_PATH": "",
            "TC_AWS_RESULT_STORAGE_ROOT_PATH": "",
        },
    ),
    "tc_aws, randomized below roots": (tc_aws, {"TC_AWS_RANDOMIZE_KEYS": True}),
    "thumbor_aws": (thumbor_aws, {}),
    "thumbor_aws, webp": (thumbor_aws, {"AUTO_WEBP": True}),
}


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    with Versity(tmp_path_factory.mktemp("versity"), free_port()) as server:
        yield server


@pytest.fixture(scope="module")
def flat():
    with FakeS3() as server:
        yield server


def python_of(case):
    variable = "TC_AWS_PYTHON" if case.startswith("tc_aws") else "THUMBOR_AWS_PYTHON"
    if not os.environ.get(variable):
        pytest.skip(f"{variable} names no interpreter")
    return os.environ[variable]


class Side:
    """A server with the configuration, the real one or ours."""

    def __init__(self, python, module, conf, port):
        self.line = [python, "-m", module, "-c", str(conf), "-p", str(port), "-i", "127.0.0.1"]
        self.port = port

    @contextmanager
    def running(self):
        environment = {
            **os.environ,
            "AWS_ACCESS_KEY_ID": ACCESS,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        process = subprocess.Popen(self.line, env=environment)
        try:
            self._await()
            yield self
        finally:
            process.terminate()
            process.wait(20)

    def _await(self):
        for _ in range(400):
            try:
                if self.get("/healthcheck")[0] == 200:
                    return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the server does not start")

    def get(self, path, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


@pytest.fixture(params=CASES)
def sides(request, tmp_path):
    """(the real Thumbor, ours, a client of the bucket), an empty bucket with originals in it."""
    python = python_of(request.param)
    # folders of a disk have no file of the same name, as `a.jpg/webp` needs it beside `a.jpg`
    flat = request.param == "tc_aws, webp"
    real = request.getfixturevalue("flat" if flat else "real")
    keys, more = CASES[request.param]
    conf = tmp_path / "thumbor.conf"
    values = {
        "ALLOW_UNSAFE_URL": True,
        "RESULT_STORAGE_STORES_UNSAFE": True,
        **keys(real.url, **more),
    }
    conf.write_text("".join(f"{key} = {value!r}\n" for key, value in values.items()))
    client = boto3.client(
        "s3", endpoint_url=real.url, region_name="us-east-1",
        aws_access_key_id=ACCESS, aws_secret_access_key=SECRET,
    )  # fmt: skip
    empty(client)
    for name in NAMES:
        client.put_object(Bucket="bucket", Key=f"originals/{name}", Body=PICTURE.read_bytes())
    yield (
        Side(python, "thumbor.server", conf, free_port()),
        Side(sys.executable, "thumborlike.cli", conf, free_port()),
        client,
    )
    empty(client)


def keys_in(client, prefix=""):
    found = client.list_objects_v2(Bucket="bucket", Prefix=prefix).get("Contents", ())
    return {each["Key"] for each in found}


def empty(client, *kept):
    for key in keys_in(client) - set(kept):
        client.delete_object(Bucket="bucket", Key=key)


def settled(client):
    """All keys, once there are no more to come."""
    before = set()
    for _ in range(100):
        now = keys_in(client)
        if now == before:
            return now
        before = now
        time.sleep(0.3)
    raise AssertionError("the bucket does not settle")


@pytest.mark.long
@needs_versitygw
def test_either_reads_what_the_other_has_stored(sides):
    theirs, ours, client = sides
    for writer, reader in ((theirs, ours), (ours, theirs)):
        made = {}
        with writer.running():
            for name, path in PATHS.items():
                for headers in ({}, WEBP):
                    url = f"/unsafe/90x60/{path}"
                    status, made[(url, *headers)] = writer.get(url, headers)
                    assert status == 200, name
            stored = settled(client)
        for name in NAMES:
            client.delete_object(Bucket="bucket", Key=f"originals/{name}")
        with reader.running():
            for path in PATHS.values():
                for headers in ({}, WEBP):
                    url = f"/unsafe/90x60/{path}"
                    assert reader.get(url, headers) == (200, made[(url, *headers)]), url
                assert reader.get(f"/unsafe/40x30/{path}")[0] == 200, "from the stored source"
            new = settled(client) - stored
        assert len(new) == len(PATHS), "one result each; whatever else there was, was found"
        empty(client)
        for name in NAMES:
            client.put_object(Bucket="bucket", Key=f"originals/{name}", Body=PICTURE.read_bytes())
