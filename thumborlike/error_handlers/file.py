"""Unexpected errors as lines of JSON in a file, one error a line.

Thumbor 7.8's handler of this name fails on every error: it dumps bytes and header objects.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from thumborlike.errors import ConfigurationError
from thumborlike.interfaces import Environment
from thumborlike.settings.fields import setting

from ._describe import public_request, trace_of

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FileHandlerSettings:
    """Where the lines go."""

    error_file_logger: str | None = setting(
        "ERROR_FILE_LOGGER", None, "Path of the file that unexpected errors are appended to."
    )
    error_file_name_use_context: str | bool | None = setting(
        "ERROR_FILE_NAME_USE_CONTEXT",
        False,
        "Thumbor: attribute of its context that is put into the path.",
        ignored="there is no such object; ERROR_FILE_LOGGER is used as it is",
    )


SETTINGS = FileHandlerSettings


class FileReporter:
    """Appends to a file, from a thread of its own that starts with the first error."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="errors")

    def report(self, error: BaseException, request: Mapping[str, object]) -> None:
        """Write one line; the caller does not wait for it."""
        line = json.dumps(
            {
                "time": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
                "error": type(error).__name__,
                "message": str(error),
                "trace": trace_of(error),
                "request": public_request(request),
            },
            default=str,
        )
        try:
            self._writer.submit(self._append, line + "\n")
        except RuntimeError:  # after close
            log.warning("an error came too late for %s", self._path.name)

    async def close(self) -> None:
        """Take no more; what was reported is still written."""
        self._writer.shutdown(wait=False)

    def _append(self, line: str) -> None:
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line)
        except OSError as error:
            log.error("cannot write to ERROR_FILE_LOGGER: %s", error)


def create(env: Environment) -> FileReporter:
    """The plugin. Raises `ConfigurationError` without a path that can be written."""
    path = env.section(SETTINGS).error_file_logger
    if not path:
        raise ConfigurationError("ERROR_FILE_LOGGER: the error handler 'file' needs a path")
    try:
        with Path(path).open("a", encoding="utf-8"):
            pass
    except OSError as error:
        raise ConfigurationError(f"ERROR_FILE_LOGGER: cannot write to {path}: {error}") from error
    return FileReporter(Path(path))
