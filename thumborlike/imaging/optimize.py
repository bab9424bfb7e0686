"""What happens to encoded bytes: optimizers, one after the other, none of which can do harm."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from ..formats import GIF, sniff
from ..interfaces import MakesVideo, Optimizer

BUDGET = 10.0
"""Seconds after which no further optimizer is begun for a picture."""

log = logging.getLogger(__name__)


def optimized(
    body: bytes, media_type: str, optimizers: Sequence[Optimizer], video: str | None
) -> tuple[bytes, str]:
    """The bytes after all optimizers, and their media type.

    What an optimizer gives is taken if it is smaller; a video that the URL asks for, always.
    `video`: `mp4` or `webm`, or None.
    """
    started = time.monotonic()
    for each in optimizers:
        if time.monotonic() - started > BUDGET:
            log.warning("optimizers took over %s s for one picture", BUDGET)
            break
        body, media_type = _by_one(body, media_type, each, video)
    return body, media_type


def _by_one(
    body: bytes, media_type: str, optimizer: Optimizer, video: str | None
) -> tuple[bytes, str]:
    wanted = video if media_type == GIF.media_type and isinstance(optimizer, MakesVideo) else None
    made = _tried(optimizer, media_type, body, wanted)
    found = sniff(made) if made else None
    if made is None or found is None or (len(made) >= len(body) and not wanted):
        return body, media_type
    return made, found.media_type


def _tried(optimizer: Optimizer, media_type: str, body: bytes, video: str | None) -> bytes | None:
    try:
        if video and isinstance(optimizer, MakesVideo):
            return optimizer.video(body, video)
        return optimizer.optimize(media_type, body)
    except Exception:
        log.exception("an optimizer failed: %r", optimizer)
        return None
