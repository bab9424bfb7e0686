"""`thumborlike compare`: replay a log against an old server and a new one; tell what differs."""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ConfigurationError
from .warm import UNUSABLE, natural, positive

if TYPE_CHECKING:
    from ..comparing.going import Going, Side
    from ..comparing.questions import Question
    from ..comparing.report import Report

BROWSER = "avif"
"""As whom is asked where the log does not tell: a browser of today."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the subcommand."""
    parser = subparsers.add_parser(
        "compare",
        help="replay a log against an old server and a new one",
        description="Reads access logs (common, combined, nginx, ALB, CloudFront, JSON; .gz) or "
        "lists of URLs, asks both servers, and tells what differs. Exit status: 0 nothing but what "
        "is meant, 1 something else, 2 nothing could begin, 130 interrupted.",
    )
    parser.set_defaults(run=run)
    _add_questions(parser)
    _add_outcome(parser)


def _add_questions(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("logs", nargs="+", metavar="LOG", help="file of any of the formats; - for standard input")
    add("--old", required=True, metavar="URL", help="the server that is in use")
    add("--new", required=True, metavar="URL", help="the one that is to replace it")
    add(
        "--formats",
        metavar="LIST",
        help="as which browsers: avif,webp,jpeg,plain (by the log, or avif)",
    )
    add("--header", action="append", default=[], metavar="'NAME: VALUE'", help="for both servers")
    add("--sample", type=natural, default=0, metavar="N", help="at most so many URLs, at random")
    add("--per-class", type=natural, default=0, metavar="N", help="at most so many of each kind")
    add("-n", "--concurrency", type=positive, default=4, help="at once (4)")
    add("--retries", type=natural, default=3, help="after 429, 502, 503, 504, no answer (3)")
    add("--timeout", type=float, default=60.0, metavar="SECONDS", help="for one answer (60)")


def _add_outcome(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--html", type=Path, metavar="FILE", help="write a page with the pictures that differ")
    add("--report", type=Path, metavar="FILE", help="write the outcome as JSON")
    add("--journal", type=Path, metavar="FILE", help="note what is done; go on from there")
    add("--fresh", action="store_true", help="forget what the journal says")
    add("--examples", type=natural, default=4, metavar="N", help="pictures of each difference (4)")
    add("-q", "--quiet", action="store_true", help="no progress")


def run(args: argparse.Namespace) -> int:
    """Do it; the exit status."""
    try:
        return asyncio.run(_run(args))
    except BrokenPipeError:
        raise
    except (ConfigurationError, OSError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return UNUSABLE


async def _run(args: argparse.Namespace) -> int:
    from ..batch.asking import server_of  # noqa: PLC0415
    from ..batch.journal import open_journal  # noqa: PLC0415
    from ..comparing.going import Examples, Going  # noqa: PLC0415
    from ..comparing.report import Report  # noqa: PLC0415

    servers = [server_of(args.old), server_of(args.new)]
    wanted, facts = _questions(args)
    head = {"journal": "thumborlike compare", "of": servers}
    journal = open_journal(args.journal, head, anew=args.fresh)
    try:
        report = Report()
        going = Going(wanted, journal, report, Examples(args.examples, MOST_PICTURES))
        signal = await _go(args, servers, going)
    finally:
        journal.close()
    return _tell(args, report, {**facts, "earlier": going.earlier, "wanted": going.total}, signal)


MOST_PICTURES = 300
"""Pairs of pictures that are kept for the page, of 20 kB each or so."""


def _questions(args: argparse.Namespace) -> tuple[Sequence[Question], dict[str, Any]]:
    """What is to be asked, and what there is to say of the logs. Raises `ConfigurationError`."""
    from ..comparing.logs import Reader  # noqa: PLC0415
    from ..comparing.questions import questions  # noqa: PLC0415
    from ..warming.targets import accepts_of  # noqa: PLC0415

    accepts = accepts_of(args.formats or BROWSER)
    reader = Reader()
    lines = Counted(line for place in args.logs for line in _lines(place))
    found = questions(
        reader.entries(lines),
        accepts,
        forced=args.formats is not None,
        sample=args.sample,
        per_class=args.per_class,
    )
    if not found:
        raise ConfigurationError(f"none of {lines.count} lines is a request for a picture")
    return found, {"lines": lines.count, "skipped": reader.skipped}


class Counted:
    """Counts what goes through it."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = lines
        self.count = 0

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.count += 1
            yield line


def _lines(place: str) -> Iterator[str]:
    how: Any = {"encoding": "utf-8", "errors": "surrogateescape"}
    if place == "-":
        yield from sys.stdin
        return
    try:
        with gzip.open(place, "rt", **how) if place.endswith(".gz") else open(place, **how) as log:  # noqa: PTH123
            yield from log
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigurationError(f"{place}: {reason}") from error


async def _go(args: argparse.Namespace, servers: Sequence[str], going: Going) -> int:
    """The signal that ended it, 0 if none did."""
    from ..batch.progress import progress  # noqa: PLC0415
    from ..batch.running import Stop  # noqa: PLC0415

    stop = Stop()
    with stop.by_signals(), ExitStack() as stack:
        old, new = (_side(args, each, stop, stack) for each in servers)
        bar = progress(len(going.left), "url", quiet=args.quiet)
        await going.go(old, new, args.concurrency, bar, stop)
    return stop.signal


def _side(args: argparse.Namespace, url: str, stop: Any, stack: ExitStack) -> Side:
    from ..batch.asking import Asker, Limits, headers_of  # noqa: PLC0415
    from ..batch.running import Pace, Tries  # noqa: PLC0415
    from ..comparing.going import Side  # noqa: PLC0415

    asker = Asker(Limits(args.timeout), headers_of(args.header))
    stack.callback(asker.close)
    return Side(url, asker, Tries(args.retries, Pace(stop), stop))


def _tell(args: argparse.Namespace, report: Report, facts: dict[str, Any], signal: int) -> int:
    from ..comparing import known, table  # noqa: PLC0415
    from ..comparing.page import page  # noqa: PLC0415

    reasons = {rule.name: rule.reason for rule in known.GENERAL}
    for line in table.lines(report, reasons):
        print(line)
    skipped = f", {facts['skipped']} of them no requests for pictures" if facts["skipped"] else ""
    print(
        f"\n{report.total.addresses} of {facts['wanted']} URLs of {facts['lines']} lines{skipped}"
    )
    if signal:
        hint = " The same command goes on from here." if args.journal else ""
        print(f"Interrupted.{hint}", file=sys.stderr)
    told = {"old": args.old, "new": args.new, **facts, "interrupted": bool(signal)}
    if args.report:
        text = json.dumps(report.as_dict(reasons, told), indent=2)
        args.report.write_text(text + "\n", encoding="utf-8")
    if args.html:
        shown = [("old", args.old), ("new", args.new), ("logs", ", ".join(args.logs))]
        args.html.write_text(page(report, reasons, "Old and new", shown), encoding="utf-8")
    if signal:
        return 128 + signal
    return 1 if report.total.kinds["different"] else 0
