"""One Redis: its connections, its deadline, and what becomes of its failures."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

from thumborlike.errors import ConfigurationError, StorageError

from ._breaker import Breaker
from ._redis_places import Place
from ._redis_settings import RedisSettings

T = TypeVar("T")
IDLE = 30
"""Seconds after which a connection is looked at before it is used again."""


class Server:
    """Runs operations on one Redis, each within `timeout` seconds, `width` at once.

    Connections are made when they are needed, so that a server that is away does not stop the
    start, and anew if the event loop is another one. While it is out of order operations fail
    at once; it is tried again now and then (`Breaker`).
    """

    def __init__(self, make: Callable[[], Any], timeout: float, width: int) -> None:
        self._make = make
        self._timeout = timeout
        self._width = width
        self._breaker = Breaker()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client: Any = None
        self._turns = asyncio.Semaphore(width)

    async def run(self, work: Callable[[Any], Awaitable[T]]) -> T:
        """What `work(client)` gives. Raises `StorageError`."""
        if not self._breaker.allows():
            raise StorageError("Redis is out of order")
        return await self._told(asyncio.wait_for(self._in_turn(work), self._timeout))

    async def run_long(self, work: Callable[[Any], Awaitable[T]]) -> T:
        """The same for work of many steps, on connections of its own, in whatever event loop."""
        client = self._make()
        try:
            return await self._told(work(client))
        finally:
            await _close(client)

    async def close(self) -> None:
        """Close the connections; the next operation would open new ones."""
        client, self._client = self._client, None
        if client is not None and self._loop is asyncio.get_running_loop():
            await _close(client)

    async def _told(self, work: Awaitable[T]) -> T:
        """What the work gives; the breaker and the caller hear of its failures."""
        try:
            answer = await work
        except ResponseError as error:  # it is there and does not want to
            self._breaker.succeeded()
            raise StorageError("Redis refuses") from error
        except (asyncio.TimeoutError, TimeoutError) as error:
            self._breaker.failed()
            raise StorageError("Redis does not answer in time") from error
        except (RedisError, OSError) as error:
            self._breaker.failed()
            raise StorageError("Redis cannot be reached") from error
        self._breaker.succeeded()
        return answer

    async def _in_turn(self, work: Callable[[Any], Awaitable[T]]) -> T:
        client = self._connected()
        async with self._turns:
            return await work(client)

    def _connected(self) -> Any:
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            self._loop, self._client = loop, self._make()
            self._turns = asyncio.Semaphore(self._width)
        return self._client


def server_of(place: Place, settings: RedisSettings) -> Server:
    """The server at this place. Raises `ConfigurationError` for an address that is none."""

    def make() -> Any:
        return _client(place, settings)

    try:
        make()
    except (ValueError, RedisError, OSError) as error:
        raise ConfigurationError("the address of a Redis server cannot be read") from error
    return Server(make, settings.redis_timeout_seconds, settings.redis_max_connections)


def _client(place: Place, settings: RedisSettings) -> Any:
    """A client that has not connected yet."""
    options = _options(place, settings)
    if place.mode == "cluster":
        nodes = [redis.asyncio.cluster.ClusterNode(*each) for each in place.instances]
        return redis.asyncio.RedisCluster(startup_nodes=nodes, **options)
    options |= {"db": place.db, "retry": Retry(NoBackoff(), 1)}
    if place.mode == "sentinel":
        sentinel = {
            "password": place.sentinel_password,
            "socket_timeout": place.sentinel_timeout or None,
            "socket_connect_timeout": place.sentinel_timeout or None,
            **_tls(settings, tls=settings.redis_tls),
        }
        found: Any = Sentinel(place.instances, sentinel_kwargs=sentinel)  # type: ignore[no-untyped-call]
        return found.master_for(place.master, **options)
    if place.url:
        return redis.asyncio.Redis.from_url(place.url, **_beside_url(place.url, options, settings))
    return redis.asyncio.Redis(host=place.host, port=place.port, **options)


async def _close(client: Any) -> None:
    for each in (client, *_sentinels(client)):
        await each.aclose()


def _sentinels(client: Any) -> Sequence[Any]:
    """The clients of the sentinels, which the client of the master has and does not close."""
    pool = getattr(client, "connection_pool", None)
    found: Sequence[Any] = getattr(getattr(pool, "sentinel_manager", None), "sentinels", ())
    return found


def _options(place: Place, settings: RedisSettings) -> dict[str, Any]:
    """The client's own deadlines are longer than ours, so that it never takes ours for its own."""
    return {
        "username": place.username,
        "password": place.password,
        "socket_timeout": 2 * settings.redis_timeout_seconds,
        "socket_connect_timeout": 2 * settings.redis_timeout_seconds,
        "health_check_interval": IDLE,
        "protocol": 2,
        **_tls(settings, tls=settings.redis_tls),
    }


def _beside_url(url: str, options: dict[str, Any], settings: RedisSettings) -> dict[str, Any]:
    """What a URL may leave open; what it says goes before."""
    kept = {name: value for name, value in options.items() if not name.startswith("ssl")}
    files = _tls(settings, tls=url.startswith("rediss:"))
    files.pop("ssl", None)
    return {**kept, **files}


def _tls(settings: RedisSettings, *, tls: bool) -> dict[str, Any]:
    if not tls:
        return {}
    return {
        "ssl": True,
        "ssl_ca_certs": settings.redis_tls_ca_file,
        "ssl_certfile": settings.redis_tls_cert_file,
        "ssl_keyfile": settings.redis_tls_key_file,
        "ssl_check_hostname": True,
    }
