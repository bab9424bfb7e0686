"""Sources in S3, by the keys of thumbor-aws. Its keys begin with a slash: `/st/a.jpg`."""

from __future__ import annotations

from thumborlike.interfaces import Environment
from thumborlike.s3.access import tc_aws_access, thumbor_aws_access
from thumborlike.s3.names import Rules
from thumborlike.s3.tc_aws_settings import TcAwsSettings
from thumborlike.s3.thumbor_aws_settings import ThumborAwsSettings

from ._s3 import S3Loader, loader_of

SETTINGS = ThumborAwsSettings


def create(env: Environment) -> S3Loader:
    """The loader. In compatibility mode it reads TC_AWS_*."""
    keys = env.section(ThumborAwsSettings)
    if keys.thumbor_aws_run_in_compatibility_mode:
        old = env.section(TcAwsSettings)
        bucket, root, access = (
            old.tc_aws_loader_bucket,
            old.tc_aws_loader_root_path,
            tc_aws_access(env),
        )
    else:
        bucket, root = keys.aws_loader_bucket_name, keys.aws_loader_root_path
        access = thumbor_aws_access(env, "loader")
    rules = Rules(bucket or None, root, slash=True, normalize=keys.aws_normalizer)
    return loader_of(env, rules, access)
