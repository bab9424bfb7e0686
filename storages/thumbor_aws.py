"""Entries in S3, by the keys of thumbor-aws and in its layout: keys begin with a slash."""

from __future__ import annotations

from functools import partial

from thumborlike.interfaces import Environment
from thumborlike.s3 import layouts
from thumborlike.s3.access import tc_aws_access, thumbor_aws_access
from thumborlike.s3.layouts import Layout
from thumborlike.s3.places import Place
from thumborlike.s3.tc_aws_settings import TcAwsSettings
from thumborlike.s3.thumbor_aws_settings import ThumborAwsSettings

from ._s3 import S3Storage, some_bucket, storage_of

SETTINGS = ThumborAwsSettings


def create(env: Environment) -> S3Storage:
    """The storage. In compatibility mode it reads TC_AWS_*. Raises `ConfigurationError`."""
    keys = env.section(ThumborAwsSettings)
    layout = partial(layouts.thumbor_aws, normalize=keys.aws_normalizer)
    if keys.thumbor_aws_run_in_compatibility_mode:
        return _compatible(env, layout)
    here = thumbor_aws_access(env, "storage")
    there = thumbor_aws_access(env, "result_storage")
    return storage_of(
        env,
        Place(keys.aws_storage_bucket_name, keys.aws_storage_root_path, here),
        Place(keys.aws_result_storage_bucket_name, keys.aws_result_storage_root_path, there),
        layout,
        acls=(keys.aws_storage_s3_acl, keys.aws_result_storage_s3_acl),
        slash=True,
    )


def _compatible(env: Environment, layout: Layout) -> S3Storage:
    keys, access = env.section(TcAwsSettings), tc_aws_access(env)
    here, there = some_bucket(
        keys.tc_aws_storage_bucket, keys.tc_aws_result_storage_bucket, "TC_AWS_STORAGE_BUCKET"
    )
    return storage_of(
        env,
        Place(here, keys.tc_aws_storage_root_path, access),
        Place(there, keys.tc_aws_result_storage_root_path, access),
        layout,
        slash=True,
    )
