"""`thumborlike url --explain PATH --make`: what a server so configured would do, as JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping

from ..http.message import Request
from ..service import build
from ..settings.reader import Loaded, load

WAIT = 5
"""Seconds for what is open at the end."""

HERE: Mapping[str, object] = {"EXPLAIN": "all", "WORKER_ISOLATION": "thread"}


def explanation(path: str, conf: str | None, accept: str = "") -> str:
    """The document of `/explain` for a path, made in this process by the configuration.

    Raises what refuses the path, and `ConfigurationError`.
    """
    told = asyncio.run(_told(load(conf, overrides=HERE), path, accept))
    return json.dumps(told, indent=2)


async def _told(loaded: Loaded, path: str, accept: str) -> Mapping[str, object]:
    service = build(loaded)
    try:
        assert service.explainer is not None
        return await service.explainer.explain(Request("GET", path, headers={"accept": accept}))
    finally:
        await service.drain(WAIT)
