"""Where objects lie and how they are asked for: plain values, without boto3."""

from __future__ import annotations

from collections.abc import Sequence

from ..records import dataclass


@dataclass(frozen=True, slots=True)
class Access:
    """A region or endpoint, and who asks there.

    Without `access_key` the standard AWS chain finds credentials; `anonymous` signs nothing.
    `path_style` None: where there is an endpoint of its own. `small`: without boto3 if possible.
    """

    region: str | None = None
    endpoint: str | None = None
    access_key: str | None = None
    secret_key: str | None = None
    anonymous: bool = False
    path_style: bool | None = None
    small: bool = False

    def __repr__(self) -> str:
        return f"Access({self.region!r}, {self.endpoint!r})"


@dataclass(frozen=True, slots=True)
class Limits:
    """`timeout` in seconds for an operation with all its retries, waiting included."""

    timeout: float
    connections: int = 50
    attempts: int = 3


@dataclass(frozen=True, slots=True)
class Writing:
    """How objects are written; None leaves it to the bucket."""

    acl: str | None = None
    sse: str | None = None
    kms_key: str | None = None
    storage_class: str | None = None
    metadata: Sequence[tuple[str, str]] = ()

    def arguments(self) -> dict[str, object]:
        """As the S3 API names them."""
        named = {
            "ACL": self.acl,
            "ServerSideEncryption": self.sse,
            "SSEKMSKeyId": self.kms_key,
            "StorageClass": self.storage_class,
            "Metadata": dict(self.metadata),
        }
        return {name: value for name, value in named.items() if value}


@dataclass(frozen=True, slots=True)
class Place:
    """A bucket, and what stands in front of all keys in it."""

    bucket: str
    root: str
    access: Access
