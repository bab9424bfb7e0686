"""conf/varnish, run for real in front of a server."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fronted import ROOT, ask, configured, free_port, running, serving, until

VARNISH = shutil.which("varnishd") or shutil.which("varnishd", path="/usr/sbin")
VCL = ROOT / "conf/varnish/thumborlike.vcl"
PICTURE = "/unsafe/40x30/photo.jpg"
AVIF, WEBP = "image/avif,image/webp,image/apng,*/*;q=0.8", "image/webp,*/*"

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not VARNISH, reason="varnishd is not there"),
]


@contextlib.contextmanager
def varnish(folder: Path, back: int) -> Iterator[int]:
    """The port at which Varnish listens, with the probe asking more often."""
    front, vcl = free_port(), folder / "thumborlike.vcl"
    text = VCL.read_text().replace('.port = "8888"', f'.port = "{back}"')
    vcl.write_text(text.replace(".interval = 5s", ".interval = 0.2s"))
    assert VARNISH
    command = [VARNISH, "-F", "-j", "none", "-a", f"127.0.0.1:{front}", "-f", str(vcl)]
    state = ["-n", str(folder / "state"), "-s", "malloc,32m", "-T", "none"]
    with running([*command, *state], front, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        yield front


@pytest.fixture
def ports(tmp_path: Path) -> Iterator[tuple[int, int]]:
    """Of Varnish and of the server."""
    back = free_port()
    with serving(configured(tmp_path), back), varnish(tmp_path, back) as front:
        yield front, back


def test_a_copy_for_each_kind_of_accept(ports: tuple[int, int]) -> None:
    front, back = ports
    kinds = {AVIF: "image/avif", WEBP: "image/webp", "*/*": "image/jpeg",
             "image/webp;q=0, */*": "image/jpeg", "IMAGE/WEBP": "image/webp"}  # fmt: skip
    for accept, kind in kinds.items():
        straight, passed = ask(back, PICTURE, accept), ask(front, PICTURE, accept)
        assert (passed.status, passed.kind, passed.body) == (200, kind, straight.body), accept
    seen = [
        ask(front, PICTURE, f"{kind},text/html;q=0.{n}") for kind in (AVIF, WEBP) for n in "123"
    ]
    assert [each.cached for each in seen] == ["HIT"] * 6
    assert ask(front, f"{PICTURE}?x=1", AVIF).cached == "HIT"


def test_errors_are_not_kept_for_long_and_private_paths_are_closed(ports: tuple[int, int]) -> None:
    front, _ = ports
    assert ask(front, "/unsafe/none.jpg").status == 404
    assert ask(front, "/metrics").status == 403
    assert ask(front, PICTURE, method="POST").status == 405
    assert ask(front, "/healthcheck").body == b"WORKING"


def test_purging_by_tag_and_by_url(ports: tuple[int, int]) -> None:
    front, _ = ports
    other = "/unsafe/50x30/text.png"
    tag = ask(front, PICTURE).headers["Surrogate-Key"]
    larger = PICTURE.replace("40", "80")
    for path in (PICTURE, larger, other):
        for accept in ("*/*", WEBP):
            ask(front, path, accept)
    assert ask(front, "/", method="PURGE", Surrogate_Key=f"{tag} {'0' * 16}").status == 200
    assert [ask(front, path, WEBP).cached for path in (PICTURE, larger, other)] == [
        "MISS", "MISS", "HIT",
    ]  # fmt: skip
    assert ask(front, other, method="PURGE").status == 200
    assert [ask(front, path, WEBP).cached for path in (PICTURE, other)] == ["HIT", "MISS"]
    for wrong in ("all", ".*", f"{tag} || obj.status != 0"):
        assert ask(front, "/", method="PURGE", Surrogate_Key=wrong).status == 400
    assert ask(front, PICTURE, WEBP).cached == "HIT"


def test_a_signed_purge_of_the_server_empties_varnish_as_well(tmp_path: Path) -> None:
    back = free_port()
    conf = configured(tmp_path, HANDLER_LISTS=["healthcheck", "purge"], STORAGE="memory")
    with serving(conf, back), varnish(tmp_path, back) as front:
        ask(front, PICTURE)
        assert ask(front, PICTURE).cached == "HIT"
        called = f"http://127.0.0.1:{front}"
        command = ["-m", "thumborlike.cli", "purge", "-c", str(conf), "-s", called, "photo.jpg"]
        subprocess.run([sys.executable, *command], check=True, timeout=120, capture_output=True)
        assert ask(front, PICTURE).cached == "MISS"


def test_old_copies_are_shown_while_the_server_is_away(tmp_path: Path) -> None:
    back = free_port()
    conf = configured(tmp_path, MAX_AGE=1)
    with contextlib.ExitStack() as stack:
        with serving(conf, back):
            front = stack.enter_context(varnish(tmp_path, back))
            first = ask(front, PICTURE, WEBP)
        until(lambda: _older(front, 3), "it did not get old")
        stale = ask(front, PICTURE, WEBP)
        assert (stale.status, stale.cached, stale.body) == (200, "HIT", first.body)
        assert ask(front, "/unsafe/9x9/photo.jpg").status == 503
        with serving(conf, back):
            until(lambda: _younger(front), "it was not made anew")


def _older(front: int, seconds: int) -> bool:
    return int(ask(front, PICTURE, WEBP).headers["Age"]) >= seconds


def _younger(front: int) -> bool:
    return int(ask(front, PICTURE, WEBP).headers["Age"]) <= 1
