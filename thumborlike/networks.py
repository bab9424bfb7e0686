"""Which addresses may be connected to. Pure, on numbers, never on spellings.

Python's own `is_global` changed between the versions that we support, so the table is here:
the special-purpose registries of IANA (RFC 6890 and its updates), as of 2026. An IPv6 address
that carries an IPv4 address is judged by both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from thumborlike.records import dataclass

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

NOT_PUBLIC_V4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network, unspecified
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # carrier-grade NAT
            "127.0.0.0/8",  # loopback
            "169.254.0.0/16",  # link-local, cloud metadata
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # 6to4 relays, withdrawn
            "192.168.0.0/16",  # private
            "198.18.0.0/15",  # benchmarking
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, broadcast
        ),
    )
)
NAT64 = IPv6Network("64:ff9b::/96")
PUBLIC_V6 = (IPv6Network("2000::/3"), NAT64)
NOT_PUBLIC_V6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments: Teredo, benchmarking, ORCHID
            "2001:db8::/32",  # documentation
            "3fff::/20",  # documentation
        ),
    )
)
_SIX_TO_FOUR = IPv6Network("2002::/16")
_TEREDO = IPv6Network("2001::/32")
_IN_LAST_BITS = tuple(
    map(
        IPv6Network,
        (
            "::/96",  # compatible
            "::ffff:0:0/96",  # mapped
            "::ffff:0:0:0/96",  # translated
            "64:ff9b::/96",  # NAT64
            "64:ff9b:1::/48",  # NAT64, local use
        ),
    )
)
_ISATAP = 0x00005EFE
_ISATAP_MASK = 0xFCFFFFFF


@dataclass(frozen=True, slots=True)
class Networks:
    """The rules. `blocked` wins over `allowed`, which wins over the block of private ones."""

    block_private: bool = True
    allowed: tuple[Network, ...] = ()
    blocked: tuple[Network, ...] = ()

    @classmethod
    def of(cls, block_private: bool, allowed: Iterable[str], blocked: Iterable[str]) -> Networks:
        """From CIDR texts. Raises ValueError for what is none."""
        return cls(block_private, read(allowed), read(blocked))

    def permits(self, address: str) -> bool:
        """Whether this IPv4 or IPv6 address may be connected to. False for what is no address."""
        try:
            number = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        return all(map(self._permits, (number, *carried(number))))

    def permits_host(self, host: str) -> bool:
        """What can be said without a look-up: addresses, and names of this machine."""
        if is_literal(host):
            return self.permits(host)
        bare = host.removesuffix(".")
        return self.permits("127.0.0.1") if bare.split(".")[-1] == "localhost" else True

    def _permits(self, address: Address) -> bool:
        if _within(address, self.blocked):
            return False
        return not self.block_private or _within(address, self.allowed) or is_public(address)


def is_literal(host: str) -> bool:
    """Whether a canonical host is an address and no name."""
    return ":" in host or host.replace(".", "").isdigit()


def read(texts: Iterable[str]) -> tuple[Network, ...]:
    """CIDR texts as networks. Raises ValueError for what is none."""
    return tuple(ip_network(text, strict=False) for text in texts)


def check(texts: Iterable[str]) -> None:
    """Raises ValueError saying what is wrong with a list of networks."""
    try:
        read(texts)
    except ValueError as error:
        raise ValueError(f"networks such as '10.1.0.0/16' ({error})") from error


def is_public(address: Address) -> bool:
    """Whether an address is globally routable unicast. Does not look at what it carries."""
    if isinstance(address, IPv4Address):
        return not _within(address, NOT_PUBLIC_V4)
    return _within(address, PUBLIC_V6) and not _within(address, NOT_PUBLIC_V6)


def carried(address: Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses inside an IPv6 address."""
    if isinstance(address, IPv4Address):
        return
    number = int(address)
    if _within(address, _IN_LAST_BITS) or (number >> 32) & _ISATAP_MASK == _ISATAP:
        yield IPv4Address(number & 0xFFFFFFFF)
    if address in _SIX_TO_FOUR:
        yield IPv4Address((number >> 80) & 0xFFFFFFFF)
    if address in _TEREDO:
        yield IPv4Address((number >> 64) & 0xFFFFFFFF)
        yield IPv4Address(~number & 0xFFFFFFFF)


def _within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address.version == net.version and address in net for net in networks)
