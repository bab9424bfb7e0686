"""Results in the bucket that CloudFront asks first, and how those of one source are found again.

Names of results are hashes of links, which tell nothing of sources. So an empty object, a note,
is written for each source of a result: `i/<tag of the source>/<name of the result>`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ..errors import CannotPurge, ConfigurationError, StorageError
from ..http.message import Response
from ..http.tags import CACHE_TAG, tag_of
from ..records import dataclass
from ..s3.failures import Trouble
from ..settings.sections import Settings
from .bucket import Bucket, Buckets

RESULTS, NOTES = "r/", "i/"
AT_ONCE = 16
"""Results that are removed side by side."""

NOTE = Response(200, (("Content-Type", "application/octet-stream"),))


async def file(bucket: Bucket, key: str, response: Response, *, noted: bool) -> None:
    """Write a result, after its notes: one that could not be purged is not written.

    Raises `s3.failures.Trouble`.
    """
    for tag in _tags(response) if noted else ():
        await bucket.put(_note(tag, key), NOTE)
    await bucket.put(key, response)


def purged_of(settings: Settings, buckets: Buckets) -> tuple[Filed, ...]:
    """What a purge is to look through, besides storages. Raises `ConfigurationError`."""
    noted = settings.function.lambda_purge_index
    if noted and not settings.http.cache_tags:  # nobody would tell which sources a result has
        raise ConfigurationError("LAMBDA_PURGE_INDEX needs CACHE_TAGS")
    return (Filed(buckets.results, noted),) if buckets.results else ()


@dataclass(frozen=True, slots=True)
class Filed:
    """What is filed, for purges. `noted`: whether there are notes."""

    bucket: Bucket
    noted: bool

    async def purge(self, source: str) -> int:
        """Remove all results made of a source; how many there were. Raises `StorageError`.

        Notes stay until they are as old as results may be: a result that is made meanwhile can
        be purged again.
        """
        if not self.noted:
            raise CannotPurge("LAMBDA_PURGE_INDEX is off")
        front, last, removed = _note(tag_of(source), RESULTS), "", 0
        try:
            while page := await self.bucket.keys(front, last):
                removed += await self._removed([RESULTS + each[len(front) :] for each in page])
                last = page[-1]
        except Trouble as error:
            raise StorageError("S3 does not forget results") from error
        return removed

    async def close(self) -> None:
        """Close the connections."""
        await self.bucket.close()

    async def _removed(self, keys: Sequence[str]) -> int:
        removed = 0
        for first in range(0, len(keys), AT_ONCE):
            done = await asyncio.gather(*map(self._remove, keys[first : first + AT_ONCE]))
            removed += sum(done)
        return removed

    async def _remove(self, key: str) -> bool:
        if not await self.bucket.has(key):
            return False
        await self.bucket.delete(key)
        return True


def _tags(response: Response) -> list[str]:
    return [each for each in (response.header(CACHE_TAG) or "").split(",") if each]


def _note(tag: str, key: str) -> str:
    return f"{NOTES}{tag}/{key[len(RESULTS) :]}"
