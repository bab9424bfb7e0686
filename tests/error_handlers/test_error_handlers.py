import asyncio
import json
import sys
from contextlib import contextmanager
from types import ModuleType

import pytest

from thumborlike.error_handlers import file, sentry
from thumborlike.errors import ConfigurationError
from thumborlike.http.message import Request
from thumborlike.request_ids import Ids, begin
from thumborlike.service import build
from thumborlike.settings.reader import load

REQUEST = {
    "method": "GET",
    "path": "/unsafe/x.jpg",
    "headers": {"accept": "*/*", "cookie": "session=1", "authorization": "Basic x"},
}


class Env:
    def __init__(self, **values):
        self.values = values

    def section(self, kind):
        return kind(**self.values)


def broken():
    try:
        try:
            raise KeyError("cause")
        except KeyError as error:
            raise ValueError("what happened") from error
    except ValueError as error:
        return error


def test_errors_are_lines_of_json(tmp_path):
    path = tmp_path / "errors.log"
    reporter = file.create(Env(error_file_logger=str(path)))
    reporter.report(broken(), REQUEST)
    reporter.report(RuntimeError("two\nlines"), {})
    reporter._writer.shutdown(wait=True)
    first, second = map(json.loads, path.read_text().splitlines())
    assert (first["error"], first["message"]) == ("ValueError", "what happened")
    assert any("KeyError" in line for line in first["trace"])
    assert first["request"]["path"] == "/unsafe/x.jpg"
    assert first["request"]["headers"] == {
        "accept": "*/*",
        "cookie": "[hidden]",
        "authorization": "[hidden]",
    }
    assert second["message"] == "two\nlines"
    reporter.report(RuntimeError("late"), {})  # after closing: no error of its own
    asyncio.run(reporter.close())


@pytest.mark.parametrize("path", [None, "", "/no/such/folder/errors.log"])
def test_a_file_is_needed(path):
    with pytest.raises(ConfigurationError, match="ERROR_FILE_LOGGER"):
        file.create(Env(error_file_logger=path))


def test_a_file_that_vanishes_disturbs_nobody(tmp_path, caplog):
    path = tmp_path / "folder" / "errors.log"
    path.parent.mkdir()
    reporter = file.create(Env(error_file_logger=str(path)))
    path.unlink()
    path.parent.rmdir()
    reporter.report(broken(), REQUEST)
    reporter._writer.shutdown(wait=True)
    assert "ERROR_FILE_LOGGER" in caplog.text


class BadDsn(ValueError):
    pass


class Sdk(ModuleType):
    def __init__(self):
        super().__init__("sentry_sdk")
        self.options, self.contexts, self.captured = {}, {}, []

    def init(self, **options):
        if options["dsn"] == "nonsense":
            raise BadDsn
        self.options = options

    @contextmanager
    def new_scope(self):
        yield self

    def set_context(self, name, value):
        self.contexts[name] = value

    def capture_exception(self, error):
        self.captured.append(error)


@pytest.fixture
def sdk(monkeypatch):
    made, utils = Sdk(), ModuleType("sentry_sdk.utils")
    utils.BadDsn = BadDsn
    monkeypatch.setitem(sys.modules, "sentry_sdk", made)
    monkeypatch.setitem(sys.modules, "sentry_sdk.utils", utils)
    return made


def test_errors_go_to_sentry_without_secrets(sdk):
    env = Env(sentry_dsn_url="https://key@sentry.example/1", sentry_environment="live")
    error = broken()
    sentry.create(env).report(error, REQUEST)
    assert sdk.captured == [error]
    assert sdk.contexts["request"]["headers"]["cookie"] == "[hidden]"
    assert sdk.options["environment"] == "live"
    assert sdk.options["include_local_variables"] is False


KEYS = {
    "SECURITY_KEY": "long enough a key", "ALLOW_UNSAFE_URL": True, "LOADER": "file",
    "USE_CUSTOM_ERROR_HANDLING": True, "ERROR_HANDLER_MODULE": "thumbor.error_handlers.sentry",
    "SENTRY_DSN_URL": "http://key@127.0.0.1:9/1", "SENTRY_ENVIRONMENT": "live",
}  # fmt: skip


def test_what_the_real_sdk_sends_of_an_unexpected_error(monkeypatch):
    real = pytest.importorskip("sentry_sdk")
    sent, flushed = [], []

    class Kept(real.transport.Transport):
        def capture_envelope(self, envelope):
            sent.extend(item.payload.json for item in envelope.items)

        def flush(self, timeout, callback=None):
            flushed.append(timeout)

    init = real.init
    monkeypatch.setattr(real, "init", lambda **keys: init(**keys, transport=Kept))

    async def fails(*_):
        password = "-".join(("in", "a", "variable"))
        raise RuntimeError(f"unexpected, of {len(password)}")

    monkeypatch.setattr("thumborlike.pipeline.Pipeline.answer", fails)

    async def scenario():
        begin({"X-Request-Id": "mine"}, Ids())
        service = build(load(overrides=KEYS))
        headers = {"authorization": "Basic dTpw", "accept": "image/webp"}
        path = "/unsafe/http://u:secret@host/a.jpg"
        assert (await service.handle(Request("GET", path, headers=headers))).status == 500
        await service.drain(1)

    try:
        asyncio.run(scenario())
    finally:
        init()  # nobody is told any more
    (event,) = sent
    (error,) = event["exception"]["values"]
    assert (error["type"], error["value"]) == ("RuntimeError", "unexpected, of 13")
    assert event["environment"] == "live"
    assert event["tags"]["request_id"] == "mine"
    assert event["contexts"]["request"]["path"] == "/unsafe/http://***@host/a.jpg"
    assert event["contexts"]["request"]["headers"]["authorization"] == "[hidden]"
    text = json.dumps(event)
    for secret in ("dTpw", "u:secret", "long enough a key", "in-a-variable"):
        assert secret not in text
    assert flushed


@pytest.mark.parametrize("dsn", ["", "nonsense"])
def test_a_dsn_is_needed(sdk, dsn):
    with pytest.raises(ConfigurationError, match="SENTRY_DSN_URL"):
        sentry.create(Env(sentry_dsn_url=dsn))
