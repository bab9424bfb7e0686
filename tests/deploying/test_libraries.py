"""Shared libraries: what is left of them still loads."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import platform
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from thumborlike.deploying.libraries import MAGIC, loaded_alone

PROGRAM = """
import ctypes, sys
library = ctypes.PyDLL(sys.argv[1])
print(bool(library.PyInit__imaging))
"""


@pytest.fixture
def library():
    found = importlib.util.find_spec("PIL._imaging")
    path = Path(found.origin)
    if not path.read_bytes().startswith(MAGIC):
        pytest.skip(f"no libraries of Lambda's kind on {platform.system()}")
    return path


def test_a_library_is_smaller_and_loads_as_before(library, tmp_path):
    body = library.read_bytes()
    made = loaded_alone(body)
    assert len(made) <= len(body)
    assert len(zlib.compress(made)) < len(zlib.compress(body))
    assert made == loaded_alone(body)
    assert loaded_alone(made) == made
    suffix = importlib.machinery.EXTENSION_SUFFIXES[0]
    folder = tmp_path / "PIL"  # as a neighbour of its own libraries, which it finds from there
    folder.mkdir()
    (folder / f"_imaging{suffix}").write_bytes(made)
    if (libraries := library.parent.parent / "pillow.libs").is_dir():
        (tmp_path / "pillow.libs").mkdir()
        for each in libraries.iterdir():
            (tmp_path / "pillow.libs" / each.name).write_bytes(loaded_alone(each.read_bytes()))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder / f"_imaging{suffix}")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "True\n"


def test_what_is_loaded_stays_where_it_is(library):
    body = library.read_bytes()
    made = loaded_alone(body)
    kept = sum(one == other for one, other in zip(made[64:], body[64:], strict=False))
    assert kept > len(made) // 4
    assert made[:40] == body[:40]


@pytest.mark.parametrize(
    "body", [b"", b"#!/bin/sh\n", MAGIC, MAGIC + bytes(100), MAGIC + b"\xff" * 100]
)
def test_what_is_no_library_stays_as_it_is(body):
    assert loaded_alone(body) == body
