"""The reference of all keys, made from their declarations: a thumbor.conf and a page of docs."""

from __future__ import annotations

import re
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..aliases import GROUPS
from ..records import dataclass
from .describe import Entry, core_sections, entries
from .known import builtin_sections

WIDTH = 96

INTRODUCTION = """\
# Configuration

All keys, their defaults and what they allow. This page is made by `thumborlike config
--markdown`; `thumborlike config` prints the same as a thumbor.conf in which every key is
commented out.

## Where values come from

1. The command line, where it has a flag for the key (`-k`).
2. The environment, if `--use-environment` has a value that is not empty. A variable has the exact
   name of its key. Its text is read as the key's type: `true`, `false`, `yes`, `no`, `1`, `0`;
   numbers; lists as Python or JSON literals or with commas (`a,b`); `None` where None is
   allowed. Secrets are taken as they stand.
3. A file: the one given by `-c`, else the first `thumbor.conf` in the current folder, the home
   folder and `/etc`. `-c` may name a folder: its `*.conf` files are read in the order of their
   names, and later ones win. A file is a Python program; what it assigns to names in capitals
   are the settings.
4. The default below.

A value of the wrong type or out of range stops the start; the message lists every such value with
file and line. An unknown key in a file is warned of, not refused, because plugins may read it.
`thumborlike config --check FILE` tells all there is to say about a file.

Values that Thumbor takes in practice are taken here: `0` and `1` for switches, `75e6` for a whole
number, `None` for a limit that is off or a list that is empty, `False` for a text that is not set.

Keys with a star are not keys of Thumbor 7.8. A loader, storage or other plugin may be named as
below, or as Thumbor names it (`thumbor.loaders.http_loader`).
"""


@dataclass(frozen=True, slots=True)
class Chapter:
    """Keys that belong together."""

    title: str
    text: str
    entries: tuple[Entry, ...]


def chapters() -> Iterator[Chapter]:
    """All keys: of the core, then of each built-in plugin."""
    for name, section in core_sections():
        title = "HTTP" if name == "http" else name.capitalize()
        yield _chapter(title, section)
    for section in builtin_sections():
        yield _chapter(_plugin_title(section), section)


def as_conf() -> str:
    """A thumbor.conf with every key commented out, its default behind it."""
    lines = ["## Every key with its default. Remove the # in front of a key to set it.", ""]
    for chapter in chapters():
        lines += ["", f"### {chapter.title} ".ljust(WIDTH, "#"), *_comment(chapter.text), ""]
        for entry in chapter.entries:
            lines += [*_comment(" ".join(_sentences(entry))), *_assignment(entry), ""]
    return "\n".join(lines)


def as_markdown() -> str:
    """The page docs/configuration.md."""
    return INTRODUCTION + "".join(map(_markdown_chapter, chapters()))


def _markdown_chapter(chapter: Chapter) -> str:
    rows = map(_markdown_row, chapter.entries)
    head = "| key | default | meaning |\n|---|---|---|\n"
    return f"\n## {chapter.title}\n\n{chapter.text}\n\n{head}" + "\n".join(rows) + "\n"


def _markdown_row(entry: Entry) -> str:
    star = r" \*" if entry.setting.ours else ""
    return f"| `{entry.key}`{star} | {_cell(_code(entry))} | {_cell(_explained(entry))} |"


def _chapter(title: str, section: type[Any]) -> Chapter:
    text = " ".join((section.__doc__ or "").split("\n\n")[0].split())
    return Chapter(title, text, entries(section))


def _plugin_title(section: type[Any]) -> str:
    """Such as "Loader: http", after the class: its module may be shared by several plugins."""
    group = section.__module__.split(".")[1]
    words = re.findall(r"[A-Z][a-z0-9]*", section.__name__.removesuffix("Settings"))
    if group not in GROUPS:  # what loaders and storages share
        return f"Loaders and storages: {' '.join(words)}"
    kind = GROUPS[group]
    name = " ".join(word.lower() for word in words if word.lower() not in kind.split())
    return f"{kind.capitalize()}: {name}" if name else f"{kind.capitalize()}s"


def _sentences(entry: Entry) -> Iterator[str]:
    """What there is to say of a key, for the conf."""
    yield _explained(entry)
    if entry.setting.ours:
        yield "Not a key of Thumbor's."


def _explained(entry: Entry) -> str:
    """What there is to say of a key, for the docs."""
    setting = entry.setting
    said = [setting.doc]
    if entry.hint not in (bool, str) or setting.choices:  # those say it themselves
        said.append(f"Allowed: {entry.allowed}.")
    if setting.aliases:
        said.append(f"Formerly {', '.join(setting.aliases)}.")
    if setting.ignored:
        said.append(f"No effect: {setting.ignored}.")
    return " ".join(said)


def _comment(text: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent="## ", subsequent_indent="## ", break_on_hyphens=False
    )


def _assignment(entry: Entry) -> list[str]:
    """`#KEY = default`; long lists get a line for each item, as in Thumbor's reference."""
    default = _plain(entry.default)
    line = f"#{entry.key} = {default!r}"
    if not isinstance(default, list) or len(line) <= WIDTH:
        return [line]
    return [f"#{entry.key} = [", *(f"#    {item!r}," for item in default), "#]"]


def _plain(default: Any) -> Any:
    """Lists as users write them."""
    return list(default) if isinstance(default, tuple) else default


def _code(entry: Entry) -> str:
    """The default in code; folders of this machine in words: the page is the same on all."""
    default = _plain(entry.default)
    if isinstance(default, str):
        home, temporary = str(Path.home()), tempfile.gettempdir()
        if default == home or default.startswith(f"{home}/"):
            default = "~" + default.removeprefix(home)
        elif default.startswith(f"{temporary}/"):
            default = "<tempdir>" + default.removeprefix(temporary)
    return f"`{default!r}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
