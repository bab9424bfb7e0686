"""S3 by boto3: knows every way to credentials, and takes 0.2 s to load."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import boto3
from botocore import UNSIGNED, exceptions
from botocore.config import Config
from botocore.parsers import ResponseParserError

from .calls import NOTED, PAGE, SAID, Found, Known, Listed
from .failures import Broken, Late, Misconfigured, Missing, TooLarge, Trouble, of_code, trouble
from .places import Access, Limits

T = TypeVar("T")
CHUNK = 1 << 18

NETWORK = (
    exceptions.HTTPClientError,
    exceptions.IncompleteReadError,
    exceptions.ResponseStreamingError,
    ResponseParserError,
)
LATE = (exceptions.ReadTimeoutError, exceptions.ConnectTimeoutError)


class BotoCalls:
    """One client of boto3, for any number of threads."""

    def __init__(self, access: Access, limits: Limits) -> None:
        self._client = _translated(lambda: _made(access, limits))

    def get(self, bucket: str, key: str, max_bytes: int, end: float, etag: str = "") -> Found:
        """The object, read up to `max_bytes` (0: no limit), unless it has the `etag`."""
        asked = {"Bucket": bucket, "Key": key, **({"IfNoneMatch": etag} if etag else {})}
        return _translated(lambda: _get(self._client, asked, max_bytes, end))

    def put(self, bucket: str, key: str, body: bytes, how: Mapping[str, object], _: float) -> None:
        """Write the object."""
        _translated(lambda: self._client.put_object(Bucket=bucket, Key=key, Body=body, **how))

    def delete(self, bucket: str, key: str, _: float) -> None:
        """Remove the object."""
        _translated(lambda: self._client.delete_object(Bucket=bucket, Key=key))

    def head(self, bucket: str, key: str, _: float) -> Known:
        """What is known of the object."""
        told = _translated(lambda: self._client.head_object(Bucket=bucket, Key=key))
        written, noted = told["LastModified"].timestamp(), NOTED in told.get("Metadata", {})
        return Known(told.get("ContentLength", 0), written, told.get("ContentType", ""), noted)

    def list_page(self, bucket: str, prefix: str, after: str, _: float) -> list[Listed]:
        """The first whose keys begin so and come after one."""
        how = {"StartAfter": after} if after else {}
        found = _translated(
            lambda: self._client.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=PAGE, **how)
        )
        return [
            Listed(each["Key"], each["Size"], each["LastModified"].timestamp())
            for each in found.get("Contents", ())
        ]

    def presigned(self, bucket: str, key: str, seconds: int, headers: Mapping[str, str]) -> str:
        """A URL by which anybody can get the object for so long, with some of `SAID`."""
        said = {
            f"Response{name.replace('-', '')}": headers[name] for name in SAID if name in headers
        }
        what = {"Bucket": bucket, "Key": key, **said}
        url: str = _translated(
            lambda: self._client.generate_presigned_url(
                "get_object", Params=what, ExpiresIn=seconds
            )
        )
        return url

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _made(access: Access, limits: Limits) -> Any:
    path_style = bool(access.endpoint) if access.path_style is None else access.path_style
    wait = max(0.1, limits.timeout)
    config = Config(
        max_pool_connections=limits.connections,
        connect_timeout=min(2.0, wait),
        read_timeout=wait,
        retries={"total_max_attempts": 1},
        tcp_keepalive=True,
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": "path" if path_style else "auto"},
        signature_version=UNSIGNED if access.anonymous else "s3v4",  # else URLs get the old one
    )
    session = boto3.session.Session()
    client = session.client(
        "s3",
        region_name=access.region or session.region_name or "us-east-1",
        endpoint_url=access.endpoint or None,
        aws_access_key_id=access.access_key or None,
        aws_secret_access_key=access.secret_key or None,
        config=config,
    )
    client.meta.events.register_first("before-call.s3.HeadBucket", _not_asked)
    return client


def _not_asked(**_: object) -> None:
    """Redirected, botocore asks for the region, endlessly where that is redirected, too."""
    unknown = {"Error": {"Code": "301"}, "ResponseMetadata": {"HTTPHeaders": {}}}
    raise exceptions.ClientError(unknown, "HeadBucket")


def _translated(work: Callable[[], T]) -> T:
    try:
        return work()
    except exceptions.ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
        code = str(error.response.get("Error", {}).get("Code", ""))
        raise trouble(of_code(code, status), f"{status} {code}") from error
    except LATE as error:
        raise trouble(Late) from error
    except exceptions.ParamValidationError as error:
        raise trouble(Missing) from error
    except NETWORK as error:
        raise trouble(Broken) from error
    except exceptions.BotoCoreError as error:
        raise trouble(Misconfigured) from error
    except OSError as error:
        raise trouble(Broken) from error


def _get(client: Any, asked: Mapping[str, str], max_bytes: int, end: float) -> Found:
    answer = client.get_object(**asked)
    stream = answer["Body"]
    try:
        if 0 < max_bytes < answer.get("ContentLength", 0):
            raise trouble(TooLarge)
        body = _whole(stream, max_bytes, end)
    except Trouble:
        stream.close()
        raise
    return Found(body, answer["LastModified"].timestamp(), NOTED in answer.get("Metadata", {}))


def _whole(stream: Any, max_bytes: int, end: float) -> bytes:
    """The body: what trickles is late, what is endless is too large."""
    parts, size = [], 0
    for part in stream.iter_chunks(CHUNK):
        parts.append(part)
        size += len(part)
        if 0 < max_bytes < size:
            raise trouble(TooLarge)
        if time.monotonic() > end:
            raise trouble(Late)
    return b"".join(parts)
