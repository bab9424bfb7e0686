"""What a fetch tells the origin. Pure; all names in lower case.

Thumbor 7.8's HTTP_LOADER_FORWARD_ALL_HEADERS sends everything on, Host included. Here headers
that belong to one connection or one answer never go on, and Cookie and Authorization only when
HTTP_LOADER_FORWARD_HEADERS_WHITELIST names them. What a client sent follows a redirect to
another origin only as far as `HARMLESS` goes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from thumborlike.records import dataclass

ACCEPT = "image/*;q=0.9,*/*;q=0.1"
HARMLESS = frozenset({"accept", "accept-language", "user-agent"})
CREDENTIALS = frozenset({"authorization", "cookie"})
NEVER = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "expect",
        "host",
        "http2-settings",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-range",
        "if-unmodified-since",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "range",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]+")


@dataclass(frozen=True, slots=True)
class Forwarding:
    """Which of the client's headers go to the origin."""

    default_user_agent: str
    user_agent: bool = False
    everything: bool = False
    named: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls, default_user_agent: str, user_agent: bool, everything: bool, named: Sequence[str]
    ) -> Forwarding:
        """From the settings; names in any case."""
        lower = frozenset(name.lower() for name in named)
        return cls(default_user_agent, user_agent, everything, lower)

    def headers(self, client: Mapping[str, str]) -> dict[str, str]:
        """The headers of a fetch for a client that sent these."""
        chosen = {"accept": ACCEPT, "user-agent": self.default_user_agent}
        chosen.update((name, value) for name, value in client.items() if self._sends(name, value))
        return chosen

    def _sends(self, name: str, value: str) -> bool:
        wanted = (
            name in self.named
            or (self.everything and name not in CREDENTIALS)
            or (self.user_agent and name == "user-agent")
        )
        return wanted and name not in NEVER and sendable(name, value)


def elsewhere(headers: Mapping[str, str]) -> dict[str, str]:
    """What is left of them on the way to another origin."""
    return {name: value for name, value in headers.items() if name in HARMLESS}


def sendable(name: str, value: str) -> bool:
    """Whether this can stand in a request without changing its shape."""
    return bool(_NAME.fullmatch(name) and _VALUE.fullmatch(value))
