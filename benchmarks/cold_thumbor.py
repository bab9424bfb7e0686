"""A Lambda handler that starts Thumbor 7.8 on a socket, to be measured beside ours.

As the Serverless Image Handler's Thumbor generation did: the server runs in a thread on a Unix
socket, the handler waits for its health check and passes requests on to it. Runs in Thumbor's
own Python.
"""

from __future__ import annotations

import asyncio
import base64
import http.client
import os
import socket
import threading
import time

from thumbor.console import get_server_parameters
from thumbor.server import get_application, get_config, get_context, get_importer, run_server
from tornado.ioloop import IOLoop

PLACE = os.environ["THUMBOR_SOCKET"]


class Connection(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(PLACE)


def serve():
    asyncio.set_event_loop(asyncio.new_event_loop())
    parameters = get_server_parameters(["-c", os.environ["THUMBOR_CONF"], "-f", PLACE])
    config = get_config(parameters.config_path)
    with get_context(parameters, config, get_importer(config)) as context:
        run_server(get_application(context), context)
        IOLoop.current().start()


def ask(method, path, headers):
    connection = Connection("localhost")
    try:
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


def wait():
    for _ in range(1000):
        try:
            if ask("GET", "/healthcheck", {})[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.03)
    raise RuntimeError("Thumbor does not start")


threading.Thread(target=serve, daemon=True).start()


def handler(event, context):
    wait()
    status, headers, body = ask("GET", event["rawPath"], {"Accept": "image/*"})
    kept = {name: headers[name] for name in ("Content-Type", "Etag") if name in headers}
    text = base64.b64encode(body).decode()
    return {"statusCode": status, "headers": kept, "body": text, "isBase64Encoded": True}
