"""ALLOWED_SOURCES: which hosts sources may come from. Pure.

Three kinds of entries, told apart as Thumbor 7.8 does: plain host names, strings that hold a
mark of regular expressions (matched against the host), and compiled patterns (matched against
the URL, from its start). Two repairs: a string expression is anchored as a whole, where
Thumbor lets `a.com|b.com` match `a.com.evil.net`, and a compiled pattern sees no user
information, so that `good.com@evil.com` is not taken for `good.com`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from thumborlike.records import dataclass

from ._urls import Target, canonical_host

_EXPRESSION_MARKS = re.compile(r"[\\^$*+?{}\[\]()|]")
_IPV6_LITERAL = re.compile(r"\[([0-9a-fA-F:.]+:[0-9a-fA-F:.]*)\](:[0-9]+)?")


@dataclass(frozen=True, slots=True)
class AllowedSources:
    """The rules, ready to be asked. Without any entry all sources are allowed."""

    names: frozenset[str] = frozenset()
    hosts: tuple[re.Pattern[str], ...] = ()
    urls: tuple[re.Pattern[str], ...] = ()

    @classmethod
    def of(cls, entries: Iterable[str | re.Pattern[str]] | None) -> AllowedSources:
        """Read the setting. Raises ValueError for an entry that cannot be one."""
        names, hosts, urls = set(), [], []
        for entry in entries or ():
            if isinstance(entry, re.Pattern):
                urls.append(_text_pattern(entry))
            elif _is_expression(entry):
                hosts.append(_expression(entry))
            else:
                names.add(_plain(entry))
        return cls(frozenset(names), tuple(hosts), tuple(urls))

    @property
    def restricted(self) -> bool:
        """Whether there is any rule at all."""
        return bool(self.names or self.hosts or self.urls)

    def permits(self, target: Target) -> bool:
        """Whether a source may be fetched from there."""
        return (
            not self.restricted
            or target.host in self.names
            or _with_port(target.host, target.port) in self.names
            or any(pattern.fullmatch(target.host) for pattern in self.hosts)
            or any(pattern.match(target.text) for pattern in self.urls)
        )


def check(entries: Iterable[str | re.Pattern[str]] | None) -> None:
    """Raises ValueError saying what is wrong with ALLOWED_SOURCES."""
    AllowedSources.of(entries)


def _is_expression(entry: object) -> bool:
    if not isinstance(entry, str):
        raise ValueError(f"host names, expressions and compiled patterns, not {entry!r}")
    return bool(_EXPRESSION_MARKS.search(entry)) and not _IPV6_LITERAL.fullmatch(entry)


def _text_pattern(pattern: re.Pattern[str]) -> re.Pattern[str]:
    if not isinstance(pattern.pattern, str):
        raise ValueError(f"patterns of text, not of bytes: {pattern.pattern!r}")
    return pattern


def _expression(entry: str) -> re.Pattern[str]:
    try:
        return re.compile(f"(?:{entry})")
    except re.error as error:
        raise ValueError(f"regular expressions that are valid, not {entry!r} ({error})") from error


def _plain(entry: str) -> str:
    """A host, or `host:port` for one port only."""
    literal = _IPV6_LITERAL.fullmatch(entry)
    try:
        if literal:
            host, port = literal[1], (literal[2] or "")[1:]
        elif entry.count(":") > 1:
            host, port = entry, ""
        else:
            host, _, port = entry.partition(":")
        return _with_port(canonical_host(host), int(port)) if port else canonical_host(host)
    except ValueError as error:
        raise ValueError(f"host names (without scheme and path), not {entry!r}") from error


def _with_port(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
