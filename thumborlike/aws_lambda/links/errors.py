"""What is wrong with a link, with the codes that the Serverless Image Handler gives."""

from __future__ import annotations

from ...errors import RequestError


class LinkError(RequestError):
    """`code` and `status` are for the answer."""

    def __init__(self, code: str, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.code = code
        self.status = status


def bad_edit(name: str, reason: str = "is not supported") -> LinkError:
    """An edit that cannot be done; it is named."""
    return LinkError("BadEdit", f"the edit {name!r} {reason}")
