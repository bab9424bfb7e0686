"""`thumborlike serve`: the server, with the flags of `thumbor`."""

from __future__ import annotations

import argparse
import contextlib
import gc
import logging
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ConfigurationError
from ..version import VERSION

if TYPE_CHECKING:
    from ..isolation.spawn import Template
    from ..settings.reader import Loaded
    from .renewal import Work
    from .signals import Parent
    from .sockets import Place

PORT = 8888
EVERYWHERE = "0.0.0.0"  # noqa: S104  (Thumbor's default; containers need it)
HERE = "127.0.0.1"
DEBUGGING = {"EXPLAIN": "all", "ERROR_PAGES": True, "SERVER_TIMING": True}
"""What `--debug` switches on where the configuration says nothing."""

log = logging.getLogger("thumborlike")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the subcommand."""
    parser = subparsers.add_parser("serve", help="run the server (the default)")
    parser.set_defaults(run=run)
    add_arguments(parser)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags: Thumbor's, and `--demo`."""
    add = parser.add_argument
    add("-p", "--port", type=_port, help=f"port to listen on (default {PORT}; 0 takes a free one)")
    add("-i", "--ip", help=f"address to listen on (default {EVERYWHERE})")
    add("-f", "--fd", help="open sockets (3, or 3,4), or path of a unix socket, instead")
    add("-c", "--conf", help="configuration file, or folder of *.conf files")
    add("-k", "--keyfile", type=Path, help="file with the security key")
    add("-l", "--log-level", default="warning", help="debug, info, warning, error or critical")
    add("-a", "--app", help="dotted name of a callable: Service -> tornado Application")
    add("-d", "--debug", action="store_true", help="log much, restart when code changes")
    add("--reload", action="store_true", help="restart when code or the configuration changes")
    add("--use-environment", metavar="VALUE", help="let environment variables override keys")
    add("--processes", type=_count, default=1, help="server processes; 0 for one per core")
    add("--demo", action="store_true", help="serve sample pictures on this machine, no network")
    add("--version", action="version", version=f"thumborlike {VERSION}")


def run(args: argparse.Namespace) -> int:
    """Serve until a signal ends it. 0 after SIGTERM or SIGINT, 1 if it could not start."""
    try:
        return _run(args)
    except ConfigurationError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    finally:
        gc.enable()


def _run(args: argparse.Namespace) -> int:
    template = _template(args)
    try:
        return _served(args, template)
    finally:
        if template:
            template.end()


def _served(args: argparse.Namespace, template: Template | None) -> int:
    from .. import logs  # noqa: PLC0415

    gc.disable()  # nothing of what start-up makes is garbage; `process` switches it on again
    level = "debug" if args.debug else args.log_level
    logs.level_of(level)
    loaded = _loaded(args)
    logs.configure(loaded.settings.logging, level)
    _tell(loaded, demo=args.demo)
    if args.processes == 1:
        return _serve_alone(args, loaded, template)
    return _serve_together(args, loaded)


def _template(args: argparse.Namespace) -> Template | None:
    """What workers are forked from: it loads the codecs while the configuration is read.

    Where that says that threads are wanted, it was started for nothing. Each of several processes
    starts its own.
    """
    if args.processes != 1:
        return None
    from ..isolation.spawn import start_template  # noqa: PLC0415

    with contextlib.suppress(OSError):
        return start_template()
    return None


def _serve_alone(args: argparse.Namespace, loaded: Loaded, template: Template | None) -> int:
    from .process import serve  # noqa: PLC0415
    from .sockets import address_of, listen, listen_nearby  # noqa: PLC0415

    place = _place(args)
    sockets = listen_nearby(place) if args.demo and not place.fd else listen(place)
    _announce(args, address_of(sockets))
    return serve(
        loaded, sockets, application=args.app, reload=args.debug or args.reload, template=template
    )


