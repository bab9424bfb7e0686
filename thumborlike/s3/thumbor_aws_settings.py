"""The keys of thumbor-aws, with their meaning there."""

from __future__ import annotations

from typing import Any

from ..records import dataclass
from ..settings.fields import setting


def _is_function(value: Any) -> None:
    if value is not None and not callable(value):
        raise ValueError("a function or None")


@dataclass(frozen=True, slots=True)
class ThumborAwsSettings:
    """Keys of thumbor-aws."""

    aws_loader_bucket_name: str = setting(
        "AWS_LOADER_BUCKET_NAME", "thumbor", "Bucket of sources.", ours=True
    )
    aws_loader_root_path: str = setting(
        "AWS_LOADER_ROOT_PATH", "/st", "In front of their keys.", ours=True
    )
    aws_loader_region_name: str = setting(
        "AWS_LOADER_REGION_NAME", "us-east-1", "Their region.", ours=True
    )
    aws_loader_s3_endpoint_url: str | None = setting(
        "AWS_LOADER_S3_ENDPOINT_URL", None, "An S3 that is not Amazon's.", ours=True
    )
    aws_loader_s3_access_key_id: str | None = setting(
        "AWS_LOADER_S3_ACCESS_KEY_ID",
        None,
        "Who asks there; None for AWS's usual chain.",
        secret=True,
        ours=True,
    )
    aws_loader_s3_secret_access_key: str | None = setting(
        "AWS_LOADER_S3_SECRET_ACCESS_KEY", None, "The key of that.", secret=True, ours=True
    )
    aws_storage_bucket_name: str = setting(
        "AWS_STORAGE_BUCKET_NAME", "thumbor", "Bucket of what STORAGE keeps.", ours=True
    )
    aws_storage_root_path: str = setting(
        "AWS_STORAGE_ROOT_PATH", "/st", "In front of their keys.", ours=True
    )
    aws_storage_region_name: str = setting(
        "AWS_STORAGE_REGION_NAME", "us-east-1", "Their region.", ours=True
    )
    aws_storage_s3_endpoint_url: str | None = setting(
        "AWS_STORAGE_S3_ENDPOINT_URL", None, "An S3 that is not Amazon's.", ours=True
    )
    aws_storage_s3_access_key_id: str | None = setting(
        "AWS_STORAGE_S3_ACCESS_KEY_ID",
        None,
        "Who asks there; None for AWS's usual chain.",
        secret=True,
        ours=True,
    )
    aws_storage_s3_secret_access_key: str | None = setting(
        "AWS_STORAGE_S3_SECRET_ACCESS_KEY", None, "The key of that.", secret=True, ours=True
    )
    aws_storage_s3_acl: str | None = setting(
        "AWS_STORAGE_S3_ACL", None, "ACL of what is written; none by default.", ours=True
    )
    aws_result_storage_bucket_name: str = setting(
        "AWS_RESULT_STORAGE_BUCKET_NAME", "thumbor", "Bucket of results.", ours=True
    )
    aws_result_storage_root_path: str = setting(
        "AWS_RESULT_STORAGE_ROOT_PATH", "/rs", "In front of their keys.", ours=True
    )
    aws_result_storage_region_name: str = setting(
        "AWS_RESULT_STORAGE_REGION_NAME", "us-east-1", "Their region.", ours=True
    )
    aws_result_storage_s3_endpoint_url: str | None = setting(
        "AWS_RESULT_STORAGE_S3_ENDPOINT_URL", None, "An S3 that is not Amazon's.", ours=True
    )
    aws_result_storage_s3_access_key_id: str | None = setting(
        "AWS_RESULT_STORAGE_S3_ACCESS_KEY_ID",
        None,
        "Who asks there; None for AWS's usual chain.",
        secret=True,
        ours=True,
    )
    aws_result_storage_s3_secret_access_key: str | None = setting(
        "AWS_RESULT_STORAGE_S3_SECRET_ACCESS_KEY", None, "The key of that.", secret=True, ours=True
    )
    aws_result_storage_s3_acl: str | None = setting(
        "AWS_RESULT_STORAGE_S3_ACL", None, "ACL of what is written; none by default.", ours=True
    )
    aws_normalizer: Any = setting(
        "AWS_NORMALIZER",
        None,
        "A function from a name, encoded as in the URL, to its key below the root; None decodes.",
        check=_is_function,
        ours=True,
    )
    aws_default_location: str = setting(
        "AWS_DEFAULT_LOCATION",
        "https://{bucket_name}.s3.amazonaws.com",
        "Where uploads are said to lie.",
        ignored="nothing tells the place of an object",
        ours=True,
    )
    thumbor_aws_run_in_compatibility_mode: bool = setting(
        "THUMBOR_AWS_RUN_IN_COMPATIBILITY_MODE", False, "Read TC_AWS_* instead.", ours=True
    )
