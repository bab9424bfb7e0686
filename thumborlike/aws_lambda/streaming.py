"""A runtime of our own, which streams answers of up to 200 MB: `python -m` this module.

For container images and `provided` runtimes, where it stands in the place of Lambda's client. The
function URL needs the invoke mode RESPONSE_STREAM, a REST API the transfer mode STREAM.
"""

from __future__ import annotations

import http.client
import json
import os
import time
from collections.abc import Iterator, Mapping
from typing import Any

from ..records import dataclass
from .factory import make

VERSION = "/2018-06-01/runtime/invocation"
PIECE = 1 << 16
HEAD = {
    "Lambda-Runtime-Function-Response-Mode": "streaming",
    "Transfer-Encoding": "chunked",
    "Content-Type": "application/vnd.awslambda.http-integration-response",
}


@dataclass(frozen=True, slots=True)
class Invocation:
    """One event, and what Lambda tells of it. `deadline` in epoch milliseconds."""

    aws_request_id: str
    deadline: float
    event: Any

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends it."""
        return max(0, int(self.deadline - time.time() * 1000))


class Runtime:
    """Lambda's Runtime API at an address, `host:port`."""

    def __init__(self, address: str) -> None:
        self._connection = http.client.HTTPConnection(address)  # events may be long in coming

    def next(self) -> Invocation:
        """The next event; waits for it."""
        self._connection.request("GET", f"{VERSION}/next")
        response = self._connection.getresponse()
        body = response.read()
        return Invocation(
            response.headers["Lambda-Runtime-Aws-Request-Id"],
            float(response.headers["Lambda-Runtime-Deadline-Ms"]),
            json.loads(body),
        )

    def send(self, name: str, answer: Mapping[str, Any]) -> None:
        """Stream an answer whose body is bytes."""
        self._connection.request(
            "POST", f"{VERSION}/{name}/response", _pieces(answer), HEAD, encode_chunked=True
        )
        self._connection.getresponse().read()


def _pieces(answer: Mapping[str, Any]) -> Iterator[bytes]:
    """Status and headers, eight zeros, the body."""
    told = {"statusCode": answer["statusCode"], "headers": answer["headers"]}
    yield json.dumps(told).encode() + bytes(8)
    body = answer["body"]
    data = body.encode() if isinstance(body, str) else body
    for start in range(0, len(data), PIECE):
        yield data[start : start + PIECE]


def main() -> None:
    """Answer events for ever."""
    handler = make(os.environ, streams=True)
    runtime = Runtime(os.environ["AWS_LAMBDA_RUNTIME_API"])
    while True:
        invocation = runtime.next()
        runtime.send(invocation.aws_request_id, handler(invocation.event, invocation))


if __name__ == "__main__":
    main()
