"""From the settings to accesses: who is asked where, in each of the three sets of keys."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from ..interfaces import Environment
from .places import Access, Limits, Writing
from .settings import OwnSettings, S3Settings
from .signature import Credentials
from .tc_aws_settings import TcAwsSettings
from .thumbor_aws_settings import ThumborAwsSettings

if TYPE_CHECKING:
    from .calls import Calls
    from .client import Client

NEEDS_BOTO3 = {"AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT", "AWS_PROFILE"}
"""Variables that ask for what the small client does not know."""


def client_of(access: Access, limits: Limits) -> Client:
    """A client that has not connected yet. Raises ModuleNotFoundError without its library.

    boto3 does what the small one cannot; credentials that are not at hand are found by its chain.
    """
    from .client import Client  # noqa: PLC0415

    small = access.small and not NEEDS_BOTO3.intersection(os.environ)
    known = credentials_of(access, os.environ)
    if small and (known or access.anonymous):
        from .by_curl import CurlCalls  # noqa: PLC0415

        return Client(
            lambda: CurlCalls(access, limits, partial(_same, known) if known else None), limits
        )
    if importlib.util.find_spec("boto3") is None:
        raise ModuleNotFoundError("boto3 is not installed", name="boto3")
    if small:
        return Client(lambda: _searching(access, limits), limits)
    from .by_boto3 import BotoCalls  # noqa: PLC0415  (0.2 s, only where S3 is configured)

    return Client(lambda: BotoCalls(access, limits), limits)


def _same(known: Credentials) -> Credentials:
    return known


def _searching(access: Access, limits: Limits) -> Calls:
    from .by_curl import CurlCalls  # noqa: PLC0415
    from .finding import found_credentials  # noqa: PLC0415  (0.1 s, and it may ask the network)

    return CurlCalls(access, limits, found_credentials())


def credentials_of(access: Access, environ: Mapping[str, str]) -> Credentials | None:
    """Those of the settings, else those of the environment; None if there are none."""
    if access.access_key and access.secret_key:
        return Credentials(access.access_key, access.secret_key)
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    key, secret = (environ.get(name, "") for name in names)
    token = environ.get("AWS_SESSION_TOKEN") or None
    return Credentials(key, secret, token) if key and secret else None


def limits_of(env: Environment, timeout: float, attempts: int | None = None) -> Limits:
    """Within which one access works. `timeout` in seconds."""
    shared = env.section(S3Settings)
    return Limits(timeout, shared.s3_max_connections, attempts or shared.s3_max_attempts)


def own_access(env: Environment) -> Access:
    """By S3_*."""
    keys, shared = env.section(OwnSettings), env.section(S3Settings)
    return Access(
        keys.s3_region,
        keys.s3_endpoint,
        keys.s3_access_key_id,
        keys.s3_secret_access_key,
        shared.s3_anonymous,
        shared.s3_path_style,
        shared.s3_client == "small",
    )


def tc_aws_access(env: Environment) -> Access:
    """By TC_AWS_*."""
    keys, shared = env.section(TcAwsSettings), env.section(S3Settings)
    return Access(
        keys.tc_aws_region,
        keys.tc_aws_endpoint,
        anonymous=shared.s3_anonymous,
        path_style=shared.s3_path_style,
        small=shared.s3_client == "small",
    )


def thumbor_aws_access(env: Environment, part: str) -> Access:
    """By AWS_<part>_*: `loader`, `storage` or `result_storage`."""
    keys, shared = env.section(ThumborAwsSettings), env.section(S3Settings)

    def key(name: str) -> str | None:
        value: str | None = getattr(keys, f"aws_{part}_{name}")
        return value

    return Access(
        key("region_name"),
        key("s3_endpoint_url"),
        key("s3_access_key_id"),
        key("s3_secret_access_key"),
        shared.s3_anonymous,
        shared.s3_path_style,
        shared.s3_client == "small",
    )


def writing_of(env: Environment, acl: str | None = None) -> Writing:
    """How objects are written."""
    shared = env.section(S3Settings)
    pairs = tuple((str(name), str(text)) for name, text in shared.s3_metadata)
    kms = shared.s3_sse_kms_key_id if shared.s3_sse == "aws:kms" else None
    return Writing(acl, shared.s3_sse, kms, shared.s3_storage_class, pairs)
