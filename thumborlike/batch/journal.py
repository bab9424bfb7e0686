"""What has been done already, on disk, so that an interrupted run goes on where it was.

One JSON value a line, the first of which tells whose journal it is. Each line is written at once
and whole: a killed process loses what was under way, and nothing else.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError

Record = Mapping[str, Any]


class Journal:
    """An open journal, held by one process. `head`: what a run must agree in to go on.

    Raises `ConfigurationError` for a file that cannot be used, is in use, or is of another run.
    """

    def __init__(self, path: Path, head: Record) -> None:
        self._path = path
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise ConfigurationError(f"the journal {path}: {error.strerror}") from error
        try:
            self._begin(head)
        except (ConfigurationError, OSError):
            os.close(self._file)
            raise

    def records(self) -> Iterator[Record]:
        """What earlier runs noted, in order; lines that make no sense are left out."""
        with self._path.open("rb") as file:
            next(file, None)
            for line in file:
                if (record := _read(line)) is not None:
                    yield record

    def note(self, record: Record) -> None:
        """Add a line."""
        data = json.dumps(record, separators=(",", ":")).encode("ascii") + b"\n"
        try:
            while data:
                data = data[os.write(self._file, data) :]
        except OSError as error:
            raise ConfigurationError(f"the journal {self._path}: {error.strerror}") from error

    def close(self) -> None:
        """Let another process have it."""
        os.close(self._file)

    def _begin(self, head: Record) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ConfigurationError(f"another process uses the journal {self._path}") from error
        self._cut_torn_line()
        with self._path.open("rb") as file:
            first = file.readline()
        if not first:
            self.note(head)
        elif _read(first) != json.loads(json.dumps(head)):
            raise ConfigurationError(
                f"{self._path} is no journal of a run like this one: name another file, "
                "or delete it to begin anew"
            )

    def _cut_torn_line(self) -> None:
        """What a full disk or a crash of the machine left of the last line."""
        end = os.fstat(self._file).st_size
        with self._path.open("rb") as file:
            while end:
                begin = max(0, end - 65536)
                file.seek(begin)
                newline = file.read(end - begin).rfind(b"\n")
                if newline >= 0:
                    end = begin + newline + 1
                    break
                end = begin
        os.ftruncate(self._file, end)


class NoJournal:
    """For runs that need none."""

    def records(self) -> Iterator[Record]:
        """Nothing."""
        return iter(())

    def note(self, record: Record) -> None:
        """Forget it."""

    def close(self) -> None:
        """Do nothing."""


def open_journal(path: Path | None, head: Record, *, anew: bool = False) -> Journal | NoJournal:
    """The journal in a file; `anew` empties it first. Raises `ConfigurationError`."""
    if path is None:
        return NoJournal()
    if anew:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise ConfigurationError(f"the journal {path}: {error.strerror}") from error
    return Journal(path, head)


def _read(line: bytes) -> Record | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
