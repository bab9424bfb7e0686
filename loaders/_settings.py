"""The settings of the HTTP loaders, and what their parts are told of them."""

from __future__ import annotations

import re

from thumborlike.interfaces import VERSION
from thumborlike.records import dataclass
from thumborlike.settings.fields import setting

from . import _networks, _sources
from ._headers import Forwarding
from ._networks import Networks
from ._options import Limits, Options, Proxy


@dataclass(frozen=True, slots=True)
class HttpLoaderSettings:
    """Keys of the loaders `http`, `https` and `strict_https`. Times in seconds."""

    allowed_sources: tuple[str | re.Pattern[str], ...] | None = setting(
        "ALLOWED_SOURCES",
        (),
        "Hosts that sources may come from: names, expressions matched against the whole host, "
        "or compiled patterns matched against the start of the URL. Empty allows all.",
        check=_sources.check,
    )
    http_loader_connect_timeout: float = setting(
        "HTTP_LOADER_CONNECT_TIMEOUT",
        5,
        "Seconds for name look-up, connection and TLS; 0 for no limit of their own.",
        low=0,
    )
    http_loader_request_timeout: float = setting(
        "HTTP_LOADER_REQUEST_TIMEOUT",
        20,
        "Seconds for a whole fetch: waiting, redirects and body; 0 for no limit.",
        low=0,
    )
    http_loader_follow_redirects: bool = setting(
        "HTTP_LOADER_FOLLOW_REDIRECTS", True, "Go where the origin redirects to."
    )
    http_loader_max_redirects: int = setting(
        "HTTP_LOADER_MAX_REDIRECTS", 5, "Redirects that are followed for one source.", low=0
    )
    http_loader_max_clients: int = setting(
        "HTTP_LOADER_MAX_CLIENTS",
        256,
        "Fetches at once in one process (Thumbor: 10, which ten stalled fetches use up); "
        "0 for no limit.",
        low=0,
    )
    http_loader_max_bytes: int = setting(
        "HTTP_LOADER_MAX_BYTES",
        536_870_912,
        "Bytes of sources that may be held while they are fetched, all fetches of one process "
        "together; what does not fit is refused with 503. 0 for no limit.",
        low=0,
        ours=True,
    )
    http_loader_max_clients_per_host: int = setting(
        "HTTP_LOADER_MAX_CLIENTS_PER_HOST",
        32,
        "Fetches at once from one host, so that a stalled one holds only its share; "
        "0 for no limit.",
        low=0,
        ours=True,
    )
    http_loader_block_private_networks: bool = setting(
        "HTTP_LOADER_BLOCK_PRIVATE_NETWORKS",
        True,
        "Refuse every address that is not globally routable.",
        ours=True,
    )
    http_loader_allowed_networks: tuple[str, ...] = setting(
        "HTTP_LOADER_ALLOWED_NETWORKS",
        (),
        "Networks exempt from that, such as '10.1.0.0/16' for an internal origin.",
        check=_networks.check,
        ours=True,
    )
    http_loader_blocked_networks: tuple[str, ...] = setting(
        "HTTP_LOADER_BLOCKED_NETWORKS",
        (),
        "Networks that are refused although public; wins over the allowed ones.",
        check=_networks.check,
        ours=True,
    )
    http_loader_forward_user_agent: bool = setting(
        "HTTP_LOADER_FORWARD_USER_AGENT", False, "Send the client's User-Agent to the origin."
    )
    http_loader_forward_all_headers: bool = setting(
        "HTTP_LOADER_FORWARD_ALL_HEADERS",
        False,
        "Send the client's headers to the origin, except those of the connection, conditions "
        "and ranges; Cookie and Authorization only if the list below names them.",
    )
    http_loader_forward_headers_whitelist: tuple[str, ...] = setting(
        "HTTP_LOADER_FORWARD_HEADERS_WHITELIST",
        (),
        "Names of the client's headers that are sent to the origin.",
    )
    http_loader_default_user_agent: str = setting(
        "HTTP_LOADER_DEFAULT_USER_AGENT",
        f"thumborlike/{VERSION}",
        "User-Agent of fetches that forward none.",
    )
    http_loader_proxy_host: str | None = setting(
        "HTTP_LOADER_PROXY_HOST", None, "Proxy for all fetches; needs the port, too."
    )
    http_loader_proxy_port: int | None = setting(
        "HTTP_LOADER_PROXY_PORT", None, "Port of the proxy.", low=1, high=65535
    )
    http_loader_proxy_username: str | None = setting(
        "HTTP_LOADER_PROXY_USERNAME", None, "User name for the proxy."
    )
    http_loader_proxy_password: str | None = setting(
        "HTTP_LOADER_PROXY_PASSWORD", None, "Password for the proxy.", secret=True
    )
    http_loader_ca_certs: str | None = setting(
        "HTTP_LOADER_CA_CERTS", None, "PEM file of trusted authorities; None for the machine's."
    )
    http_loader_validate_certs: bool | None = setting(
        "HTTP_LOADER_VALIDATE_CERTS", None, "Check servers' certificates; None does, too."
    )
    http_loader_client_key: str | None = setting(
        "HTTP_LOADER_CLIENT_KEY", None, "PEM file of the client certificate's key."
    )
    http_loader_client_cert: str | None = setting(
        "HTTP_LOADER_CLIENT_CERT", None, "PEM file of a client certificate."
    )
    http_loader_curl_async_http_client: bool = setting(
        "HTTP_LOADER_CURL_ASYNC_HTTP_CLIENT",
        False,
        "Whether to fetch with libcurl.",
        ignored="libcurl is always used",
    )
    http_loader_curl_low_speed_time: int = setting(
        "HTTP_LOADER_CURL_LOW_SPEED_TIME",
        0,
        "Seconds after which a transfer slower than the next key ends; both must be set.",
        low=0,
    )
    http_loader_curl_low_speed_limit: int = setting(
        "HTTP_LOADER_CURL_LOW_SPEED_LIMIT", 0, "Bytes per second.", low=0
    )


