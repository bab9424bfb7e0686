"""`thumborlike storage`: what the configured storages hold, and making room in them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from typing import TypeVar

from ..aliases import canonical
from ..errors import ConfigurationError, StorageError
from ..finding import find_module
from ..interfaces import Holding, Share, Tended
from ..plugins import PluginEnvironment
from ..settings.reader import Loaded, load

T = TypeVar("T")
UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the subcommand."""
    parser = subparsers.add_parser(
        "storage",
        help="tell what the storages hold, or make room in them",
        description="Works on the storages that the configuration names; the server may run.",
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    stats = _action(actions, "stats", "count the entries and their bytes", print_stats)
    prune = _action(actions, "prune", "remove what has expired or is beyond the bound", print_prune)
    prune.add_argument(
        "--max-bytes", type=_size, metavar="SIZE", help="for each place; such as 500M or 20G"
    )
    for each in (stats, prune):
        each.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Do it; 1 if the configuration or a storage does not work."""
    try:
        args.act(args)
    except (ConfigurationError, StorageError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    return 0


def print_stats(args: argparse.Namespace) -> None:
    """What each storage holds, place by place."""
    held = (each for storage in _tended(load(args.conf)) for each in storage.stats())
    found = _something({each.name: each for each in held})
    if args.json:
        print(json.dumps([_as_dict(each) for each in found], indent=2))
        return
    for each in found:
        print(f"{each.name}: {_told(each)}{_of_bound(each)}{_since(each)}")
        for share in each.shares:
            if share.entries:
                print(f"  {share.kind}: {_told(share)}")


def print_prune(args: argparse.Namespace) -> None:
    """Make room, and tell what was removed."""
    tended = _tended(load(args.conf))
    pairs = (pair for storage in tended for pair in storage.prune(args.max_bytes))
    done: dict[str, tuple[Holding, Holding]] = {}
    for left, gone in pairs:
        done.setdefault(left.name, (left, gone))  # a second look at one place finds nothing more
    found = _something(done)
    if args.json:
        told = [{"left": _as_dict(left), "removed": _as_dict(gone)} for left, gone in found]
        print(json.dumps(told, indent=2))
        return
    for left, removed in found:
        print(f"{left.name}: removed {_told(removed)}, left {_told(left)}")


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str, act: object
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=text, description=f"{text.capitalize()}.")
    parser.add_argument("-c", "--conf", help="configuration file, or folder of *.conf files")
    parser.set_defaults(run=run, act=act)
    return parser


def _tended(loaded: Loaded) -> Iterator[Tended]:
    """The configured storages that can tell, each once. Raises `ConfigurationError`."""
    with ThreadPoolExecutor(1) as executor:
        env = PluginEnvironment.of(loaded, executor)
        for name in dict.fromkeys(_names(loaded)):
            storage = find_module("storages", name).create(env)
            if isinstance(storage, Tended):
                yield storage


def _something(found: Mapping[str, T]) -> Collection[T]:
    """One for each place. Raises `ConfigurationError` if there is none."""
    if not found:
        raise ConfigurationError("no storage that is configured can be looked into")
    return found.values()


def _names(loaded: Loaded) -> Iterable[str]:
    storage, upload = loaded.settings.storage, loaded.settings.upload
    uploads = upload.upload_photo_storage if upload.upload_enabled else None
    names: Sequence[str | None] = (storage.storage, storage.result_storage, uploads)
    return [canonical("storages", name) for name in names if name]


def _as_dict(holding: Holding) -> dict[str, object]:
    return {
        "name": holding.name,
        "entries": holding.entries,
        "bytes": holding.size,
        "bound": holding.bound,
        "oldest": holding.oldest,
        "kinds": {
            each.kind: {"entries": each.entries, "bytes": each.size} for each in holding.shares
        },
    }


def _told(holding: Holding | Share) -> str:
    return f"{holding.entries} entries, {_readable(holding.size)}"


def _of_bound(holding: Holding) -> str:
    return f" of {_readable(holding.bound)}" if holding.bound else ""


def _since(holding: Holding) -> str:
    if holding.oldest is None:
        return ""
    written = datetime.fromtimestamp(holding.oldest, timezone.utc)
    return f", the oldest of {written:%Y-%m-%d %H:%M} UTC"


def _readable(size: float) -> str:
    for unit in UNITS:
        if size < 1000 or unit == UNITS[-1]:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    raise AssertionError("the last unit takes all")


def _size(text: str) -> int:
    """Bytes; `k`, `M`, `G` and `T` are powers of a thousand."""
    number, power = text, 0
    if text[-1:].upper() in ("K", "M", "G", "T"):
        number, power = text[:-1], 1 + "KMGT".index(text[-1].upper())
    size = int(float(number) * 1000**power)
    if size <= 0:
        raise ValueError(text)
    return size
