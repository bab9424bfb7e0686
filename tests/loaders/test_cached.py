"""Small files that the system has in memory: given in the event loop, and nothing else is."""

import asyncio
import ctypes
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from thumborlike.loaders import _cached
from thumborlike.loaders.file import FileLoader

from thumborlike.errors import SourceNotFound
from thumborlike.interfaces import LoadsAtOnce, SourceRequest
from thumborlike.threads import unblocked_loader

BODY = bytes(range(256)) * 16
ODD = (
    "",
    "/",
    "..",
    "../secret",
    "%2e%2e/secret",
    "a%00b",
    "\ud800",
    "x" * 5000,
    "sub",
    "inside",
    "outside",
    "folder/secret",
    "circle",
    "pipe",
    "large",
    "missing",
)


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    (tmp_path / "secret").write_bytes(b"secret")
    (root / "a.jpg").write_bytes(BODY)
    (root / "empty").write_bytes(b"")
    (root / "sub" / "b c%20.jpg").write_bytes(b"b")
    (root / "large").write_bytes(bytes(_cached.MOST + 1))
    (root / "inside").symlink_to("a.jpg")
    (root / "outside").symlink_to("../secret")
    (root / "folder").symlink_to("..")
    (root / "circle").symlink_to("circle")
    os.mkfifo(root / "pipe")
    return root


@pytest.fixture
def files(root):
    files = _cached.cached_files(str(root))
    if not files or not files.read(f"{root}/a.jpg"):
        pytest.skip("this file system is not asked for what it has in memory")
    return files


def loader_of(root, **options):
    return FileLoader(str(root), **{"max_size": 0, **options})


def at_once(loader, name):
    return loader.load_at_once(SourceRequest(name))


def test_it_gives_what_a_thread_gives_with_the_time_of_its_change(root, files):
    loader = loader_of(root)
    assert isinstance(loader, LoadsAtOnce)
    for name in ("a.jpg", "/a.jpg", "sub/b%20c%2520.jpg", "empty"):
        loaded = loader.load(SourceRequest(name))
        assert at_once(loader, name) == loaded
    assert at_once(loader, "a.jpg").body == BODY


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("name", ODD, ids=range(len(ODD)))
def test_all_else_is_left_to_a_thread(root, name):
    loader = loader_of(root)
    loader.load(SourceRequest("a.jpg"))
    assert at_once(loader, name) is None
    assert at_once(loader, "a.jpg")


@pytest.mark.usefixtures("files")
def test_what_is_larger_than_allowed_is_not_given(root):
    loader = loader_of(root, max_size=len(BODY) - 1)
    with pytest.raises(SourceNotFound):
        loader.load(SourceRequest("a.jpg"))
    assert at_once(loader, "a.jpg") is None


@pytest.mark.usefixtures("files")
def test_changes_are_seen(root):
    loader = loader_of(root)
    loader.load(SourceRequest("a.jpg"))
    (root / "a.jpg").write_bytes(b"other")
    assert at_once(loader, "a.jpg").body == b"other"
    (root / "a.jpg").unlink()
    assert at_once(loader, "a.jpg") is None
    (root / "a.jpg").symlink_to("../secret")
    assert at_once(loader, "a.jpg") is None


@pytest.mark.usefixtures("files")
def test_the_root_may_be_a_link_that_is_moved(root, tmp_path):
    (tmp_path / "next").mkdir()
    (tmp_path / "next" / "a.jpg").write_bytes(b"next")
    link = tmp_path / "current"
    link.symlink_to(root)
    loader = loader_of(link)
    loader.load(SourceRequest("a.jpg"))
    assert at_once(loader, "a.jpg").body == BODY
    link.unlink()
    link.symlink_to(tmp_path / "next")
    assert at_once(loader, "a.jpg").body == b"next"


def test_no_descriptor_is_left_open(root, files):
    before = len(list(Path("/proc/self/fd").iterdir()))
    for name in (*ODD, "a.jpg"):
        if "\0" not in name:
            files.read(f"{root}/{name}")
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_before_a_thread_has_looked_there_is_nothing(root):
    assert at_once(loader_of(root), "a.jpg") is None


def test_where_links_are_followed_threads_do_it(root):
    loader = loader_of(root, follow_links=True)
    loader.load(SourceRequest("a.jpg"))
    assert at_once(loader, "a.jpg") is None


def test_a_system_that_cannot_is_asked_once(root, files, monkeypatch):
    asked = []
    number = ctypes.get_errno

    def refused(*_):
        asked.append(1)
        ctypes.set_errno(38)
        return -1

    monkeypatch.setattr(files, "_call", refused)
    monkeypatch.setattr(files, "_errno", number)
    assert files.read(f"{root}/a.jpg") is None
    assert files.read(f"{root}/a.jpg") is None
    assert len(asked) == 1


def test_other_file_systems_are_left_to_threads(root, monkeypatch):
    monkeypatch.setattr(_cached, "_LOCAL", frozenset())
    assert _cached.cached_files(str(root)) is None
    loader = loader_of(root)
    assert loader.load(SourceRequest("a.jpg")).body == BODY
    assert at_once(loader, "a.jpg") is None


def test_a_folder_that_is_missing_is_no_error(tmp_path):
    loader = loader_of(tmp_path / "none")
    with pytest.raises(SourceNotFound):
        loader.load(SourceRequest("a.jpg"))
    assert at_once(loader, "a.jpg") is None


@pytest.mark.usefixtures("files")
def test_the_event_loop_asks_no_thread_for_it(root):
    threads = []

    class Noted(FileLoader):
        def load(self, wanted):
            threads.append(threading.get_ident())
            return super().load(wanted)

    async def scenario():
        with ThreadPoolExecutor(1) as executor:
            loader = unblocked_loader(Noted(str(root), 0), executor)
            first = await loader.load(SourceRequest("a.jpg"))
            assert await loader.load(SourceRequest("a.jpg")) == first
            assert len((await loader.load(SourceRequest("large"))).body) == _cached.MOST + 1

    asyncio.run(scenario())
    assert len(threads) == 2
    assert threading.get_ident() not in threads
