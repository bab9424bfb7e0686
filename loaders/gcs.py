"""Sources in Google Cloud Storage."""

from __future__ import annotations

from thumborlike.clouds.google_access import google_client
from thumborlike.clouds.google_settings import GoogleSettings
from thumborlike.errors import ConfigurationError
from thumborlike.interfaces import Environment
from thumborlike.s3.names import Rules
from thumborlike.s3.settings import S3Settings

from ._s3 import S3Loader, loader_from, loading_limits

SETTINGS = (S3Settings, GoogleSettings)


def create(env: Environment) -> S3Loader:
    """The loader. Raises `ConfigurationError`."""
    keys = env.section(GoogleSettings)
    if not keys.gcs_loader_bucket and not keys.gcs_allowed_buckets:
        raise ConfigurationError("the loader 'gcs' needs GCS_LOADER_BUCKET or GCS_ALLOWED_BUCKETS")
    rules = Rules(
        keys.gcs_loader_bucket or None,
        keys.gcs_loader_root_path,
        frozenset(keys.gcs_allowed_buckets),
    )
    return loader_from(env, rules, google_client(env, loading_limits(env)))
