"""Where a function leaves pictures for others to fetch."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from ..http.message import Response
from ..plugins import PluginEnvironment
from ..records import dataclass
from ..s3.access import client_of, limits_of, own_access, tc_aws_access, thumbor_aws_access
from ..s3.settings import S3Settings

if TYPE_CHECKING:
    from ..s3.client import Client
    from ..s3.places import Access
    from ..settings.reader import Loaded

PATIENCE = 20.0
"""Seconds for an operation, where S3_LOADER_TIMEOUT_SECONDS says nothing."""

CARRIED = {
    "Content-Type": "ContentType",
    "Cache-Control": "CacheControl",
    "Content-Disposition": "ContentDisposition",
}
"""Headers that objects bring back, as S3 names them."""


class Bucket:
    """One bucket. Raises `s3.failures.Trouble`."""

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self._name = name

    async def put(self, key: str, response: Response) -> None:
        """Write a picture with the headers that it is to be served with."""
        how: dict[str, object] = {
            theirs: value for ours, theirs in CARRIED.items() if (value := response.header(ours))
        }
        if tags := response.header("Cache-Tag"):
            how["Metadata"] = {"cache-tag": tags}
        await self._client.put(self._name, key, response.body, **how)

    async def get(self, key: str) -> bytes:
        """The object's bytes."""
        return (await self._client.get(self._name, key)).body

    async def has(self, key: str) -> bool:
        """Whether there is such an object."""
        return await self._client.exists(self._name, key)

    async def delete(self, key: str) -> None:
        """Remove the object, if there is one."""
        await self._client.delete(self._name, key)

    async def keys(self, front: str, after: str = "") -> list[str]:
        """The first keys that begin so and come after one; none when there are no more."""
        return await self._client.list_page(self._name, front, after)

    async def close(self) -> None:
        """Close the connections, which all buckets of the function share."""
        await self._client.close()

    async def signed_url(self, key: str, seconds: int) -> str:
        """Where anybody can fetch it for a while."""
        return await self._client.presigned(self._name, key, seconds)


@dataclass(frozen=True, slots=True)
class Buckets:
    """`results`: where CloudFront looks first; `large`: for pictures that are too large."""

    results: Bucket | None = None
    large: Bucket | None = None


def buckets_of(loaded: Loaded) -> Buckets:
    """The buckets that the configuration names, reached as the loader reaches its own."""
    keys = loaded.settings.function
    results, large = keys.lambda_results_bucket, keys.lambda_large_bucket
    if not (results or large):
        return Buckets()
    env = PluginEnvironment.of(loaded, ThreadPoolExecutor(1))
    timeout = env.section(S3Settings).s3_loader_timeout_seconds or PATIENCE
    client = client_of(_access(loaded.settings.storage.loader, env), limits_of(env, timeout))
    found = {name: Bucket(client, name) for name in (results, large or results) if name}
    return Buckets(found.get(results or ""), found.get(large or results or ""))


def _access(loader: str, env: PluginEnvironment) -> Access:
    if "tc_aws" in loader:
        return tc_aws_access(env)
    return thumbor_aws_access(env, "loader") if "thumbor_aws" in loader else own_access(env)
