"""`thumborlike storage`, over folders of the test's own."""

import json
import time
from pathlib import Path

import pytest

from thumborlike.cli.main import main


@pytest.fixture
def conf(tmp_path):
    path = tmp_path / "thumbor.conf"
    path.write_text(
        f"FILE_STORAGE_ROOT_PATH = {str(tmp_path / 'sources')!r}\n"
        f"RESULT_STORAGE_FILE_STORAGE_ROOT_PATH = {str(tmp_path / 'results')!r}\n"
        "RESULT_STORAGE = 'file'\n"
        "RESULT_STORAGE_FILE_STORAGE_MAX_BYTES = 2000000\n"
    )
    for number in range(20):
        place = tmp_path / "results/default" / f"{number:02x}" / "ab" / ("c" * 36)
        place.parent.mkdir(parents=True)
        place.write_bytes(bytes(4096))
    return str(path)


def test_stats_tell_what_each_folder_holds(conf, capsys):
    assert main(["storage", "stats", "-c", conf]) == 0
    sources, results, kind = capsys.readouterr().out.splitlines()
    assert sources.endswith("/sources: 0 entries, 0 B")
    assert "/results: 20 entries, 81.9 kB of 2.0 MB, the oldest of 20" in results
    assert kind == "  result: 20 entries, 81.9 kB"


def test_stats_are_told_to_scripts(conf, capsys):
    assert main(["storage", "stats", "-c", conf, "--json"]) == 0
    sources, results = json.loads(capsys.readouterr().out)
    assert sources["oldest"] is None
    assert list(sources["kinds"]) == ["source", "security_key", "focal_points"]
    assert time.time() - results["oldest"] < 100
    assert results["kinds"] == {"result": {"entries": 20, "bytes": 20 * 4096}}


def test_a_place_that_two_storages_share_is_told_of_once(conf, capsys):
    with Path(conf).open("a") as file:
        file.write("STORAGE = 'mixed'\nMIXED_STORAGE_FILE_STORAGE = 'file'\n")
    assert main(["storage", "stats", "-c", conf, "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 2
    assert main(["storage", "prune", "-c", conf, "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 2


def test_prune_makes_room(conf, capsys):
    assert main(["storage", "prune", "-c", conf, "--max-bytes", "41k", "--json"]) == 0
    _, results = json.loads(capsys.readouterr().out)
    assert (results["left"]["entries"], results["removed"]["entries"]) == (10, 10)
    assert main(["storage", "prune", "-c", conf]) == 0
    assert "removed 0 entries, 0 B, left 10 entries, 41.0 kB" in capsys.readouterr().out


def test_storages_that_cannot_tell_are_an_error(tmp_path, capsys):
    path = tmp_path / "thumbor.conf"
    path.write_text("STORAGE = 'no'\n")
    assert main(["storage", "stats", "-c", str(path)]) == 1
    assert "no storage that is configured" in capsys.readouterr().err


@pytest.mark.parametrize("size", ["", "0", "-3", "x", "1X"])
def test_sizes_that_are_none(conf, size):
    with pytest.raises(SystemExit):
        main(["storage", "prune", "-c", conf, "--max-bytes", size])
