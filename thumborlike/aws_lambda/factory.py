"""Functions as the environment describes them, with all that can be made before the first event."""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import ConfigurationError
from ..service import build
from . import logs
from .answers import Answer, plain
from .bucket import buckets_of
from .configuration import level_from, loaded_from
from .filing import purged_of
from .handler import Function

log = logging.getLogger(__name__)
Handler = Callable[[Mapping[str, Any], Any], Answer]


def make(environ: Mapping[str, str], *, streams: bool = False) -> Handler:
    """The handler under this environment; one that cannot be used answers 500 and says why.

    With `streams`, bodies of answers are bytes.
    """
    try:
        loaded = loaded_from(environ)
        lines = logs.configure(loaded.settings.logging, level_from(environ))
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        buckets = buckets_of(loaded)
        service = build(loaded, purged=purged_of(loaded.settings, buckets))
        function = Function(service, loop, lines, buckets, streams=streams)
    except ConfigurationError as error:
        return _unusable(error)
    _load_codecs()
    for warning in loaded.warnings:
        log.warning("%s", warning)
    return function


def _load_codecs() -> None:
    """What the first picture needs, while Lambda gives us all of its processor."""
    importlib.import_module("thumborlike.imaging.render")


def _unusable(error: ConfigurationError) -> Handler:
    reason = str(error)

    def answer(_event: Mapping[str, Any], _context: Any = None) -> Answer:
        log.error("the configuration cannot be used: %s", reason)
        return plain(500, {"status": 500, "message": "the function is not configured, see its log"})

    return answer
