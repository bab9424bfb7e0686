import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from thumborlike.flights import Flights


def together(count, call):
    """The results (or errors) of `count` threads that all call at once."""
    start = threading.Barrier(count)

    def one(number):
        start.wait(5)
        return call(number)

    with ThreadPoolExecutor(count) as pool:
        futures = [pool.submit(one, number) for number in range(count)]
        return [future.exception(5) or future.result(5) for future in futures]


def test_equal_work_at_the_same_time_is_done_once():
    flights, done, all_here = Flights(), [], threading.Event()

    def work():
        all_here.wait(0.2)
        done.append(1)
        return object()

    given = together(8, lambda _: flights.run("key", work))
    assert (len(done), len(set(map(id, given)))) == (1, 1)


def test_other_keys_do_not_wait():
    flights, both = Flights(), threading.Barrier(2)
    assert together(2, lambda number: flights.run(number, lambda: both.wait(5) is not None)) == [
        True,
        True,
    ]


def test_an_error_is_shared_and_not_kept():
    flights, started = Flights(), threading.Event()

    def fail():
        started.wait(0.2)
        raise ValueError("no")

    assert {type(each) for each in together(4, lambda _: flights.run("key", fail))} == {ValueError}
    assert flights.run("key", lambda: 7) == 7
    with pytest.raises(ValueError, match="no"):
        flights.run("key", fail)
