"""Our loaders, proved by the kit that others prove theirs with."""

from __future__ import annotations

import http.server
import socket
import threading
from functools import partial

import pytest
from thumborlike.loaders import chain, file, http_prefix, multidir, router
from thumborlike.loaders import http as web

from thumborlike.testing import dead_loader_checks, environment, loader_checks, size_checks

LOCAL = {"HTTP_LOADER_ALLOWED_NETWORKS": ["127.0.0.0/8"]}
BODIES = {"a.jpg": b"first", "some/b%20c.jpg": bytes(range(256)) * 100}


class Serving(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


class Origin(http.server.ThreadingHTTPServer):
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """Names with NUL are too much for it."""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "some").mkdir()
    (tmp_path / "a.jpg").write_bytes(BODIES["a.jpg"])
    (tmp_path / "some" / "b c.jpg").write_bytes(BODIES["some/b%20c.jpg"])
    return tmp_path


@pytest.fixture
def origin(folder):
    """Address of a server that has the folder."""
    handler = partial(Serving, directory=folder)
    with Origin(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture
def made(folder, origin):
    """Functions that make each loader, so that it has `BODIES`."""
    empty = folder / "empty"
    empty.mkdir()
    of = {
        "file": (file, {"FILE_LOADER_ROOT_PATH": str(folder)}),
        "multidir": (multidir, {"TC_MULTIDIR_PATHS": [str(empty), str(folder)]}),
        "http_prefix": (http_prefix, {"TC_HTTP_LOADER_PREFIX": origin, **LOCAL}),
        "chain": (
            chain,
            {"FILE_LOADER_ROOT_PATH": str(empty), "CHAIN_LOADER_LOADERS": ["file", "http_prefix"],
             "TC_HTTP_LOADER_PREFIX": origin, **LOCAL},
        ),
        "router": (
            router,
            {"ROUTER_LOADER_ROUTES": [("some/", "file"), ("", "http", origin)],
             "FILE_LOADER_ROOT_PATH": str(folder), **LOCAL},
        ),
    }  # fmt: skip
    return {
        name: (lambda module=module, keys=keys, **more: module.create(environment(**keys, **more)))
        for name, (module, keys) in of.items()
    }


NAMES = ("file", "multidir", "http_prefix", "chain", "router")


@pytest.mark.parametrize("check", loader_checks(), ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_promises(check, name, made):
    check(made[name], BODIES, "missing.jpg")


@pytest.mark.parametrize("check", loader_checks(), ids=str)
def test_http(check, origin):
    there = {origin.replace(":", "%3A") + name: body for name, body in BODIES.items()}
    missing = origin.replace(":", "%3A") + "missing.jpg"
    check(lambda: web.create(environment(**LOCAL)), there, missing)


@pytest.mark.parametrize("check", size_checks(), ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_sizes(check, name, made):
    check(partial(made[name], MAX_SOURCE_SIZE=1000), "some/b%20c.jpg")


@pytest.mark.parametrize("check", dead_loader_checks(), ids=str)
def test_a_dead_origin(check):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        name = f"http%3A//127.0.0.1%3A{silent.getsockname()[1]}/a.jpg"
        keys = {**LOCAL, "HTTP_LOADER_REQUEST_TIMEOUT": 0.5}
        check(lambda: web.create(environment(**keys)), name)
        check(lambda: chain.create(environment(**keys, CHAIN_LOADER_LOADERS=["http"])), name)
