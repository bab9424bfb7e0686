"""What origins failed with a moment ago."""

import pytest

from thumborlike.errors import (
    SourceEmpty,
    SourceFailed,
    SourceNotFound,
    SourceRefused,
    SourceTimeout,
    SourceTooLarge,
)
from thumborlike.failing import MOST, Failures


class Counts(dict):
    def incr(self, name, value=1):
        self[name] = self.get(name, 0) + value

    def timing(self, name, milliseconds):
        pass


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def counts():
    return Counts()


@pytest.mark.parametrize(
    "kind", [SourceNotFound, SourceRefused, SourceFailed, SourceEmpty, SourceTimeout]
)
def test_failures_of_origins_are_raised_again_for_a_while(kind, clock, counts):
    failures = Failures(3, counts, clock)
    failures.check("a")
    first = kind("so it was")
    failures.remember("a", first)
    clock.now = 2.9
    with pytest.raises(kind, match="so it was") as again:
        failures.check("a")
    assert again.value is not first and counts == {"source.failure.remembered": 1}
    failures.check("b")
    clock.now = 3.0
    failures.check("a")
    assert counts == {"source.failure.remembered": 1}


def test_our_own_refusals_are_not_remembered(clock, counts):
    failures = Failures(3, counts, clock)
    failures.remember("a", SourceTooLarge("more than allowed"))
    failures.check("a")


def test_zero_seconds_remember_nothing(clock, counts):
    failures = Failures(0, counts, clock)
    failures.remember("a", SourceFailed("broken"))
    failures.check("a")


def test_what_was_purged_is_asked_for_again(clock, counts):
    failures = Failures(3, counts, clock)
    failures.remember("a", SourceFailed("broken"))
    failures.forget("a")
    failures.check("a")


def test_a_flood_of_names_takes_bounded_memory(clock, counts):
    failures = Failures(3, counts, clock)
    for number in range(2000):
        failures.remember(f"{number}/" + "a" * 10_000, SourceFailed("broken"))
    assert len(failures._known) < MOST / 10_000
    with pytest.raises(SourceFailed):
        failures.check("1999/" + "a" * 10_000)
