"""A whole fetch: redirects followed one by one, each judged as if it had been asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from thumborlike.errors import SourceNotAllowed, SourceRefused
from thumborlike.records import replace

from ._client import Client
from ._deadline import Deadline
from ._exchange import Answer
from ._failures import REDIRECTS
from ._headers import elsewhere
from ._options import Limits
from ._urls import Target, redirected


class Fetcher:
    """Fetches what `permits` allows, through a client that it owns."""

    def __init__(self, client: Client, limits: Limits, permits: Callable[[Target], bool]) -> None:
        self._client = client
        self._limits = limits
        self._permits = permits

    async def fetch(self, target: Target, headers: Mapping[str, str]) -> Answer:
        """The final answer. Raises a `SourceError`, or `SourceNotAllowed`."""
        deadline = Deadline.after(self._limits.request_timeout)
        hops_left = self._limits.max_redirects if self._limits.follow_redirects else 0
        while True:
            if not self._permits(target):
                raise SourceNotAllowed("this source is not allowed")
            answer = await self._client.exchange(target, headers, deadline)
            if answer.status not in REDIRECTS:
                return answer
            if not hops_left:
                raise SourceRefused("the source's server redirects too often")
            hops_left -= 1
            following = _following(target, answer)
            if following.origin != target.origin:
                headers = elsewhere(headers)
            target = following

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def _following(target: Target, answer: Answer) -> Target:
    """The next target. Basic authentication stays with the origin that it was meant for."""
    if not answer.location:
        raise SourceRefused("the source's server redirects to nowhere")
    try:
        following = redirected(target, answer.location)
    except ValueError as error:
        raise SourceNotAllowed("this source is not allowed") from error
    if following.user is None and following.origin == target.origin:
        return replace(following, user=target.user, password=target.password)
    return following
