"""Results by their source, in the file storage."""

import contextlib
import errno
import itertools
import os
import time

import pytest
from thumborlike.storages import _atomic, _notes
from thumborlike.storages._minder import Folder
from thumborlike.storages._stock import RESULTS, SOURCES
from thumborlike.storages.file import FileStorage

from thumborlike.errors import CannotPurge, StorageError
from thumborlike.interfaces import Key, Kind, Stored

LONG_AGO = time.time() - 2 * _atomic.STALE


def result(number, *sources, variant="default"):
    return Key(Kind.RESULT, f"/unsafe/{number}x1/a.jpg", variant, made_of=sources)


@pytest.fixture
def roots(tmp_path):
    return tmp_path / "sources", tmp_path / "results"


@pytest.fixture
def storage(roots):
    return FileStorage(*roots)


def notes(roots):
    return [each for each in (roots[1] / _notes.FOLDER).rglob("*") if each.is_file()]


def test_a_result_goes_with_any_of_its_sources(storage):
    keys = [result(1, "a.jpg"), result(2, "a.jpg", "logo.png"), result(3, "b.jpg", "logo.png")]
    for each in keys:
        storage.put(each, b"body")
    assert storage.purge("logo.png") == 2
    assert [storage.get(each) is not None for each in keys] == [True, False, False]
    assert storage.purge("a.jpg") == 1
    assert storage.purge("b.jpg") == 0


def test_a_purge_leaves_nothing_of_its_source_behind(storage, roots):
    for kind in (Kind.SOURCE, Kind.FOCAL_POINTS):
        storage.put(Key(kind, "a.jpg"), b"body")
    for number in range(50):
        storage.put(result(number, "a.jpg", variant=f"auto_{number % 3}"), b"body")
    assert storage.purge("a.jpg") == 52
    left = [each for root in roots for each in root.rglob("*") if each.is_file()]
    assert [(each.suffix, each.stat().st_size) for each in left] == [(".purged", 0)]


def test_a_signature_key_survives(storage):
    storage.put(Key(Kind.SECURITY_KEY, "a.jpg"), b"key")
    storage.purge("a.jpg")
    assert storage.get(Key(Kind.SECURITY_KEY, "a.jpg")).body == b"key"


def test_another_process_purges_what_this_one_wrote(roots):
    FileStorage(*roots).put(result(1, "a.jpg"), b"body")
    assert FileStorage(*roots).purge("a.jpg") == 1


def test_writing_again_makes_no_second_note(storage, roots):
    for _ in range(3):
        storage.put(result(1, "a.jpg"), b"body")
    assert len(notes(roots)) == 1


def test_a_result_whose_source_is_purged_while_it_is_written_is_not_kept(storage, monkeypatch):
    write = _atomic.write

    def late(*args, **named):
        other.purge("a.jpg")
        write(*args, **named)

    other = FileStorage(*(each.root for each in storage._folders))
    monkeypatch.setattr(_atomic, "write", late)
    storage.put(result(1, "a.jpg"), b"old")
    assert storage.get(result(1)) is None


def test_no_result_is_kept_that_could_not_be_purged(storage, monkeypatch):
    def full(_place):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_notes, "write", full)
    with pytest.raises(StorageError):
        storage.put(result(1, "a.jpg"), b"body")
    assert storage.get(result(1)) is None


def test_notes_of_results_that_are_gone_are_swept(storage, roots):
    for number in range(4):
        storage.put(result(number, "a.jpg"), b"body")
    for number in range(3):
        storage.delete(result(number))
    for each in notes(roots)[:3]:
        os.utime(each, (LONG_AGO, LONG_AGO))
    for each in notes(roots):
        os.utime(each, (LONG_AGO, LONG_AGO))
    storage.prune()
    assert len(notes(roots)) == 1
    assert storage.purge("a.jpg") == 1


def test_notes_of_writers_at_work_are_left(storage, roots):
    storage.put(result(1, "a.jpg"), b"body")
    storage.delete(result(1))
    storage.prune()
    assert len(notes(roots)) == 1


