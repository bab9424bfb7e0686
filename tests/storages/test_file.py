"""The rules of the file storage beyond the contract."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from thumborlike.storages import _atomic, file
from thumborlike.storages._layout import path_of
from thumborlike.storages.file import FileStorage, FileStorageSettings

from thumborlike.errors import ConfigurationError, StorageError
from thumborlike.interfaces import Key, Kind
from thumborlike.settings.describe import entries

from .conftest import Env

SOURCE = Key(Kind.SOURCE, "a.jpg")
RESULT = Key(Kind.RESULT, "/unsafe/a.jpg")
SECURITY_KEY = Key(Kind.SECURITY_KEY, "a.jpg")
LEGACY = "v2/un/sa/unsafe/a.jpg"


@pytest.fixture
def roots(tmp_path):
    return tmp_path / "sources", tmp_path / "results"


@pytest.fixture
def storage(roots):
    return FileStorage(*roots)


def write(path: Path, body: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    return path


def files(folder: Path) -> list[str]:
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file())


def made(sources: str, results: str = "results") -> FileStorage:
    values = {
        "file_storage_root_path": sources,
        "result_storage_file_storage_root_path": results,
    }
    return file.create(Env(values))


# Where entries lie


def test_folders_filled_by_thumbor_are_found(storage, roots):
    sources, results = roots
    write(sources / "56/ceeb905c2d3070cd9f26b4d60ce7ef1e86e26d", b"source")
    write(sources / "56/ceeb905c2d3070cd9f26b4d60ce7ef1e86e26d.txt", b"key")
    place = write(results / "default/13/8b/ca150c00ab125b4ef65b5883bcd82afbde17", b"result")
    os.utime(place, (1_000_000, 2_000_000))
    assert storage.get(SOURCE).body == b"source"
    assert storage.get(SECURITY_KEY).body == b"key"
    assert storage.get(RESULT).body == b"result"
    assert storage.get(RESULT).modified == 2_000_000


def test_each_kind_lies_under_its_root(storage, roots):
    for kind in Kind:
        storage.put(Key(kind, "/a.jpg"), b"body")
    assert [len(files(root)) for root in roots] == [3, 1]


def test_the_default_roots_are_those_of_thumbor():
    defaults = {entry.key: entry.default for entry in entries(FileStorageSettings)}
    assert defaults["FILE_STORAGE_ROOT_PATH"].endswith("/thumbor/storage")
    assert defaults["RESULT_STORAGE_FILE_STORAGE_ROOT_PATH"].endswith("/thumbor/result_storage")


@pytest.mark.parametrize("root", ["kept", "./kept/", "kept/../kept", "~/kept", "{}/x/../kept"])
def test_a_root_may_be_written_in_any_way(root, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    storage = made(root.format(tmp_path))
    monkeypatch.chdir("/")
    storage.put(SOURCE, b"body")
    assert files(tmp_path / "kept") == [str(path_of(SOURCE))]
    assert storage.get(SOURCE).body == b"body"


def test_a_root_may_be_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    storage = made(str(tmp_path / "link"))
    storage.put(SOURCE, b"body")
    assert storage.get(SOURCE).body == b"body"


def test_a_home_that_nobody_has_stops_the_start():
    with pytest.raises(ConfigurationError):
        made("~nobody-of-this-name/x")


@pytest.mark.parametrize("root", ["", "a\0b"])
def test_a_root_is_a_folder_name(root):
    for entry in (each for each in entries(FileStorageSettings) if "PATH" in each.key):
        with pytest.raises(ValueError, match="folder"):
            entry.setting.check(root)


# Modes


def test_key_files_are_for_the_owner_alone(storage, roots):
    place = write(roots[0] / path_of(SECURITY_KEY), b"old")
    place.chmod(0o644)
    storage.put(SECURITY_KEY, b"new")
    assert stat.S_IMODE(place.stat().st_mode) == 0o600


def test_other_files_follow_the_umask(storage, roots):
    before = os.umask(0o027)
    try:
        storage.put(SOURCE, b"body")
    finally:
        os.umask(before)
    assert stat.S_IMODE((roots[0] / path_of(SOURCE)).stat().st_mode) == 0o640


# What is no entry


def test_what_is_no_file_is_missing(storage, roots):
    place = roots[0] / path_of(SOURCE)
    place.mkdir(parents=True)
    assert storage.get(SOURCE) is None
    place.rmdir()
    os.mkfifo(place)
    assert storage.get(SOURCE) is None
    place.unlink()
    place.symlink_to(place)
    assert storage.get(SOURCE) is None
    shutil.rmtree(place.parent)
    write(place.parent, b"a file where a folder belongs")
    assert storage.get(SOURCE) is None
    storage.delete(SOURCE)


def test_what_is_no_file_leaves_no_descriptor_open(storage, roots):
    (roots[0] / path_of(SOURCE)).mkdir(parents=True)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        storage.get(SOURCE)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_source_larger_than_allowed_is_missing_and_other_kinds_are_not(roots):
    storage = FileStorage(*roots, max_source_size=10)
    for key in (SOURCE, RESULT, SECURITY_KEY):
        storage.put(key, b"eleven byte")
    assert storage.get(SOURCE) is None
    assert storage.get(RESULT) and storage.get(SECURITY_KEY)
    storage.put(SOURCE, b"ten bytes.")
    assert storage.get(SOURCE).body == b"ten bytes."


def test_the_size_of_a_huge_source_is_seen_before_it_is_read(tmp_path):
    place = write(tmp_path / path_of(SOURCE), b"")
    os.truncate(place, 1 << 40)
    env = Env({"file_storage_root_path": str(tmp_path)}, max_source_size=1 << 20)
    assert file.create(env).get(SOURCE) is None


def test_a_pipe_or_a_link_gives_way_to_an_entry(storage, roots, tmp_path):
    secret = write(tmp_path / "secret", b"secret")
    place = roots[0] / path_of(SOURCE)
    place.parent.mkdir(parents=True)
    place.symlink_to(secret)
    storage.put(SOURCE, b"body")
    assert storage.get(SOURCE).body == b"body"
    assert secret.read_bytes() == b"secret"


def test_a_folder_may_vanish_at_any_time(storage, roots):
    storage.put(SOURCE, b"body")
    shutil.rmtree(roots[0])
    assert storage.get(SOURCE) is None
    storage.put(SOURCE, b"body")
    assert storage.get(SOURCE).body == b"body"


def test_a_folder_that_vanishes_while_it_is_written_to_is_made_again(storage, roots, monkeypatch):
    opened, vanished = os.open, []

    def vanishing(path, flags, *arguments, **options):
        if flags & os.O_CREAT and not vanished:
            vanished.append(path)
            shutil.rmtree(roots[0])
        return opened(path, flags, *arguments, **options)

    monkeypatch.setattr(os, "open", vanishing)
    storage.put(SOURCE, b"body")
    assert vanished
    assert storage.get(SOURCE).body == b"body"


# Confinement


@pytest.mark.parametrize("key", [SOURCE, RESULT], ids=lambda key: key.kind.value)
def test_a_link_in_the_place_of_a_file_is_not_followed(storage, roots, tmp_path, key):
    secret = write(tmp_path / "secret", b"secret")
    place = roots[key is RESULT] / path_of(key)
    place.parent.mkdir(parents=True)
    place.symlink_to(secret)
    assert storage.get(key) is None
    storage.delete(key)
    assert secret.exists()
    assert not place.is_symlink()


def test_a_link_in_the_place_of_a_folder_must_stay_inside(storage, roots, tmp_path):
    root, place = roots[0], roots[0] / path_of(SOURCE)
    outside = write(tmp_path / "sources_evil" / place.name, b"secret").parent
    root.mkdir()
    place.parent.symlink_to(outside)
    for action in (storage.get, storage.delete, lambda key: storage.put(key, b"body")):
        with pytest.raises(StorageError, match="leads out"):
            action(SOURCE)
    assert (outside / place.name).read_bytes() == b"secret"
    place.parent.unlink()
    (root / "elsewhere").mkdir()
    place.parent.symlink_to("elsewhere")
    storage.put(SOURCE, b"body")
    assert storage.get(SOURCE).body == b"body"


# Results of older versions


def test_old_results_are_read_and_left_in_place(storage, roots):
    place = write(roots[1] / LEGACY, b"old")
    write(roots[1] / "v2/webp/un/sa/unsafe/a.jpg", b"webp")
    assert storage.get(RESULT).body == b"old"
    assert storage.get(Key(Kind.RESULT, RESULT.name, "auto_webp")).body == b"webp"
    assert storage.get(Key(Kind.RESULT, RESULT.name, "auto_avif")) is None
    assert place.exists()


def test_a_newer_result_hides_the_legacy_one_and_both_are_deleted(storage, roots):
    place = write(roots[1] / LEGACY, b"old")
    storage.put(RESULT, b"new")
    assert storage.get(RESULT).body == b"new"
    storage.delete(RESULT)
    assert storage.get(RESULT) is None
    assert not place.exists()


@pytest.mark.parametrize(
    "name",
    [
        "/unsafe/../../../../../secret",
        "/unsafe/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/secret",
        "/unsafe/..%2f..%2f..%2f..%2f..%2fsecret",
        "/unsafe/link/secret",
        "/unsafe/link-to-secret",
        "/unsafe/" + "x" * 300,
        "/unsafe/" + "x/" * 3000 + "x",
    ],
)
def test_no_name_leads_out_of_the_root(storage, roots, tmp_path, name):
    """Thumbor 7.8 serves such a file, and moves it into its own folder."""
    secret = write(tmp_path / "secret", b"secret")
    folder = roots[1] / "v2/un/sa/unsafe"
    folder.mkdir(parents=True)
    (folder / "link").symlink_to(tmp_path)
    (folder / "link-to-secret").symlink_to(secret)
    key = Key(Kind.RESULT, name)
    assert storage.get(key) is None
    storage.delete(key)
    storage.put(key, b"body")
    assert secret.read_bytes() == b"secret"


# Drafts


def test_nothing_but_the_entry_is_left(storage, roots):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: storage.put(SOURCE, b"%d" % number), range(100)))
    assert files(roots[0]) == [str(path_of(SOURCE))]


def test_what_killed_writers_left_is_swept(roots):
    folder, now = roots[0], time.time()
    stale = write(folder / f"entry.{'a' * 32}", b"cut")
    fresh = write(folder / f"entry.{'b' * 32}", b"being written")
    kept = [write(folder / name, b"body") for name in ("entry", "entry.txt", "x.detectors.txt")]
    for path in (stale, *kept):
        os.utime(path, (now - 7200, now - 7200))
    _atomic.sweep(folder, now)
    assert not stale.exists()
    assert fresh.exists()
    assert all(path.exists() for path in kept)
    _atomic.sweep(folder / "missing", now)


def test_writing_sweeps_now_and_then(storage, roots):
    stale = write((roots[0] / path_of(SOURCE)).with_name(f"entry.{'a' * 32}"), b"cut")
    os.utime(stale, (0, 0))
    for _ in range(500):
        storage.put(SOURCE, b"body")
    assert not stale.exists()


# Trouble


def fails(monkeypatch, number, *, on):
    """The call `on` of the operating system fails with this errno."""

    def failing(*_arguments, **_options):
        raise OSError(number, os.strerror(number), "/secret/folder/name")

    monkeypatch.setattr(*on, failing)


TROUBLES = [
    (errno.EROFS, (os, "open")),
    (errno.EACCES, (os, "open")),
    (errno.EACCES, (Path, "mkdir")),
    (errno.EMFILE, (os, "open")),
    (errno.EXDEV, (Path, "replace")),
    (errno.ENOENT, (Path, "mkdir")),
]


@pytest.mark.parametrize(("number", "call"), TROUBLES)
def test_what_cannot_be_written_is_told_without_the_path(storage, monkeypatch, number, call):
    fails(monkeypatch, number, on=call)
    with pytest.raises(StorageError) as caught:
        storage.put(SOURCE, b"body")
    assert str(caught.value) == f"the file cannot be written: {os.strerror(number)}"
    assert caught.value.__cause__.errno == number


def test_a_full_disk_leaves_the_old_entry_and_no_draft(storage, roots, monkeypatch):
    storage.put(SOURCE, b"old")
    full, opened = os.open("/dev/full", os.O_WRONLY), os.open

    def opening(path, flags, *arguments):
        made = opened(path, flags, *arguments)
        if flags & os.O_CREAT:
            os.dup2(full, made)
        return made

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", opening)
        with pytest.raises(StorageError, match="No space left"):
            storage.put(SOURCE, b"new" * 100_000)
    os.close(full)
    assert storage.get(SOURCE).body == b"old"
    assert files(roots[0]) == [str(path_of(SOURCE))]


def test_a_writer_that_is_interrupted_leaves_no_draft(storage, roots, monkeypatch):
    def interrupted(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        storage.put(SOURCE, b"body")
    assert files(roots[0]) == []


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO, errno.EMFILE])
def test_what_cannot_be_read_is_told(storage, monkeypatch, number):
    storage.put(SOURCE, b"body")
    fails(monkeypatch, number, on=(os, "open"))
    with pytest.raises(StorageError, match="the file cannot be read") as caught:
        storage.get(SOURCE)
    assert "secret" not in str(caught.value)


def test_what_cannot_be_deleted_is_told(storage, monkeypatch):
    fails(monkeypatch, errno.EROFS, on=(Path, "unlink"))
    with pytest.raises(StorageError, match="the file cannot be deleted: Read-only"):
        storage.delete(SOURCE)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_can_be_read_and_not_written(storage, roots):
    storage.put(SOURCE, b"body")
    folder = (roots[0] / path_of(SOURCE)).parent
    folder.chmod(0o500)
    try:
        assert storage.get(SOURCE).body == b"body"
        with pytest.raises(StorageError):
            storage.put(SOURCE, b"new")
        with pytest.raises(StorageError):
            storage.delete(SOURCE)
    finally:
        folder.chmod(0o700)


def test_a_root_that_is_a_file_is_told(tmp_path):
    write(tmp_path / "taken", b"")
    storage = FileStorage(tmp_path / "taken", tmp_path / "taken")
    assert storage.get(SOURCE) is None
    with pytest.raises(StorageError):
        storage.put(SOURCE, b"body")
