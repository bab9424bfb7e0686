"""The cost page's figures are those of the arithmetic."""

from __future__ import annotations

from pathlib import Path

import pytest

from thumborlike.deploying.costs import (
    PRICES,
    Load,
    fargate_idle,
    keeping,
    making,
    month,
    serving,
)

PAGE = (Path(__file__).parents[2] / "docs" / "aws-costs.md").read_text(encoding="utf-8")
MILLION = Load(variants=1e6)


def shown(amount):
    return f"{amount:.2f}"


def test_a_million_variants():
    made = making(MILLION)
    assert shown(made["Lambda, time"]) == "6.91"
    assert shown(made["S3, requests"]) == "10.80"
    assert "| 10.80 |" in PAGE
    assert f"| **{shown(sum(made.values()))}** |" in PAGE
    assert shown(sum(made.values())) == "18.41"


@pytest.mark.parametrize(
    ("change", "row"),
    [
        ({"architecture": "x86_64"}, "x86_64"),
        ({"indexed": False}, "PurgeIndex=No"),
        ({"front": "http"}, "HTTP API in front"),
        ({"front": "rest"}, "REST API in front"),
    ],
)
def test_other_ways(change, row):
    amount = shown(sum(making(Load(variants=1e6, **change)).values()))
    (line,) = (each for each in PAGE.splitlines() if row in each)
    assert line.endswith(f"| {amount} |")


def test_storage_serving_and_idling():
    assert f"| {shown(keeping(MILLION)['S3, storage'])} |" in PAGE
    assert serving(Load(misses=1e6))["S3, results found"] == pytest.approx(0.40)
    served = serving(Load(requests=1e6))
    for amount in (1.00, 0.10, 4.25):
        assert any(amount == pytest.approx(each) for each in served.values())
    assert month(Load()) == pytest.approx(0.40)
    assert shown(fargate_idle()) in PAGE


def test_the_attack_and_making_again():
    per_hour = 20 * 3600 * 1769 / 1024 * PRICES.gb_second_arm
    assert f"{shown(per_hour)} an hour" in PAGE
    again = making(MILLION)
    amount = again["Lambda, time"] + again["Lambda, requests"] + again["logs"]
    assert f"about {shown(amount)}" in PAGE


def test_the_example():
    shop = Load(variants=200_000, misses=1_000_000, requests=20_000_000)
    assert f"# {month(shop):.2f}" in PAGE
