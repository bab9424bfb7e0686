"""`thumborlike doctor`: what runs here, what of the configuration works, what is unsafe."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from ..aliases import canonical
from ..errors import ConfigurationError
from ..settings.filling import Finding
from ..settings.reader import Loaded, examine
from .checks import Check, Level, codecs, programs, versions
from .checkup import Checkup
from .safety import safety

SIGNS: dict[Level, tuple[str, str]] = {
    "ok": ("ok", "32"),
    "note": ("note", "36"),
    "warning": ("warning", "33"),
    "error": ("ERROR", "31"),
}
"""Level -> the word in front of the line, and its colour (ANSI)."""

SAID_BY_SAFETY = ("SECURITY_KEY",)
Section = tuple[str, Iterable[Check]]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the subcommand, with the flags of `thumbor-doctor`."""
    parser = subparsers.add_parser(
        "doctor",
        help="check versions, codecs, configuration and safety",
        description="Exit status 1 if something is an error.",
    )
    parser.set_defaults(run=run)
    add = parser.add_argument
    add("-c", "--config", "--conf", help="configuration file, or folder of *.conf files")
    add("-n", "--nocolor", action="store_true", help="no colours")
    add("--use-environment", metavar="VALUE", help="let environment variables override keys")
    old = parser.add_mutually_exclusive_group()
    old.add_argument(
        "--from-sih",
        metavar="FILE",
        help="what an old Serverless Image Handler's settings become: JSON of `aws lambda "
        "get-function-configuration` or `aws cloudformation describe-stacks`, or NAME=VALUE lines",
    )
    old.add_argument("--env", action="store_true", help="the same for this environment")


def run(args: argparse.Namespace) -> int:
    """Print the report; 1 if there are errors."""
    if args.from_sih or args.env:
        from .moving import report  # noqa: PLC0415  (rarely asked for)

        return report(None if args.env else args.from_sih)
    color = sys.stdout.isatty() and not args.nocolor and "NO_COLOR" not in os.environ
    levels = []
    with ThreadPoolExecutor(4) as executor, _silence():
        for title, checks in sections(args, executor):
            print(f"\n{title}")
            for check in checks:
                levels.append(check.level)
                print(_line(check, color))
    errors, warnings = levels.count("error"), levels.count("warning")
    print(f"\n{errors} errors, {warnings} warnings")
    return 1 if errors else 0


@contextmanager
def _silence() -> Iterator[None]:
    """What modules would log, the report says itself."""
    log = logging.getLogger("thumborlike")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)


def sections(args: argparse.Namespace, executor: ThreadPoolExecutor) -> Iterator[Section]:
    """The report in its order; each section is found out while it is printed."""
    yield "Versions", versions()
    yield "Codecs", codecs()
    environ = os.environ if args.use_environment else None
    try:
        loaded, findings = examine(args.config, environ=environ)
    except ConfigurationError as error:
        yield "Configuration", [Check("error", line) for line in str(error).splitlines()]
        return
    yield "Configuration", _configuration(loaded, findings)
    checkup = Checkup(loaded, executor)
    names = [canonical("optimizers", each) for each in loaded.settings.extensions.optimizers]
    yield "Plugins", [*checkup.plugins(), *checkup.folders(), *programs(names)]
    yield "Storages", checkup.storages()
    yield "Safety", _or_fine(safety(loaded, checkup.loader_sections()))


def _configuration(loaded: Loaded, findings: Iterable[Finding]) -> Iterator[Check]:
    yield Check("ok", f"read from {loaded.path}" if loaded.path else "no file: all defaults")
    for each in findings:
        if each.kind == "invalid":
            yield Check("error", str(each))
        elif each.kind == "aliased":
            yield Check("ok", str(each))
        elif each.key not in SAID_BY_SAFETY:
            yield Check("warning", str(each))


def _or_fine(checks: Iterable[Check]) -> list[Check]:
    return list(checks) or [Check("ok", "nothing found")]


def _line(check: Check, color: bool) -> str:
    word, code = SIGNS[check.level]
    sign = f"{word:>8}"
    shown = f"\x1b[{code}m{sign}\x1b[0m" if color else sign
    advice = f"\n{'':>10}{check.help}" if check.help else ""
    return f"{shown}  {check.text}{advice}"
