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


def account_of(session: Session) -> str:
    """The number of the account. Raises `DeployError`."""
    with told():
        return str(session.client("sts").get_caller_identity()["Account"])


def bucket_name(account: str, region: str | None) -> str:
    """The bucket for packages, one for each account and region."""
    return f"thumborlike-code-{account}-{region}"


def upload(session: Session, bucket: str, package: Path, owner: str | None = None) -> bool:
    """Put a package into a bucket, which is made if it is missing; False: it was there.

    With an `owner`, the bucket must be that account's: our name for it can be guessed, and what
    lies there is run. Raises `DeployError`.
    """
    client, key = session.client("s3"), key_of(package)
    owned = {"ExpectedBucketOwner": owner} if owner else {}
    with told():
        if not _exists(client.head_bucket, Bucket=bucket, **owned):
            _make(client, bucket, str(session.region_name))
        if _exists(client.head_object, Bucket=bucket, Key=key, **owned):
            return False
        client.upload_file(str(package), bucket, key, ExtraArgs=owned)
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
    """A private bucket."""
    where = (
        {}
        if region == EVERYWHERE
        else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    )
    client.create_bucket(Bucket=bucket, **where)  # type: ignore[attr-defined]
    client.put_public_access_block(  # type: ignore[attr-defined]
        Bucket=bucket, PublicAccessBlockConfiguration=PRIVATE
    )
