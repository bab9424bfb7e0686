"""`thumborlike warm`: make results ahead of the first visitor."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from ..settings.reader import Loaded
    from ..warming.report import Report
    from ..warming.run import Run
    from ..warming.sources import Naming
    from ..warming.targets import Target
    from ..warming.ways import Way

UNUSABLE = 2
"""The exit status where nothing could begin, as argparse has it."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the subcommand."""
    parser = subparsers.add_parser(
        "warm",
        help="make results ahead of the first visitor",
        description="Asks for every URL of the lists; with --path the lists name sources, and each "
        "is asked for in each shape. Exit status: 0 all is there, 1 some failed, 2 nothing could "
        "begin, 130 interrupted.",
    )
    parser.set_defaults(run=run)
    _add_lists(parser)
    _add_ways(parser)


def _add_lists(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "lists", nargs="*", metavar="LIST", help="file with one URL, path or source a line; - stdin"
    )
    add("--sitemap", action="append", default=[], metavar="URL_OR_FILE", help="repeatable")
    add("--folder", action="append", default=[], help="the pictures below it; needs --path")
    add("--s3", action="append", default=[], metavar="s3://BUCKET/PREFIX", help="needs --path")
    add("--strip", default="", metavar="TEXT", help="cut this off where names begin with it")
    add("--prefix", default="", metavar="TEXT", help="put this in front of names")
    add(
        "-p",
        "--path",
        action="append",
        default=[],
        metavar="SHAPE",
        help="300x200/smart, fit-in/800x600/filters:blur(2), or '' for no change; repeatable",
    )
    add("--formats", default="plain", help="as which browsers: avif,webp,jpeg,png,heif,plain")
    add("--unsafe", action="store_true", help="do not sign, even if there is a key")


