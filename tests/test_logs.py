import json
import logging
import sys

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


@pytest.fixture
def configured(monkeypatch):
    """Configure without touching the handlers of the test run; gives level and formatter."""
    given = {}
    monkeypatch.setattr(logging, "basicConfig", lambda **keys: given.update(keys))
    monkeypatch.setattr(logs, "NOISY", ())

    def configure(**keys):
        logs.configure(LoggingSettings(**keys), "info")
        return given["level"], given["handlers"][0].formatter

    yield configure
    logs.configure(LoggingSettings(), "info")


def record(message="m", level=logging.INFO, **more):
    made = logging.LogRecord("thumborlike.access", level, "f.py", 1, message, (), None)
    vars(made).update(more)
    return made


def test_thumbors_keys_shape_the_lines(configured):
    level, form = configured(thumbor_log_format="%(asctime)s! %(message)s",
                             thumbor_log_date_format="day")  # fmt: skip
    assert (level, form.format(record())) == (logging.INFO, "day! m")


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize("end", ["\n", "\r", "\x0b", "\x85", "\u2028", "\x1b[2J"])
def test_nobody_forges_a_line(configured, as_json, end):
    _, form = configured(log_json=as_json)
    line = form.format(record(f"a{end}b"))
    assert len(line.splitlines()) == 1
    assert "\x1b" not in line


def test_a_json_line_has_the_figures_of_the_request_and_the_trace(configured):
    _, form = configured(log_json=True)
    try:
        raise ValueError("x")
    except ValueError:
        trace = sys.exc_info()
    told = json.loads(form.format(record(fields={"status": 200}, exc_info=trace, created=0.5)))
    assert "ValueError: x" in told.pop("trace")
    assert told == {
        "time": "1970-01-01T00:00:00.500+00:00",
        "level": "info",
        "logger": "thumborlike.access",
        "message": "m",
        "status": 200,
    }


@pytest.mark.parametrize(("on", "line"), [(True, "m fetch=0.5 draw=12.25 id=x"), (False, "m id=x")])
def test_stages_are_in_lines_of_text_where_that_is_wanted(configured, on, line):
    _, form = configured(log_stages=on, thumbor_log_format="%(message)s")
    fields = {"stages": {"fetch": 0.5, "draw": 12.25}}
    assert form.format(record(fields=fields, request_id="x")) == line
    assert form.format(record(request_id="x")) == "m id=x"


@pytest.mark.parametrize(("share", "least", "most"), [(0, 0, 0), (0.5, 300, 700), (1, 1000, 1000)])
def test_a_sample_of_good_answers_and_all_failures(configured, share, least, most):
    configured(log_sample=share)
    access = logging.getLogger(logs.ACCESS)
    assert least <= sum(bool(access.filter(record())) for _ in range(1000)) <= most
    assert all(access.filter(record(level=logging.WARNING)) for _ in range(100))


def test_a_form_that_logging_refuses_stops_the_start(configured):
    with pytest.raises(ConfigurationError, match="THUMBOR_LOG_FORMAT"):
        configured(thumbor_log_format="no field")


def test_signatures_of_purges_are_not_shown_and_those_of_pictures_are():
    picture = "/abcdefghijklmnopqrstuvwxyz_=/1x1/a.jpg"
    assert logs.without_secrets(picture) == picture
    assert logs.without_secrets("/purge/abc_=/1790000000/a.jpg") == "/purge/***/1790000000/a.jpg"


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
