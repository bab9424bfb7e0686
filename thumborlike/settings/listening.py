"""Settings of the listening process: clients, connections, stops."""

from __future__ import annotations

from ipaddress import ip_network

from ..records import dataclass
from .fields import setting


def check_networks(given: tuple[str, ...]) -> None:
    """Each must be an address or a network."""
    try:
        for each in given:
            ip_network(each)
    except ValueError as error:
        raise ValueError(f"a list of networks ({error})") from error


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """The listening process. Times in seconds, 0 for none."""

    trusted_proxies: tuple[str, ...] = setting(
        "TRUSTED_PROXIES",
        (),
        "Networks of proxies whose X-Forwarded-For is believed, like 10.0.0.0/8: it then says "
        "whose share a picture is of, and counts for MAX_REQUESTS_PER_CLIENT.",
        check=check_networks,
        ours=True,
    )
    non_blocking_sockets: bool = setting(
        "NON_BLOCKING_SOCKETS", False, "Make the socket given by `--fd` non-blocking."
    )
    max_wait_seconds_before_server_shutdown: float = setting(
        "MAX_WAIT_SECONDS_BEFORE_SERVER_SHUTDOWN",
        0.0,
        "Seconds between SIGTERM or SIGINT and the closing of the listening socket.",
        low=0,
    )
    max_wait_seconds_before_io_shutdown: float = setting(
        "MAX_WAIT_SECONDS_BEFORE_IO_SHUTDOWN",
        0.0,
        "Seconds that open work then has to end; 0 means GRACEFUL_SHUTDOWN_SECONDS.",
        low=0,
    )
    graceful_shutdown_seconds: float = setting(
        "GRACEFUL_SHUTDOWN_SECONDS",
        10.0,
        "Seconds that open work has to end after SIGTERM or SIGINT.",
        low=0,
        ours=True,
    )
    max_connections: int = setting(
        "MAX_CONNECTIONS",
        10000,
        "Connections that a process has at once. Where there are more, idle ones are closed, the "
        "oldest first, and new ones wait. 0 for no limit but the number of open files.",
        low=0,
        ours=True,
    )
    keep_alive_timeout: float = setting(
        "KEEP_ALIVE_TIMEOUT", 75.0, "Seconds an idle connection is kept open.", low=0, ours=True
    )
    client_header_timeout: float = setting(
        "CLIENT_HEADER_TIMEOUT",
        20.0,
        "Seconds a client may take to send the head of a request.",
        low=0,
        ours=True,
    )
    client_body_timeout: float = setting(
        "CLIENT_BODY_TIMEOUT",
        30.0,
        "Seconds a client may take to send the body of a request.",
        low=0,
        ours=True,
    )
    gc_interval: int | None = setting(
        "GC_INTERVAL",
        None,
        "Seconds between garbage collections, in old versions of Thumbor.",
        ignored="Python collects garbage by itself; Thumbor 7.8 does not read the key either",
    )
