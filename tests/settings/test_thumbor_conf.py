"""A file as `thumbor-config` of Thumbor 7.8.0 writes it, with every key uncommented."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from thumborlike.aliases import ALIASES
from thumborlike.settings import load
from thumborlike.settings.convert import fit
from thumborlike.settings.describe import core_entries, entries
from thumborlike.settings.known import builtin_sections
from thumborlike.settings.reader import examine

TABLE = Path(__file__).with_name("thumbor_7_8_defaults.json")
"""Key and default of `thumbor.config.Config.class_defaults`, in the order of `thumbor-config`;
a home folder is made up."""

DEFAULTS: dict[str, Any] = json.loads(TABLE.read_text())

DIFFERENT = {"SECURITY_KEY", "HTTP_LOADER_MAX_CLIENTS", "HTTP_LOADER_DEFAULT_USER_AGENT"}
"""Keys whose default here is another on purpose: safety, fairness, and our own name."""


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    path = tmp_path / "thumbor.conf"
    path.write_text("".join(f"## words\n{key} = {value!r}\n" for key, value in DEFAULTS.items()))
    return path


def all_keys() -> Iterator[tuple[str, bool]]:
    for entry in core_entries():
        yield entry.key, entry.setting.ours
    for section in builtin_sections():
        yield from ((entry.key, entry.setting.ours) for entry in entries(section))


def test_the_table_is_whole() -> None:
    assert len(DEFAULTS) == 133


def test_every_key_of_thumbor_is_known_and_no_other_is_called_its_own() -> None:
    thumbors = {key for key, ours in all_keys() if not ours}

    assert thumbors == DEFAULTS.keys()


def test_no_key_is_declared_twice() -> None:
    keys = [key for key, _ in all_keys()]

    assert sorted(keys) == sorted(set(keys))


def test_thumbors_defaults_load_and_only_names_are_told(conf: Path) -> None:
    loaded, findings = examine(conf)

    assert {each.kind for each in findings} == {"aliased", "unsafe"}
    assert loaded.settings.security.security_key == "MY_SECURE_KEY"
    assert len(loaded.warnings) == 1


def test_our_defaults_are_thumbors() -> None:
    declared = [*core_entries(), *(e for s in builtin_sections() for e in entries(s))]
    for entry in declared:
        if entry.setting.ours or entry.key in DIFFERENT or entry.key.endswith("_ROOT_PATH"):
            continue
        value = fit(DEFAULTS[entry.key], entry.hint)
        names = tuple(map(short, value)) if isinstance(value, tuple) else short(value)
        if entry.key == "FILTERS":  # ours has more, all of them behind Thumbor's
            names = (*names, *entry.default[len(names) :])
        assert names == entry.default, entry.key


def short(name: object) -> object:
    return ALIASES[name][1] if isinstance(name, str) and name in ALIASES else name


def uncommented(text: str) -> Iterator[str]:
    """The lines with every key active: a value goes from its `#KEY =` to the next empty line."""
    active = False
    for line in text.splitlines():
        active = bool(line) and (active or re.match(r"#[A-Z]", line) is not None)
        yield line.removeprefix("#") if active else ""


@pytest.mark.thumbor
@pytest.mark.skipif("THUMBOR_PYTHON" not in os.environ, reason="needs THUMBOR_PYTHON")
def test_the_file_that_thumbor_config_writes(tmp_path: Path) -> None:
    program = Path(os.environ["THUMBOR_PYTHON"]).with_name("thumbor-config")
    text = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    path = tmp_path / "thumbor.conf"
    path.write_text("\n".join(uncommented(text)))

    assert load(path).places.keys() == DEFAULTS.keys()
