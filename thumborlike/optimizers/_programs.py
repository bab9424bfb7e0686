"""Other programs, started without a shell, without the server's environment, with a deadline.

Whatever goes wrong is told in the log and costs bytes, not the picture.
"""

from __future__ import annotations

import logging
import os
import subprocess
from collections.abc import Sequence

log = logging.getLogger(__name__)


def is_there(path: str) -> bool:
    """Whether the program can be started; told in the log if not."""
    found = os.access(path, os.X_OK)
    if not found:
        log.warning("%s is not there: the optimizer that needs it does nothing", path)
    return found


def run(command: Sequence[str], body: bytes, seconds: float) -> bytes | None:
    """What the program writes for `body` on its standard input; None if it fails."""
    try:
        done = subprocess.run(  # noqa: S603
            command, input=body, capture_output=True, timeout=seconds, env={}, check=True
        )
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip()[-300:]
        log.warning("%s failed with %d: %s", command[0], error.returncode, said)
        return None
    except (OSError, subprocess.TimeoutExpired) as error:
        log.warning("%s: %s", command[0], error)
        return None
    return done.stdout
