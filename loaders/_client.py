"""The HTTP client of a loader: libcurl's multi interface on the running event loop.

Connections are kept and used again; libcurl speaks to proxies. The client makes
single exchanges: redirects are `_fetch`'s, since each one has to be judged anew.
"""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Mapping
from pathlib import Path

import pycurl

from thumborlike.errors import Overloaded, SourceNotAllowed, SourceTooLarge

from . import _failures
from ._deadline import Deadline
from ._decoding import ACCEPTED
from ._exchange import Answer, Exchange
from ._hold import Hold
from ._networks import is_literal
from ._options import Options, Proxy
from ._resolver import Resolver
from ._turns import Turns
from ._urls import Target

TIMES = {
    "connect": pycurl.CONNECT_TIME,
    "appconnect": pycurl.APPCONNECT_TIME,
    "pretransfer": pycurl.PRETRANSFER_TIME,
    "starttransfer": pycurl.STARTTRANSFER_TIME,
    "total": pycurl.TOTAL_TIME,
}
"""What metrics tell of a transfer. Names are looked up before it, so curl knows nothing of that."""

_CA_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


class Client:
    """Makes exchanges. Bound to the event loop of its first one."""

    def __init__(self, options: Options, resolver: Resolver | None = None) -> None:
        self._options = options
        self._resolver = resolver or Resolver()
        self._turns = Turns(options.max_clients, options.max_clients_per_host)
        self._hold = Hold(options.max_bytes)
        self._multi: pycurl.AsyncCurlMulti | None = None

    async def exchange(
        self, target: Target, headers: Mapping[str, str], deadline: Deadline
    ) -> Answer:
        """Ask once. Raises a `SourceError`, or `SourceNotAllowed` for a forbidden address."""
        try:
            async with self._turns.turn(target.host, deadline.left()):
                connected = deadline.sooner(self._options.connect_timeout)
                addresses = await self._addresses(target.host, connected)
                return await self._perform(target, headers, addresses, connected, deadline)
        except asyncio.TimeoutError as error:
            raise _failures.late() from error

    async def close(self) -> None:
        """Close the connections; what is under way is cancelled."""
        multi, self._multi = self._multi, None
        if multi:
            await multi.aclose()

    async def _addresses(self, host: str, deadline: Deadline) -> tuple[str, ...]:
        """What a name stands for, every answer judged; empty if there is nothing to look up.

        An address is judged when it is connected to. A proxy looks names up for itself.
        """
        if self._options.proxy or is_literal(host):
            return ()
        try:
            found = await self._resolver.addresses(host, deadline.left())
        except OSError as error:
            if isinstance(error, asyncio.TimeoutError):
                raise
            raise _failures.unknown_host() from error
        if not found:  # libcurl would look the name up itself
            raise _failures.unknown_host()
        for address in found:
            if not self._options.networks.permits(address):
                raise SourceNotAllowed("this source is not allowed") from PermissionError(address)
        return found

    async def _perform(
        self,
        target: Target,
        headers: Mapping[str, str],
        addresses: tuple[str, ...],
        connected: Deadline,
        deadline: Deadline,
    ) -> Answer:
        networks = None if self._options.proxy else self._options.networks
        exchange = Exchange(self._options.max_size, networks, self._hold)
        curl = pycurl.Curl()
        self._set_up(curl, target, headers, addresses)
        curl.setopt(pycurl.CONNECTTIMEOUT_MS, _milliseconds(connected))
        curl.setopt(pycurl.TIMEOUT_MS, _milliseconds(deadline))
        exchange.attach(curl)
        try:
            await self._running().perform(curl)
        except pycurl.error as error:
            return self._stopped(exchange, error)
        finally:
            exchange.leave()
        if not exchange.complete:
            raise _failures.broken(self._options.quirks)
        times = {name: curl.getinfo(each) for name, each in TIMES.items()}
        return exchange.answer(curl.getinfo(pycurl.INFO_FILETIME), times)

    def _stopped(self, exchange: Exchange, error: pycurl.error) -> Answer:
        if exchange.refused:
            raise SourceNotAllowed("this source is not allowed") from PermissionError(
                exchange.refused
            )
        if exchange.too_large:
            raise SourceTooLarge("the source is larger than allowed") from error
        if exchange.crowded_out:
            raise Overloaded("too many large sources are being fetched, try again") from error
        if exchange.cut_error_page:
            return exchange.answer(-1, {})
        raise _failures.of_transfer(error, self._options.quirks) from error

    def _running(self) -> pycurl.AsyncCurlMulti:
        """Made late: after the process has forked, on the loop that it belongs to."""
        if self._multi is None:
            self._multi = pycurl.AsyncCurlMulti()
            self._multi.setopt(pycurl.M_MAXCONNECTS, self._options.max_clients or 1024)
        return self._multi

    def _set_up(
        self,
        curl: pycurl.Curl,
        target: Target,
        headers: Mapping[str, str],
        addresses: tuple[str, ...],
    ) -> None:
        curl.setopt(pycurl.URL, target.url)
        curl.setopt(pycurl.PATH_AS_IS, 1)
        if not self._options.proxy:  # which wants the whole URL there
            curl.setopt(pycurl.REQUEST_TARGET, target.path)
        curl.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        lines = [_header(*each) for each in (*headers.items(), ("accept-encoding", ACCEPTED))]
        curl.setopt(pycurl.HTTPHEADER, lines)
        curl.setopt(pycurl.OPT_FILETIME, 1)
        curl.setopt(pycurl.NOSIGNAL, 1)
        curl.setopt(pycurl.BUFFERSIZE, 131072)
        if target.user is not None:
            curl.setopt(pycurl.HTTPAUTH, pycurl.HTTPAUTH_BASIC)
            curl.setopt(pycurl.USERNAME, target.user.encode())
            curl.setopt(pycurl.PASSWORD, target.password.encode())
        if addresses:
            places = ",".join(f"[{a}]" if ":" in a else a for a in addresses)
            host = f"[{target.host}]" if ":" in target.host else target.host
            curl.setopt(pycurl.RESOLVE, [f"+{host}:{target.port}:{places}"])
        if any(self._options.slowest):
            curl.setopt(pycurl.LOW_SPEED_TIME, self._options.slowest[0])
            curl.setopt(pycurl.LOW_SPEED_LIMIT, self._options.slowest[1])
        _set_proxy(curl, self._options.proxy)
        if target.scheme == "https":
            _set_tls(curl, self._options)


