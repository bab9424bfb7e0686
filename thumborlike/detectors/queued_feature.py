"""Has remotecv look for `feature`, through a queue in Redis."""

from __future__ import annotations

from thumborlike.interfaces import Environment

from ._queue import Queued, queued
from .settings import RedisQueueSettings

SETTINGS = RedisQueueSettings


def create(env: Environment) -> Queued:
    """What Thumbor calls `queued_feature_detector`."""
    return queued(env, "feature")
