"""Pictures of filters in memory: for how long, and what a purge does to them."""

import asyncio

from thumborlike.errors import SourceNotFound
from thumborlike.interfaces import Source, SourceRequest
from thumborlike.overlays import Overlays
from thumborlike.sources import Fetched

WANTED = SourceRequest("mark.png")


class Counted:
    def __init__(self, *, stale=False):
        self.now = 0.0
        self.fetches = 0
        self.stale = stale
        self.meanwhile = lambda: None
        self.overlays = Overlays(self.fetch, max_bytes=1000, seconds=5, clock=lambda: self.now)

    async def fetch(self, wanted):
        self.fetches += 1
        await asyncio.sleep(0)
        self.meanwhile()
        if wanted.name == "missing":
            raise SourceNotFound("no such source")
        body = b"x" * (600 if wanted.name == "large" else 10)
        return Fetched(Source(wanted.name, body), loaded=True, stale=self.stale)

    def ask(self, name="mark.png"):
        return asyncio.run(self.overlays.fetch(SourceRequest(name)))


def test_one_fetch_for_some_seconds():
    counted = Counted()
    first, second = counted.ask(), counted.ask()
    assert (first.loaded, second.loaded) == (True, False)
    assert second.source == first.source
    counted.now = 4.9
    assert counted.overlays.at_hand("mark.png")
    counted.now = 5.0
    assert counted.overlays.at_hand("mark.png") is None
    counted.ask()
    assert counted.fetches == 2


def test_what_is_purged_is_fetched_anew():
    counted = Counted()
    counted.ask()
    counted.overlays.forget("mark.png")
    counted.ask()
    assert counted.fetches == 2


def test_what_is_purged_while_it_is_fetched_is_not_kept():
    counted = Counted()
    counted.meanwhile = lambda: counted.overlays.forget("mark.png")
    counted.ask()
    assert counted.overlays.at_hand("mark.png") is None


def test_stale_missing_and_large_ones_are_not_kept():
    stale = Counted(stale=True)
    stale.ask()
    assert stale.overlays.at_hand("mark.png") is None
    counted = Counted()
    counted.ask("large")
    assert counted.overlays.at_hand("large") is None
    for _ in range(2):
        try:
            counted.ask("missing")
        except SourceNotFound:
            continue
        raise AssertionError
    assert counted.fetches == 3