def networks(settings: HttpLoaderSettings) -> Networks:
    """The network rules that the settings ask for. Raises ValueError."""
    return Networks.of(
        settings.http_loader_block_private_networks,
        settings.http_loader_allowed_networks,
        settings.http_loader_blocked_networks,
    )


def forwarding(settings: HttpLoaderSettings) -> Forwarding:
    """Which headers go to the origin."""
    return Forwarding.of(
        settings.http_loader_default_user_agent,
        settings.http_loader_forward_user_agent,
        settings.http_loader_forward_all_headers,
        settings.http_loader_forward_headers_whitelist,
    )


def limits(settings: HttpLoaderSettings) -> Limits:
    """How long and how far a fetch may go."""
    return Limits(
        settings.http_loader_request_timeout,
        settings.http_loader_follow_redirects,
        settings.http_loader_max_redirects,
    )


def options(settings: HttpLoaderSettings, rules: Networks, max_size: int, quirks: bool) -> Options:
    """How the client connects. `max_size`: bytes of a source, 0 for no limit."""
    slowest = settings.http_loader_curl_low_speed_time, settings.http_loader_curl_low_speed_limit
    return Options(
        connect_timeout=settings.http_loader_connect_timeout,
        max_clients=settings.http_loader_max_clients,
        max_bytes=settings.http_loader_max_bytes,
        max_clients_per_host=settings.http_loader_max_clients_per_host,
        max_size=max_size,
        networks=rules,
        proxy=proxy(settings),
        ca_certs=settings.http_loader_ca_certs,
        verify=settings.http_loader_validate_certs is not False,
        client_cert=settings.http_loader_client_cert,
        client_key=settings.http_loader_client_key,
        slowest=slowest if all(slowest) else (0, 0),
        quirks=quirks,
    )


def proxy(settings: HttpLoaderSettings) -> Proxy | None:
    """The proxy, if host and port are set (Thumbor 7.8 wants both)."""
    host, port = settings.http_loader_proxy_host, settings.http_loader_proxy_port
    if not (host and port):
        return None
    user, password = settings.http_loader_proxy_username, settings.http_loader_proxy_password
    return Proxy(host, port, user, password)
