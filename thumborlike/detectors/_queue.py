"""Jobs for remotecv, in Redis: it looks at the picture itself and stores what it finds.

remotecv 5 takes them from the list `resque:queue:Detect` as pyres lays them there, JSON with class,
queue, args and key. A `1` in `resque:unique:queue:Detect:<picture>` says that one waits already.
It stores points as `thumbor-detector-<picture>`, where storage `redis` reads them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

from thumborlike.errors import DetectionFailed, DetectionQueued
from thumborlike.interfaces import Environment, FocalPoint
from thumborlike.scenes import Scene

from .settings import RedisQueueSettings

QUEUE = "Detect"
TASK = "remotecv.pyres_tasks.DetectTask"


class Queued:
    """Tells remotecv of each picture, and has nothing to say itself. `looks_for`: all, face..."""

    def __init__(self, settings: RedisQueueSettings, looks_for: str) -> None:
        import redis.asyncio  # noqa: F401, PLC0415  (told at start, if it is not there)

        self._settings = settings
        self._looks_for = looks_for
        self._client: Any = None

    async def detect_elsewhere(self, scene: Scene) -> Sequence[FocalPoint]:
        """Raises `DetectionQueued`, or `DetectionFailed` if Redis does not take the job."""
        from redis.exceptions import RedisError  # noqa: PLC0415

        self._client = self._client or _client(self._settings)
        try:
            await self._enqueue(scene.name)
        except (RedisError, OSError) as error:
            raise DetectionFailed("the queue takes no job") from error
        raise DetectionQueued("remotecv is told of the picture")

    async def _enqueue(self, name: str) -> None:
        """Once, as long as remotecv has not taken it."""
        waits = f"resque:unique:queue:{QUEUE}:{name.replace(' ', '').replace(chr(10), '')}"
        job = {"class": TASK, "queue": QUEUE, "args": [self._looks_for, name, name], "key": name}
        if not await self._client.set(waits, "1", nx=True):
            return
        queued = False
        try:
            async with self._client.pipeline(transaction=True) as steps:
                steps.sadd("resque:queues", QUEUE)
                steps.rpush(f"resque:queue:{QUEUE}", json.dumps(job))
                await steps.execute()
            queued = True
        finally:
            if not queued:
                await self._client.delete(waits)

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()


def _client(keys: RedisQueueSettings) -> Any:
    """A client of the server, or of the master that the Sentinels know."""
    from redis.asyncio import Redis, Sentinel  # noqa: PLC0415

    if keys.redis_queue_mode == "single_node":
        return Redis(
            host=keys.redis_queue_server_host,
            port=keys.redis_queue_server_port,
            db=keys.redis_queue_server_db,
            password=keys.redis_queue_server_password,
        )
    pairs = [
        each.strip().rpartition(":") for each in keys.redis_queue_sentinel_instances.split(",")
    ]
    timed = partial(dict[str, Any], socket_timeout=keys.redis_queue_sentinel_socket_timeout)
    password = keys.redis_queue_sentinel_password
    sentinel = Sentinel(  # type: ignore[no-untyped-call, unused-ignore]
        [(host, int(port)) for host, _, port in pairs],
        sentinel_kwargs=timed(password=password) if password else timed(),
        **timed(),
    )
    return sentinel.master_for(
        keys.redis_queue_sentinel_master_instance,
        password=keys.redis_queue_sentinel_master_password,
        db=keys.redis_queue_sentinel_master_db,
        **timed(),
    )


def queued(env: Environment, looks_for: str) -> Queued:
    """The detector that has remotecv look for `all`, `face` or `feature`."""
    return Queued(env.section(RedisQueueSettings), looks_for)
