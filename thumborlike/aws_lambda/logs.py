"""One line of JSON for each thing that is told, with the id of the request."""

from __future__ import annotations

import json
import logging
import time
import traceback
from hashlib import sha256

from ..logs import NOISY, level_of, without_secrets
from ..settings.sections import LoggingSettings

ACCESS = "thumborlike.access"
SHOWN = 16
"""Hex digits by which a path is told from others."""


class Lines(logging.Formatter):
    """Records as JSON, one a line. `request_id` is that of the request which is being answered."""

    def __init__(self) -> None:
        super().__init__()
        self.request_id = ""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        told: dict[str, object] = {
            "time": _utc(record.created),
            "level": record.levelname,
            "requestId": self.request_id,
            "message": without_secrets(record.getMessage()),
        }
        told.update(getattr(record, "told", {}))
        if record.exc_info and record.exc_info[0]:
            told["trace"] = "".join(traceback.format_exception(*record.exc_info))
        return json.dumps(told, default=str) + "\n"


def configure(settings: LoggingSettings, level: str) -> Lines:
    """Have all be told as JSON at this level; Lambda's own handler stays where it is.

    Raises `ConfigurationError` for an unknown level.
    """
    number, lines = level_of(level), Lines()
    root = logging.getLogger()
    if settings.thumbor_log_config:
        from ..logs import configure as by_settings  # noqa: PLC0415

        by_settings(settings, level)
        return lines
    if not root.handlers:
        handler = logging.StreamHandler()
        handler.terminator = ""
        root.addHandler(handler)
    for each in root.handlers:
        each.setFormatter(lines)
    root.setLevel(number)
    for name in NOISY:
        logging.getLogger(name).setLevel(max(number, logging.INFO))
    return lines


def name_of(path: str) -> str:
    """What stands for a path in the log, which shows none."""
    return sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:SHOWN]


def _utc(seconds: float) -> str:
    date = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{date}.{int(seconds % 1 * 1000):03d}Z"
