from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from thumborlike.errors import ConfigurationError
from thumborlike.settings import Loaded, Settings, load
from thumborlike.settings.describe import core_entries, core_sections, entries
from thumborlike.settings.reader import examine

Write = Callable[[str], Path]


@pytest.fixture
def conf(tmp_path: Path) -> Write:
    """Writes a thumbor.conf."""

    def write(text: str) -> Path:
        path = tmp_path / "thumbor.conf"
        path.write_text(text)
        return path

    return write


def kinds(path: Path) -> list[tuple[str, str]]:
    return [(each.kind, each.key) for each in examine(path)[1] if each.kind != "unsafe"]


def refusal(path: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(path)
    return str(caught.value)


def test_defaults_without_any_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    if Path("/etc/thumbor.conf").exists():
        pytest.skip("this machine has a configuration of its own")

    loaded = load()

    assert loaded.settings == Settings()
    assert loaded.path is None


def test_the_attribute_is_the_key_in_lower_case() -> None:
    assert [each.attribute for each in core_entries()] == [
        each.key.lower() for each in core_entries()
    ]


def test_every_default_is_allowed_and_documented() -> None:
    settings = Settings()
    for name, section in core_sections():
        assert getattr(settings, name) == section()
        for entry in entries(section):
            assert entry.setting.doc.endswith(".")


def test_settings_can_be_sent_to_a_worker_and_not_changed() -> None:
    settings = Settings()

    assert pickle.loads(pickle.dumps(settings.imaging)) == settings.imaging
    assert pickle.loads(pickle.dumps(settings.encoding)) == settings.encoding
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.http.max_age = 3  # type: ignore[misc]


def test_the_file_is_python(conf: Write) -> None:
    path = conf(
        """
from os.path import join
BASE = "/srv"
HOURS = 2
def hours(n):
    return n * 3600
if __name__ == "configuration":
    MAX_AGE = hours(HOURS)
SECURITY_KEY = "".join(["se", "cret"])
SRGB_PROFILE = join(BASE, "srgb.icc")
max_width = 5
"""
    )

    settings = load(path).settings

    assert settings.http.max_age == 7200
    assert settings.security.security_key == "secret"
    assert settings.encoding.srgb_profile == "/srv/srgb.icc"
    assert settings.imaging.max_width == 0


def test_the_current_folder_goes_before_the_home_folder(
    conf: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, home = tmp_path / "here", tmp_path
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(home))
    conf("QUALITY = 11")

    assert load().settings.encoding.quality == 11
    (here / "thumbor.conf").write_text("QUALITY = 22")
    assert load().settings.encoding.quality == 22


def test_in_a_folder_later_files_win(tmp_path: Path) -> None:
    (tmp_path / "a.conf").write_text("QUALITY = 11\nMAX_AGE = 1")
    (tmp_path / "b.conf").write_text("QUALITY = 22")
    (tmp_path / "c.txt").write_text("QUALITY = 33")

    settings = load(tmp_path).settings

    assert (settings.encoding.quality, settings.http.max_age) == (22, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("QUALITY = 3\nMAX_AGE = = 3", "thumbor.conf:2: invalid syntax"),
        ("QUALITY = 3\n\nMAX_AGE = nothing", "thumbor.conf:3: NameError: name 'nothing'"),
        ("def f():\n    return 1 / 0\nMAX_AGE = f()", "thumbor.conf:2: ZeroDivisionError"),
        ("QUALITY = 'a\0'", "thumbor.conf"),
    ],
)
def test_a_file_that_does_not_run_stops_with_its_line(conf: Write, text: str, message: str) -> None:
    assert message in refusal(conf(text))


def test_a_missing_file_stops(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "none.conf")


