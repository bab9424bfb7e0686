"""What the parts of an HTTP loader are told. Nothing here needs libcurl."""

from __future__ import annotations

from thumborlike.records import dataclass, field

from ._networks import Networks


@dataclass(frozen=True, slots=True)
class Limits:
    """`request_timeout`: seconds for queue, look-up, redirects and body together; 0 for none.

    `max_redirects`: hops that are followed; one more is an error (Thumbor 7.8: 5 work).
    """

    request_timeout: float = 20
    follow_redirects: bool = True
    max_redirects: int = 5


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy that all fetches go through."""

    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Options:
    """How the client connects. Times in seconds, sizes in bytes, 0 for no limit.

    `max_size` of one source, `max_bytes` of all that are being fetched. `slowest`: seconds and
    bytes per second; a transfer slower than this for so long ends.
    """

    connect_timeout: float = 5
    max_clients: int = 256
    max_clients_per_host: int = 32
    max_size: int = 0
    max_bytes: int = 0
    networks: Networks = field(default_factory=Networks)
    proxy: Proxy | None = None
    ca_certs: str | None = None
    verify: bool = True
    client_cert: str | None = None
    client_key: str | None = None
    slowest: tuple[int, int] = (0, 0)
    quirks: bool = False
