"""`thumborlike purge`: forget sources and all that was made of them.

Without `--server` it works on the configured storages themselves; what running servers have in
memory then lives on for RESULT_CACHE_SECONDS. With it, each server is called, signed with the
configured key, and forgets at once.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ..errors import ConfigurationError, StorageError
from ..http.tags import tag_of
from ..interfaces import Closes, Purges, Storage
from ..plugins import NoMetrics, PluginEnvironment, resolve_signer
from ..purging import Purged, Purger, expiry, signed_text
from ..settings.reader import Loaded, load
from ..url.encoding import source_name

if TYPE_CHECKING:
    from ..aws_lambda.filing import Filed

PATIENCE = 60.0
"""Seconds that a server may take for one source."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the subcommand."""
    parser = subparsers.add_parser(
        "purge",
        help="forget sources and all that was made of them",
        description="Exit status 1 if anything is left. `-` reads sources from standard input.",
    )
    parser.set_defaults(run=run)
    add = parser.add_argument
    add("sources", nargs="+", metavar="SOURCE", help="as in URLs: https://example.com/a.jpg, a.jpg")
    add("-c", "--conf", help="configuration file, or folder of *.conf files")
    add(
        "-s",
        "--server",
        action="append",
        default=[],
        metavar="URL",
        help="call this server instead (HANDLER_LISTS must name `purge`); repeatable",
    )
    add("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Purge one source after the other, and tell what was removed."""
    try:
        loaded = load(args.conf)
        names = [source_name(each) for each in _wanted(args.sources)]
        if args.server:
            done = [_called(each, name, loaded) for name in names for each in args.server]
        else:
            done = asyncio.run(_purged(loaded, names))
    except (ConfigurationError, StorageError, OSError, http.client.HTTPException) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    for each in done:
        _tell(each, as_json=args.json)
    return 0


def _wanted(given: list[str]) -> list[str]:
    lines = [line.strip() for line in sys.stdin] if "-" in given else []
    return [each for each in (*given, *lines) if each not in ("", "-")]


def _tell(done: Purged, *, as_json: bool) -> None:
    if as_json:
        told = {"source": done.source, "tag": tag_of(done.source), "removed": done.removed}
        print(json.dumps(told))
    else:
        print(f"{done.source}: {done.removed} entries removed; tag {tag_of(done.source)}")


async def _purged(loaded: Loaded, names: list[str]) -> list[Purged]:
    storage = loaded.settings.storage
    with ThreadPoolExecutor(4) as executor:
        env = PluginEnvironment.of(loaded, executor)
        wanted = filter(None, (storage.storage, storage.result_storage))
        storages: list[Storage | Purges] = [env.storage(each) for each in dict.fromkeys(wanted)]
        storages += _filed(loaded)
        try:
            purger = Purger(storages, (), NoMetrics())
            return [await purger.purge(each) for each in names]
        finally:
            for each in storages:
                if isinstance(each, Closes):
                    await each.close()


def _filed(loaded: Loaded) -> tuple[Filed, ...]:
    """What a function in AWS has written for CloudFront."""
    if loaded.settings.function.lambda_results_bucket is None:
        return ()
    from ..aws_lambda.bucket import buckets_of  # noqa: PLC0415
    from ..aws_lambda.filing import purged_of  # noqa: PLC0415

    return purged_of(loaded.settings, buckets_of(loaded))


def _called(server: str, name: str, loaded: Loaded) -> Purged:
    """Have a running server do it."""
    security = loaded.settings.security
    if not security.security_key:
        raise ConfigurationError("SECURITY_KEY is needed to sign calls of a server")
    expires = expiry()
    with ThreadPoolExecutor(1) as executor:
        signer = resolve_signer(security.url_signer, PluginEnvironment.of(loaded, executor))
    signature = signer.sign(signed_text(name, expires), security.security_key)
    parts = urlsplit(server)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=PATIENCE)
    try:
        connection.request("POST", f"{parts.path.rstrip('/')}/purge/{signature}/{expires}/{name}")
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        reason = body.decode("utf-8", "replace").strip() or answer.reason
        raise StorageError(f"{server} answers {answer.status}: {reason}")
    return Purged(name, int(json.loads(body)["removed"]))
