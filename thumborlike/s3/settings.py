"""Our keys of S3."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..records import dataclass
from ..settings.fields import setting


def _are_pairs(values: Sequence[Any]) -> None:
    for each in values:
        pair = isinstance(each, (tuple, list)) and len(each) == 2
        if not pair or not all(isinstance(part, str) for part in each):
            raise ValueError("a list of (name, text)")


def _are_buckets(values: Sequence[Any]) -> None:
    for each in values:
        fits = isinstance(each, (tuple, list)) and len(each) in (2, 3)
        if not fits or not all(isinstance(part, str) for part in each):
            raise ValueError("a list of (bucket, region) or (bucket, region, endpoint)")


@dataclass(frozen=True, slots=True)
class S3Settings:
    """How S3 is asked, for all loaders and storages in S3."""

    s3_client: str = setting(
        "S3_CLIENT",
        "small",
        "What asks S3: `small`, which is libcurl, or `boto3`, which takes more processor time. "
        "boto3 is used anyway with profiles, FIPS and dual-stack endpoints.",
        choices=("boto3", "small"),
        ours=True,
    )
    s3_timeout_seconds: float = setting(
        "S3_TIMEOUT_SECONDS",
        1.8,
        "Seconds an operation of a storage may take, retries included. Should be less than "
        "STORAGE_TIMEOUT_SECONDS.",
        low=0.01,
        ours=True,
    )
    s3_loader_timeout_seconds: float | None = setting(
        "S3_LOADER_TIMEOUT_SECONDS",
        None,
        "Seconds to load a source, retries included; None for HTTP_LOADER_REQUEST_TIMEOUT.",
        low=0.01,
        ours=True,
    )
    s3_max_connections: int = setting(
        "S3_MAX_CONNECTIONS",
        64,
        "Connections of each process to an S3, and threads.",
        low=1,
        high=1000,
        ours=True,
    )
    s3_max_attempts: int = setting(
        "S3_MAX_ATTEMPTS",
        3,
        "How often an operation is tried: after SlowDown, 5xx, broken connections.",
        low=1,
        high=10,
        ours=True,
    )
    s3_denied_status: int = setting(
        "S3_DENIED_STATUS",
        404,
        "What a source gets that S3 denies, as it does for missing ones without ListBucket.",
        choices=(404, 403),
        ours=True,
    )
    s3_purge_index: bool = setting(
        "S3_PURGE_INDEX",
        False,
        "Write an empty object for each source of a result, so that results can be purged by "
        "source. Each costs a PUT.",
        ours=True,
    )
    s3_result_redirect: bool = setting(
        "S3_RESULT_REDIRECT",
        False,
        "Answer with 302 to S3 itself where a stored result is large: an address that is signed, "
        "for S3_RESULT_REDIRECT_SECONDS.",
        ours=True,
    )
    s3_result_redirect_bytes: int = setting(
        "S3_RESULT_REDIRECT_BYTES",
        1_000_000,
        "Bytes from which on a stored result is large.",
        low=1,
        ours=True,
    )
    s3_result_redirect_seconds: int = setting(
        "S3_RESULT_REDIRECT_SECONDS",
        600,
        "Seconds for which such an address is good. Clients keep the redirect for half of that at "
        "most.",
        low=10,
        high=604_800,
        ours=True,
    )
    s3_path_style: bool | None = setting(
        "S3_PATH_STYLE",
        None,
        "Name buckets in the path and not in the host; None: with endpoints of one's own.",
        ours=True,
    )
    s3_anonymous: bool = setting("S3_ANONYMOUS", False, "Sign nothing.", ours=True)
    s3_storage_class: str | None = setting(
        "S3_STORAGE_CLASS", None, "Storage class of what is written, as STANDARD_IA.", ours=True
    )
    s3_sse: str | None = setting(
        "S3_SSE",
        None,
        "Encryption of what is written.",
        choices=(None, "AES256", "aws:kms"),
        ours=True,
    )
    s3_sse_kms_key_id: str | None = setting(
        "S3_SSE_KMS_KEY_ID", None, "The key of `aws:kms`; None for the bucket's.", ours=True
    )
    s3_metadata: Sequence[Any] = setting(
        "S3_METADATA",
        (),
        "Metadata of what is written: a list of (name, text).",
        check=_are_pairs,
        ours=True,
    )


@dataclass(frozen=True, slots=True)
class OwnSettings:
    """Keys of the loader and the storage `s3`."""

    s3_region: str | None = setting(
        "S3_REGION", None, "The region; None for that of the environment.", ours=True
    )
    s3_endpoint: str | None = setting(
        "S3_ENDPOINT", None, "An S3 that is not Amazon's, as `https://host:9000`.", ours=True
    )
    s3_access_key_id: str | None = setting(
        "S3_ACCESS_KEY_ID",
        None,
        "Who asks; None for AWS's usual chain (roles, environment).",
        secret=True,
        ours=True,
    )
    s3_secret_access_key: str | None = setting(
        "S3_SECRET_ACCESS_KEY", None, "The key of that.", secret=True, ours=True
    )
    s3_loader_bucket: str | None = setting(
        "S3_LOADER_BUCKET",
        None,
        "Bucket of the sources; None: the first part of their names is the bucket, one of "
        "S3_ALLOWED_BUCKETS.",
        ours=True,
    )
    s3_loader_root_path: str = setting(
        "S3_LOADER_ROOT_PATH", "", "In front of the keys of sources.", ours=True
    )
    s3_allowed_buckets: Sequence[str] = setting(
        "S3_ALLOWED_BUCKETS", (), "Buckets that names of sources may begin with.", ours=True
    )
    s3_buckets: Sequence[Any] = setting(
        "S3_BUCKETS",
        (),
        "Buckets that are elsewhere: a list of (bucket, region) or (bucket, region, endpoint).",
        check=_are_buckets,
        ours=True,
    )
    s3_storage_bucket: str | None = setting(
        "S3_STORAGE_BUCKET", None, "Bucket of what STORAGE keeps.", ours=True
    )
    s3_storage_root_path: str = setting(
        "S3_STORAGE_ROOT_PATH", "sources", "In front of its keys.", ours=True
    )
    s3_result_storage_bucket: str | None = setting(
        "S3_RESULT_STORAGE_BUCKET",
        None,
        "Bucket of results; None for S3_STORAGE_BUCKET.",
        ours=True,
    )
    s3_result_storage_root_path: str = setting(
        "S3_RESULT_STORAGE_ROOT_PATH", "results", "In front of their keys.", ours=True
    )
    s3_acl: str | None = setting(
        "S3_ACL", None, "ACL of what is written; most buckets refuse any.", ours=True
    )
