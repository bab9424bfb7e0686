from __future__ import annotations

import asyncio

import pytest
from thumborlike.loaders import file_http_fallback

from thumborlike.errors import SourceFailed, SourceNotAllowed, SourceNotFound, SourceTooLarge
from thumborlike.interfaces import Source, SourceRequest


class Having:
    """A loader that has some sources, allows some, and fails on one."""

    def __init__(self, sources, forbidden=(), failure=None):
        self.sources = sources
        self.forbidden = forbidden
        self.failure = failure
        self.closed = False

    def allows(self, source):
        return source not in self.forbidden

    async def load(self, wanted):
        if self.failure:
            raise self.failure
        if wanted.name not in self.sources:
            raise SourceNotFound("no")
        return Source(wanted.name, self.sources[wanted.name])

    async def close(self):
        self.closed = True


def load(web, files, http, name):
    loader = file_http_fallback.create(web.Env(loaders={"file": files, "http": http}))
    assert loader.allows(name)
    return asyncio.run(loader.load(SourceRequest(name))).body


def test_the_file_wins(web):
    assert (
        load(web, Having({"a": b"file"}), Having({"a": b"web"}, forbidden=("a",)), "a") == b"file"
    )


def test_the_web_is_asked_next(web):
    assert load(web, Having({}), Having({"a": b"web"}), "a") == b"web"


def test_what_the_web_may_not_have_is_not_allowed(web):
    """400; Thumbor 7.8 fails with 500."""
    with pytest.raises(SourceNotAllowed):
        load(web, Having({}), Having({"a": b"web"}, forbidden=("a",)), "a")


@pytest.mark.parametrize("failure", [SourceTooLarge("x"), SourceFailed("x")])
def test_other_failures_of_the_file_are_final(web, failure):
    with pytest.raises(type(failure)):
        load(web, Having({}, failure=failure), Having({"a": b"web"}), "a")


def test_missing_everywhere(web):
    with pytest.raises(SourceNotFound):
        load(web, Having({}), Having({}), "a")


def test_close_is_passed_on(web):
    http = Having({})
    loader = file_http_fallback.create(web.Env(loaders={"file": Having({}), "http": http}))
    asyncio.run(loader.close())
    assert http.closed
