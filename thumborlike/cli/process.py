"""One server process: an event loop, until a signal ends it, and an orderly end."""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
import os
import signal
import socket
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from ..errors import ConfigurationError
from .signals import Parent, Stop

if TYPE_CHECKING:
    from ..isolation.spawn import Template
    from ..service import Service
    from ..settings.reader import Loaded
    from ..settings.sections import ServerSettings
    from ..web.server import PatientServer

THUMBORS_APPS = ("thumbor.", "tc_core.")
LEAST_GRACE = 0.1
THREADS_MAY_TAKE = 0.5
LINGERING = 1.0
"""Seconds in which clients of a replaced process are still answered, and sent to the others."""

SWITCH_SECONDS = 0.001
"""How long a worker may keep the interpreter from the event loop, at Python code."""
log = logging.getLogger("thumborlike")


def serve(
    loaded: Loaded,
    sockets: list[socket.socket],
    *,
    application: str | None = None,
    reload: bool = False,
    parent: Parent | None = None,
    template: Template | None = None,
) -> int:
    """Answer requests on `sockets` until SIGTERM or SIGINT; 0 then.

    `application` is a dotted name that replaces `make_app`. `reload` restarts the process when
    its code changes. `parent` are pipes of the process above. `template`:
    what workers are forked from, if it was started already.
    Raises `ConfigurationError` if the service cannot be built.
    """
    template = _wanted(template, loaded)  # it gets ready while this process does
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    sys.setswitchinterval(SWITCH_SECONDS)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(
            _serve(loaded, sockets, application, reload, parent, template=template)
        )
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        asyncio.set_event_loop(None)
        loop.close()
    _leave_threads()
    return 0


async def _serve(
    loaded: Loaded,
    sockets: list[socket.socket],
    application: str | None,
    reload: bool,
    parent: Parent | None,
    *,
    template: Template | None,
) -> None:
    from ..service import build  # noqa: PLC0415
    from ..web.server import make_server  # noqa: PLC0415
    from .files import connections_within_files  # noqa: PLC0415

    stop = Stop(parent)
    try:
        service = build(loaded, template=template)
    except ConfigurationError:
        if template:
            template.end()
        raise
    service.start()
    app = _application(application, service)
    server = make_server(app, loaded.settings)
    server.most = connections_within_files(server.most)
    server.add_sockets(sockets)
    if reload:
        _reload_on_change(loaded)
    gc.freeze()  # what start-up made lives as long as the process: never look through it again
    gc.enable()
    if parent:
        parent.tell_ready()
    await stop.wait()
    await shut_down(server, service, app, loaded.settings.server, replaced=stop.replaced)


async def shut_down(
    server: PatientServer,
    service: Service,
    app: Any,
    settings: ServerSettings,
    *,
    replaced: bool = False,
) -> None:
    """Stop accepting, finish what is open within the grace period, release everything.

    Thumbor 7.8: MAX_WAIT_SECONDS_BEFORE_SERVER_SHUTDOWN delays the closing of the socket,
    MAX_WAIT_SECONDS_BEFORE_IO_SHUTDOWN bounds what follows (0: our grace period instead).
    The health check answers 503 from the beginning, so that balancers look elsewhere in time.
    All is different where another process has `replaced` this one: clients have to notice nothing.
    """
    app.parting = True
    if replaced:
        server.stop()
        await asyncio.sleep(LINGERING)
    else:
        service.leaving = True
        await asyncio.sleep(settings.max_wait_seconds_before_server_shutdown)
        server.stop()
    grace = settings.max_wait_seconds_before_io_shutdown or settings.graceful_shutdown_seconds
    end = time.monotonic() + grace
    await service.drain(max(grace, LEAST_GRACE))
    if open_requests := getattr(app, "open_requests", None):
        await open_requests.closed(max(end - time.monotonic(), LEAST_GRACE))
    await server.close_all_connections()


def _wanted(template: Template | None, loaded: Loaded) -> Template | None:
    """What worker processes are forked from, unless threads are asked for."""
    if loaded.settings.workers.worker_isolation == "thread":
        if template:
            template.end()
        return None
    from ..isolation.spawn import start_template  # noqa: PLC0415

    try:
        return template or start_template()
    except OSError as error:
        raise ConfigurationError(f"no worker process can be started: {error}") from error


def _application(name: str | None, service: Service) -> Any:
    from ..web.app import make_app  # noqa: PLC0415

    if not name or name.startswith(THUMBORS_APPS):
        if name and name != "thumbor.app.ThumborServiceApp":
            log.warning("--app %s is written for Thumbor and has no effect", name)
        return make_app(service)
    module, _, attribute = name.rpartition(".")
    try:
        return getattr(importlib.import_module(module), attribute)(service)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigurationError(f"--app {name} cannot be imported: {error}") from error


def _reload_on_change(loaded: Loaded) -> None:
    from tornado import autoreload  # noqa: PLC0415

    if loaded.path and loaded.path.is_file():
        autoreload.watch(str(loaded.path))
    autoreload.start()


def _leave_threads() -> None:
    """Do not wait for work that ignores its deadline: threads cannot be ended, processes can."""
    end = time.monotonic() + THREADS_MAY_TAKE
    for each in threading.enumerate():
        if each is not threading.current_thread() and not each.daemon:
            each.join(max(0.0, end - time.monotonic()))
            if each.is_alive():
                log.warning("work that does not end is abandoned")
                logging.shutdown()
                os._exit(0)
