"""From the settings to a client of Azure Blob Storage."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ..errors import ConfigurationError
from ..interfaces import Environment
from ..records import replace
from ..s3.client import Client
from ..s3.places import Limits
from .azure import AzureCalls
from .azure_settings import AzureSettings
from .azure_signing import Account, account_of, is_key
from .azure_tokens import of_surroundings
from .tokens import Tokens


def azure_client(env: Environment, limits: Limits) -> Client:
    """One that has not connected yet. Raises `ConfigurationError`."""
    keys = env.section(AzureSettings)
    account = named_account(keys, os.environ)
    if keys.azure_anonymous:
        account = replace(account, key="", sas="")

    def make() -> AzureCalls:
        from ..s3.wire import Wire  # noqa: PLC0415  (libcurl, where there is something to ask)

        wire = Wire()
        asks = not (keys.azure_anonymous or account.key or account.sas)
        return AzureCalls(account, Tokens(of_surroundings(wire)) if asks else None, wire)

    return Client(make, limits)


def can_sign(keys: AzureSettings) -> bool:
    """Whether addresses can be signed: by a key of the account. Raises `ConfigurationError`."""
    return bool(named_account(keys, os.environ).key) and not keys.azure_anonymous


def named_account(keys: AzureSettings, environ: Mapping[str, str]) -> Account:
    """That of the settings, or else of Azure's variables. Raises `ConfigurationError`."""

    def known(key: str) -> str:
        return str(getattr(keys, key.lower())) or environ.get(key, "")

    account = account_of(
        known("AZURE_STORAGE_ACCOUNT"),
        known("AZURE_STORAGE_KEY"),
        known("AZURE_STORAGE_SAS_TOKEN"),
        known("AZURE_STORAGE_CONNECTION_STRING"),
        keys.azure_endpoint,
    )
    if account is None:
        raise ConfigurationError(
            "Azure needs AZURE_STORAGE_ACCOUNT or AZURE_STORAGE_CONNECTION_STRING"
        )
    if account.key and not is_key(account.key):
        raise ConfigurationError("AZURE_STORAGE_KEY is no key: it is no Base64")
    return account
