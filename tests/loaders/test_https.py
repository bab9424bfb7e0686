from __future__ import annotations

import asyncio
import importlib
import ssl
from pathlib import Path

import pytest

from thumborlike.errors import SourceFailed, SourceNotAllowed
from thumborlike.interfaces import SourceRequest


def create(kind, env):
    return importlib.import_module(f"thumborlike.loaders.{kind}").create(env)


@pytest.mark.parametrize(
    ("kind", "name", "allowed"),
    [
        ("https", "h.example/a", True),
        ("https", "https%3A//h.example/a", True),
        ("https", "http%3A//h.example/a", True),
        ("strict_https", "h.example/a", True),
        ("strict_https", "https%3A//h.example/a", True),
        ("strict_https", "http%3A//h.example/a", False),
        ("strict_https", "http://h.example/a", False),
        ("strict_https", "HTTP%3A//h.example/a", False),
    ],
)
def test_which_schemes_are_allowed(web, kind, name, allowed):
    """The last one is a host called `http`, as in Thumbor 7.8: nothing is sent in the clear."""
    assert create(kind, web.env()).allows(name) is allowed


def test_strict_loader_refuses_before_any_packet(web):
    async def run():
        async with web.serving({}) as origin:
            with pytest.raises(SourceNotAllowed):
                await web.load(web.env(), origin.name("/a"), "strict_https")
            return origin.accepted

    assert asyncio.run(run()) == 0


def test_https_speaks_tls_to_names_without_a_scheme(web):
    """A server that does not: 502, and nothing readable was sent."""

    async def run():
        seen = []

        async def listen(reader, writer):
            seen.append(await reader.read(3))
            writer.close()

        server = await asyncio.start_server(listen, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        loader = create("https", web.env())
        with pytest.raises(SourceFailed):
            await loader.load(SourceRequest(f"127.0.0.1%3A{port}/a"))
        await loader.close()
        server.close()
        return seen

    assert asyncio.run(run())[0][:2] == b"\x16\x03"


TLS = Path(__file__).parent / "tls"
CERTIFICATE, KEY = str(TLS / "certificate.pem"), str(TLS / "key.pem")


def over_tls(web, kind="strict_https", ask_for_certificate=False, **keys):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE, KEY)
    if ask_for_certificate:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(CERTIFICATE)

    async def run():
        async with web.serving({"/a": web.answer(200, b"picture")}, tls=context) as origin:
            name = f"127.0.0.1%3A{origin.port}/a"
            return (await web.load(web.env(**keys), name, kind)).body

    return asyncio.run(run())


@pytest.mark.parametrize("kind", ["https", "strict_https"])
def test_a_certificate_of_a_configured_authority(web, kind):
    assert over_tls(web, kind, http_loader_ca_certs=CERTIFICATE) == b"picture"


def test_the_authorities_of_the_machine(web, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", CERTIFICATE)
    assert over_tls(web) == b"picture"


def test_an_unknown_authority_is_refused(web):
    """502; Thumbor 7.8 fails with 500."""
    with pytest.raises(SourceFailed):
        over_tls(web)
    with pytest.raises(SourceFailed):
        over_tls(web, http_loader_validate_certs=True)


def test_certificates_need_not_be_checked(web):
    assert over_tls(web, http_loader_validate_certs=False) == b"picture"


def test_a_client_certificate(web):
    keys = {"http_loader_ca_certs": CERTIFICATE}
    with pytest.raises(SourceFailed):
        over_tls(web, ask_for_certificate=True, **keys)
    keys |= {"http_loader_client_cert": CERTIFICATE, "http_loader_client_key": KEY}
    assert over_tls(web, ask_for_certificate=True, **keys) == b"picture"


def test_strict_loader_does_not_follow_to_http(web):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE, KEY)

    async def run(kind):
        async with (
            web.serving({"/b": web.answer(200, b"picture")}) as plain,
            web.serving({}, tls=context) as origin,
        ):
            origin.routes["/a"] = web.answer(302, Location=f"http://127.0.0.1:{plain.port}/b")
            env = web.env(http_loader_ca_certs=CERTIFICATE)
            return (await web.load(env, f"127.0.0.1%3A{origin.port}/a", kind)).body

    assert asyncio.run(run("https")) == b"picture"
    with pytest.raises(SourceNotAllowed):
        asyncio.run(run("strict_https"))
