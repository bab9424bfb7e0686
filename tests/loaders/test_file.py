from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from thumborlike.loaders import file
from thumborlike.loaders.file import FileLoader

from thumborlike.errors import SourceNotFound
from thumborlike.interfaces import SourceRequest


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "root"
    evil = tmp_path / "root_evil"
    (root / "sub").mkdir(parents=True)
    evil.mkdir()
    (tmp_path / "secret").write_bytes(b"secret")
    (evil / "secret").write_bytes(b"secret")
    for name in ("a.jpg", "sub/b.jpg", "pct%20.jpg", "c d.jpg", "a+b.jpg", ".hidden", "á.jpg"):
        (root / name).write_bytes(name.encode())
    (root / "inside").symlink_to("sub/b.jpg")
    (root / "outside").symlink_to("../secret")
    (root / "folder").symlink_to("..")
    (root / "circle").symlink_to("circle")
    os.mkfifo(root / "pipe")
    return root


def load(root, name, **options):
    options = {"max_size": 100, **options}
    return FileLoader(str(root), **options).load(SourceRequest(name))


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("a.jpg", "a.jpg"),
        ("/a.jpg", "a.jpg"),
        ("///a.jpg", "a.jpg"),
        ("a.jpg/", "a.jpg"),
        ("sub/b.jpg", "sub/b.jpg"),
        ("sub/../a.jpg", "a.jpg"),
        ("%73ub%2Fb.jpg", "sub/b.jpg"),
        ("c%20d.jpg", "c d.jpg"),
        ("a+b.jpg", "a+b.jpg"),
        ("a%2Bb.jpg", "a+b.jpg"),
        (".hidden", ".hidden"),
        ("%C3%A1.jpg", "á.jpg"),
        ("pct%2520.jpg", "pct%20.jpg"),
        ("pct%20.jpg", "pct%20.jpg"),
        ("inside", "sub/b.jpg"),
    ],
)
def test_found(root, name, found):
    """Thumbor 7.8's rules for names."""
    source = load(root, name)
    assert (source.name, source.body) == (name, found.encode())


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/",
        "missing.jpg",
        "sub",
        "../secret",
        "..%2Fsecret",
        "%2e%2e/secret",
        "%252e%252e/secret",
        "sub/../../secret",
        "../root_evil/secret",
        "a.jpg%00",
        "%00",
        "a.jpg/x",
        "outside",
        "folder/secret",
        "circle",
        "pipe",
        "x" * 5000,
        "%ED%A0%80",
        "http%3A//127.0.0.1/a.jpg",
    ],
)
def test_not_found(root, name):
    started = time.monotonic()
    with pytest.raises(SourceNotFound):
        load(root, name)
    assert time.monotonic() - started < 1


def test_devices_and_unreadable_names(tmp_path):
    for name in ("null", "zero", "tty"):
        with pytest.raises(SourceNotFound):
            load("/dev", name)


def test_links_out_of_the_root_can_be_allowed(root):
    assert load(root, "outside", follow_links=True).body == b"secret"
    with pytest.raises(SourceNotFound):
        load(root, "pipe", follow_links=True)


def test_the_root_may_be_a_link_or_relative(root, tmp_path, monkeypatch):
    (tmp_path / "current").symlink_to("root")
    assert load(tmp_path / "current", "a.jpg").body == b"a.jpg"
    monkeypatch.chdir(tmp_path)
    assert load("root/sub/..", "a.jpg").body == b"a.jpg"


def test_size_limit_and_date(root):
    (root / "exact").write_bytes(bytes(100))
    os.utime(root / "exact", (1, 1_445_412_480))
    assert load(root, "exact").modified == 1_445_412_480
    (root / "large").write_bytes(bytes(101))
    (root / "sparse").touch()
    os.truncate(root / "sparse", 1 << 40)
    for name in ("large", "sparse"):
        with pytest.raises(SourceNotFound):
            load(root, name)
    assert len(load(root, "large", max_size=0).body) == 101


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs a list of open files")
def test_descriptors_do_not_leak(root):
    def descriptors():
        return len(list(Path("/proc/self/fd").iterdir()))

    before = descriptors()
    assert load(root, "a.jpg").body
    for name in ("sub", "pipe", "missing", "outside"):
        with pytest.raises(SourceNotFound):
            load(root, name)
    assert descriptors() == before


def test_create_reads_the_settings(root, web):
    env = web.Env({"file_loader_root_path": str(root), "file_loader_follow_symlinks": True})
    loader = file.create(env)
    assert loader.allows("anything")
    assert loader.load(SourceRequest("outside")).body == b"secret"
