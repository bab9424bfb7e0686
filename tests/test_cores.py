"""WORKERS in a container is one for each core that the container may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from thumborlike.cores import usable


@pytest.mark.parametrize(
    ("own", "limits", "cores"),
    [
        ("0::/\n", {"": "200000 100000"}, 2),
        ("0::/\n", {"": "150000 100000"}, 2),
        ("0::/\n", {"": "5000 100000"}, 1),
        ("0::/\n", {"": "max 100000"}, 64),
        ("0::/\n", {"": "6400000 50000"}, 64),
        ("0::/system.slice/it.service\n", {"system.slice/it.service": "300000 100000"}, 3),
        ("0::/pods/one\n", {"pods/one": "max 100000", "pods": "400000 100000"}, 4),
        ("0::/pods/one\n", {"pods/one": "800000 100000", "pods": "400000 100000"}, 4),
        ("0::/gone\n", {}, 64),
        ("4:cpu:/one\n1:name=systemd:/\n", {"one": "200000 100000"}, 64),
        ("0::/\n", {"": "nonsense"}, 64),
        ("0::/\n", {"": "100000 0"}, 64),
        (None, {"": "200000 100000"}, 64),
    ],
)
def test_the_least_share_of_its_groups_counts(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    own: str | None,
    limits: dict[str, str],
    cores: int,
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)), raising=False)
    if own is not None:
        (tmp_path / "own").write_text(own)
    for name, text in limits.items():
        (tmp_path / "groups" / name).mkdir(parents=True, exist_ok=True)
        (tmp_path / "groups" / name / "cpu.max").write_text(text + "\n")
    assert usable(tmp_path / "groups", tmp_path / "own") == cores


def test_cores_that_it_is_not_bound_to_do_not_count(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5, 7}, raising=False)
    assert usable(tmp_path, tmp_path / "none") == 3


def test_without_either_those_of_the_machine_count(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert usable(tmp_path, tmp_path / "none") == 6
