"""Entries in Azure Blob Storage, under hashes of their names."""

from __future__ import annotations

from thumborlike.clouds.azure_access import azure_client, can_sign
from thumborlike.clouds.azure_settings import AzureSettings
from thumborlike.interfaces import Environment
from thumborlike.s3 import layouts
from thumborlike.s3.access import limits_of
from thumborlike.s3.places import Writing
from thumborlike.s3.settings import S3Settings

from ._s3 import S3Storage, kept_on, redirects_of, some_bucket
from ._s3_shelf import Shelf

SETTINGS = (S3Settings, AzureSettings)


def create(env: Environment) -> S3Storage:
    """The storage. Raises `ConfigurationError`."""
    keys = env.section(AzureSettings)
    here, there = some_bucket(
        keys.azure_storage_container,
        keys.azure_result_storage_container,
        "AZURE_STORAGE_CONTAINER",
    )
    shared = env.section(S3Settings)
    client = azure_client(env, limits_of(env, shared.s3_timeout_seconds))
    return kept_on(
        env,
        Shelf(client, here, keys.azure_storage_root_path, Writing()),
        Shelf(client, there, keys.azure_result_storage_root_path, Writing()),
        layouts.own,
        service="Azure",
        redirects=redirects_of(shared) if can_sign(keys) else None,
    )
