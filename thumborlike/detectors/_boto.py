"""Clients of AWS services for threads, which no call holds for long."""

from __future__ import annotations

import threading
from importlib.util import find_spec
from typing import Any

PATIENCE = 3.0
"""Seconds for connecting and for reading, so that no thread is held by a call given up."""

THREADS = 8


class Connection:
    """A client of one service, made when a thread needs it first: boto3 takes long to load.

    `keys` are arguments of boto3's; `client` takes the place of one of its.
    """

    def __init__(self, service: str, client: Any = None, **keys: Any) -> None:
        self._service = service
        self._client = client
        self._keys = keys
        self._making = threading.Lock()

    def client(self) -> Any:
        """In a thread. Raises what botocore raises."""
        with self._making:
            self._client = self._client or self._made()
            return self._client

    def _made(self) -> Any:
        import boto3  # noqa: PLC0415
        from botocore.config import Config  # noqa: PLC0415

        config = Config(
            connect_timeout=PATIENCE,
            read_timeout=PATIENCE,
            retries={"total_max_attempts": 2, "mode": "standard"},
            max_pool_connections=THREADS,
        )
        return boto3.client(self._service, config=config, **self._keys)


def needs_boto3() -> None:
    """Raises ModuleNotFoundError at start, rather than for each picture."""
    if find_spec("boto3") is None:
        raise ModuleNotFoundError("No module named 'boto3'", name="boto3")
