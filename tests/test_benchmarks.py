"""The pure parts of the benchmark: what it reads from /proc and wrk, URLs, sums, pages, plots."""

from __future__ import annotations

import json
import math
import os
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import benchmark_package  # noqa: F401  makes the next imports possible
import pytest
from PIL import Image

from benchmarks import (
    answers,
    contenders,
    dialects,
    goals,
    guard,
    load,
    measure,
    page,
    plot,
    results,
    rounds,
    rows,
    tables,
)
from benchmarks.servers import Place, ServerError


def _figures(throughput: float, cpu: float, *, size: float = 2000.0) -> results.Figures:
    return results.Figures(
        (throughput, throughput * 2), (cpu, cpu), 100.0, 5.0, 9.0, size, 16, "JPEG 1x1", 40.0
    )


def _found(**more: results.Figures) -> results.RowResult:
    figures = {
        "ours": _figures(10, 10),
        "ours, processes": _figures(20, 10),
        "Thumbor, threads": _figures(5, 25),
        "Thumbor, processes": _figures(8, 20),
        "pipeline": _figures(25, 8),
        "ipx": _figures(16, 12),
        "imagor": _figures(10, 11),
        **more,
    }
    return results.RowResult("now", "abc", figures, ("imgproxy cannot be asked for it",))


def _results() -> results.Results:
    behaviours = {
        "health": {"ours": {"health p50 ms": 1.0, "health p99 ms": 30.0, "hit p99 ms": 12.0}},
        "connections": {
            "ours": {"8: per second": 100.0, "512: per second": 90.0, "8: p99 ms": 9.0}
        },
        "start": {
            "ours": {"first answer ms": 100.0},
            "Thumbor, threads": {"first answer ms": 120.0},
        },
    }
    return results.Results(
        {"machine": "a machine"},
        ["python -m benchmarks"],
        {"24mp-crop": _found(), "hit": _found()},
        behaviours,
        {"png": "no answer"},
    )


def test_stat_counts_ended_children_and_survives_odd_names():
    line = "42 (a) b (c) S 7 1 1 0 -1 4194560 9 8 0 0 11 22 33 44 20 0 3 0 100 5 6"
    assert measure.parse_stat(line) == measure.Stat(42, 7, 11 + 22 + 33 + 44)


def test_tree_holds_this_process_and_its_memory():
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


def test_summary_of_wrk_counts_wrong_answers_as_failed_and_its_own_clock():
    text = "wrong 2\ntook 2950000\nfinished\nsummary 16 3000000 1 1600\nlatency 1500 15"
    assert load.parse_summary(text) == measure.Load(16, 2.95, 3, 1600, [(1.5, 15)])
    assert load.parse_summary("summary 16 3000000 1 1600").seconds == 3


def test_summary_that_is_missing_is_an_error():
    with pytest.raises(load.LoadError, match="unable to connect"):
        load.parse_summary("unable to connect to 127.0.0.1:1")


def test_a_request_is_one_line_for_wrk():
    ask = load.Ask("/a", (("If-None-Match", '"x"'), ("If-Modified-Since", "then")))
    assert ask.line == '/a\tIf-None-Match: "x"\tIf-Modified-Since: then'
    assert load.Ask("/a").line == "/a"


def test_all_names_of_a_picture_are_asked_for_and_no_two_in_flight_are_equal():
    row = rows.row_named("24mp-crop")
    assert len({source for _, source in row.named()}) == rows.COPIES
    assert rows.COPIES > 2 * 8


def test_a_ladder_has_new_sources_in_each_round():
    row = rows.row_named("ladder")
    first, second = ({source for _, source in row.named(number * row.copies)} for number in (0, 1))
    assert not first & second
    assert len(row.works) == 10


@pytest.mark.parametrize("text", ["", ",", "24mp-crop,nope"])
def test_unknown_rows_are_refused(text):
    with pytest.raises(ValueError, match="no such row"):
        rows.chosen(text)


def test_rows_are_chosen_by_name():
    assert rows.chosen(None) == rows.NAMES
    assert [row.name for row in rows.rows_named(rows.chosen("png, 24mp-fit,start"))] == [
        "24mp-fit",
        "png",
    ]


