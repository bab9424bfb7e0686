import pytest

from thumborlike.cli import main
from thumborlike.cli.checks import CODECS, codecs, programs, versions
from thumborlike.cli.safety import safety
from thumborlike.settings.reader import examine

LONG_KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def conf(tmp_path):
    def write(text):
        path = tmp_path / "thumbor.conf"
        path.write_text(text)
        path.chmod(0o600)
        return path

    return write


def said_of(path, sections=()):
    loaded, _ = examine(path)
    return [check.text for check in safety(loaded, sections)]


def test_versions_of_what_the_server_needs():
    checks = list(versions())
    assert {check.level for check in checks} == {"ok"}
    for name in ("Python", "tornado", "pillow", "pycurl", "libthumbor"):
        assert any(name in check.text for check in checks)


def test_codecs_tell_what_is_missing_and_how_to_get_it():
    checks = list(codecs())
    assert len(checks) == len(CODECS)
    assert checks[0].text == "JPEG: in and out"
    assert all(check.help for check in checks if check.level != "ok")


def test_programs_are_asked_for_only_if_configured(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert list(programs(())) == []
    (check,) = programs(("jpegtran", "custom"))
    assert check.level == "warning"
    assert "jpegtran" in check.text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no SECURITY_KEY"),
        ("SECURITY_KEY = 'MY_SECURE_KEY'", "published default"),
        ("SECURITY_KEY = 'short'", "can be guessed"),
        (f"SECURITY_KEY = '{LONG_KEY}'", "ALLOW_UNSAFE_URL is on"),
        ("MAX_PIXELS = 0", "MAX_PIXELS is off"),
        ("MAX_PIXELS = None", "MAX_PIXELS is off"),
        ("MAX_SOURCE_SIZE = 0", "MAX_SOURCE_SIZE is off"),
        ("QUEUE_SIZE = 0", "QUEUE_SIZE is off"),
        ("REQUEST_TIMEOUT_SECONDS = 0", "REQUEST_TIMEOUT_SECONDS is off"),
        ("UPLOAD_ENABLED = True", "upload API"),
        ("UPLOAD_ENABLED = UPLOAD_DELETE_ALLOWED = True", "delete them"),
        ("USE_BLACKLIST = True", "block list"),
    ],
)
def test_unsafe_choices(conf, text, said):
    assert any(said in each for each in said_of(conf(text)))


def test_a_safe_configuration_has_nothing_to_be_said(conf):
    assert said_of(conf(f"SECURITY_KEY = '{LONG_KEY}'\nALLOW_UNSAFE_URL = False\n")) == []


def test_a_key_that_all_can_read(conf):
    path = conf(f"SECURITY_KEY = '{LONG_KEY}'\nALLOW_UNSAFE_URL = False\n")
    path.chmod(0o644)
    (said,) = said_of(path)
    assert "every user of this machine" in said
    assert LONG_KEY not in said


@pytest.mark.parametrize(
    ("attribute", "value", "said"),
    [
        ("http_loader_block_private_networks", False, "private networks are open"),
        ("http_loader_validate_certs", False, "certificates"),
        ("http_loader_forward_all_headers", True, "headers"),
        ("file_loader_follow_symlinks", True, "links"),
        ("allowed_sources", (), "ALLOWED_SOURCES is empty"),
    ],
)
def test_unsafe_loaders(conf, attribute, value, said):
    class Section:
        pass

    section = Section()
    setattr(section, attribute, value)
    assert any(said in each for each in said_of(conf(""), (section,)))


def good_conf(tmp_path):
    (tmp_path / "pictures").mkdir()
    return (
        f"SECURITY_KEY = '{LONG_KEY}'\nALLOW_UNSAFE_URL = False\n"
        f"LOADER = 'thumbor.loaders.file_loader'\nFILE_LOADER_ROOT_PATH = '{tmp_path}/pictures'\n"
        f"STORAGE = 'thumbor.storages.file_storage'\nFILE_STORAGE_ROOT_PATH = '{tmp_path}/kept'\n"
    )


def test_a_configuration_that_works(conf, tmp_path, capsys):
    assert main(["doctor", "-c", str(conf(good_conf(tmp_path))), "--nocolor"]) == 0
    shown = capsys.readouterr().out
    assert "LOADER: thumbor.loaders.file_loader" in shown
    assert "keeps what it is given" in shown
    assert "0 errors" in shown
    assert "\x1b" not in shown
    assert LONG_KEY not in shown
    assert not [path for path in (tmp_path / "kept").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("LOADER = 'no.such.loader'", "no.such.loader"),
        ("METRICS = 'statsd'\nSTATSD_HOST = 'a..b'", "STATSD_HOST"),
        ("FILE_STORAGE_ROOT_PATH = '/proc/nowhere'", "does not work"),
        ("LOADER = 'file'\nFILE_LOADER_ROOT_PATH = '/no/such/folder'", "is not a folder"),
        ("QUALITY = 'high'", "QUALITY"),
        ("SECURITY_KEY = 'MY_SECURE_KEY'", "published default"),
        ("USE_CUSTOM_ERROR_HANDLING = True\nERROR_HANDLER_MODULE = 'file'", "ERROR_FILE_LOGGER"),
        ("this is not Python", "thumbor.conf"),
    ],
)
def test_errors_make_the_exit_status(conf, tmp_path, capsys, text, said):
    assert main(["doctor", "-n", "-c", str(conf(f"{good_conf(tmp_path)}{text}\n"))]) == 1
    shown = capsys.readouterr().out
    assert any(said in line for line in shown.splitlines() if "ERROR" in line)


def test_a_file_that_is_not_there(capsys):
    assert main(["doctor", "-c", "/no/such/thumbor.conf"]) == 1
    assert "/no/such/thumbor.conf" in capsys.readouterr().out