def _serve_together(args: argparse.Namespace, loaded: Loaded) -> int:
    """Several processes; each has a listening socket of its own unless one was handed over."""
    from .. import service  # noqa: F401, PLC0415  (imported once, shared by all)
    from ..cores import usable  # noqa: PLC0415
    from ..web import app  # noqa: F401, PLC0415
    from .seats import Seat  # noqa: PLC0415
    from .sockets import address_of, listen, reserve  # noqa: PLC0415
    from .supervisor import Supervisor  # noqa: PLC0415

    if args.debug or args.reload:
        log.warning("code is not reloaded with more than one process")
    place = _place(args)
    held = listen(place) if place.fd else reserve(place)
    _announce(args, address_of(held))
    bound = place if place.fd else place.with_port_of(held)

    def sockets() -> list[socket.socket]:
        return [each.dup() for each in held] if place.fd else listen(bound, shared=True)

    def renewed() -> Work:
        loaded = _loaded(args)
        _tell(loaded, demo=args.demo)
        return _work(args, loaded)

    count = args.processes or usable()
    seats = [Seat(sockets) for _ in range(count)]
    return Supervisor(seats, _work(args, loaded), renewed).run()


def _work(args: argparse.Namespace, loaded: Loaded) -> Work:
    """What each of several processes does."""
    from .process import serve  # noqa: PLC0415
    from .renewal import Work  # noqa: PLC0415

    def run(parent: Parent, sockets: list[socket.socket]) -> int:
        return serve(loaded, sockets, application=args.app, parent=parent)

    server = loaded.settings.server
    grace = server.max_wait_seconds_before_io_shutdown or server.graceful_shutdown_seconds
    return Work(run, grace + server.max_wait_seconds_before_server_shutdown)


def _loaded(args: argparse.Namespace) -> Loaded:
    from ..settings.reader import load  # noqa: PLC0415

    return load(
        _configuration(args),
        environ=os.environ if args.use_environment else None,
        overrides=_overrides(args),
        defaults=DEBUGGING if args.debug else {},
    )


def _configuration(args: argparse.Namespace) -> str | None:
    """The demonstration shows the same everywhere: it reads no file that lies about."""
    return os.devnull if args.demo and not args.conf else args.conf


def _overrides(args: argparse.Namespace) -> Mapping[str, object]:
    overrides: dict[str, object] = {}
    if args.demo:
        from .demo import overrides as demo_overrides  # noqa: PLC0415

        overrides.update(demo_overrides())
    if args.keyfile:
        overrides["SECURITY_KEY"] = _key(args.keyfile)
    return overrides


def _key(path: Path) -> bytes:
    """The key in a file. Thumbor 7.8: white space round it is dropped; an empty key is not ours."""
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise ConfigurationError(f"cannot read the key file {path}: {error.strerror}") from error
    if not key:
        raise ConfigurationError(f"the key file {path} is empty")
    return key


def _place(args: argparse.Namespace) -> Place:
    """What was handed over counts more than a port: connections wait there already."""
    from .sockets import Place, from_systemd  # noqa: PLC0415

    ip = args.ip or (HERE if args.demo else EVERYWHERE)
    fd = args.fd or from_systemd(os.environ)
    return Place(ip, PORT if args.port is None else args.port, fd)


def _tell(loaded: Loaded, *, demo: bool) -> None:
    """Say at start what the operator should know."""
    for warning in loaded.warnings:
        log.log(logging.INFO if demo else logging.WARNING, "%s", warning)
    security = loaded.settings.security
    if security.allow_unsafe_url and security.security_key:
        log.warning("ALLOW_UNSAFE_URL is on: anybody can ask for anything without a signature")
    if security.has_key and loaded.settings.pages.playground_signs:
        log.warning("PLAYGROUND_SIGNS is on: whoever reaches the playground can have URLs signed")
    log.info("configuration: %s", loaded.path or "defaults")


def _announce(args: argparse.Namespace, address: str) -> None:
    log.info("listening on %s", address)
    if args.demo:
        from .demo import playground, urls  # noqa: PLC0415

        print(f"The playground, to open in a browser:\n  {playground(address)}")
        print("Sample pictures:")
        for url in urls(address):
            print(f"  {url}")
        sys.stdout.flush()


def _port(text: str) -> int:
    number = _count(text)
    if number > 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port")
    return number


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 0 or more")
    return int(text[:9])
