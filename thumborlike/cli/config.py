"""`thumborlike config`: print the reference configuration, or check a file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..errors import ConfigurationError
from ..finding import find_module
from ..settings.filling import Finding, FindingKind
from ..settings.reader import Loaded, examine
from ..settings.reference import as_conf, as_markdown
from ..signing import SIGNERS

PARTS = {
    "MIXED_STORAGE_FILE_STORAGE": "storages",
    "MIXED_STORAGE_CRYPTO_STORAGE": "storages",
    "MIXED_STORAGE_DETECTOR_STORAGE": "storages",
    "TIERED_STORAGE_TIERS": "storages",
    "CHAIN_LOADER_LOADERS": "loaders",
    "ROUTER_LOADER_ROUTES": "loaders",
}
"""Keys that name plugins of which other plugins are made, and their groups."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the subcommand."""
    parser = subparsers.add_parser(
        "config",
        help="print the reference configuration, or check a file",
        description="Print a thumbor.conf with every key commented out, or check FILE.",
    )
    parser.set_defaults(run=run)
    add_arguments(parser)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--check", metavar="FILE", type=Path, help="tell what is wrong or odd in a configuration"
    )
    what.add_argument("--markdown", action="store_true", help="print the page of the docs")


def run(args: argparse.Namespace) -> int:
    """Do it; 1 if the checked file is invalid."""
    if args.check:
        return check(args.check)
    print((as_markdown() if args.markdown else as_conf()).rstrip("\n"))
    return 0


def check(path: Path) -> int:
    """Print what there is to say about a file, the worst first; 1 if it cannot be used."""
    try:
        loaded, findings = examine(path)
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 1
    findings = (*findings, *_plugin_findings(loaded))
    for line in _table(sorted(findings, key=lambda each: each.kind != "invalid")):
        print(line)
    invalid = sum(each.kind == "invalid" for each in findings)
    print(f"{path}: {len(loaded.places)} names set, {len(findings)} findings, {invalid} invalid")
    return 1 if invalid else 0


def _table(findings: Iterable[Finding]) -> Iterator[str]:
    """Kind, key, place and text in columns."""
    rows = [(each.kind, each.key, each.place, each.text) for each in findings]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _plugin_findings(loaded: Loaded) -> Iterator[Finding]:
    """Names in the settings that lead to no module."""
    for key, group, name in _plugin_names(loaded):
        if problem := _problem(group, name):
            # Thumbor 7.8: a filter that cannot be had does not stop the start
            kind: FindingKind = "ignored" if group == "filters" else "invalid"
            yield Finding(kind, key, loaded.places.get(key, "default"), problem)


def _problem(group: str, name: str) -> str:
    try:
        find_module(group, name)
    except ConfigurationError as error:
        return str(error)
    return ""


def _plugin_names(loaded: Loaded) -> Iterator[tuple[str, str, str]]:
    """Key, group and name of every plugin that is configured."""
    storage, extensions = loaded.settings.storage, loaded.settings.extensions
    yield "LOADER", "loaders", storage.loader
    yield "STORAGE", "storages", storage.storage
    yield "METRICS", "metrics", extensions.metrics
    if storage.result_storage:
        yield "RESULT_STORAGE", "storages", storage.result_storage
    if loaded.settings.upload.upload_photo_storage:
        yield "UPLOAD_PHOTO_STORAGE", "storages", loaded.settings.upload.upload_photo_storage
    if extensions.use_custom_error_handling:
        yield "ERROR_HANDLER_MODULE", "error_handlers", extensions.error_handler_module
    if loaded.settings.security.url_signer not in SIGNERS:
        yield "URL_SIGNER", "signers", loaded.settings.security.url_signer
    yield from (("OPTIMIZERS", "optimizers", name) for name in extensions.optimizers)
    if "FILTERS" in loaded.places:
        yield from (("FILTERS", "filters", name) for name in extensions.filters)
    yield from _parts(loaded)


def _parts(loaded: Loaded) -> Iterator[tuple[str, str, str]]:
    """The same of plugins that are made of others."""
    for key, group in PARTS.items():
        value = loaded.values.get(key, ())
        names = (value,) if isinstance(value, str) else value
        for name in names if isinstance(names, (list, tuple)) else ():
            found = name[1] if isinstance(name, (list, tuple)) and len(name) > 1 else name
            if isinstance(found, str):
                yield key, group, found
