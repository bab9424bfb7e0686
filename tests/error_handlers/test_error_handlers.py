import asyncio
import json
import sys
from contextlib import contextmanager
from types import ModuleType

import pytest

from thumborlike.error_handlers import file, sentry
from thumborlike.errors import ConfigurationError

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


@pytest.mark.parametrize("dsn", ["", "nonsense"])
def test_a_dsn_is_needed(sdk, dsn):
    with pytest.raises(ConfigurationError, match="SENTRY_DSN_URL"):
        sentry.create(Env(sentry_dsn_url=dsn))
