"""What a line of the log looks like: text or JSON, in either case one line for one message."""

from __future__ import annotations

import json
import logging
import random
import re
from datetime import datetime, timezone
from typing import Any

from .request_ids import current_id

CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""What ends a line, or makes a terminal do things."""


def on_one_line(text: str) -> str:
    """The text with control characters as escapes, so that nobody can forge a line."""
    return CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


class Record(logging.LogRecord):
    """A record that knows which request it was made for: `request_id`, empty for none."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.request_id = current_id()


class TextLines(logging.Formatter):
    """Lines in a form of the user's; only a trace of ours takes more than one.

    ` id=...` ends those of requests, unless the form has a place for `request_id`. With `stages`,
    ` fetch=1.234` and so on come before it, in milliseconds.
    """

    def __init__(self, form: str | None, dates: str | None = None, *, stages: bool = False) -> None:
        super().__init__(form, dates)
        self._stages = stages

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  (its name there)
        """The line without the trace."""
        number = "" if "(request_id)" in (self._fmt or "") else _id_of(record)
        stages = getattr(record, "fields", {}).get("stages", {}) if self._stages else {}
        told = (*stages.items(), *((("id", number),) if number else ()))
        return on_one_line(super().formatMessage(record) + "".join(f" {a}={b}" for a, b in told))


class JsonLines(logging.Formatter):
    """One object a line: `time` (UTC), `level`, `logger`, `message`.

    And `request_id` and `trace`, where there is one. Lines about requests have their figures as
    fields, too: see `thumborlike.web.access`.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        moment = datetime.fromtimestamp(record.created, timezone.utc)
        fields: dict[str, object] = {
            "time": moment.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **({"request_id": number} if (number := _id_of(record)) else {}),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            fields["trace"] = self.formatException(record.exc_info)
        return json.dumps(fields, default=str)


def _id_of(record: logging.LogRecord) -> str:
    return getattr(record, "request_id", "")


class Sample(logging.Filter):
    """Lets a share (0 to 1) of what is no warning through."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self._share = share

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is written."""
        if record.levelno >= logging.WARNING or self._share >= 1:
            return True
        return random.random() < self._share  # noqa: S311  (a sample, no secret)
