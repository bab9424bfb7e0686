from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from thumborlike.cli import config
from thumborlike.settings import Settings, load
from thumborlike.settings.describe import core_entries, entries
from thumborlike.settings.known import builtin_sections

DOCS = Path(config.__file__).parents[2] / "docs" / "configuration.md"


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    config.add_parser(parser.add_subparsers())
    args = parser.parse_args(["config", *arguments])
    status: int = args.run(args)
    return status


def keys() -> list[str]:
    declared = [*core_entries(), *(e for s in builtin_sections() for e in entries(s))]
    return [entry.key for entry in declared]


def test_the_reference_has_every_key_commented_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0

    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith("#") or not line for line in lines)
    for key in keys():
        assert sum(line.startswith(f"#{key} = ") for line in lines) == 1, key


def test_the_reference_runs_uncommented_and_gives_the_defaults(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    run()
    text = capsys.readouterr().out
    path = tmp_path / "thumbor.conf"
    lines = [line for line in text.splitlines() if not line.startswith("##")]
    path.write_text("\n".join(line.removeprefix("#") for line in lines))

    loaded = load(path)

    assert loaded.settings == Settings()
    assert list(loaded.places) == keys()
    assert len(loaded.warnings) == 1  # no key


def test_the_docs_page_is_fresh(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--markdown") == 0

    assert capsys.readouterr().out == DOCS.read_text(), "run: thumborlike config --markdown"


def test_the_docs_page_has_every_key_and_nothing_of_this_machine() -> None:
    page = DOCS.read_text()

    for key in keys():
        assert f"| `{key}`" in page
    assert str(Path.home()) not in page.replace("/root_path", "")


def test_check_names_every_kind_of_finding(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "a.conf"
    path.write_text(
        """MAX_AGE = "x"
MAX_SIZE = 3
QUALTY = 3
GC_INTERVAL = 5
STORAGE = "thumbor.storages.no_storage"
LOADER = "htpp"
SECURITY_KEY = "MY_SECURE_KEY"
FILTERS = ["qualty", "thumbor.filters.fill"]
"""
    )

    assert run("--check", str(path)) == 1

    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    lines = [line.replace(str(path), "a.conf") for line in lines]
    assert lines == [
        "invalid MAX_AGE a.conf:1 got 'x', allowed: a whole number, 0 or more",
        "invalid LOADER a.conf:6 unknown loader 'htpp'; did you mean 'http'?",
        "aliased STORAGE a.conf:5 thumbor.storages.no_storage is no here",
        "deprecated MAX_SIZE a.conf:2 is now called UPLOAD_MAX_SIZE",
        "aliased FILTERS a.conf:8 thumbor.filters.fill is fill here",
        "ignored GC_INTERVAL a.conf:4 has no effect: Python collects garbage by itself; "
        "Thumbor 7.8 does not read the key either",
        "unsafe SECURITY_KEY a.conf:7 this is Thumbor's published default: "
        "anybody can sign URLs with it",
        "unknown QUALTY a.conf:3 unknown key; did you mean QUALITY?",
        "ignored FILTERS a.conf:8 unknown filter 'qualty'; did you mean 'quality'?",
        "a.conf: 8 names set, 9 findings, 2 invalid",
    ]


def test_check_is_content_with_a_good_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "a.conf"
    path.write_text("SECURITY_KEY = 'good'\nSTORAGE = 'no'\nMAX_AGE = 60")

    assert run("--check", str(path)) == 0
    assert capsys.readouterr().out == f"{path}: 3 names set, 0 findings, 0 invalid\n"


@pytest.mark.parametrize("text", ["MAX_AGE = =", "1 / 0"])
def test_check_of_a_file_that_does_not_run(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str
) -> None:
    path = tmp_path / "a.conf"
    path.write_text(text)

    assert run("--check", str(path)) == 1
    assert f"{path}:1: " in capsys.readouterr().err


def test_check_shows_no_secret(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "a.conf"
    path.write_text("SECURITY_KEY = ['hush']\nREDIS_QUEUE_SERVER_PASSWORD = 3.14")

    assert run("--check", str(path)) == 1
    out = capsys.readouterr().out
    assert "hush" not in out
    assert "3.14" not in out


def test_check_maps_the_names_of_thumbors_plugins(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """As the READMEs of tc_redis, leukeleu-thumbor-multidir and thumbor-plugins give them."""
    path = tmp_path / "a.conf"
    path.write_text(
        "SECURITY_KEY = 'good'\n"
        "STORAGE = 'tc_redis.storages.redis_storage'\n"
        "RESULT_STORAGE = 'tc_redis.result_storages.redis_result_storage'\n"
        "REDIS_STORAGE_IGNORE_ERRORS = True\n"
        "REDIS_STORAGE_SERVER_PORT = 6379\n"
        "REDIS_STORAGE_SERVER_HOST = 'localhost'\n"
        "REDIS_STORAGE_SERVER_DB = 0\n"
        "REDIS_STORAGE_SERVER_PASSWORD = None\n"
        "REDIS_STORAGE_MODE = 'single_node'\n"
        "LOADER = 'tc_multidir.loader'\n"
        "TC_MULTIDIR_PATHS = ['/home/media', '/mnt/media']\n"
        "OPTIMIZERS = ['thumbor_plugins.optimizers.pngcrush']\n"
    )

    assert run("--check", str(path)) == 0
    told = capsys.readouterr().out
    for line in (
        "tc_redis.storages.redis_storage is redis here",
        "tc_redis.result_storages.redis_result_storage is redis here",
        "tc_multidir.loader is multidir here",
        "thumbor_plugins.optimizers.pngcrush is oxipng here",
    ):
        assert line in told


@pytest.mark.parametrize(
    "line",
    [
        "OPTIMIZERS = ['thumbor_plugins.optimizers.nonsense']",
        "TIERED_STORAGE_TIERS = ['memory', 'nonsense']",
        "CHAIN_LOADER_LOADERS = ['nonsense']",
        "ROUTER_LOADER_ROUTES = [('', 'nonsense')]",
        "MIXED_STORAGE_FILE_STORAGE = 'nonsense'",
    ],
)
def test_check_fails_on_names_that_lead_nowhere(
    line: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "a.conf"
    path.write_text(f"SECURITY_KEY = 'good'\n{line}\n")

    assert run("--check", str(path)) == 1
    assert "nonsense" in capsys.readouterr().out
