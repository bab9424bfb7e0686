"""From the name of a source to the address that is fetched. Pure.

`normalise` is Thumbor's rule, kept to the letter because compiled ALLOWED_SOURCES patterns see
its outcome. `parse` then takes that text apart once; everything later (rules, name look-up,
request line) uses the parts and never the text, so no two parsers can disagree on the host.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from urllib.parse import quote, unquote, urljoin

from thumborlike.records import dataclass, field

DEFAULT_PORTS = {"http": 80, "https": 443}

_QUOTE_SAFE = "~@#$&()*!+=:;,.?/'"
_WIRE_SAFE = "!$%&'()*+,-./:;=?@[]_~"
_HAS_SCHEME = re.compile(r"https?(?::|%3[aA])")
_URL = re.compile(r"(https?)://([^/?#]*)([^#]*)", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9_-]{1,63}")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LONGEST_HOST = 253
_LONGEST_LOCATION = 16384


@dataclass(frozen=True, slots=True)
class Target:
    """What is fetched.

    `host` is canonical: lower-case ASCII (IDNA), dotted IPv4, or IPv6 without brackets.
    `path` starts with a slash, holds the query, and is visible ASCII throughout.
    `text` is the URL as ALLOWED_SOURCES patterns see it: normalised, without user information
    (which could otherwise pose as the host).
    """

    scheme: str
    host: str
    port: int
    path: str
    text: str
    user: str | None = field(default=None, repr=False)
    password: str = field(default="", repr=False)

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port: what credentials are bound to."""
        return self.scheme, self.host, self.port

    @property
    def url(self) -> str:
        """The URL to fetch, without user information and fragment."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"


def normalise(name: str, scheme: str = "http") -> str:
    """The URL that a source's name means; `scheme` is for names that have none.

    Thumbor 7.8: decoded once; quoted again unless more escapes are left. Thumbor takes every
    name that begins with the letters `http` for a URL; here it takes the colon, too, so that
    `httpbin.org/x` can be loaded.
    """
    text = unquote(name)
    if unquote(text) == text:
        text = quote(text, safe=_QUOTE_SAFE)
    return text if _HAS_SCHEME.match(text) else f"{scheme}://{text}"


def parse(text: str) -> Target:
    """Take a URL apart. Raises ValueError if it is none that can be fetched."""
    found = _URL.match(text)
    if not found:
        raise ValueError("not an http URL")
    scheme, authority, rest = found[1].lower(), found[2], found[3]
    if authority.endswith(":") and rest.startswith("//"):  # http://ftp://host/
        raise ValueError("another scheme")
    credentials, at, location = authority.rpartition("@")
    host, port = _host_and_port(unquote(location))
    user, _, password = credentials.partition(":")
    return Target(
        scheme=scheme,
        host=canonical_host(host),
        port=_port(port, scheme),
        path=quote(rest if rest.startswith("/") else f"/{rest}", safe=_WIRE_SAFE),
        text=f"{scheme}://{location}{text[found.end(2) :]}",
        user=_secret(user) if at else None,
        password=_secret(password),
    )


def redirected(target: Target, location: str) -> Target:
    """Where a Location header leads. Raises ValueError if nowhere that can be fetched."""
    if len(location) > _LONGEST_LOCATION:
        raise ValueError("too long")
    return parse(urljoin(target.url, quote(location.strip(), safe=f"{_WIRE_SAFE}#")))


def canonical_host(host: str) -> str:
    """One spelling for every host: numbers judged as numbers, names as lower-case ASCII.

    Raises ValueError for what is no host. `0x7f.1`, `2130706433` and full-width digits are
    the IPv4 addresses that a resolver would make of them.
    """
    if ":" in host:
        if "%" in host:
            raise ValueError("an address with a zone")
        return str(ipaddress.IPv6Address(host))
    if len(host) > _LONGEST_HOST:
        raise ValueError("host name too long")
    name = host.lower() if host.isascii() else host.encode("idna").decode("ascii").lower()
    labels = name.removesuffix(".").split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _dotted(labels)
    if not all(map(_LABEL.fullmatch, labels)):
        raise ValueError("not a host name")
    return name


def _secret(text: str) -> str:
    plain = unquote(text)
    if _CONTROL.search(plain):
        raise ValueError("user information with control characters")
    return plain


def _dotted(parts: list[str]) -> str:
    if not all(map(_NUMBER.fullmatch, parts)):  # inet_aton overlooks what follows a blank
        raise ValueError("not an address")
    try:
        return socket.inet_ntoa(socket.inet_aton(".".join(parts)))
    except OSError as error:
        raise ValueError("not an address") from error


def _host_and_port(location: str) -> tuple[str, str]:
    if not location.startswith("["):
        host, _, port = location.partition(":")
        return host, port
    host, bracket, port = location[1:].partition("]")
    if not bracket or ":" not in host or (port and not port.startswith(":")):
        raise ValueError("not an address")
    return host, port[1:]


def _port(text: str, scheme: str) -> int:
    if not text:
        return DEFAULT_PORTS[scheme]
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) < 65536):
        raise ValueError("not a port")
    return int(text)
