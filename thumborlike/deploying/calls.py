"""Clients of AWS, and their errors in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from .errors import DeployError


class Session(Protocol):
    """As boto3's."""

    region_name: str | None

    def client(self, name: str, **how: Any) -> Any:
        """A client of a service."""
        ...


def session_of(region: str | None, profile: str | None) -> Session:
    """A session with credentials from where AWS' own tools find them. Raises `DeployError`."""
    try:
        import boto3  # noqa: PLC0415  (0.2 s)
    except ModuleNotFoundError as error:
        raise DeployError("boto3 is needed: pip install 'thumborlike[deploy]'") from error
    with told():
        made: Session = boto3.Session(region_name=region, profile_name=profile)
    if not made.region_name:
        raise DeployError("which region? Give --region, or set AWS_DEFAULT_REGION")
    return made


@contextmanager
def told() -> Iterator[None]:
    """What AWS says, as `DeployError`."""
    from botocore.exceptions import (  # noqa: PLC0415
        BotoCoreError,
        ClientError,
        NoCredentialsError,
        ProfileNotFound,
    )

    try:
        yield
    except NoCredentialsError as error:
        raise DeployError("no credentials: run `aws configure`, or set AWS_PROFILE") from error
    except ProfileNotFound as error:
        raise DeployError(str(error)) from error
    except ClientError as error:
        raise DeployError(_words(error)) from error
    except BotoCoreError as error:
        raise DeployError(f"AWS cannot be asked: {error}") from error


def code_of(error: Any) -> str:
    """The code of a ClientError."""
    return str(error.response.get("Error", {}).get("Code", ""))


def _words(error: Any) -> str:
    code = code_of(error)
    said = error.response.get("Error", {}).get("Message", "")
    if code in ("AccessDenied", "AccessDeniedException", "403"):
        return f"not allowed to call {error.operation_name}: {said}"
    if code in ("ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId"):
        return "the credentials have expired or are wrong: log in again"
    return f"{error.operation_name}: {said or code}"
