"""Objects in S3: calls that block, in threads of their own, one deadline for all retries."""

from __future__ import annotations

import asyncio
import hashlib
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import MappingProxyType
from typing import TypeVar

from .calls import PAGE, Calls, Found, Known, Listed
from .failures import WORTH_ANOTHER_TRY, Late, Missing, trouble
from .places import Limits

__all__ = ["PAGE", "Client", "Found"]

T = TypeVar("T")
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
FIRST_PAUSE = 0.05
"""Seconds before the second attempt, at most; doubled for each further one."""


class Client:
    """One access to S3. Connections are kept; as many threads as connections.

    All methods raise `Trouble`. An operation that is late is given up by its waiter at once; its
    thread ends at the same deadline, or at the latest when the socket has been silent that long.
    `make` gives what asks S3; it is called once, in a thread, when it is first needed.
    """

    def __init__(self, make: Callable[[], Calls], limits: Limits) -> None:
        self._make = make
        self._limits = limits
        self._lock = threading.Lock()
        self._made: Calls | None = None
        self._threads = ThreadPoolExecutor(limits.connections, thread_name_prefix="s3")

    async def get(
        self, bucket: str, key: str, max_bytes: int = 0, held: bytes | None = None
    ) -> Found:
        """The object, read up to `max_bytes` (0: no limit).

        Raises `Unchanged` if S3 tells that it still is `held`.
        """
        return await self._run(
            lambda calls, end: calls.get(bucket, key, max_bytes, end, _etag_of(held))
        )

    async def put(self, bucket: str, key: str, body: bytes, **how: object) -> None:
        """Write the object whole; a reader sees the old or the new one."""
        await self._run(lambda calls, end: calls.put(bucket, key, body, how, end))

    async def delete(self, bucket: str, key: str) -> None:
        """Remove the object, if there is one."""
        with suppress(Missing):  # Amazon's does not tell, others do
            await self._run(lambda calls, end: calls.delete(bucket, key, end))

    async def exists(self, bucket: str, key: str) -> bool:
        """Whether there is such an object."""
        try:
            await self._run(lambda calls, end: calls.head(bucket, key, end))
        except Missing:
            return False
        return True

    async def list_page(self, bucket: str, prefix: str, after: str = "") -> list[str]:
        """The first keys that begin so and come after one, at most `PAGE`."""
        return [each.key for each in await self.list_objects(bucket, prefix, after)]

    async def list_objects(self, bucket: str, prefix: str, after: str = "") -> list[Listed]:
        """The same with sizes and times."""
        return await self._run(lambda calls, end: calls.list_page(bucket, prefix, after, end))

    async def known(self, bucket: str, key: str) -> Known:
        """What is known of the object without its bytes."""
        return await self._run(lambda calls, end: calls.head(bucket, key, end))

    async def presigned(
        self, bucket: str, key: str, seconds: int, headers: Mapping[str, str] = NO_HEADERS
    ) -> str:
        """A URL by which anybody can get the object for so long, with some of `calls.SAID`."""
        return await self._run(lambda calls, _: calls.presigned(bucket, key, seconds, headers))

    async def close(self) -> None:
        """Close the connections. Threads that still wait for S3 are not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        if self._made is not None:
            self._made.close()

    async def _run(self, work: Callable[[Calls, float], T]) -> T:
        end = time.monotonic() + self._limits.timeout
        loop = asyncio.get_running_loop()
        job = loop.run_in_executor(self._threads, self._with_retries, work, end)
        try:
            return await asyncio.wait_for(job, self._limits.timeout)
        except (asyncio.TimeoutError, TimeoutError) as error:
            raise trouble(Late) from error

    def _with_retries(self, work: Callable[[Calls, float], T], end: float) -> T:
        """In a thread. The last attempt's failure counts."""
        for pause in (*self._pauses(), None):
            if time.monotonic() >= end:
                break
            try:
                return work(self._calls(), end)
            except WORTH_ANOTHER_TRY:
                if pause is None or time.monotonic() + pause >= end:
                    raise
                time.sleep(pause)
        raise trouble(Late)

    def _pauses(self) -> Iterator[float]:
        for number in range(self._limits.attempts - 1):
            yield FIRST_PAUSE * 2**number * random.uniform(0.5, 1)  # noqa: S311

    def _calls(self) -> Calls:
        """Made once, where it is first needed: boto3 takes 0.1 s for that."""
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made


def _etag_of(body: bytes | None) -> str:
    """That of an object written in one piece, without a key of KMS: the MD5 of its bytes.

    Others have another one, so that they are sent anew. Nothing has to be stored for it.
    """
    return f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"' if body else ""
