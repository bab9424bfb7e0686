"""From the settings to a client of Google Cloud Storage."""

from __future__ import annotations

import importlib.util

from ..interfaces import Environment
from ..s3.client import Client
from ..s3.places import Limits
from .google import GoogleCalls
from .google_settings import GoogleSettings
from .google_signing import has_key, signer_of
from .google_tokens import credentials_file, of_file, of_machine
from .tokens import Tokens


def google_client(env: Environment, limits: Limits) -> Client:
    """One that has not connected yet. Raises ModuleNotFoundError without google-auth.

    That is needed for files of credentials alone.
    """
    keys = env.section(GoogleSettings)
    path = None if keys.gcs_anonymous else credentials_file(keys.gcs_credentials_file)
    if path and importlib.util.find_spec("google") is None:
        raise ModuleNotFoundError("google-auth is not installed", name="google")

    def make() -> GoogleCalls:
        from ..s3.wire import Wire  # noqa: PLC0415  (libcurl, where there is something to ask)

        wire = Wire()
        if keys.gcs_anonymous:
            return GoogleCalls(None, keys.gcs_endpoint, wire)
        fetch = of_file(path, wire) if path else of_machine(wire)
        signer = signer_of(path) if path and has_key(path) else None
        return GoogleCalls(Tokens(fetch), keys.gcs_endpoint, wire, signer)

    return Client(make, limits)


def can_sign(keys: GoogleSettings) -> bool:
    """Whether addresses can be signed: by a file with the key of a service account."""
    return not keys.gcs_anonymous and has_key(credentials_file(keys.gcs_credentials_file))
