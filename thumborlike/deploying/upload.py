"""The package's way into a bucket of the stack's region, from which Lambda takes it."""

from __future__ import annotations

from pathlib import Path

from .archive import digest_of
from .calls import Session, code_of, told

PRIVATE = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
MISSING = ("404", "NoSuchBucket", "NoSuchKey", "NotFound")
EVERYWHERE = "us-east-1"
"""The region that is not named when a bucket is made."""


def key_of(package: Path) -> str:
    """By the contents: another package is another key, so that Lambda sees the change."""
    return f"thumborlike/{package.stem}-{digest_of(package)[:16]}.zip"


def bucket_name(session: Session) -> str:
    """The bucket for packages, one for each account and region. Raises `DeployError`."""
    with told():
        account = session.client("sts").get_caller_identity()["Account"]
    return f"thumborlike-code-{account}-{session.region_name}"


def upload(session: Session, bucket: str, package: Path) -> bool:
    """Put a package into a bucket, which is made if it is missing; False: it was there.

    Raises `DeployError`.
    """
    client, key = session.client("s3"), key_of(package)
    with told():
        if not _exists(client.head_bucket, Bucket=bucket):
            _make(client, bucket, str(session.region_name))
        if _exists(client.head_object, Bucket=bucket, Key=key):
            return False
        client.upload_file(str(package), bucket, key)
    return True


def _exists(call: object, **what: str) -> bool:
    from botocore.exceptions import ClientError  # noqa: PLC0415

    try:
        call(**what)  # type: ignore[operator]
    except ClientError as error:
        if code_of(error) in MISSING:
            return False
        raise
    return True


def _make(client: object, bucket: str, region: str) -> None:
    """A private bucket; nobody else's of that name, as it holds our account's number."""
    where = (
        {}
        if region == EVERYWHERE
        else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    )
    client.create_bucket(Bucket=bucket, **where)  # type: ignore[attr-defined]
    client.put_public_access_block(  # type: ignore[attr-defined]
        Bucket=bucket, PublicAccessBlockConfiguration=PRIVATE
    )
