"""Sources in S3, by the keys of tc_aws."""

from __future__ import annotations

from thumborlike.interfaces import Environment
from thumborlike.s3.access import tc_aws_access
from thumborlike.s3.names import Rules
from thumborlike.s3.tc_aws_settings import TcAwsSettings

from ._s3 import S3Loader, loader_of

SETTINGS = TcAwsSettings


def create(env: Environment) -> S3Loader:
    """The loader."""
    keys = env.section(TcAwsSettings)
    buckets = keys.tc_aws_allowed_buckets
    rules = Rules(
        keys.tc_aws_loader_bucket or None,
        keys.tc_aws_loader_root_path,
        None if isinstance(buckets, bool) or not buckets else frozenset(buckets),
        keys.tc_aws_root_image_name,
    )
    web = env.loader("http") if keys.tc_aws_enable_http_loader else None
    attempts = keys.tc_aws_max_retry + 1 if keys.tc_aws_max_retry else None
    return loader_of(env, rules, tc_aws_access(env), attempts=attempts, web=web)