def test_requests_of_a_round_follow_cores_and_thrift_but_ladders_stay_whole():
    row = replace(rows.row_named("png"), requests=100)
    assert rounds.Extent(1, 8, 2).requests(row) == 100
    assert rounds.Extent(1, 8, 4, thrift=2).requests(row) == 100
    assert rounds.Extent(1, 8, 1, thrift=50).requests(row) == 8
    assert rounds.Extent(1, 8, 1, thrift=50).requests(replace(row, fresh=True)) == 100


class _Trials:
    """A course in which one way is lucky in the first round alone."""

    extent = rounds.Extent(5, 8, 2)

    def __init__(self):
        self.served = []

    def serve(self, server, number, warm=False):
        assert warm
        self.served.append((server.name, number))
        lucky = server.name == contenders.OURS and number == 0
        seconds = {contenders.OURS: 1.0 if lucky else 4.0, contenders.OURS_PROCESSES: 2.0}
        seconds = seconds.get(server.name, 1.0)
        return measure.Round(measure.Load(10, seconds, 0, 0, []), 1.0, 1.0)


def test_one_lucky_round_does_not_choose_the_way():
    course = _Trials()
    ways = (contenders.OURS, contenders.OURS_PROCESSES, "imagor")
    warm = rounds._warmed(course, [SimpleNamespace(name=each) for each in ways])
    assert rounds._worse(warm) == {contenders.OURS}
    assert {name: len(each) for name, each in warm.items()} == {ways[0]: 3, ways[1]: 3, "imagor": 1}
    numbers = [number for name, number in course.served if name == contenders.OURS]
    assert len(set(numbers)) == 3  # a ladder has new sources in each
    assert not set(numbers) & set(range(1, 6))


@pytest.mark.parametrize(
    ("name", "thumbor", "imagor", "ipx", "imgproxy"),
    [
        (
            "24mp-fit",
            "/unsafe/fit-in/1600x1600/a.jpg",
            "/unsafe/fit-in/1600x1600/filters:quality(80)/a.jpg",
            "/w_1600,q_80/a.jpg",
            "/insecure/rs:fit:1600:1600/q:80/f:jpg/plain/local:///a.jpg",
        ),
        (
            "jpeg-webp",
            "/unsafe/800x600/filters:format(webp)/a.jpg",
            "/unsafe/800x600/filters:quality(80):format(webp)/a.jpg",
            "/s_800x600,q_80,f_webp/a.jpg",
            "/insecure/rs:fill:800:600/q:80/f:webp/plain/local:///a.jpg",
        ),
        (
            "watermark",
            "/unsafe/400x300/filters:watermark(mark.png,-10,-10,50)/a.jpg",
            "/unsafe/400x300/filters:watermark(mark.png,-10,-10,50):quality(80)/a.jpg",
            None,
            "/insecure/rs:fill:400:300/q:80/wm:0.5:soea:10:10/f:jpg/plain/local:///a.jpg",
        ),
        (
            "filters",
            "/unsafe/400x300/filters:brightness(20):grayscale():blur(3)/a.jpg",
            "/unsafe/400x300/filters:brightness(20):grayscale():blur(3):quality(80)/a.jpg",
            "/s_400x300,q_80,grayscale,blur_3/a.jpg",
            None,
        ),
    ],
)
def test_one_picture_in_four_languages(name, thumbor, imagor, ipx, imgproxy):
    (work,) = rows.row_named(name).works
    assert dialects.thumbor(work, "a.jpg") == thumbor
    assert dialects.imagor(work, "a.jpg") == imagor
    assert dialects.ipx(work, "a.jpg") == ipx
    assert dialects.imgproxy(work, "a.jpg") == imgproxy


def test_both_python_servers_are_told_the_same(tmp_path):
    place = Place(tmp_path, tmp_path, 1)
    made = contenders.contenders(frozenset({"thumbor"}), Path("python"), 4)
    told = {}
    for each in made:
        each.launch(rows.FILES, place)
        told[each.name] = (tmp_path / "thumbor.conf").read_text()
        compile(told[each.name], "thumbor.conf", "exec")
    for text in told.values():
        assert "STORAGE = 'thumbor.storages.no_storage'" in text
        assert "PROGRESSIVE_JPEG = False" in text
    assert "WORKERS = 4" in told[contenders.OURS]
    assert "ENGINE_THREADPOOL_SIZE = 4" in told[contenders.THUMBOR_THREADS]


