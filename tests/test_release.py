"""What a release promises besides the code: version, changelog, example, samples, guide."""

from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path

from PIL import Image

from thumborlike import __version__
from thumborlike.cli import demo
from thumborlike.settings import load

ROOT = Path(__file__).resolve().parent.parent
IN_BACKTICKS = re.compile(r"`([\w/]+(?:\.py|/))`")


def test_the_newest_entry_of_the_changelog_is_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    entries = re.findall(r"^## (\S+)", changelog, re.MULTILINE)
    released = [entry for entry in entries if entry != "Unreleased"]
    assert released[0] == __version__
    assert len(entries) == len(set(entries))


def test_the_package_has_the_version_of_the_code() -> None:
    assert version("thumborlike") == __version__


def test_the_example_of_a_configuration_is_right() -> None:
    loaded = load(str(ROOT / "conf" / "thumborlike.conf"))
    assert [warning for warning in loaded.warnings if "SECURITY_KEY" not in str(warning)] == []


def test_the_commented_lines_of_the_example_are_right_as_well(tmp_path: Path) -> None:
    example = (ROOT / "conf" / "thumborlike.conf").read_text(encoding="utf-8")
    everything = re.sub(r"^# (?=[A-Z_]+ = )", "", example, flags=re.MULTILINE)
    conf = tmp_path / "all.conf"
    conf.write_text(everything.replace('SECURITY_KEY = ""', 'SECURITY_KEY = "a key"'))
    assert not load(str(conf)).warnings


def test_the_samples_are_pictures_and_small() -> None:
    samples = [path for path in demo.samples().iterdir() if path.suffix in demo.SUFFIXES]
    assert len(samples) == 3
    assert sum(path.stat().st_size for path in samples) < 400_000
    for path in samples:
        with Image.open(path) as picture:
            picture.load()


def test_the_guide_for_contributors_names_files_that_exist() -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    folders = [ROOT, ROOT / "thumborlike", ROOT / "thumborlike" / "imaging",
               ROOT / "thumborlike" / "settings"]  # fmt: skip
    named = IN_BACKTICKS.findall(guide)
    assert len(named) > 30
    assert not [name for name in named if not any((each / name).exists() for each in folders)]
