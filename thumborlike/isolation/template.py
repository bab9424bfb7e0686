"""The process that workers are forked from: it has loaded what they need, and nothing else.

It is started anew, so that nothing of the server's memory is in it; forked workers are ready in
milliseconds. `python -m thumborlike.isolation.template FILE`: a socket's number.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import pickle
import signal
import socket
import struct
import sys
from types import FrameType

from . import limits
from .passage import Passage
from .setup import Setup

LENGTH = struct.Struct("<I")
ENDED = struct.Struct("<ii")
"""Process id of a worker that has ended, and how (as `os.waitpid` tells)."""

FORK = b"F"


def main(number: int) -> None:
    """Read the setup, then fork a worker for each order, until the server closes the line."""
    limits.leave_signals_to_the_server()
    orders = socket.socket(fileno=number)
    _load()
    with contextlib.suppress(ConnectionError, EOFError, struct.error):  # the server has ended
        _take_orders(orders, _setup(orders))


def _take_orders(orders: socket.socket, setup: Setup) -> None:
    logging.basicConfig(
        level=setup.log_level, format="%(asctime)s %(name)s:%(levelname)s %(message)s"
    )
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, _teller(orders))
    while True:
        order, files, _, _ = socket.recv_fds(orders, 1, 2)
        if not order:
            return
        _fork(orders, setup, *files)


def _setup(orders: socket.socket) -> Setup:
    (length,) = LENGTH.unpack(orders.recv(LENGTH.size, socket.MSG_WAITALL))
    setup: Setup = pickle.loads(orders.recv(length, socket.MSG_WAITALL))  # noqa: S301
    return setup


def _load() -> None:
    """What every picture needs."""
    from PIL import Image  # noqa: PLC0415

    from ..imaging import render  # noqa: F401, PLC0415
    from . import worker  # noqa: F401, PLC0415

    Image.preinit()


def _fork(orders: socket.socket, setup: Setup, line: int, memory: int) -> None:
    """A worker on this line; if there can be none, closing the line tells the server."""
    from .worker import leave, work  # noqa: PLC0415

    try:
        child = os.fork()
    except OSError as error:
        logging.getLogger(__name__).error("no worker can be started: %s", error)
        child = -1
    if child:
        os.close(line)
        os.close(memory)
        return
    ours = socket.socket(fileno=line)
    try:
        orders.close()
        with contextlib.suppress(ConnectionError):  # the server has ended
            work(ours, Passage(memory), setup)
    except Exception:
        logging.getLogger(__name__).exception("a worker gives up")
    finally:
        leave([ours])


def _teller(orders: socket.socket) -> signal.Handlers:
    """Tells the server of workers that have ended, whenever the system tells us."""

    def tell(_number: int, _frame: FrameType | None) -> None:
        while True:
            try:
                child, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not child:
                return
            try:
                orders.send(ENDED.pack(child, status))
            except OSError:  # the server has ended
                os._exit(0)

    return tell  # type: ignore[return-value]


if __name__ == "__main__":
    main(int(sys.argv[1]))
