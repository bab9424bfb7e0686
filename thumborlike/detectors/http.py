"""Posts the picture to a service of one's own, DETECTOR_HTTP_URL, which answers with boxes.

Every address that the service's name stands for is judged before one is connected to, as for
sources; redirects are not followed, and answers are bounded in time and size.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from thumborlike.errors import ConfigurationError, DetectionFailed
from thumborlike.interfaces import VERSION, Environment, FocalPoint
from thumborlike.networks import Networks
from thumborlike.scenes import Scene

from ._answers import points_of
from .settings import HttpDetectorSettings

if TYPE_CHECKING:
    from tornado.simple_httpclient import SimpleAsyncHTTPClient

SETTINGS = HttpDetectorSettings
AT_ONCE = 64
"""Pictures that are posted at the same time; more wait, within their time."""

HEADER_BYTES = 16384


class Remote:
    """Bound to the event loop of the first picture."""

    def __init__(self, settings: HttpDetectorSettings, url: str, networks: Networks) -> None:
        self._settings = settings
        self._url = url
        self._networks = networks
        self._client: SimpleAsyncHTTPClient | None = None

    @property
    def finds(self) -> tuple[str, ...]:
        """What the operator says."""
        return tuple(each.lower() for each in self._settings.detector_http_finds)

    async def detect_elsewhere(self, scene: Scene) -> Sequence[FocalPoint]:
        """What it answers. Raises `DetectionFailed`."""
        from tornado.httpclient import HTTPClientError, HTTPRequest  # noqa: PLC0415

        seconds = self._settings.detector_http_timeout
        request = HTTPRequest(
            self._url,
            "POST",
            headers=self._headers(),
            body=scene.jpeg,
            connect_timeout=seconds,
            request_timeout=seconds,
            follow_redirects=False,
            decompress_response=False,
        )
        try:
            answer = await self._connected().fetch(request)
        except HTTPClientError as error:
            raise DetectionFailed(f"its service answers {error.code}") from error
        except (OSError, ValueError) as error:
            raise DetectionFailed("its service cannot be asked") from error
        if answer.code != 200:
            raise DetectionFailed(f"its service answers {answer.code}")
        return points_of(answer.body)

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            self._client.close()

    def _headers(self) -> dict[str, str]:
        headers = {
            "Content-Type": "image/jpeg",
            "Accept": "application/json",
            "User-Agent": f"Thumborlike/{VERSION}",
        }
        who = self._settings.detector_http_authorization
        return {**headers, "Authorization": who} if who else headers

    def _connected(self) -> SimpleAsyncHTTPClient:
        if self._client is None:
            from tornado.simple_httpclient import SimpleAsyncHTTPClient  # noqa: PLC0415

            from ._judging import resolver  # noqa: PLC0415  (tornado's, when it is needed)

            most = self._settings.detector_http_max_answer
            self._client = SimpleAsyncHTTPClient(
                force_instance=True,
                max_clients=AT_ONCE,
                max_body_size=most,
                max_buffer_size=most + HEADER_BYTES,
                max_header_size=HEADER_BYTES,
                resolver=resolver(self._networks),
            )
        return self._client


def create(env: Environment) -> Remote:
    """Raises `ConfigurationError` for an address that cannot be asked."""
    settings = env.section(HttpDetectorSettings)
    url = settings.detector_http_url or ""
    networks = Networks.of(True, settings.detector_http_allowed_networks, ())
    host = _host(url)
    if host is None:
        raise ConfigurationError("DETECTOR_HTTP_URL must be an address of http or https")
    if not networks.permits_host(host):
        raise ConfigurationError(
            "DETECTOR_HTTP_URL is not public: DETECTOR_HTTP_ALLOWED_NETWORKS must name its network"
        )
    return Remote(settings, url, networks)


def _host(url: str) -> str | None:
    """The host of a usable address, in small letters."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.username is None and parts.port != 0
    except ValueError:
        return None
    plain = url.isascii() and url.isprintable() and " " not in url
    return _canonical(parts.hostname) if usable and plain and parts.hostname else None


def _canonical(host: str) -> str:
    """Numbers as numbers: `127.1` and `0x7f000001` are addresses, too."""
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return host
