"""`--reload` starts the server anew when its configuration changes."""

import http.client
import os
import socket
import time
from pathlib import Path

PICTURES = Path(__file__).parents[1] / "pictures"
WAIT = 60
"""Seconds; a busy machine takes its time."""

PAUSE = 4
"""Seconds in which a server starts anew."""


def status(server):
    try:
        return server.get("/unsafe/20x20/photo.jpg")[0]
    except (OSError, http.client.HTTPException):
        return None


def wait_for(server, wanted, meanwhile=lambda: None):
    end = time.monotonic() + WAIT
    while (found := status(server)) != wanted:
        assert time.monotonic() < end, found
        assert server.process.poll() is None
        meanwhile()
        time.sleep(0.3)


def test_a_changed_configuration_takes_effect(start, tmp_path):
    conf = tmp_path / "thumbor.conf"
    text = f"LOADER = 'file'\nFILE_LOADER_ROOT_PATH = {str(PICTURES)!r}\nSTORAGE = 'no'\n"
    text += "SECURITY_KEY = 'some key of the tests'\n"
    conf.write_text(f"{text}ALLOW_UNSAFE_URL = True\n")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    where = ("-p", str(port), "-i", "127.0.0.1", "-c", str(conf))
    server = start(*where, "--reload", stub=False)
    wait_for(server, 200)
    conf.write_text(f"{text}ALLOW_UNSAFE_URL = False\n")
    touched = [time.monotonic()]

    def touch():  # what changes before it was looked at once is no change
        if time.monotonic() - touched[-1] > PAUSE:
            touched.append(time.monotonic())
            os.utime(conf, (now := time.time() + len(touched), now))

    wait_for(server, 400, touch)
    assert server.end() == 0
