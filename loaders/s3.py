"""Sources in S3, by keys of ours."""

from __future__ import annotations

from thumborlike.errors import ConfigurationError
from thumborlike.interfaces import Environment
from thumborlike.records import replace
from thumborlike.s3.access import own_access
from thumborlike.s3.names import Rules
from thumborlike.s3.settings import OwnSettings, S3Settings

from ._s3 import S3Loader, loader_of

SETTINGS = (S3Settings, OwnSettings)


def create(env: Environment) -> S3Loader:
    """The loader. Raises `ConfigurationError`."""
    keys, access = env.section(OwnSettings), own_access(env)
    if not keys.s3_loader_bucket and not keys.s3_allowed_buckets:
        raise ConfigurationError("the loader 's3' needs S3_LOADER_BUCKET or S3_ALLOWED_BUCKETS")
    elsewhere = {
        bucket: replace(access, region=region, endpoint=more[0] if more else access.endpoint)
        for bucket, region, *more in keys.s3_buckets
    }
    rules = Rules(
        keys.s3_loader_bucket or None,
        keys.s3_loader_root_path,
        frozenset(keys.s3_allowed_buckets),
    )
    return loader_of(env, rules, access, elsewhere=elsewhere)
