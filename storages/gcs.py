"""Entries in Google Cloud Storage, results in the layout of thumbor-gcs."""

from __future__ import annotations

from thumborlike.clouds.google_access import can_sign, google_client
from thumborlike.clouds.google_settings import GoogleSettings
from thumborlike.interfaces import Environment
from thumborlike.s3 import layouts
from thumborlike.s3.access import limits_of
from thumborlike.s3.places import Writing
from thumborlike.s3.settings import S3Settings

from ._s3 import S3Storage, kept_on, redirects_of, some_bucket
from ._s3_shelf import Shelf

SETTINGS = (S3Settings, GoogleSettings)


def create(env: Environment) -> S3Storage:
    """The storage. Raises `ConfigurationError`."""
    keys = env.section(GoogleSettings)
    here, there = some_bucket(
        keys.gcs_storage_bucket, keys.gcs_result_storage_bucket, "GCS_STORAGE_BUCKET"
    )
    shared = env.section(S3Settings)
    client = google_client(env, limits_of(env, shared.s3_timeout_seconds))
    return kept_on(
        env,
        Shelf(client, here, keys.gcs_storage_root_path, Writing()),
        Shelf(client, there, keys.gcs_result_storage_root_path, Writing()),
        layouts.files,
        service="Google",
        redirects=redirects_of(shared) if shared.s3_result_redirect and can_sign(keys) else None,
    )
