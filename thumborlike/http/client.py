"""Who asks: the address of the client behind the proxies that are believed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

FORWARDED = "x-forwarded-for"
IPV6_CLIENT = 64
"""Bits of the network that one client has, as a rule; it can take any address in it."""


@lru_cache(maxsize=1024)
def client_of(peer: str, forwarded: str, trusted: Sequence[str]) -> str:
    """The client's address as text; of IPv6 its network. Empty where there is none (a socket file).

    `forwarded` is X-Forwarded-For: looked at from the end, as long as who wrote it is in
    `trusted`, a tuple of networks. What stands before an address that is not trusted may be made
    up, and is not looked at; neither is what follows something that is no address.
    """
    address = _address(peer)
    if address is None:
        return ""
    for text in reversed(forwarded.split(",")) if forwarded and trusted else ():
        if not _is_in(address, trusted):
            break
        before = _address(text.strip())
        if before is None:
            break
        address = before
    return _named(address)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_in(address: IPv4Address | IPv6Address, networks: Sequence[str]) -> bool:
    return any(address in ip_network(each) for each in networks)


def _named(address: IPv4Address | IPv6Address) -> str:
    if address.version == 4:
        return str(address)
    return str(ip_network((address, IPV6_CLIENT), strict=False))
