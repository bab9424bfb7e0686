import asyncio
from types import SimpleNamespace

import pytest
from doubles import Quiet, Shelf

from thumborlike.errors import BadSignature, SourceBlocked, SourceNotAllowed, UnsafeNotAllowed
from thumborlike.gate import Gate
from thumborlike.interfaces import Key, Kind, SourceRequest
from thumborlike.job import Layout
from thumborlike.keeping import TolerantStorage
from thumborlike.settings.sections import SecuritySettings
from thumborlike.signing import resolve_signer
from thumborlike.url.grammar import parse

# thumbor-http test vector: key, path, signature
KEY = "MY_SECURE_KEY"
PATH = "300x200/my.server.com/some/path/image.jpg"
SIGNED = f"/bUuDbBUUWaK2zBZhjrPQzFhAAns=/{PATH}"
SOURCE = "my.server.com/some/path/image.jpg"


class Loader:
    def __init__(self, *refused):
        self.refused = refused

    def allows(self, source):
        return source not in self.refused

    async def load(self, wanted):
        raise AssertionError("the gate loads nothing")


class Blocks:
    def __init__(self, *names):
        self.names = names

    async def blocks(self, source):
        return source in self.names


def gate(*, shelf=None, loader=None, block_list=None, **security):
    settings = SecuritySettings(**{"security_key": KEY, **security})
    keys = TolerantStorage(Shelf() if shelf is None else shelf, 1, Quiet())
    return Gate(settings, resolve_signer("hmac_sha1"), keys, loader or Loader(), block_list)


def authorise(made, path):
    return asyncio.run(made.authorise(parse(path)))


def test_a_good_signature_passes():
    assert authorise(gate(), SIGNED).source == SOURCE


@pytest.mark.parametrize(
    ("path", "security"),
    [
        (SIGNED.replace("bUuD", "cUuD"), {}),
        (SIGNED.replace("300x", "301x"), {}),
        (SIGNED, {"security_key": "other"}),
        (SIGNED, {"security_key": None}),
        (SIGNED, {"security_key": ""}),
    ],
)
def test_a_bad_signature_does_not(path, security):
    with pytest.raises(BadSignature):
        authorise(gate(**security), path)


def test_the_empty_key_signs_nothing():
    with pytest.raises(BadSignature):
        authorise(gate(security_key=""), "/QA-zo3PhS1FjWhc0xrmVEHIdyI8=/x50/a.jpg")


def test_unsafe_follows_its_switch():
    assert authorise(gate(), f"/unsafe/{PATH}").unsafe
    with pytest.raises(UnsafeNotAllowed):
        authorise(gate(allow_unsafe_url=False), f"/unsafe/{PATH}")


def test_a_key_kept_beside_the_source_still_opens_after_a_change_of_key():
    shelf = Shelf()
    old = gate(shelf=shelf, stores_crypto_key_for_each_image=True)
    asyncio.run(old.remember(SOURCE))
    assert shelf[Key(Kind.SECURITY_KEY, SOURCE)].body == KEY.encode()
    new = {"shelf": shelf, "security_key": "new"}
    assert authorise(gate(**new, stores_crypto_key_for_each_image=True), SIGNED)
    with pytest.raises(BadSignature):
        authorise(gate(**new), SIGNED)


def test_keys_are_kept_only_when_asked():
    shelf = Shelf()
    asyncio.run(gate(shelf=shelf).remember(SOURCE))
    assert not shelf


def job(source, *overlays, quirks=False):
    return SimpleNamespace(
        source=SourceRequest(source),
        overlays=tuple(map(SourceRequest, overlays)),
        layout=Layout(quirks=quirks),
    )


def test_every_source_a_job_names_must_be_allowed():
    made = gate(loader=Loader("evil"))
    wanted = job("fine", "also")
    assert asyncio.run(made.admit(wanted)) is wanted
    for refused in (job("evil"), job("fine", "evil")):
        with pytest.raises(SourceNotAllowed):
            asyncio.run(made.admit(refused))


def test_blocked_sources_are_refused():
    with pytest.raises(SourceBlocked):
        asyncio.run(gate(block_list=Blocks("bad.jpg")).admit(job("bad.jpg")))


def test_a_blocked_picture_is_no_overlay_either():
    made = gate(block_list=Blocks("bad.jpg"))
    with pytest.raises(SourceBlocked):
        asyncio.run(made.admit(job("fine.jpg", "bad.jpg")))
    as_thumbor = job("fine.jpg", "bad.jpg", quirks=True)
    assert asyncio.run(made.admit(as_thumbor)) is as_thumbor