def test_all_problems_come_in_one_error(conf: Write) -> None:
    path = conf(
        """MAX_AGE = "long"
QUALITY = 101
MAX_WIDTH = True
AUTO_WEBP = "False"
PILLOW_JPEG_SUBSAMPLING = "4:3:2"
HEALTHCHECK_ROUTE = "("
FILTERS = "blur"
MAX_WIDTH = 7.5
"""
    )

    lines = [line.removeprefix(f"{path}:") for line in refusal(path).splitlines()]

    assert sorted(lines) == sorted(
        [
            "8: MAX_WIDTH: got 7.5, allowed: a whole number, 0 or more",
            "2: QUALITY: got 101, allowed: a whole number, 1 to 100",
            "5: PILLOW_JPEG_SUBSAMPLING: got '4:3:2', allowed: one of None, 0, 1, 2, -1, "
            "'4:4:4', '4:2:2', '4:2:0', '4:1:1', 'keep'",
            "4: AUTO_WEBP: got 'False', allowed: True or False",
            "1: MAX_AGE: got 'long', allowed: a whole number, 0 or more",
            "6: HEALTHCHECK_ROUTE: got '(', allowed: a regular expression "
            "(missing ), unterminated subpattern at position 0)",
            "7: FILTERS: got 'blur', allowed: a list (a text each)",
        ]
    )


@pytest.mark.parametrize(
    ("line", "section", "attribute", "value"),
    [
        ("ALLOW_UNSAFE_URL = 1", "security", "allow_unsafe_url", True),
        ("MAX_PIXELS = None", "imaging", "max_pixels", None),
        ("MAX_PIXELS = 75e6", "imaging", "max_pixels", 75_000_000),
        ("MAX_WIDTH = None", "imaging", "max_width", 0),
        ("ACCESS_CONTROL_ALLOW_ORIGIN_HEADER = False", "http",
         "access_control_allow_origin_header", None),
        ("USE_GIFSICLE_ENGINE = None", "imaging", "use_gifsicle_engine", None),
        ("RESULT_STORAGE = False", "storage", "result_storage", None),
        ("STORAGE_EXPIRATION_SECONDS = None", "storage", "storage_expiration_seconds", None),
        ("DETECTORS = None", "extensions", "detectors", ()),
        ("PILLOW_RESAMPLING_FILTER = 'lanczos'", "imaging", "pillow_resampling_filter", "lanczos"),
        ("QUEUE_TIMEOUT_SECONDS = 3", "limits", "queue_timeout_seconds", 3.0),
    ],
)  # fmt: skip
def test_what_thumbor_takes_in_practice_is_taken(
    conf: Write, line: str, section: str, attribute: str, value: object
) -> None:
    settings = load(conf(line)).settings

    assert getattr(getattr(settings, section), attribute) == value


def test_old_names_set_the_new_key_and_are_told(conf: Write) -> None:
    path = conf("MAX_SIZE = 5\nENABLE_ORIGINAL_PHOTO_UPLOAD = True")

    loaded = load(path)

    assert loaded.settings.upload.upload_max_size == 5
    assert loaded.settings.upload.upload_enabled is True
    assert f"{path}:1: MAX_SIZE: is now called UPLOAD_MAX_SIZE" in loaded.warnings
    assert loaded.values == {}


def test_unknown_keys_are_kept_and_told_once(conf: Write) -> None:
    path = conf("QUALTY = 3\nMY_PLUGIN_KEY = [1]")

    loaded = load(path)

    assert loaded.values == {"QUALTY": 3, "MY_PLUGIN_KEY": [1]}
    told = [each for each in loaded.warnings if "unknown key" in each]
    assert told == [
        f"{path}:1: QUALTY: unknown key; did you mean QUALITY?",
        f"{path}:2: MY_PLUGIN_KEY: unknown key; a plugin may read it",
    ]


def test_keys_of_builtin_plugins_are_known_and_checked(conf: Write) -> None:
    path = conf("REDIS_QUEUE_SERVER_PORT = 'x'\nJPEGTRAN_PATH = '/usr/bin/jpegtran'")

    assert kinds(path) == [("invalid", "REDIS_QUEUE_SERVER_PORT")]


