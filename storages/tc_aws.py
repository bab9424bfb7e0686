"""Entries in S3, by the keys of tc_aws and in its layout."""

from __future__ import annotations

from functools import partial

from thumborlike.interfaces import Environment
from thumborlike.records import replace
from thumborlike.s3 import layouts
from thumborlike.s3.access import tc_aws_access, writing_of
from thumborlike.s3.layouts import Roots
from thumborlike.s3.places import Place
from thumborlike.s3.tc_aws_settings import TcAwsSettings

from ._s3 import S3Storage, some_bucket, storage_of

SETTINGS = TcAwsSettings


def create(env: Environment) -> S3Storage:
    """The storage. Raises `ConfigurationError`."""
    keys, access, writing = env.section(TcAwsSettings), tc_aws_access(env), writing_of(env)
    here, there = some_bucket(
        keys.tc_aws_storage_bucket,
        keys.tc_aws_result_storage_bucket,
        "TC_AWS_STORAGE_BUCKET or TC_AWS_RESULT_STORAGE_BUCKET",
    )
    if keys.tc_aws_storage_sse and not writing.sse:
        writing = replace(writing, sse="AES256")
    if keys.tc_aws_storage_rrs and not writing.storage_class:
        writing = replace(writing, storage_class="REDUCED_REDUNDANCY")
    roots = Roots(
        keys.tc_aws_storage_root_path.strip("/"), keys.tc_aws_result_storage_root_path.strip("/")
    )
    randomized = keys.tc_aws_randomize_keys
    return storage_of(
        env,
        Place(here, "" if randomized else roots.sources, access),
        Place(there, "" if randomized else roots.results, access),
        partial(
            layouts.tc_aws,
            root_image=keys.tc_aws_root_image_name,
            randomized=roots if randomized else None,
        ),
        writing=writing,
    )
