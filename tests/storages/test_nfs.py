"""What NFS does and local disks do not: stale handles, clients that see old names, no locks."""

import errno
import fcntl
import os
import threading

import pytest
from thumborlike.storages import _atomic, _ledger, _notes
from thumborlike.storages._minder import Folder
from thumborlike.storages._stock import RESULTS, SOURCES
from thumborlike.storages.file import FileStorage

from thumborlike.errors import StorageError
from thumborlike.interfaces import Key, Kind

RESULT = Key(Kind.RESULT, "/unsafe/1x1/a.jpg", made_of=("a.jpg",))


class Failing:
    """A call that fails `times` times, for paths that `matches` takes, then works."""

    def __init__(self, work, number, times, matches=lambda *args: True):
        self.work, self.number, self.times, self.matches = work, number, times, matches

    def __call__(self, *args, **named):
        if self.times and self.matches(*args):
            self.times -= 1
            raise OSError(self.number, os.strerror(self.number))
        return self.work(*args, **named)


@pytest.fixture
def storage(tmp_path):
    return FileStorage(tmp_path / "sources", tmp_path / "results")


def fails(monkeypatch, where, name, number, times, *matches):
    monkeypatch.setattr(where, name, Failing(getattr(where, name), number, times, *matches))


@pytest.mark.parametrize("call", ["open", "fstat"])
@pytest.mark.parametrize(("times", "found"), [(1, True), (9, False)])
def test_a_stale_handle_is_opened_anew_and_then_a_miss(storage, monkeypatch, call, times, found):
    storage.put(RESULT, b"body")
    with monkeypatch.context() as patch:
        fails(patch, os, call, errno.ESTALE, times)
        stored = storage.get(RESULT)
    assert (stored is not None) is found


def test_a_disk_that_fails_is_no_miss(storage, monkeypatch):
    storage.put(RESULT, b"body")
    fails(monkeypatch, os, "open", errno.EIO, 99)
    with pytest.raises(StorageError):
        storage.get(RESULT)


@pytest.mark.parametrize("number", [errno.ESTALE, errno.ENOENT])
def test_folders_that_another_host_removes_come_back(storage, monkeypatch, number):
    def is_draft(path, flags, *rest):
        return bool(flags & os.O_CREAT)

    fails(monkeypatch, os, "open", number, 1, is_draft)
    storage.put(RESULT, b"body")
    assert storage.get(RESULT).body == b"body"
    assert storage.purge("a.jpg") == 1


def test_what_another_host_has_removed_already_is_removed(storage, monkeypatch):
    storage.put(RESULT, b"body")
    with monkeypatch.context() as patch:
        fails(patch, os, "unlink", errno.ESTALE, 1)
        storage.delete(RESULT)
    storage.delete(RESULT)
    assert storage.get(RESULT) is None


def test_a_note_that_is_made_twice_is_one(storage, monkeypatch):
    """NFS answers a repeated question with EEXIST where the first answer was lost."""

    def is_note(path, *rest):
        return _notes.FOLDER in str(path) and bool(rest[0] & os.O_CREAT)

    storage.put(RESULT, b"older")
    fails(monkeypatch, os, "open", errno.EEXIST, 1, is_note)
    storage.put(RESULT, b"body")
    assert storage.purge("a.jpg") == 1


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_bounds_hold_without_locks(tmp_path, monkeypatch, number):
    def refuse(*args):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    bound = 400 * 4096
    storage = FileStorage(tmp_path / "s", Folder(tmp_path / "results", RESULTS, bound))
    for count in range(600):
        storage.put(Key(Kind.RESULT, f"/{count}"), b"x" * 8000)
        if count % 20 == 0:
            storage.settle()
    storage.settle()
    (_, results) = storage.stats()
    assert bound / 4 < results.size <= bound


def test_without_attributes_entries_are_kept_and_read(storage, monkeypatch):
    def refuse(*args, **named):
        raise OSError(errno.EOPNOTSUPP, "no attributes here")

    monkeypatch.setattr(os, "setxattr", refuse)
    monkeypatch.setattr(os, "getxattr", refuse)
    storage.put(RESULT, b"body")
    assert storage.get(RESULT).body == b"body"


def test_what_is_removed_while_it_is_open_upsets_no_count(tmp_path):
    """An NFS client gives such a file another name, `.nfs...`, until it is closed."""
    storage = FileStorage(Folder(tmp_path / "s", SOURCES), Folder(tmp_path / "r", RESULTS))
    storage.put(RESULT, b"body")
    (place,) = (each for each in (tmp_path / "r/default").rglob("*") if each.is_file())
    (place.parent / ".nfs000000000012345600000001").write_bytes(b"x" * 9000)
    assert [each.entries for each in storage.stats()] == [0, 1]


def test_a_reader_never_sees_half_of_what_is_replaced(storage):
    """By one rename: no lock is taken, on any host."""
    over, seen = threading.Event(), set()

    def read():
        while not over.is_set():
            found = storage.get(RESULT)
            seen.add(found and (found.body[:1], len(found.body)))

    storage.put(RESULT, b"0" * 100_000)
    readers = [threading.Thread(target=read) for _ in range(3)]
    for each in readers:
        each.start()
    for number in range(40):
        storage.put(RESULT, b"%d" % (number % 10) * 100_000)
    over.set()
    for each in readers:
        each.join()
    assert {size for _, size in seen} == {100_000}


def test_names_of_the_ledger_and_of_drafts_are_of_no_layout():
    assert not any(levels[0].fullmatch(_ledger.NAME) for levels in (SOURCES, RESULTS))
    assert not RESULTS[0].fullmatch(_notes.FOLDER)
    assert _atomic.STALE > 600
