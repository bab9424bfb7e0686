from __future__ import annotations

import asyncio
import socket
import threading
import time

import pytest
from thumborlike.loaders import _resolver
from thumborlike.loaders._resolver import Resolver

from thumborlike.errors import SourceTimeout


def test_equal_questions_share_one_look_up_and_answers_are_remembered():
    asked = []

    def ask(host):
        asked.append(host)
        time.sleep(0.02)
        return ("192.0.2.1",)

    async def run():
        resolver = Resolver(ask)
        together = await asyncio.gather(*(resolver.addresses("a", 5) for _ in range(10)))
        again = await resolver.addresses("a", 5)
        other = await resolver.addresses("b", 5)
        return {*together, again, other}

    assert asyncio.run(run()) == {("192.0.2.1",)}
    assert asked == ["a", "b"]


def test_failures_are_told_and_not_remembered():
    answers = [socket.gaierror(socket.EAI_NONAME, "no"), UnicodeError("no"), ("192.0.2.1",)]

    def ask(host):
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def run():
        resolver = Resolver(ask)
        for _ in range(2):
            with pytest.raises(OSError, match="no"):
                await resolver.addresses("a", 5)
        return await resolver.addresses("a", 5)

    assert asyncio.run(run()) == ("192.0.2.1",)


def test_a_stalled_look_up_holds_up_nobody_else():
    release = threading.Event()

    def ask(host):
        if host == "slow":
            release.wait(5)
        return ("192.0.2.1",)

    async def run():
        resolver = Resolver(ask)
        with pytest.raises(asyncio.TimeoutError):
            await resolver.addresses("slow", 0.05)
        return await resolver.addresses("quick", 1)

    assert asyncio.run(run()) == ("192.0.2.1",)
    release.set()


def test_waiting_look_ups_are_bounded(monkeypatch):
    monkeypatch.setattr(_resolver, "MOST_AT_ONCE", 2)
    release = threading.Event()

    def ask(host):
        release.wait(5)
        return ()

    async def run():
        resolver = Resolver(ask)
        for host in ("a", "b"):
            with pytest.raises(asyncio.TimeoutError):
                await resolver.addresses(host, 0.01)
        with pytest.raises(OSError, match="too many"):
            await resolver.addresses("c", 1)

    asyncio.run(run())
    release.set()


def test_a_slow_name_server_ends_with_the_connect_timeout(web, monkeypatch):
    release = threading.Event()
    monkeypatch.setattr(_resolver.socket, "getaddrinfo", lambda *_, **__: release.wait(5) and [])
    started = time.monotonic()
    with pytest.raises(SourceTimeout):
        asyncio.run(web.load(web.env(http_loader_connect_timeout=0.1), "pictures.example/a"))
    assert time.monotonic() - started < 1
    release.set()
