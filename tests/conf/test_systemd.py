"""conf/systemd, as systemd itself reads it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from fronted import ROOT

FOLDER = ROOT / "conf/systemd"
UNITS = ("thumborlike.service", "thumborlike.socket")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not there")
def test_the_units_are_without_a_warning(tmp_path: Path) -> None:
    copies = [tmp_path / name for name in UNITS]
    for copy in copies:
        text = (FOLDER / copy.name).read_text()
        copy.write_text(text.replace("/usr/local/bin/thumborlike", "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", *map(str, copies)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    told = [name for name in UNITS if name in done.stderr]
    assert (done.returncode, told) == (0, []), done.stderr


def test_socket_and_service_name_the_same_place() -> None:
    service, socket = ((FOLDER / name).read_text() for name in UNITS)
    assert "-i 127.0.0.1 -p 8888" in service
    assert "\nListenStream=127.0.0.1:8888\n" in socket
