import ctypes

from thumborlike import memory


def test_the_c_library_takes_the_bounds(monkeypatch):
    told = []

    class Library:
        def mallopt(self, name, value):
            told.append((name, value))

    monkeypatch.setattr(ctypes, "CDLL", lambda name: Library())
    memory.keep_freed()
    assert told == [(-3, memory.LARGEST), (-1, memory.KEPT)]


def test_other_c_libraries_are_left_alone(monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    memory.keep_freed()