def test_the_folders_of_a_bounded_storage_are_swept_too(roots):
    bounded = FileStorage(Folder(roots[0], SOURCES), Folder(roots[1], RESULTS, 1 << 20))
    for number in range(400):
        bounded.put(result(number, f"{number}.jpg"), bytes(8192))
    bounded.settle()
    for each in notes(roots):
        os.utime(each, (LONG_AGO, LONG_AGO))
    bounded.prune()
    kept = [each for each in range(400) if bounded.get(result(each))]
    assert len(notes(roots)) == len(kept) < 200


def test_without_the_index_a_purge_says_so(roots):
    plain = FileStorage(*roots, indexed=False)
    plain.put(Key(Kind.SOURCE, "a.jpg"), b"body")
    plain.put(result(1, "a.jpg"), b"body")
    with pytest.raises(CannotPurge):
        plain.purge("a.jpg")
    assert plain.get(Key(Kind.SOURCE, "a.jpg")) is None
    assert notes(roots) == []


def test_a_link_in_place_of_the_notes_is_not_followed(storage, roots, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    roots[1].mkdir()
    (roots[1] / _notes.FOLDER).symlink_to(outside)
    storage.put(result(1, "a.jpg"), b"body")
    assert list(outside.rglob("*")) == []


def test_an_entry_may_be_as_old_as_it_says(storage):
    storage.put_as_of(result(1, "a.jpg"), Stored(b"body", 2_000_000))
    assert storage.get(result(1)).modified == 2_000_000


def test_results_without_a_note_are_missing_once_their_source_is_purged(storage, roots):
    """Thumbor's own; and those written while the index was off."""
    unnoted = FileStorage(*roots, indexed=False)
    keys = [result(1, "a.jpg"), result(2, "b.jpg", "a.jpg"), result(3, "b.jpg")]
    for each in keys:
        unnoted.put(each, b"body")
    assert [storage.get(each) is not None for each in keys] == [True] * 3
    time.sleep(0.02)  # file systems count ticks
    storage.purge("a.jpg")
    assert [storage.get(each) is not None for each in keys] == [False, False, True]
    storage.put(keys[0], b"new")
    assert storage.get(keys[0]).body == b"new"


def test_results_of_older_thumbors_are_missing_once_their_source_is_purged(storage, roots):
    place = roots[1] / "v2/un/sa/unsafe/1x1/a.jpg"
    place.parent.mkdir(parents=True)
    place.write_bytes(b"body")
    assert storage.get(result(1, "a.jpg"))
    time.sleep(0.02)
    storage.purge("a.jpg")
    assert storage.get(result(1, "a.jpg")) is None


def test_what_is_written_right_after_a_purge_is_found(storage):
    for _ in range(50):
        storage.purge("a.jpg")
        storage.put(result(1, "a.jpg"), b"body")
        assert storage.get(result(1, "a.jpg"))


def test_a_copy_that_is_older_than_the_purge_is_missing(storage):
    storage.purge("a.jpg")
    storage.put_as_of(result(1, "a.jpg"), Stored(b"old", time.time() - 100))
    assert storage.get(result(1, "a.jpg")) is None


@pytest.mark.parametrize(("age", "left"), [(None, 1), (7200, 1), (60, 0)])
def test_marks_go_when_no_result_can_be_as_old(roots, age, left):
    storage = FileStorage(roots[0], Folder(roots[1], RESULTS, 0, age))
    storage.purge("a.jpg")
    (mark,) = notes(roots)
    os.utime(mark, (LONG_AGO, LONG_AGO))
    storage.prune()
    assert len(notes(roots)) == left


def test_a_purge_that_fails_half_way_is_made_good_by_the_next(storage, monkeypatch):
    """Whatever call it is that fails, as if the process were killed there."""
    keys = [result(number, "a.jpg") for number in range(3)]
    for fatal in range(1, 13):
        for each in keys:
            storage.put(each, b"body")
        with monkeypatch.context() as patch:
            patch.setattr(_atomic, "remove", failing_at(fatal, _atomic.remove))
            with contextlib.suppress(StorageError):
                storage.purge("a.jpg")
        storage.purge("a.jpg")
        assert [path for path in storage._folders[1].root.rglob("*") if path.stat().st_size] == [
            path for path in storage._folders[1].root.rglob("*") if path.is_dir()
        ]


def failing_at(number, work):
    calls = itertools.count(1)

    def called(*args):
        if next(calls) >= number:
            raise OSError(errno.EIO, "gone")
        return work(*args)

    return called
