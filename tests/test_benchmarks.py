"""The pure parts of the benchmark: what it reads from /proc and wrk, its sums, its page."""

from __future__ import annotations

import importlib.util
import math
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def _load_package() -> None:
    """The benchmark is run from the root and is not installed."""
    init = ROOT / "benchmarks" / "__init__.py"
    spec = importlib.util.spec_from_file_location(
        "benchmarks", init, submodule_search_locations=[str(init.parent)]
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault("benchmarks", module)
    spec.loader.exec_module(module)


_load_package()

from benchmarks import load, measure, report, rows, servers, transforms  # noqa: E402
from benchmarks.behaviour import Cold  # noqa: E402


def _round(seconds: float, cpu_ms: float = 10.0, peak: float = 100.0) -> measure.Round:
    return measure.Round(measure.Load(20, seconds, 0, 40_000, [(5.0, 20)]), cpu_ms, peak)


def test_stat_counts_ended_children_and_survives_odd_names():
    line = "42 (a) b (c) S 7 1 1 0 -1 4194560 9 8 0 0 11 22 33 44 20 0 3 0 100 5 6"
    assert measure.parse_stat(line) == measure.Stat(42, 7, 11 + 22 + 33 + 44)


def test_tree_holds_this_process_and_its_memory():
    import os

    assert os.getpid() in [stat.pid for stat in measure.tree(os.getpid())]
    assert measure.peak_mb(os.getpid()) > 1


def test_tree_of_a_process_that_is_gone_is_empty():
    assert measure.tree(2**30) == []
    assert measure.cpu_seconds(2**30) == 0


@pytest.mark.parametrize(
    ("percent", "expected"), [(50, 2.0), (89, 2.0), (90, 2.0), (91, 30.0), (99, 30.0), (1, 1.0)]
)
def test_percentile_weighs_by_count(percent, expected):
    assert measure.percentile([(30.0, 1), (2.0, 8), (1.0, 1)], percent) == expected


def test_percentile_of_nothing_is_nan():
    assert math.isnan(measure.percentile([], 50))


def test_median_of_ratios_is_taken_round_by_round():
    assert measure.median_ratio([10, 20, 90], [10, 10, 30]) == (2, 1, 3)


def test_best_is_the_highest_median_throughput():
    rounds = {"a": [_round(2), _round(9)], "b": [_round(3)], "c": []}
    assert measure.best(rounds, ("a", "b", "c", "d")) == "b"
    assert measure.best(rounds, ("c",)) is None


def test_summary_of_wrk():
    text = (
        "Running 3600s test\nfinished\nsummary 16 3000000 1 1600\nlatency 1500 15\nlatency 9000 1"
    )
    assert load.parse_summary(text) == measure.Load(16, 3.0, 1, 1600, [(1.5, 15), (9.0, 1)])


def test_summary_that_is_missing_is_an_error():
    with pytest.raises(load.LoadError, match="unable to connect"):
        load.parse_summary("unable to connect to 127.0.0.1:1")


def test_paths_differ_by_one_number_and_repeat_after_all_copies():
    row = rows.ROWS[0]
    assert row.path(3) == "/unsafe/512x512/24mp-3.jpg"
    assert len({row.path(copy) for copy in range(200)}) == rows.COPIES
    assert load.numbered(row.path(3), 3) == ("/unsafe/512x512/24mp-", ".jpg")


def test_no_two_requests_in_flight_are_equal():
    assert rows.COPIES > 2 * 8


@pytest.mark.parametrize("text", ["", ",", "24mp-crop,nope"])
def test_unknown_rows_are_refused(text):
    with pytest.raises(ValueError, match="no such row"):
        rows.chosen(text)


def test_rows_are_chosen_by_name():
    assert rows.chosen(None) == rows.NAMES
    assert [row.name for row in rows.rows_named(rows.chosen("png, 24mp-fit,cold"))] == [
        "24mp-fit",
        "png",
    ]


def test_requests_of_a_round_follow_cores_and_thrift():
    row = rows.Row("a", "A", "1x1", "a.jpg", 100)
    assert transforms.Extent(1, 8, 2).requests(row) == 100
    assert transforms.Extent(1, 8, 4, thrift=2).requests(row) == 100
    assert transforms.Extent(1, 8, 1, thrift=50).requests(row) == 8


def test_both_sides_get_the_same_keys_for_files():
    text = servers.conf_text(servers.from_files(Path("/pictures")))
    compile(text, "thumbor.conf", "exec")
    assert "STORAGE = 'thumbor.storages.no_storage'" in text
    assert "RESULT_STORAGE" not in text


def test_only_ours_must_be_told_of_loopback():
    folder = Path("/storage")
    assert "HTTP_LOADER_ALLOWED_NETWORKS" in servers.from_origin(folder, servers.OURS)
    assert "HTTP_LOADER_ALLOWED_NETWORKS" not in servers.from_origin(folder, servers.THUMBORS[0])


def test_contenders_use_all_cores():
    made = {each.name: each for each in servers.contenders(Path("python"), 4)}
    assert made[servers.OURS].keys == {"WORKERS": 4}
    assert made[servers.THUMBOR_THREADS].keys == {"ENGINE_THREADPOOL_SIZE": 4}
    assert made[servers.THUMBOR_PROCESSES].command[-2:] == ("--processes", "4")


def test_page_compares_the_better_way_of_each():
    measured = {
        servers.OURS: [_round(1, 5), _round(2, 5)],
        servers.THUMBOR_PROCESSES: [_round(2), _round(4)],
        servers.THUMBOR_THREADS: [_round(8), _round(8)],
        servers.PIPELINE: [_round(1, 4, 50), _round(1, 4, 50)],
    }
    results = report.Results("python -m benchmarks", [("when", "now")])
    results.rows["a"] = (rows.ROWS[0], measured)
    page = report.markdown(results)
    assert "| **2.00** | **0.50** | 1.00 | **0.75** (0.50-1.00) | **1.25** |" in page
    assert "| threads | processes |" in page
    assert "python -m benchmarks" in page
    assert "wrong" not in page


def test_page_without_a_rival_has_dashes():
    results = report.Results("x", [])
    results.rows["a"] = (rows.ROWS[0], {servers.OURS: [_round(1)]})
    assert "| - | - | - | - | - | threads | - |" in report.markdown(results)


def test_page_tells_of_the_other_rows_and_of_failures():
    results = report.Results("x", [])
    results.health["ours"] = [(1.25, 99), (40.0, 1)]
    results.cold["ours"] = Cold(0.5, 1, 120.0, 1.5)
    results.troubles.append("png: no answer")
    page = report.markdown(results)
    assert "| ours | 1.2 | 1.2 | 100 |" in page
    assert "| ours | 1 | 0.50 | 120 | 1.5 |" in page
    assert "- png: no answer" in page
