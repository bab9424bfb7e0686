"""The keys of Google Cloud Storage."""

from __future__ import annotations

from collections.abc import Sequence

from ..records import dataclass
from ..settings.fields import setting

_NO_PROJECT = "buckets have names of their own in all projects"


@dataclass(frozen=True, slots=True)
class GoogleSettings:
    """Keys of the loader and the storage `gcs`; the older names are those of thumbor-gcs."""

    gcs_endpoint: str | None = setting(
        "GCS_ENDPOINT",
        None,
        "Another address than Google's, as of an emulator: `http://host:4443`.",
        ours=True,
    )
    gcs_credentials_file: str | None = setting(
        "GCS_CREDENTIALS_FILE",
        None,
        "A file with a key of a service account, or of another kind that Google's tools write; "
        "needs the extra `gcs`. None for that of GOOGLE_APPLICATION_CREDENTIALS, or else the "
        "service account of the machine.",
        ours=True,
    )
    gcs_anonymous: bool = setting("GCS_ANONYMOUS", False, "Send no token.", ours=True)
    gcs_loader_bucket: str | None = setting(
        "GCS_LOADER_BUCKET",
        None,
        "Bucket of the sources; None: the first part of their names is the bucket, one of "
        "GCS_ALLOWED_BUCKETS.",
        aliases=("LOADER_GCS_BUCKET_ID",),
        ours=True,
    )
    gcs_loader_root_path: str = setting(
        "GCS_LOADER_ROOT_PATH",
        "",
        "In front of the names of sources.",
        aliases=("LOADER_GCS_ROOT_PATH",),
        ours=True,
    )
    gcs_allowed_buckets: Sequence[str] = setting(
        "GCS_ALLOWED_BUCKETS", (), "Buckets that names of sources may begin with.", ours=True
    )
    gcs_storage_bucket: str | None = setting(
        "GCS_STORAGE_BUCKET", None, "Bucket of what STORAGE keeps.", ours=True
    )
    gcs_storage_root_path: str = setting(
        "GCS_STORAGE_ROOT_PATH", "sources", "In front of its names.", ours=True
    )
    gcs_result_storage_bucket: str | None = setting(
        "GCS_RESULT_STORAGE_BUCKET",
        None,
        "Bucket of results; None for GCS_STORAGE_BUCKET.",
        aliases=("RESULT_STORAGE_GCS_BUCKET_ID",),
        ours=True,
    )
    gcs_result_storage_root_path: str = setting(
        "GCS_RESULT_STORAGE_ROOT_PATH",
        "",
        "In front of their names.",
        aliases=("RESULT_STORAGE_GCS_ROOT_PATH",),
        ours=True,
    )
    loader_gcs_project_id: str = setting(
        "LOADER_GCS_PROJECT_ID", "", "The project.", ignored=_NO_PROJECT, ours=True
    )
    result_storage_gcs_project_id: str = setting(
        "RESULT_STORAGE_GCS_PROJECT_ID", "", "The project.", ignored=_NO_PROJECT, ours=True
    )
