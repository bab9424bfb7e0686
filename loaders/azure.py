"""Sources in Azure Blob Storage."""

from __future__ import annotations

from thumborlike.clouds.azure_access import azure_client
from thumborlike.clouds.azure_settings import AzureSettings
from thumborlike.errors import ConfigurationError
from thumborlike.interfaces import Environment
from thumborlike.s3.names import Rules
from thumborlike.s3.settings import S3Settings

from ._s3 import S3Loader, loader_from, loading_limits

SETTINGS = (S3Settings, AzureSettings)


def create(env: Environment) -> S3Loader:
    """The loader. Raises `ConfigurationError`."""
    keys = env.section(AzureSettings)
    if not keys.azure_loader_container and not keys.azure_allowed_containers:
        raise ConfigurationError(
            "the loader 'azure' needs AZURE_LOADER_CONTAINER or AZURE_ALLOWED_CONTAINERS"
        )
    rules = Rules(
        keys.azure_loader_container or None,
        keys.azure_loader_root_path,
        frozenset(keys.azure_allowed_containers),
    )
    return loader_from(env, rules, azure_client(env, loading_limits(env)))
