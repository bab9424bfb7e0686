"""A file storage that minds itself: bounds, ages, and what is never removed."""

from __future__ import annotations

import contextlib
import os
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from thumborlike.storages._ledger import LASTS, NAME, Ledger
from thumborlike.storages._minder import Folder, Minder
from thumborlike.storages._stock import BLOCK, RESULTS, SOURCES
from thumborlike.storages.file import FileStorage

from thumborlike.interfaces import Key, Kind, Tended

MEBIBYTE = 1 << 20
UPLOAD = Key(Kind.SOURCE, "0123456789abcdef" * 2)
LASTING = (UPLOAD, Key(Kind.SOURCE, "blacklist.txt"), Key(Kind.SECURITY_KEY, "a.jpg"))


def result(number: int) -> Key:
    return Key(Kind.RESULT, f"/unsafe/{number}.jpg")


def source(number: int) -> Key:
    return Key(Kind.SOURCE, f"{number}.jpg")


def bounded(tmp_path: Path, bound: int, **ages: float) -> FileStorage:
    return FileStorage(
        Folder(tmp_path / "sources", SOURCES, bound, ages.get("sources")),
        Folder(tmp_path / "results", RESULTS, bound, ages.get("results")),
    )


def used(root: Path) -> int:
    """Bytes in blocks, whatever may vanish meanwhile."""
    total = 0
    for folder, _, names in os.walk(root):
        for name in names:
            with contextlib.suppress(OSError):
                total += -(-(Path(folder) / name).stat().st_size // BLOCK) * BLOCK
    return total


def watched(root: Path, work) -> int:
    """The most that was in the folder while `work` ran."""
    seen, over = [0], threading.Event()

    def watch():
        while not over.is_set():
            seen.append(used(root))
            time.sleep(0.005)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        work()
    finally:
        over.set()
        watcher.join()
    return max(*seen, used(root))


def flood(storage: FileStorage, total: int, size: int = 20_000) -> None:
    body = os.urandom(size)
    for number in range(total // size):
        storage.put(result(number), body)
        if number % 50 == 0:  # pictures do not come quite as fast
            storage.settle()


def kept(storage: FileStorage, keys) -> list[bool]:
    return [storage.get(key) is not None for key in keys]


def put_surely(storage: FileStorage, key: Key, body: bytes) -> None:
    """As a server does: what was not kept is made, and put, again."""
    end = time.monotonic() + 2
    while time.monotonic() < end:
        storage.put(key, body)
        if storage.get(key):
            return
        storage.settle()
    raise AssertionError("never kept")


def test_a_bound_holds_under_ten_times_as_many_writes(tmp_path):
    bound = 4 * MEBIBYTE
    storage = bounded(tmp_path, bound)
    most = watched(tmp_path / "results", lambda: flood(storage, 10 * bound))
    assert most <= bound + BLOCK  # the ledger
    storage.settle()
    put_surely(storage, result(0), b"the newest")
    assert used(tmp_path / "results") > bound / 2


@pytest.mark.long
def test_a_bound_of_100_mb_holds_under_a_gigabyte_of_writes(tmp_path):
    bound = 100 * 10**6
    storage = bounded(tmp_path, bound)
    most = watched(tmp_path / "results", lambda: flood(storage, 10 * bound, 50_000))
    assert bound * 0.7 < most <= bound + BLOCK


WRITER = """
import os, sys, time
from pathlib import Path
from thumborlike.interfaces import Key, Kind
from thumborlike.storages._minder import Folder
from thumborlike.storages._stock import RESULTS, SOURCES
from thumborlike.storages.file import FileStorage
root, bound, total, size, seconds = Path(sys.argv[1]), *map(int, sys.argv[2:])
end = time.monotonic() + seconds  # until then, what was refused is put again
storage = FileStorage(
    Folder(root / "sources", SOURCES, bound), Folder(root / "results", RESULTS, bound)
)
body = os.urandom(size)
for number in range(total // size):
    key = Key(Kind.RESULT, f"/{os.getpid()}/{number}", made_of=(f"{number % 50}.jpg",))
    storage.put(key, body)
    while time.monotonic() < end and not storage.get(key):
        storage.settle()
        time.sleep(0.005)
        storage.put(key, body)
"""


def several_writers(
    root: Path, bound: int, total: int, size: int, seconds: int, count: int = 4
) -> None:
    numbers = [str(each) for each in (bound, total // count, size, seconds)]
    line = [sys.executable, "-c", WRITER, str(root), *numbers]
    writers = [subprocess.Popen(line) for _ in range(count)]
    assert [each.wait(200) for each in writers] == [0] * count


def test_a_bound_holds_where_several_processes_share_the_folder(tmp_path):
    bound = 8 * MEBIBYTE
    most = watched(tmp_path, lambda: several_writers(tmp_path, bound, 6 * bound, 20_000, 4))
    assert bound * 0.4 < most <= bound + BLOCK


@pytest.mark.long
def test_100_mb_hold_under_a_gigabyte_of_writes_by_four_processes(tmp_path):
    bound = 100 * 10**6
    most = watched(tmp_path, lambda: several_writers(tmp_path, bound, 10 * bound, 50_000, 30))
    assert bound * 0.6 < most <= bound + BLOCK


def test_what_is_used_stays_and_what_is_not_goes(tmp_path):
    storage = bounded(tmp_path, 100 * BLOCK)
    for number in range(60):
        put_surely(storage, result(number), b"x")
    now = time.time()
    for number, path in enumerate(sorted((tmp_path / "results").rglob("??????????*"))):
        if path.is_file() and path.name != NAME:
            os.utime(path, (now - 5000 - number, now - 5000 - number))
    used_ones = [result(number) for number in range(0, 60, 6)]
    assert all(kept(storage, used_ones))
    for number in range(100, 175):
        put_surely(storage, result(number), b"x")
    assert all(kept(storage, used_ones))
    assert sum(kept(storage, map(result, range(60)))) < 40


def test_a_use_does_not_change_the_time_of_writing(tmp_path):
    storage = bounded(tmp_path, MEBIBYTE)
    put_surely(storage, result(1), b"x")
    (place,) = (each for each in (tmp_path / "results/default").rglob("*") if each.is_file())
    os.utime(place, (1_000, 2_000))
    assert storage.get(result(1)).modified == 2_000
    assert time.time() - place.stat().st_atime < 10
    assert place.stat().st_mtime == 2_000


def test_uploads_keys_and_the_block_list_are_never_removed(tmp_path):
    storage = bounded(tmp_path, 40 * BLOCK, sources=1)
    for key in LASTING:
        storage.put(key, b"x")
    for path in (tmp_path / "sources").rglob("*"):
        os.utime(path, (1, 1))
    for number in range(300):
        storage.put(source(number), b"x")
    storage.settle()
    storage.prune(max_bytes=1)
    assert kept(storage, LASTING) == [True] * 3
    assert not any(kept(storage, map(source, range(300))))


def test_uploads_are_kept_even_where_there_is_no_room(tmp_path):
    storage = bounded(tmp_path, BLOCK)
    storage.put(UPLOAD, b"x" * 10 * BLOCK)
    assert storage.get(UPLOAD)


def test_files_of_others_are_neither_counted_nor_touched(tmp_path):
    storage = bounded(tmp_path, 20 * BLOCK, results=1)
    foreign = [tmp_path / "results" / each for each in ("mine.jpg", "ab/cd/e", "v2/un/sa/a.jpg")]
    for path in foreign:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(50 * BLOCK))
        os.utime(path, (1, 1))
    outside = tmp_path / "outside"
    (outside / "ab/cd").mkdir(parents=True)
    victim = outside / "ab/cd" / ("e" * 36)
    victim.write_bytes(b"x")
    os.utime(victim, (1, 1))
    (tmp_path / "results/default").symlink_to(outside)
    storage.prune(max_bytes=1)
    assert [holding.entries for holding in storage.stats()] == [0, 0]
    assert all(path.exists() for path in [*foreign, victim])


def test_what_is_too_old_is_removed_and_so_are_old_drafts(tmp_path):
    storage = bounded(tmp_path, 0, results=3600)
    for number in range(4):
        storage.put(result(number), b"x")
    places = [each for each in (tmp_path / "results").rglob("*") if each.is_file()]
    for place in places[:2]:
        os.utime(place, (time.time(), time.time() - 4000))
    draft = places[3].with_name(f"{places[3].name}.{'a' * 32}")
    draft.write_bytes(b"cut")
    os.utime(draft, (1, 1))
    (_, _), (left, removed) = storage.prune()
    assert (left.entries, removed.entries) == (2, 3)
    assert not draft.exists()


def test_the_storage_is_tended():
    assert isinstance(bounded(Path("/nowhere"), 0), Tended)


def test_without_a_bound_nothing_is_inspected(tmp_path):
    storage = bounded(tmp_path, 0)
    flood(storage, MEBIBYTE)
    assert not (tmp_path / "results" / NAME).exists()
    assert len([each for each in (tmp_path / "results").rglob("*") if each.is_file()]) == 52


def test_an_entry_larger_than_a_quarter_of_the_bound_is_not_kept(tmp_path):
    storage = bounded(tmp_path, 40 * BLOCK)
    for _ in range(3):
        storage.put(result(1), bytes(11 * BLOCK))
        storage.settle()
    assert storage.get(result(1)) is None
    put_surely(storage, result(2), bytes(9 * BLOCK))


def test_a_folder_that_cannot_be_written_to_admits_nothing_and_is_told_once(tmp_path, caplog):
    (tmp_path / "file").write_bytes(b"")
    minder = Minder(Folder(tmp_path / "file", RESULTS, MEBIBYTE))
    for _ in range(5):
        with minder.admission(10) as admitted:
            assert not admitted
        minder.settle()
    assert len(caplog.records) == 1


def test_a_damaged_ledger_counts_as_none(tmp_path):
    (tmp_path / NAME).write_bytes(b'{"x": [1')
    with Ledger(tmp_path).opened() as page:
        assert (page.sharers, page.granted) == (1, 0)
        page.grant(5)
    with Ledger(tmp_path).opened() as page:
        assert (page.sharers, page.granted) == (2, 5)


def test_grants_of_the_dead_are_over_in_time(tmp_path, monkeypatch):
    with Ledger(tmp_path).opened() as page:
        page.grant(5)
    late = time.time() + LASTS + 1
    monkeypatch.setattr(time, "time", lambda: late)
    with Ledger(tmp_path).opened() as page:
        assert page.granted == 0


def test_lasting_entries_are_read_only(tmp_path):
    storage = bounded(tmp_path, 0)
    storage.put(UPLOAD, b"x")
    storage.put(UPLOAD, b"y")
    (place,) = (each for each in (tmp_path / "sources").rglob("*") if each.is_file())
    assert not place.stat().st_mode & stat.S_IWUSR
    assert storage.get(UPLOAD).body == b"y"
    storage.delete(UPLOAD)
    assert storage.get(UPLOAD) is None
