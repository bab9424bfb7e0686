"""What Lambda tells a function of an invocation."""

from __future__ import annotations


class Context:
    """What Lambda tells."""

    aws_request_id = "11111111-2222-3333-4444-555555555555"

    def __init__(self, milliseconds: int = 60_000) -> None:
        self.milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds
