"""Credentials that have to be looked for: of roles, containers, files. boto3's chain does it."""

from __future__ import annotations

from collections.abc import Callable

from botocore import exceptions
from botocore.session import get_session

from .failures import Misconfigured, trouble
from .signature import Credentials

NONE = (
    "no credentials: neither S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY, nor AWS's environment "
    "variables, files or roles; S3_ANONYMOUS asks without any"
)


def found_credentials() -> Callable[[], Credentials]:
    """What gives those that are valid now; it renews them before they expire. May wait for that.

    Raises `Misconfigured` if there are none.
    """
    try:
        chain = get_session().get_credentials()
    except exceptions.BotoCoreError as error:
        raise trouble(Misconfigured) from error
    if chain is None:
        raise trouble(Misconfigured, NONE)

    def current() -> Credentials:
        try:
            now = chain.get_frozen_credentials()
        except exceptions.BotoCoreError as error:
            raise trouble(Misconfigured) from error
        return Credentials(now.access_key, now.secret_key, now.token)

    return current