def _add_ways(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("-c", "--conf", help="configuration file, or folder of *.conf files")
    add("-s", "--server", metavar="URL", help="ask this server; without it results are made here")
    add("--header", action="append", default=[], metavar="'NAME: VALUE'", help="for --server")
    add("-n", "--concurrency", type=positive, help="at once (8; here: two per core)")
    add("--retries", type=natural, default=4, help="after 429, 502, 503, 504, no answer (4)")
    add("--timeout", type=float, default=60.0, metavar="SECONDS", help="for one answer (60)")
    add("--journal", type=Path, metavar="FILE", help="note what is done; go on from there")
    add("--fresh", action="store_true", help="forget what the journal says")
    add("--report", type=Path, metavar="FILE", help="write the outcome as JSON")
    add("--dry-run", action="store_true", help="print what would be asked for")
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
    from ..settings.reader import load  # noqa: PLC0415

    loaded = load(args.conf)
    wanted = await _targets(args, loaded)
    if args.dry_run:
        return _print(wanted)
    return await _warm(args, loaded, wanted)


def _print(wanted: Iterable[Target]) -> int:
    count = 0
    for count, target in enumerate(wanted, 1):  # noqa: B007
        print(target.path if target.accept == "*/*" else f"{target.path}  Accept: {target.accept}")
    print(f"{count} results", file=sys.stderr)
    return 0


async def _warm(args: argparse.Namespace, loaded: Loaded, wanted: Iterable[Target]) -> int:
    from ..batch.journal import open_journal  # noqa: PLC0415
    from ..warming.report import Report  # noqa: PLC0415
    from ..warming.run import Run  # noqa: PLC0415

    head = {"journal": "thumborlike warm", "of": args.server or f"configuration {loaded.path}"}
    journal = open_journal(args.journal, head, anew=args.fresh)
    try:
        report = Report()
        going = Run(wanted, journal, report)
        if not going.total:
            raise ConfigurationError("there is nothing to do: the lists are empty")
        seconds, signal = await _go(args, loaded, going)
    finally:
        journal.close()
    return _tell(args, report, going.total, seconds, signal)


async def _go(args: argparse.Namespace, loaded: Loaded, going: Run) -> tuple[float, int]:
    """The seconds that it took, and the signal that ended it."""
    from ..batch.progress import progress  # noqa: PLC0415
    from ..batch.running import Pace, Stop, Tries  # noqa: PLC0415

    stop = Stop()
    tries = Tries(args.retries, Pace(stop), stop)
    concurrency = args.concurrency or (8 if args.server else 2 * (os.cpu_count() or 1))
    with stop.by_signals():
        if not going.left:
            return 0.0, 0
        async with _way(args, loaded, concurrency) as way:
            bar = progress(len(going.left), "url", quiet=args.quiet)
            seconds = await going.go(way, tries, concurrency, bar, stop)
    return seconds, stop.signal


def _way(
    args: argparse.Namespace, loaded: Loaded, concurrency: int
) -> AbstractAsyncContextManager[Way]:
    from ..batch.asking import Limits, headers_of, server_of  # noqa: PLC0415
    from ..warming.ways import in_process, over_http  # noqa: PLC0415

    if not args.server:
        return in_process(loaded)
    headers = headers_of(args.header)
    return over_http(server_of(args.server), Limits(args.timeout), headers, concurrency)


def _tell(args: argparse.Namespace, report: Report, total: int, seconds: float, signal: int) -> int:
    for line in report.lines(total, seconds):
        print(line)
    if signal:
        hint = " The same command goes on from here." if args.journal else ""
        print(f"Interrupted.{hint}", file=sys.stderr)
    if args.report:
        told = report.as_dict(total, seconds, interrupted=bool(signal))
        args.report.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    if signal:
        return 128 + signal
    return 1 if report.counts["failed"] else 0


async def _targets(args: argparse.Namespace, loaded: Loaded) -> Iterator[Target]:
    from ..warming.sources import Naming  # noqa: PLC0415
    from ..warming.targets import (  # noqa: PLC0415
        accepts_of,
        check_template,
        crossed,
        path_of,
        targets,
    )

    shapes = [check_template(each) for each in args.path]
    if (args.folder or args.s3) and not shapes:
        raise ConfigurationError("--folder and --s3 list sources: say --path 300x200, say")
    if not (args.lists or args.sitemap or args.folder or args.s3):
        raise ConfigurationError("what is to be warmed? Name a list, --sitemap, --folder or --s3")
    sign = _signing(args, loaded)
    keys = [key for each in args.s3 for key in await _keys(each, loaded)]
    names = _names(args, keys, Naming(args.strip, args.prefix))
    paths = crossed(names, shapes, sign) if shapes else (path_of(each, sign) for each in names)
    return targets(paths, accepts_of(args.formats))


async def _keys(address: str, loaded: Loaded) -> list[str]:
    from ..plugins import PluginEnvironment  # noqa: PLC0415
    from ..warming.sources import keys_of  # noqa: PLC0415

    with ThreadPoolExecutor(1) as executor:
        return await keys_of(address, PluginEnvironment.of(loaded, executor))


def _names(args: argparse.Namespace, keys: list[str], naming: Naming) -> Iterator[str]:
    from ..batch.asking import Asker, Limits  # noqa: PLC0415
    from ..warming.sitemap import LARGEST, addresses  # noqa: PLC0415
    from ..warming.sources import SitemapReader, files_below, lines_of  # noqa: PLC0415

    yield from (naming.of(each) for place in args.lists for each in lines_of(place))
    yield from (naming.of(each) for place in args.folder for each in files_below(place))
    yield from map(naming.of, keys)
    asker = Asker(Limits(args.timeout, LARGEST))
    try:
        read = SitemapReader(asker)
        yield from (naming.of(each) for place in args.sitemap for each in addresses(place, read))
    finally:
        asker.close()


def _signing(args: argparse.Namespace, loaded: Loaded) -> Callable[[str], str]:
    """Signs with the configured key, if there is one."""
    from ..plugins import PluginEnvironment, resolve_signer  # noqa: PLC0415

    security = loaded.settings.security
    key = security.security_key
    if args.unsafe or not key:
        return lambda part: f"/unsafe/{part}"
    with ThreadPoolExecutor(1) as executor:
        signer = resolve_signer(security.url_signer, PluginEnvironment.of(loaded, executor))
    return lambda part: f"/{signer.sign(part, key)}/{part}"


def positive(text: str) -> int:
    """1 or more."""
    return natural(text) or _refuse(text)


def natural(text: str) -> int:
    """0 or more."""
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        _refuse(text)
    return int(text)


def _refuse(text: str) -> int:
    raise argparse.ArgumentTypeError(f"{text!r} is not a whole number that fits")