def test_keys_of_other_peoples_plugins_are_known_if_configured(
    conf: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "loader.py").write_text(
        """from dataclasses import dataclass
from thumborlike.settings.fields import setting
@dataclass(frozen=True)
class SETTINGS:
    their_bucket: str = setting("THEIR_BUCKET", "", "Where it is.")
"""
    )
    monkeypatch.syspath_prepend(tmp_path)

    assert kinds(conf("THEIR_BUCKET = 'x'")) == [("unknown", "THEIR_BUCKET")]
    assert kinds(conf("THEIR_BUCKET = 'x'\nLOADER = 'theirs.loader'")) == []


def test_keys_without_effect_are_told_unless_they_stand_at_the_default(conf: Write) -> None:
    assert kinds(conf("GC_INTERVAL = None\nENGINE = 'thumbor.engines.pil'")) == [
        ("aliased", "ENGINE")
    ]
    assert ("ignored", "ENGINE") in kinds(conf("ENGINE = 'opencv_engine'"))
    assert ("ignored", "GC_INTERVAL") in kinds(conf("GC_INTERVAL = 60"))


def test_the_environment_counts_only_when_asked_for(conf: Write) -> None:
    path = conf("QUALITY = 50\nMAX_AGE = 1")
    environ = {"QUALITY": "70", "AUTO_WEBP": "yes", "FILTERS": "blur,quality", "HOME": "/"}

    assert load(path).settings.encoding.quality == 50
    settings = load(path, environ=environ).settings
    assert settings.encoding.quality == 70
    assert settings.formats.auto_webp is True
    assert settings.extensions.filters == ("blur", "quality")
    assert settings.http.max_age == 1


def test_the_environment_is_checked_too(conf: Write) -> None:
    with pytest.raises(ConfigurationError, match="environment: QUALITY: got 'high', allowed: a"):
        load(conf(""), environ={"QUALITY": "high"})


def test_the_environment_sets_secrets_as_they_stand(conf: Write) -> None:
    loaded = load(conf(""), environ={"SECURITY_KEY": "None"})

    assert loaded.settings.security.security_key == "None"


def test_the_command_line_goes_first(conf: Write) -> None:
    loaded = load(
        conf("SECURITY_KEY = 'file'"),
        environ={"SECURITY_KEY": "environment"},
        overrides={"SECURITY_KEY": "option"},
    )

    assert loaded.settings.security.security_key == "option"


@pytest.mark.parametrize("key", ["None", "''", "b''"])
def test_signed_mode_without_a_key_stops(conf: Write, key: str) -> None:
    path = conf(f"ALLOW_UNSAFE_URL = False\nSECURITY_KEY = {key}")

    assert f"{path}:2: SECURITY_KEY: a key is needed" in refusal(path)
    assert "SECURITY_KEY" in refusal(conf("ALLOW_UNSAFE_URL = False"))
    load(conf("ALLOW_UNSAFE_URL = False"), overrides={"SECURITY_KEY": "k"})


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("SECURITY_KEY = 'MY_SECURE_KEY'", "Thumbor's published default"),
        ("SECURITY_KEY = b'MY_SECURE_KEY'", "Thumbor's published default"),
        ("", "only unsafe URLs"),
    ],
)
def test_weak_keys_are_told(conf: Write, line: str, words: str) -> None:
    assert any(words in each for each in load(conf(line)).warnings)


def test_a_good_key_is_not_told(conf: Write) -> None:
    assert load(conf("SECURITY_KEY = 'good'")).warnings == ()


def test_secrets_appear_nowhere(conf: Write) -> None:
    path = conf("SECURITY_KEY = 'hush'\nREDIS_QUEUE_SERVER_PASSWORD = 'hush'")
    loaded = load(path, environ={"SECURITY_KEY": "hush"})

    assert "hush" not in repr(dataclasses.replace(loaded, values={}))
    assert "SECURITY_KEY" not in loaded.values
    assert "hush" not in repr(loaded.sources.environ)
    assert "hush" not in refusal(conf("SECURITY_KEY = ['hush']"))


def test_a_configuration_can_be_made_by_hand() -> None:
    assert Loaded(settings=Settings(), values={}, warnings=(), path=None).settings == Settings()
