import asyncio

import pytest
from doubles import Quiet, Shelf

from thumborlike import admission
from thumborlike.admission import Admission
from thumborlike.errors import BadSignature, SourceNotAllowed, UrlTooLong
from thumborlike.gate import Gate
from thumborlike.http.message import Request
from thumborlike.keeping import TolerantStorage
from thumborlike.plugins import resolve_filters
from thumborlike.settings import Settings
from thumborlike.settings.sections import FormatSettings, LimitSettings, SecuritySettings
from thumborlike.signing import resolve_signer

KEY = "key"


class Counted:
    """A signer that counts what it signs."""

    def __init__(self):
        self.signed = []

    def sign(self, path, key):
        self.signed.append(path)
        return resolve_signer("hmac_sha1").sign(path, key)


class Loader:
    allowed = True

    def allows(self, source):
        return self.allowed

    async def load(self, wanted):
        raise AssertionError("nothing is loaded here")


class NoneBlocked:
    async def blocks(self, source):
        return False


class Desk:
    """An `Admission` with what it was made of."""

    def __init__(self, *, block_list=None, formats=None, limits=None, **security):
        given = SecuritySettings(**{"security_key": KEY, **security})
        parts = {"security": given, "formats": formats, "limits": limits}
        settings = Settings(**{name: part for name, part in parts.items() if part})
        self.signer, self.loader = Counted(), Loader()
        keys = TolerantStorage(Shelf(), 1, Quiet())
        gate = Gate(settings.security, self.signer, keys, self.loader, block_list)
        filters = resolve_filters(settings.extensions.filters)
        self.admission = Admission(settings, filters, gate)

    def job(self, path, query="", **headers):
        return asyncio.run(self.admission.job(Request("GET", path, query, headers)))

    def known(self, path, query="", **headers):
        return self.admission.known(Request("GET", path, query, headers))


def signed(path):
    return f"/{resolve_signer('hmac_sha1').sign(path, KEY)}/{path}"


def test_an_address_is_checked_once():
    desk, path = Desk(), signed("100x80/filters:quality(70)/a.jpg")
    assert desk.known(path) is None
    job = desk.job(path)
    assert desk.known(path) is job
    assert desk.job(path) is job
    assert desk.job(path, query="v=2") is job
    assert len(desk.signer.signed) == 1


@pytest.mark.parametrize(
    "other", ["100x81/a.jpg", "100x80/a.jpg?x", "100x80/a%2Ejpg", "100x80//a.jpg"]
)
def test_another_spelling_is_another_address(other):
    desk, path = Desk(), signed("100x80/a.jpg")
    desk.job(path)
    assert desk.known(path.replace("100x80/a.jpg", other)) is None


def test_a_signature_is_no_signature_for_another_text():
    desk, path = Desk(), signed("100x80/a.jpg")
    desk.job(path)
    for _ in range(2):
        with pytest.raises(BadSignature):
            desk.job(path.replace("100x80", "900x80"))


def test_what_is_refused_is_looked_at_each_time():
    desk, path = Desk(), "/unsafe/100x80/a.jpg"
    desk.loader.allowed = False
    with pytest.raises(SourceNotAllowed):
        desk.job(path)
    assert desk.known(path) is None
    desk.loader.allowed = True
    assert desk.job(path)


def test_clients_that_accept_other_formats_have_jobs_of_their_own():
    desk = Desk(formats=FormatSettings(auto_webp=True))
    path = "/unsafe/100x80/a.jpg"
    assert desk.job(path, accept="image/webp").negotiated.formats == ("webp",)
    assert desk.known(path) is None
    assert desk.job(path).negotiated.formats == ()
    assert desk.known(path, accept="image/webp").negotiated.formats == ("webp",)


def test_without_formats_to_choose_from_accept_makes_no_difference():
    desk, path = Desk(), "/unsafe/100x80/a.jpg"
    assert desk.job(path, accept="image/webp") is desk.job(path, accept="image/avif,*/*;q=0.1")


@pytest.mark.parametrize(
    "keys", [{"block_list": NoneBlocked()}, {"stores_crypto_key_for_each_image": True}]
)
def test_nothing_is_remembered_where_a_storage_has_a_say(keys):
    desk, path = Desk(**keys), "/unsafe/100x80/a.jpg"
    desk.job(path)
    assert desk.known(path) is None


@pytest.mark.parametrize(
    "path",
    [
        "/unsafe/filters:expire(4102444800000)/a.jpg",
        "/unsafe/filters:image(/20x20/b.jpg,0,0)/a.jpg",
        f"/unsafe/{'a' * admission.LONGEST_PATH}.jpg",
        "/unsafe/ä.jpg",
    ],
)
def test_what_a_clock_ends_or_takes_much_room_is_not_remembered(path):
    desk = Desk()
    assert desk.job(path)
    assert desk.known(path) is None


def test_a_long_accept_is_not_remembered():
    desk = Desk(formats=FormatSettings(auto_webp=True))
    desk.job("/unsafe/a.jpg", accept="image/webp," * 100)
    assert not len(desk.admission._known)


def test_the_limit_for_addresses_holds_for_known_ones_too():
    desk = Desk(limits=LimitSettings(max_url_length=40))
    path = "/unsafe/100x80/a.jpg"
    desk.job(path)
    assert desk.known(path, query="v=1")
    assert desk.known(path, query="v" * 40) is None
    with pytest.raises(UrlTooLong):
        desk.job(path, query="v" * 40)


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(admission, "REMEMBERED", 100_000)
    desk = Desk()
    for number in range(100):
        desk.job(f"/unsafe/100x80/filters:blur(2):sharpen(1,1,true)/{number}.jpg")
    assert 5 < len(desk.admission._known) < 40
    assert desk.admission._known.bytes <= 100_000
