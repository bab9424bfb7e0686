"""Keys in Secrets Manager, behind a server of the test's own that speaks its language."""

from __future__ import annotations

import http.server
import json
import threading

import pytest

from thumborlike.aws_lambda.configuration import level_from, loaded_from
from thumborlike.errors import ConfigurationError

WHO = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "eu-west-1"}


class Manager(http.server.BaseHTTPRequestHandler):
    def log_message(self, *arguments):
        pass

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.headers["X-Amz-Target"], asked, dict(self.headers)))
        status, answer = self.server.answer
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def manager():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Manager) as server:
        server.daemon_threads = True
        server.asked = []
        server.answer = (200, {"SecretString": json.dumps({"SECURITY_KEY": "hidden", "f": "k"})})
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def environ(manager, **more):
    url = f"http://127.0.0.1:{manager.server_port}"
    return {**WHO, "AWS_ENDPOINT_URL_SECRETS_MANAGER": url, **more}


def test_the_security_key_may_lie_in_a_secret(manager):
    loaded = loaded_from(environ(manager, LAMBDA_SECRET="name"))
    assert loaded.settings.security.security_key == "hidden"
    ((target, asked, headers),) = manager.asked
    assert target == "secretsmanager.GetSecretValue"
    assert asked == {"SecretId": "name"}
    assert "/eu-west-1/secretsmanager/aws4_request" in headers["authorization"]


def test_the_handler_s_own_variables_name_the_field(manager):
    found = loaded_from(
        environ(
            manager, SOURCE_BUCKETS="one", ENABLE_SIGNATURE="Yes", SECRETS_MANAGER="s",
            SECRET_KEY="f", SECURITY_KEY="x",
        )
    )  # fmt: skip
    assert found.settings.function.lambda_link_key == "k"
    assert found.settings.storage.loader == "s3"


def test_both_keys_may_lie_in_secrets(manager):
    found = loaded_from(
        environ(manager, LAMBDA_SECRET="ours", ENABLE_SIGNATURE="Yes", SECRETS_MANAGER="theirs",
                SECRET_KEY="f", SOURCE_BUCKETS="one")
    )  # fmt: skip
    assert found.settings.security.security_key == "hidden"
    assert found.settings.function.lambda_link_key == "k"
    assert [asked["SecretId"] for _, asked, _ in manager.asked] == ["ours", "theirs"]


@pytest.mark.parametrize("missing", ["SECRETS_MANAGER", "SECRET_KEY"])
def test_signatures_need_to_know_their_key(missing):
    given = {"ENABLE_SIGNATURE": "Yes", "SECRETS_MANAGER": "s", "SECRET_KEY": "f", missing: ""}
    with pytest.raises(ConfigurationError, match="ENABLE_SIGNATURE"):
        loaded_from(given)


@pytest.mark.parametrize(
    "answer, words",
    [
        ((400, {"__type": "x#ResourceNotFoundException"}), "ResourceNotFoundException"),
        ((200, {"SecretString": "no json"}), "no JSON"),
        ((200, {"SecretString": "{}"}), "no field"),
        ((200, {}), "no JSON"),
    ],
)
def test_a_secret_that_cannot_be_had_stops_the_start(answer, words, manager):
    manager.answer = answer
    with pytest.raises(ConfigurationError, match=words):
        loaded_from(environ(manager, LAMBDA_SECRET="name"))


def test_no_key_may_be_made_of_a_secret_but_two(manager):
    with pytest.raises(ConfigurationError, match="LAMBDA_SECRET_FIELDS"):
        loaded_from(environ(manager, LAMBDA_SECRET="n", LAMBDA_SECRET_FIELDS="[('LOADER', 'f')]"))


@pytest.mark.parametrize(
    "given, level",
    [({}, "info"), ({"LOG_LEVEL": "DEBUG"}, "debug"), ({"LOG_LEVEL": "odd"}, "error"),
     ({"AWS_LAMBDA_LOG_LEVEL": "TRACE"}, "debug"), ({"LOG_LEVEL": "WARN"}, "warn")],
)  # fmt: skip
def test_levels_of_the_log(given, level):
    assert level_from(given) == level


@pytest.mark.parametrize(
    "given, loader",
    [({"S3_LOADER_BUCKET": "b"}, "s3"), ({"TC_AWS_LOADER_BUCKET": "b"}, "tc_aws"),
     ({"AWS_LOADER_BUCKET_NAME": "b"}, "thumbor_aws"), ({}, "http"),
     ({"S3_LOADER_BUCKET": "b", "LOADER": "http"}, "http")],
)  # fmt: skip
def test_the_loader_follows_from_the_bucket(given, loader):
    loaded = loaded_from({"SECURITY_KEY": "k", **given})
    assert loaded.settings.storage.loader == loader
    assert loaded.settings.storage.storage == "no"
    assert loaded.settings.workers.worker_isolation == "thread"
