"""Entry point: picks the subcommand; without one, the flags of Thumbor's server are meant."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from ..version import VERSION

COMMANDS = (
    "serve",
    "url",
    "config",
    "doctor",
    "storage",
    "purge",
    "warm",
    "compare",
    "deploy",
    "completion",
)
DEFAULT = "serve"
DESCRIPTION = (
    "An image server that speaks Thumbor's URLs. Without a command it serves: the flags of "
    "`thumborlike serve`, which are those of `thumbor`, may stand alone."
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the exit status."""
    given = list(sys.argv[1:] if argv is None else argv)
    if given[:1] in (["-h"], ["--help"]):
        parser(COMMANDS).parse_args(given)
    if given[:1] == ["--version"]:
        print(f"thumborlike {VERSION}")
        return 0
    name = given.pop(0) if given and given[0] in COMMANDS else DEFAULT
    args = parser((name,)).parse_args([name, *given])
    try:
        return int(args.run(args))
    except BrokenPipeError:  # whoever read the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def parser(names: Sequence[str]) -> argparse.ArgumentParser:
    """A parser that knows these subcommands; the modules of others are not imported."""
    made = argparse.ArgumentParser(prog="thumborlike", description=DESCRIPTION)
    made.add_argument("--version", action="version", version=f"thumborlike {VERSION}")
    subparsers = made.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in names:
        importlib.import_module(f"{__package__}.{name}").add_parser(subparsers)
    return made
