import logging

import pytest

from thumborlike import logs
from thumborlike.errors import ConfigurationError
from thumborlike.settings.sections import LoggingSettings


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("debug", logging.DEBUG),
        ("WARNING", logging.WARNING),
        ("Warn", logging.WARNING),
        ("fatal", logging.CRITICAL),
    ],
)
def test_levels_by_name(name, level):
    assert logs.level_of(name) == level


@pytest.mark.parametrize("name", ["loud", "", "10", "basicConfig"])
def test_an_unknown_level_stops_the_start(name):
    with pytest.raises(ConfigurationError, match="known are debug"):
        logs.level_of(name)


def test_thumbors_keys_shape_the_lines(monkeypatch):
    given = {}
    monkeypatch.setattr(logging, "basicConfig", lambda **keys: given.update(keys))
    monkeypatch.setattr(logs, "NOISY", ())
    settings = LoggingSettings(thumbor_log_format="%(message)s", thumbor_log_date_format="%H")
    logs.configure(settings, "info")
    assert (given["level"], given["format"], given["datefmt"]) == (
        logging.INFO,
        "%(message)s",
        "%H",
    )


def test_a_dictionary_that_logging_refuses_stops_the_start():
    settings = LoggingSettings(thumbor_log_config={"version": 2})
    with pytest.raises(ConfigurationError, match="THUMBOR_LOG_CONFIG"):
        logs.configure(settings, "info")


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/unsafe/1x1/a@2x.jpg", "/unsafe/1x1/a@2x.jpg"),
        ("/unsafe/filters:blur(1)/a@2x.jpg", "/unsafe/filters:blur(1)/a@2x.jpg"),
        ("/unsafe/http://u:p@h/a@b", "/unsafe/http://***@h/a@b"),
        ("/unsafe/http://token@h/a", "/unsafe/http://***@h/a"),
        ("/unsafe/u:p@h/a", "/unsafe/u:***@h/a"),
        ("/unsafe/http%3A%2F%2Fu%3Ap%40h%2Fa", "/unsafe/http%3A%2F%2F***%40h%2Fa"),
        ("/unsafe/filters:frame(http://u:p@h/f)/a", "/unsafe/filters:frame(http://***@h/f)/a"),
        ("/unsafe/http://u:p@q@h/a", "/unsafe/http://***@h/a"),
        ("//a", "//a"),
    ],
)
def test_passwords_of_sources_are_not_shown(path, shown):
    assert logs.without_secrets(path) == shown
