"""Sections filled with what was given, and what there is to say about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Literal, TypeVar

from ..aliases import ALIASES
from ..records import dataclass, field
from .convert import Unfit
from .describe import Entry, accept, accept_text, entries
from .file import Given

S = TypeVar("S")
FindingKind = Literal["invalid", "unknown", "ignored", "deprecated", "aliased", "unsafe"]
NO_TEXTS: Mapping[str, str] = MappingProxyType({})
NO_VALUES: Mapping[str, Given] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to be said about a key: `place` is "file:line" or words. "invalid" stops."""

    kind: FindingKind
    key: str
    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.key}: {self.text}"


@dataclass(frozen=True, slots=True)
class Sources:
    """What was given where: the command line goes before the environment, this before the file.

    Thumbor 7.8: a key's older names count in the file only.
    """

    file: Mapping[str, Given] = field(default_factory=lambda: NO_VALUES)
    environ: Mapping[str, str] = field(default_factory=lambda: NO_TEXTS, repr=False)
    overrides: Mapping[str, object] = field(default_factory=lambda: NO_VALUES)

    def get(self, entry: Entry) -> Given | None:
        """What was given for this key, if anything."""
        key = entry.key
        if key in self.overrides:
            return Given(self.overrides[key], "command line")
        if key in self.environ:
            return Given(self.environ[key], "environment", is_text=True)
        names = (key, *entry.setting.aliases)
        return next((self.file[name] for name in names if name in self.file), None)


def fill(section: type[S], sources: Sources) -> tuple[S, list[Finding]]:
    """The section with all that fits; what does not fit is reported and left at its default."""
    values: dict[str, Any] = {}
    findings: list[Finding] = []
    for entry in entries(section):
        findings += _deprecated(entry, sources)
        given = sources.get(entry)
        if given is None:
            continue
        try:
            value = (accept_text if given.is_text else accept)(entry, given.value)
        except Unfit as error:
            text = f"got {_shown(entry, given.value)}, allowed: {error}"
            findings.append(Finding("invalid", entry.key, given.place, text))
        else:
            values[entry.attribute] = value
            findings += _without_effect(entry, value, given.place)
            findings += _aliased(value, entry.key, given.place)
    return section(**values), findings


def unknown(key: str, place: str, known: Iterable[str]) -> Finding:
    """A key that nobody has declared."""
    import difflib  # noqa: PLC0415  (only needed for what is wrong)

    close = difflib.get_close_matches(key, list(known), 1, 0.8)
    hint = f"; did you mean {close[0]}?" if close else "; a plugin may read it"
    return Finding("unknown", key, place, "unknown key" + hint)


def _deprecated(entry: Entry, sources: Sources) -> list[Finding]:
    old = [name for name in entry.setting.aliases if name in sources.file]
    text = f"is now called {entry.key}"
    return [Finding("deprecated", name, sources.file[name].place, text) for name in old]


def _without_effect(entry: Entry, value: object, place: str) -> list[Finding]:
    same = value == entry.default or _short(value) == entry.default
    if same or not entry.setting.ignored:
        return []
    return [Finding("ignored", entry.key, place, f"has no effect: {entry.setting.ignored}")]


def _aliased(value: object, key: str, place: str) -> list[Finding]:
    """Thumbor's names of modules among the values."""
    names = value if isinstance(value, tuple) else (value,)
    return [
        Finding("aliased", key, place, f"{name} is {_short(name)} here")
        for name in names
        if isinstance(name, str) and name in ALIASES
    ]


def _short(name: object) -> object:
    return ALIASES[name][1] if isinstance(name, str) and name in ALIASES else name


def _shown(entry: Entry, value: object) -> str:
    """The value in a message; of a secret, its type only."""
    if entry.setting.secret:
        return f"a value of type {type(value).__name__}"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
