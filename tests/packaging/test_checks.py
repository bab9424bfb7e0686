"""The checks of `make dist` themselves: what they would miss would be missed for good."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from .building import Built, commit_time, copy_tracked, packed_again
from .contents import wrong
from .interpreters import VERSIONS, interpreters

ROOT = Path(__file__).resolve().parent.parent.parent
SETUP = "[options]\npackage_dir =\n    p = p\n    p.loaders = loaders\n"
TRACKED = {
    "setup.cfg": SETUP, "p/__init__.py": "", "p/page.html": "x", "loaders/__init__.py": "",
    ".ci/run": "", "docs/index.md": "",
}  # fmt: skip
ABOUT = ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "top_level.txt", "licenses/LICENSE")
IN_WHEEL = ["p/__init__.py", "p/page.html", "p/loaders/__init__.py"]
IN_SDIST = [name for name in TRACKED if name != ".ci/run"]


def sdist(folder: Path, names: list[str]) -> Path:
    made = folder / "p-1.tar.gz"
    with tarfile.open(made, "w:gz") as archive:
        for name in [*names, "PKG-INFO", "thumborlike.egg-info/SOURCES.txt"]:
            archive.addfile(tarfile.TarInfo(f"p-1/{name}"), io.BytesIO())
    return made


def built(folder: Path, in_wheel: list[str], in_sdist: list[str]) -> Built:
    wheel = folder / "p-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in [*in_wheel, *(f"p-1.dist-info/{each}" for each in ABOUT)]:
            archive.writestr(name, "")
    return Built(sdist(folder, in_sdist), wheel)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    for name, text in TRACKED.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_what_is_complete_is_right(tmp_path: Path, source: Path) -> None:
    assert wrong(source, built(tmp_path, IN_WHEEL, IN_SDIST)) == []


def test_what_is_missing_is_named(tmp_path: Path, source: Path) -> None:
    short = built(tmp_path, ["p/__init__.py", "p/loaders/__init__.py"], IN_SDIST[:-1])
    assert wrong(source, short) == ["not in the sdist: docs/index.md",
                                    "not in the wheel: p/page.html"]  # fmt: skip


def test_what_must_not_be_there_is_named(tmp_path: Path, source: Path) -> None:
    much = built(tmp_path, [*IN_WHEEL, "tests/test_p.py"], [*IN_SDIST, ".ci/run", "secret.key"])
    assert wrong(source, much) == ["in the sdist: .ci/run", "in the sdist: secret.key",
                                   "in the wheel: tests/test_p.py"]  # fmt: skip


def test_only_what_is_tracked_is_copied_with_plain_modes(tmp_path: Path) -> None:
    root, copy = tmp_path / "root", tmp_path / "copy"
    root.mkdir()
    for name, mode in (("run", 0o700), ("kept.py", 0o600), ("lies-about", 0o600), ("gone", 0o600)):
        (root / name).write_text(name)
        (root / name).chmod(mode)
    git = ["git", "-C", str(root), "-c", "init.defaultBranch=main"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "run", "kept.py", "gone"], check=True)
    (root / "gone").unlink()
    copy_tracked(root, copy)
    modes = {each.name: oct(each.stat().st_mode & 0o777) for each in copy.iterdir()}
    assert modes == {"run": "0o755", "kept.py": "0o644"}


def test_an_sdist_packed_again_tells_nothing_of_who_made_it(tmp_path: Path) -> None:
    made = []
    for order in (1, -1):
        folder = tmp_path / str(order)
        (folder / "to").mkdir(parents=True)
        old = sdist(folder, ["a", "b"][::order])
        os.utime(old, (order + 10, order + 10))
        made.append(packed_again(old, folder / "to", 1_700_000_000).read_bytes())
    assert made[0] == made[1]
    with tarfile.open(tmp_path / "1/to/p-1.tar.gz") as archive:
        assert {(each.mtime, each.uid, each.uname) for each in archive} == {(1_700_000_000, 0, "")}


def test_the_epoch_can_be_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert commit_time(tmp_path) == 1_700_000_000


def test_placeholders_are_no_interpreters(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for version in VERSIONS:
        placeholder = tmp_path / f"python{version}"
        placeholder.write_text("#!/bin/sh\necho command not found >&2\nexit 127\n")
        placeholder.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setenv("SMOKE_PYTHONS", sys.executable)
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    found = interpreters()
    assert found.usable[own] == sys.executable
    assert str(tmp_path) not in " ".join(found.usable.values())
    assert len(found.usable) + len(found.missing) == len(VERSIONS)