def _milliseconds(deadline: Deadline) -> int:
    """For libcurl, whose 0 is its own default."""
    left = deadline.left()
    return 0 if left is None else max(1, int(left * 1000))


def _header(name: str, value: str) -> bytes:
    return f"{name.title()}: {value}".encode("latin-1", "replace")


def _set_proxy(curl: pycurl.Curl, proxy: Proxy | None) -> None:
    """The configured proxy or none at all: never one from the environment."""
    curl.setopt(pycurl.PROXY, proxy.host if proxy else "")
    curl.setopt(pycurl.NOPROXY, "")
    if proxy:
        curl.setopt(pycurl.PROXYPORT, proxy.port)
        if proxy.user:
            curl.setopt(pycurl.PROXYAUTH, pycurl.HTTPAUTH_BASIC)
            curl.setopt(pycurl.PROXYUSERNAME, proxy.user.encode())
            curl.setopt(pycurl.PROXYPASSWORD, (proxy.password or "").encode())


def _set_tls(curl: pycurl.Curl, options: Options) -> None:
    curl.setopt(pycurl.SSL_VERIFYPEER, 1 if options.verify else 0)
    curl.setopt(pycurl.SSL_VERIFYHOST, 2 if options.verify else 0)
    if options.client_cert:
        curl.setopt(pycurl.SSLCERT, os.fsencode(options.client_cert))
    if options.client_key:
        curl.setopt(pycurl.SSLKEY, os.fsencode(options.client_key))
    bundle = options.ca_certs or ca_bundle()
    if bundle:
        curl.setopt(pycurl.CAINFO, os.fsencode(bundle))


def ca_bundle() -> str | None:
    """The machine's certificates: a packaged libcurl looks for them where it was built."""
    known = ssl.get_default_verify_paths().cafile
    return known or next((path for path in _CA_BUNDLES if Path(path).is_file()), None)
