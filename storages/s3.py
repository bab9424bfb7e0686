"""Entries in S3, by keys of ours, under hashes of their names."""

from __future__ import annotations

from thumborlike.interfaces import Environment
from thumborlike.s3 import layouts
from thumborlike.s3.access import own_access
from thumborlike.s3.places import Place
from thumborlike.s3.settings import OwnSettings, S3Settings

from ._s3 import S3Storage, some_bucket, storage_of

SETTINGS = (S3Settings, OwnSettings)


def create(env: Environment) -> S3Storage:
    """The storage. Raises `ConfigurationError`."""
    keys, access = env.section(OwnSettings), own_access(env)
    here, there = some_bucket(
        keys.s3_storage_bucket, keys.s3_result_storage_bucket, "S3_STORAGE_BUCKET"
    )
    return storage_of(
        env,
        Place(here, keys.s3_storage_root_path, access),
        Place(there, keys.s3_result_storage_root_path, access),
        layouts.own,
        acls=(keys.s3_acl, keys.s3_acl),
    )
