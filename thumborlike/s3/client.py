"""Objects in S3 by boto3, which blocks: in threads of its own, one deadline for all retries."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

import boto3
from botocore import UNSIGNED, exceptions
from botocore.config import Config
from botocore.parsers import ResponseParserError

from ..records import dataclass
from .failures import (
    WORTH_ANOTHER_TRY,
    Broken,
    Late,
    Misconfigured,
    Missing,
    TooLarge,
    Trouble,
    of_code,
    trouble,
)
from .places import Access, Limits

T = TypeVar("T")
CHUNK = 1 << 18
PAGE = 1000
"""Keys that S3 lists, and deletes, at once."""
FIRST_PAUSE = 0.05
"""Seconds before the second attempt, at most; doubled for each further one."""

NETWORK = (
    exceptions.HTTPClientError,
    exceptions.IncompleteReadError,
    exceptions.ResponseStreamingError,
    ResponseParserError,
)
LATE = (exceptions.ReadTimeoutError, exceptions.ConnectTimeoutError)


@dataclass(frozen=True, slots=True)
class Found:
    """An object. `modified` in epoch seconds (UTC)."""

    body: bytes
    modified: float


class Client:
    """One access to S3. Connections are kept; as many threads as connections.

    All methods raise `Trouble`. An operation that is late is given up by its waiter at once; its
    thread ends at the same deadline, or at the latest when the socket has been silent that long.
    """

    def __init__(self, access: Access, limits: Limits) -> None:
        self._access = access
        self._limits = limits
        self._lock = threading.Lock()
        self._made: Any = None
        self._threads = ThreadPoolExecutor(limits.connections, thread_name_prefix="s3")

    async def get(self, bucket: str, key: str, max_bytes: int = 0) -> Found:
        """The object, read up to `max_bytes` (0: no limit)."""
        return await self._run(lambda client, end: _get(client, bucket, key, max_bytes, end))

    async def put(self, bucket: str, key: str, body: bytes, **how: object) -> None:
        """Write the object whole; a reader sees the old or the new one."""
        await self._run(
            lambda client, _: client.put_object(Bucket=bucket, Key=key, Body=body, **how)
        )

    async def delete(self, bucket: str, key: str) -> None:
        """Remove the object, if there is one."""
        with suppress(Missing):  # Amazon's does not tell, others do
            await self._run(lambda client, _: client.delete_object(Bucket=bucket, Key=key))

    async def exists(self, bucket: str, key: str) -> bool:
        """Whether there is such an object."""
        try:
            await self._run(lambda client, _: client.head_object(Bucket=bucket, Key=key))
        except Missing:
            return False
        return True

    async def list_page(self, bucket: str, prefix: str, after: str = "") -> list[str]:
        """The first keys that begin so and come after one, at most `PAGE`."""
        how = {"StartAfter": after} if after else {}
        found = await self._run(
            lambda client, _: client.list_objects_v2(
                Bucket=bucket, Prefix=prefix, MaxKeys=PAGE, **how
            )
        )
        return [each["Key"] for each in found.get("Contents", ())]

    async def presigned(self, bucket: str, key: str, seconds: int) -> str:
        """A URL by which anybody can get the object for so long."""
        what = {"Bucket": bucket, "Key": key}
        url: str = await self._run(
            lambda client, _: client.generate_presigned_url(
                "get_object", Params=what, ExpiresIn=seconds
            )
        )
        return url

    async def close(self) -> None:
        """Close the connections. Threads that still wait for S3 are not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        if self._made is not None:
            self._made.close()

    async def _run(self, work: Callable[[Any, float], T]) -> T:
        end = time.monotonic() + self._limits.timeout
        loop = asyncio.get_running_loop()
        job = loop.run_in_executor(self._threads, self._with_retries, work, end)
        try:
            return await asyncio.wait_for(job, self._limits.timeout)
        except (asyncio.TimeoutError, TimeoutError) as error:
            raise trouble(Late) from error

    def _with_retries(self, work: Callable[[Any, float], T], end: float) -> T:
        """In a thread. The last attempt's failure counts."""
        for pause in (*self._pauses(), None):
            if time.monotonic() >= end:
                break
            try:
                return _translated(work, self._client(), end)
            except WORTH_ANOTHER_TRY:
                if pause is None or time.monotonic() + pause >= end:
                    raise
                time.sleep(pause)
        raise trouble(Late)

    def _pauses(self) -> Iterator[float]:
        for number in range(self._limits.attempts - 1):
            yield FIRST_PAUSE * 2**number * random.uniform(0.5, 1)  # noqa: S311

    def _client(self) -> Any:
        """Made once, where it is first needed: that takes 0.1 s."""
        with self._lock:
            if self._made is None:
                self._made = _made(self._access, self._limits)
            return self._made


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


def _translated(work: Callable[[Any, float], T], client: Any, end: float) -> T:
    try:
        return work(client, end)
    except exceptions.ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
        kind = of_code(str(error.response.get("Error", {}).get("Code", "")), status)
        raise trouble(kind) from error
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


def _get(client: Any, bucket: str, key: str, max_bytes: int, end: float) -> Found:
    answer = client.get_object(Bucket=bucket, Key=key)
    stream = answer["Body"]
    try:
        if 0 < max_bytes < answer.get("ContentLength", 0):
            raise trouble(TooLarge)
        body = _whole(stream, max_bytes, end)
    except Trouble:
        stream.close()
        raise
    return Found(body, answer["LastModified"].timestamp())


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