def test_a_bad_signature_needs_a_key(tmp_path):
    keys = contenders.conf_keys("ours", rows.SIGNED, Place(tmp_path, tmp_path, 1))
    assert keys["ALLOW_UNSAFE_URL"] is False
    assert keys["SECURITY_KEY"]


def test_a_named_program_must_be_there(monkeypatch):
    monkeypatch.setenv("IMAGOR_BIN", "/there/is/no/imagor")
    with pytest.raises(ServerError, match="IMAGOR_BIN"):
        contenders.program("IMAGOR_BIN", "imagor")


def test_equal_pictures_have_no_difference_and_others_have():
    white, grey = Image.new("RGB", (8, 8), "white"), Image.new("RGB", (8, 8), (235, 235, 235))
    assert answers.psnr(white, Image.new("RGBA", (8, 8))) == 99
    assert 22 < answers.psnr(white, grey) < 22.2


def test_each_side_stands_in_its_better_way():
    found = _found()
    assert (found.ours, found.thumbor) == ("ours, processes", "Thumbor, processes")
    assert (found.fastest_libvips, found.thriftiest_libvips) == ("ipx", "imagor")
    assert results.faster(found, found.thumbor) == (2.5, 2.5, 2.5)
    assert results.thriftier(found, found.thumbor) == (2, 2, 2)
    assert results.faster(found, None) is None


def test_results_survive_being_kept(tmp_path):
    path = tmp_path / "results.json"
    results.save(_results(), path)
    assert results.load(path) == _results()
    assert results.load(tmp_path / "none.json") == results.Results()


def test_page_tells_of_ratios_goals_gaps_and_failures():
    text = page.markdown(_results())
    assert "| 24 MP JPEG, crop to 512x512 | 2.50 | 2.00 | 1.00 | 1.00 | processes |" in text
    assert "| 24 MP JPEG, crop to 512x512 | 1.25 | ipx | 1.10 | imagor | 1.00 |" in text
    assert "imgproxy cannot be asked for it" in text
    assert "| p99 of /healthcheck under load, ms | <= 25 | **30.00** |  | **no** |" in text
    assert "- png: no answer" in text


def test_page_of_nothing_is_no_error():
    assert page.markdown(results.Results()).startswith("# Results")
    assert page.drawings(results.Results()) == ("", "", "")


def test_goals_know_better_from_worse():
    found = {goal.text: goal.met for goal in goals.goals(_results())}
    assert found["CPU to Thumbor, geometric mean"] is True
    assert found["throughput to Thumbor, geometric mean"] is False
    assert found["p99 of stored results under load, ms"] is True
    assert found["start to first answer, ms (bound: Thumbor's)"] is True


def test_a_row_behind_is_bold():
    assert tables.spread((0.9, 0.8, 1.0)) == "**0.90** (0.80-1.00)"
    assert tables.spread((2, 2, 2)) == "2.00"
    assert tables.spread(None) == "-"


def test_plots_are_xml_with_all_that_was_measured():
    drawn = page.drawings(_results())
    for text in drawn:
        ET.fromstring(text)
    assert "imagor: 1.10" in drawn[1]
    assert "Thumbor" in drawn[0]


def test_plots_hold_values_of_any_size():
    ET.fromstring(plot.dots("a < b", "", [("row & row", {"ipx": 0.3, "Thumbor": 45.0})]))
    ET.fromstring(plot.lines("a", "", {"ours": {8: 0.5, 512: 7.0}}))


def test_the_guard_tells_growth_from_noise():
    known = {"hit": 1000.0, "start": 5000.0}
    assert guard.grown({"hit": 1149.0, "start": 4000.0, "new": 9.0}, known) == []
    assert guard.grown({"hit": 1151.0, "start": 5000.0}, known) == ["hit"]
    assert "too much" in guard.listing({"hit": 1151.0}, known)


@pytest.mark.long
def test_the_guard_counts_every_path_that_is_stored():
    stored = json.loads(guard.STORE.read_text(encoding="utf-8"))
    found = guard.counted()
    assert all(count > 0 for count in found.values())
    plain = {name for names in stored.values() for name in names if "resize" not in name}
    assert plain <= found.keys()
