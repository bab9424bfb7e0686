"""The keys of tc_aws, with their meaning there."""

from __future__ import annotations

from collections.abc import Sequence

from ..records import dataclass
from ..settings.fields import setting

NO_REQUESTS = "the headers of requests are not known to storages"


@dataclass(frozen=True, slots=True)
class TcAwsSettings:
    """Keys of tc_aws."""

    tc_aws_region: str = setting("TC_AWS_REGION", "eu-west-1", "The region.", ours=True)
    tc_aws_endpoint: str | None = setting(
        "TC_AWS_ENDPOINT", None, "An S3 that is not Amazon's.", ours=True
    )
    tc_aws_loader_bucket: str | None = setting(
        "TC_AWS_LOADER_BUCKET",
        None,
        "Bucket of the sources; None: the first part of their names.",
        ours=True,
    )
    tc_aws_loader_root_path: str = setting(
        "TC_AWS_LOADER_ROOT_PATH", "", "In front of the keys of sources.", ours=True
    )
    tc_aws_allowed_buckets: Sequence[str] | bool = setting(
        "TC_AWS_ALLOWED_BUCKETS",
        False,
        "Buckets that names may begin with; False allows all that the credentials reach.",
        ours=True,
    )
    tc_aws_enable_http_loader: bool = setting(
        "TC_AWS_ENABLE_HTTP_LOADER", False, "Load `http...` by the loader `http`.", ours=True
    )
    tc_aws_max_retry: int = setting(
        "TC_AWS_MAX_RETRY", 0, "Further attempts; 0 for S3_MAX_ATTEMPTS.", low=0, high=9, ours=True
    )
    tc_aws_root_image_name: str = setting(
        "TC_AWS_ROOT_IMAGE_NAME", "", "Behind keys that end with a slash.", ours=True
    )
    tc_aws_randomize_keys: bool = setting(
        "TC_AWS_RANDOMIZE_KEYS",
        False,
        "Hashes in front of the keys that storages write.",
        ours=True,
    )
    tc_aws_storage_bucket: str | None = setting(
        "TC_AWS_STORAGE_BUCKET", None, "Bucket of what STORAGE keeps.", ours=True
    )
    tc_aws_storage_root_path: str = setting(
        "TC_AWS_STORAGE_ROOT_PATH", "", "In front of its keys.", ours=True
    )
    tc_aws_storage_sse: bool = setting(
        "TC_AWS_STORAGE_SSE", False, "Encrypt what is written (AES256).", ours=True
    )
    tc_aws_storage_rrs: bool = setting(
        "TC_AWS_STORAGE_RRS", False, "Write as REDUCED_REDUNDANCY.", ours=True
    )
    tc_aws_store_metadata: bool = setting(
        "TC_AWS_STORE_METADATA", False, "Store headers of requests.", ignored=NO_REQUESTS, ours=True
    )
    tc_aws_result_storage_bucket: str | None = setting(
        "TC_AWS_RESULT_STORAGE_BUCKET", None, "Bucket of results.", ours=True
    )
    tc_aws_result_storage_root_path: str = setting(
        "TC_AWS_RESULT_STORAGE_ROOT_PATH", "", "In front of their keys.", ours=True
    )
