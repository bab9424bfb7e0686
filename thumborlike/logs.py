"""Sets up logging once, at start: the THUMBOR_LOG_ keys and the level of the command line."""

from __future__ import annotations

import logging
import re

from .errors import ConfigurationError
from .settings.sections import LoggingSettings

LEVELS = ("debug", "info", "warning", "error", "critical")
THUMBOR_LEVELS = {"warn": "warning", "fatal": "critical", "notset": "debug"}
_SLASH = re.compile(r"(/|%(?:25)*2[fF])")
_COLON = re.compile(r":|%(?:25)*3[aA]")
_AT = re.compile(r"@|%(?:25)*40")
_PURGE = re.compile(r"^/purge/[^/]+(?=/)")
ACCESS = "thumborlike.access"
"""The logger of answers."""

KEPT = {"disable_existing_loggers": False}
NOISY = ("PIL", "asyncio", "botocore", "urllib3")


def configure(settings: LoggingSettings, level: str) -> None:
    """Log to standard error at `level` (one of LEVELS), or as THUMBOR_LOG_CONFIG says.

    Raises `ConfigurationError` for an unknown level or a dictionary that logging refuses.
    """
    from .log_lines import Record  # noqa: PLC0415  (not for commands without a log)

    number = level_of(level)
    logging.setLogRecordFactory(Record)
    if settings.thumbor_log_config:
        _configure_by(settings)
        return
    logging.basicConfig(level=number, handlers=[_handler(settings)], force=True)
    _sample(settings.log_sample)
    for name in NOISY:
        logging.getLogger(name).setLevel(max(number, logging.INFO))


def _handler(settings: LoggingSettings) -> logging.Handler:
    from .log_lines import JsonLines, TextLines  # noqa: PLC0415  (not for commands without a log)

    handler = logging.StreamHandler()
    form = settings.thumbor_log_format, settings.thumbor_log_date_format
    try:
        lines = TextLines(*form, stages=settings.log_stages)
        handler.setFormatter(JsonLines() if settings.log_json else lines)
    except ValueError as error:
        raise ConfigurationError(f"THUMBOR_LOG_FORMAT: {error}") from error
    return handler


def _sample(share: float) -> None:
    from .log_lines import Sample  # noqa: PLC0415

    access = logging.getLogger(ACCESS)
    for each in [each for each in access.filters if isinstance(each, Sample)]:
        access.removeFilter(each)
    if share < 1:
        access.addFilter(Sample(share))


def level_of(name: str) -> int:
    """The number of a level, by its name in any case (Thumbor 7.8: names of `logging`)."""
    lower = name.lower()
    known = THUMBOR_LEVELS.get(lower, lower)
    if known not in LEVELS:
        raise ConfigurationError(f"unknown log level {name!r}; known are {', '.join(LEVELS)}")
    return int(getattr(logging, known.upper()))


def _configure_by(settings: LoggingSettings) -> None:
    """By the user's dictionary. What it does not name goes on, unless it says otherwise.

    To Python, what it does not name falls silent, which would be most of the server.
    """
    import logging.config  # noqa: PLC0415  (slow, and rarely needed)

    try:
        logging.config.dictConfig({**KEPT, **(settings.thumbor_log_config or {})})
    except (ValueError, TypeError, AttributeError, ImportError) as error:
        raise ConfigurationError(f"THUMBOR_LOG_CONFIG: {error}") from error


def without_secrets(url: str) -> str:
    """A path or URL for the log: `user:password@` of the addresses in it becomes `***@`.

    So does the signature of a purge, which whoever reads the log could call again. Those of
    pictures stay: they stand in pages for all to see, and a log can be replayed.
    """
    url = _PURGE.sub("/purge/***", url) if url.startswith("/purge/") else url
    if "@" not in url and "40" not in url:  # by far the most
        return url
    parts = _SLASH.split(url)
    for number in range(0, len(parts), 2):
        after_two_slashes = number > 2 and not parts[number - 2]
        parts[number] = _masked(parts[number], after_two_slashes)
    return "".join(parts)


def _masked(part: str, is_authority: bool) -> str:
    """What stands between two slashes. A user without password may be a token."""
    ats = list(_AT.finditer(part))
    colon = _COLON.search(part)
    if not ats or not (is_authority or (colon and colon.start() < ats[-1].start())):
        return part
    shown = "" if is_authority or colon is None else part[: colon.end()]
    return f"{shown}***{part[ats[-1].start() :]}"
