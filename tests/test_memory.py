import ctypes

import pytest

from thumborlike import memory


def test_the_c_library_takes_the_bounds(monkeypatch):
    told = []

    class Library:
        def mallopt(self, name, value):
            told.append((name, value))

    monkeypatch.setattr(ctypes, "CDLL", lambda name: Library())
    memory.keep_freed()
    assert told == [(-8, 1), (-3, memory.LARGEST), (-1, memory.KEPT)]


@pytest.mark.parametrize(("workers", "areas"), [(1, 1), (2, 1), (8, 2), (32, 8)])
def test_threads_share_areas(monkeypatch, workers, areas):
    told = []

    class Library:
        def mallopt(self, name, value):
            told.append((name, value))

    monkeypatch.setattr(ctypes, "CDLL", lambda name: Library())
    memory.keep_freed(workers)
    assert told[0] == (-8, areas)


def test_other_c_libraries_are_left_alone(monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    memory.keep_freed()
