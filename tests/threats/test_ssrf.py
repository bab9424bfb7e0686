"""Sources by which strangers would reach what only the server can reach."""

import asyncio
import contextlib
import io
import ipaddress
import logging
import socket
from pathlib import Path
from urllib.parse import quote

import pytest
from origin import answer, serving
from PIL import Image
from thumborlike.loaders import _client, _resolver

from thumborlike.errors import SourceTimeout
from thumborlike.http.message import Request
from thumborlike.service import build
from thumborlike.settings.reader import load
from thumborlike.web.access import log_answer

PICTURES = Path(__file__).parents[1] / "pictures"
PHOTO = (PICTURES / "photo.jpg").read_bytes()
LOOPBACK = ["127.0.0.0/8", "::1/128"]
LOCAL = {"HTTP_LOADER_ALLOWED_NETWORKS": LOOPBACK}


@pytest.fixture
def configured(tmp_path):
    def make(**keys):
        conf = tmp_path / "thumbor.conf"
        values = {"LOADER": "http", "STORAGE": "no", "HTTP_LOADER_REQUEST_TIMEOUT": 5, **keys}
        conf.write_text("".join(f"{key} = {value!r}\n" for key, value in values.items()))
        return load(conf)

    return make


@contextlib.asynccontextmanager
async def service_of(loaded):
    service = build(loaded)

    async def get(path, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await service.handle(Request("GET", path, headers=named))

    try:
        yield get
    finally:
        await service.drain(5)


def statuses(loaded, *paths):
    async def scenario():
        async with service_of(loaded) as get:
            return [(await get(path)).status for path in paths]

    return asyncio.run(scenario())


@pytest.fixture
def packets(monkeypatch):
    """Names that were looked up and exchanges that were begun."""
    sent = []

    async def exchange(self, target, *_):
        sent.append(target.url)
        raise SourceTimeout("nobody answers")

    def look_up(host, *_, **__):
        sent.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "no")

    monkeypatch.setattr(_client.Client, "exchange", exchange)
    monkeypatch.setattr(_resolver.socket, "getaddrinfo", look_up)
    return sent


V4 = {
    "unspecified": "0.0.0.0",
    "this network": "0.1.2.3",
    "private 10": "10.1.2.3",
    "private 172": "172.31.0.1",
    "private 192": "192.168.0.10",
    "carrier-grade NAT": "100.64.0.1",
    "loopback": "127.0.0.1",
    "far loopback": "127.255.255.254",
    "link-local": "169.254.1.1",
    "metadata": "169.254.169.254",
    "metadata of containers": "169.254.170.2",
    "metadata within carrier-grade NAT": "100.100.100.200",
    "protocol assignments": "192.0.0.192",
    "documentation 1": "192.0.2.1",
    "documentation 2": "198.51.100.1",
    "documentation 3": "203.0.113.1",
    "6to4 relays": "192.88.99.1",
    "benchmarking": "198.19.0.1",
    "multicast": "224.0.0.1",
    "far multicast": "239.255.255.250",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
}


def spellings(address):
    """Everything that a resolver, a browser or a library somewhere takes for this address."""
    number = int(ipaddress.IPv4Address(address))
    a, b, c, d = (int(part) for part in address.split("."))
    wide = str.maketrans("0123456789", "".join(chr(0xFF10 + digit) for digit in range(10)))
    teredo = number ^ 0xFFFFFFFF
    high, low = f"{a:02x}{b:02x}", f"{c:02x}{d:02x}"
    return {
        "dotted": address,
        "decimal": str(number),
        "hex": f"0x{number:x}",
        "upper-case hex": f"0X{number:X}",
        "octal": f"0{number:o}",
        "hex parts": f"0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}",
        "octal parts": f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        "zeros in front": f"000{a:o}.0{b:o}.00{c:o}.0{d:o}",
        "mixed parts": f"{a}.0x{b:x}.0{c:o}.{d}",
        "three parts": f"{a}.{b}.{c * 256 + d}",
        "two parts": f"{a}.{number & 0xFFFFFF}",
        "trailing dot": f"{address}.",
        "full-width digits": quote(address.translate(wide)),
        "ideographic dots": quote(address.replace(".", "。")),
        "full-width dots": quote(address.replace(".", "．")),
        "escaped": "".join(f"%{ord(char):02x}" for char in address),
        "escaped twice": "".join(f"%25{ord(char):02x}" for char in address),
        "compatible": f"[::{address}]",
        "mapped": f"[::ffff:{address}]",
        "mapped in hex": f"[::ffff:{high}:{low}]",
        "mapped at length": f"[0:0:0:0:0:ffff:{high}:{low}]",
        "translated": f"[::ffff:0:{address}]",
        "NAT64": f"[64:ff9b::{address}]",
        "NAT64 in hex": f"[64:ff9b::{high}:{low}]",
        "NAT64 for local use": f"[64:ff9b:1::{address}]",
        "NAT64 for local use, by RFC 6052": f"[64:ff9b:1:{high}:{low[:2]}:{low[2:]}00::]",
        "6to4": f"[2002:{high}:{low}::1]",
        "Teredo server": f"[2001:0:{high}:{low}::1]",
        "Teredo client": f"[2001:0:808:808:0:0:{teredo >> 16:x}:{teredo & 0xFFFF:x}]",
        "ISATAP": f"[2606:4700::5efe:{address}]",
        "global ISATAP": f"[2606:4700::200:5efe:{high}:{low}]",
        "escaped brackets": f"%5B::ffff:{address}%5D",
        "user information": f"example.com@{address}",
        "user and password": f"example.com:80@{address}",
        "two at signs": f"a@example.com@{address}",
        "backslash": f"example.com%5C@{address}",
        "escaped at sign": f"example.com%40{address}",
        "port": f"{address}:8080",
    }


@pytest.mark.parametrize("kind", V4)
def test_addresses_that_are_not_public_are_refused_however_they_are_spelt(
    configured, packets, kind
):
    """400 before any packet leaves and any name is looked up."""
    ways = spellings(V4[kind])
    bare = [host for name, host in ways.items() if "hex" not in name]  # 0x0/ is a size
    paths = [f"/unsafe/http://{host}/a.jpg" for host in ways.values()]
    paths += [f"/unsafe/{host}/a.jpg" for host in bare]
    got = dict(zip(paths, statuses(configured(), *paths), strict=True))
    assert {path for path, status in got.items() if status != 400} == set()
    assert packets == []


V6 = """
:: ::1 0:0:0:0:0:0:0:1 0000::0001 100::1 100:0:0:1::1 2001::1 2001:2::1 2001:10::1 2001:20::1
2001:db8::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 febf::1 fec0::1 ff02::1 ff0e::1 4000::1
fe80::1%25eth0 ::1%25lo fe80::1%eth0 2606:4700::1%25eth0
"""


def test_ipv6_addresses_that_are_not_public_are_refused(configured, packets):
    paths = [f"/unsafe/http://[{address}]/a.jpg" for address in V6.split()]
    got = dict(zip(paths, statuses(configured(), *paths), strict=True))
    assert {path for path, status in got.items() if status != 400} == set()
    assert packets == []


NO_HOSTS = {
    "localhost": "localhost",
    "localhost with a dot": "localhost.",
    "below localhost": "x.localhost",
    "upper case": "LOCALHOST",
    "full-width letters": quote("ｌｏｃａｌｈｏｓｔ"),
    "circled letters": quote("ⓛocalhost"),
    "soft hyphen": quote("local\u00adhost"),
    "tab": "127.0.0.1%09",
    "tab in it": "127.0%09.0.1",
    "newline": "127.0.0.1%0A",
    "blank and another host": "127.0.0.1%20example.com",
    "number, blank and another number": "127.0.0.1%20x.1",
    "NUL": "127.0.0.1%00.example.com",
    "zone": "[fe80::1%25eth0]",
    "slash": "127.0.0.1%2F.example.com",
    "backslash": "127.0.0.1%5C.example.com",
    "question mark": "127.0.0.1%3F.example.com",
    "fragment": "127.0.0.1%23.example.com",
    "fragment and at sign": "127.0.0.1%23@example.com%23",
    "two colons": "127.0.0.1:80:80",
    "five parts": "127.0.0.1.1",
    "no host": "",
    "only a port": ":80",
    "only user information": "user@",
    "empty label": "127.0.0.1..",
    "leading dot": ".127.0.0.1",
    "too large a number": "4294967297",
    "too large a part": "127.0.0.256",
    "minus": "-127.0.0.1",
    "superscripts": quote("¹²⁷.⁰.⁰.¹"),
    "circled digits": quote("①②⑦.⓪.⓪.①"),
    "arabic digits": quote("١٢٧.٠.٠.١"),
}


@pytest.mark.parametrize("kind", NO_HOSTS)
def test_hosts_that_only_some_would_understand_are_refused(configured, packets, kind):
    """What is no plain name and no address goes to no resolver: they differ in what they take."""
    paths = [f"/unsafe/http://{NO_HOSTS[kind]}/a.jpg", f"/unsafe/{NO_HOSTS[kind]}/a.jpg"]
    unknown = {504} if kind == "arabic digits" else set()  # letters to IDNA: a name
    nothing = {404} if kind in ("no host", "only user information") else set()
    assert set(statuses(configured(), *paths)) <= {400, *unknown, *nothing}
    assert not any("127" in each or "localhost" in each for each in packets)


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://8.8.8.8/a", "gopher://8.8.8.8/_x", "dict://8.8.8.8/x",
     "data:image/png;base64,iVBORw0KGgo=", "unix:/run/docker.sock", "//127.0.0.1/a",
     "http:127.0.0.1/a", "http:/127.0.0.1/a", "http:\\\\127.0.0.1\\a", "javascript:alert(1)",
     "ldap://127.0.0.1/", "smb://127.0.0.1/a", "jar:http://127.0.0.1!/a", "http+unix://x/a"],
)  # fmt: skip
def test_no_scheme_but_http_and_https_is_fetched(configured, packets, url):
    assert set(statuses(configured(), f"/unsafe/{url}", f"/unsafe/{quote(url, safe='')}")) <= {
        400,
        504,  # taken for the name of a host, which nobody knows
    }
    assert not any("127.0.0.1" in each or "8.8.8.8" in each for each in packets)


def resolving(monkeypatch, names):
    """Names stand for these addresses; lists of lists are given one after the other."""
    asked = []

    def look_up(host, *_, **__):
        asked.append(host)
        found = names[host]
        addresses = found.pop(0) if isinstance(found[0], list) else found
        return [(0, 0, 0, "", (address, 0)) for address in addresses]

    monkeypatch.setattr(_resolver.socket, "getaddrinfo", look_up)
    return asked


@pytest.mark.parametrize(
    "address",
    [*V4.values(), "::1", "fd00:ec2::254", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
     "2002:7f00:1::1", "fe80::1%eth0"],
)  # fmt: skip
def test_names_that_stand_for_such_addresses_are_refused(configured, monkeypatch, address):
    resolving(monkeypatch, {"pictures.example": [address]})
    assert statuses(configured(), "/unsafe/http://pictures.example/a.jpg") == [400]


@pytest.mark.parametrize("answers", [["127.0.0.1", "10.0.0.1"], ["10.0.0.1", "127.0.0.1"],
                                     ["127.0.0.1", "::1", "fd00::1"]])  # fmt: skip
def test_a_name_of_which_one_address_is_forbidden_is_refused(configured, monkeypatch, answers):
    """Mixed answers: whoever connects to the good one first is led to the other one by a reset."""

    async def scenario():
        resolving(monkeypatch, {"pictures.example": answers})
        async with serving({"/a.jpg": answer(200, PHOTO)}) as origin:
            async with service_of(configured(**LOCAL)) as get:
                got = await get(f"/unsafe/{origin.url('/a.jpg', 'pictures.example')}")
            return got.status, origin.accepted

    assert asyncio.run(scenario()) == (400, 0)


def test_dns_rebinding_the_address_connected_to_is_the_one_that_was_judged(configured, monkeypatch):
    """The second answer of the name server is the forbidden one; nobody asks for it in time."""
    answers = [["127.0.0.2"], ["127.0.0.1"], ["127.0.0.1"]]

    async def scenario():
        asked = resolving(monkeypatch, {"rebind.example": answers})
        async with serving({"/a.jpg": answer(200, PHOTO)}, "127.0.0.2") as good:
            victim = await asyncio.start_server(good.serve, "127.0.0.1", good.port)
            accepted = good.accepted
            keys = {"HTTP_LOADER_ALLOWED_NETWORKS": ["127.0.0.2/32"]}
            async with service_of(configured(**keys)) as get:
                path = f"/unsafe/{good.url('/a.jpg', 'rebind.example')}"
                first = (await get(path)).status
                lookups, accepted = len(asked), good.accepted
                good.hang_up()
                monkeypatch.setattr(_resolver.time, "monotonic", lambda: 1e12)
                second = (await get(path)).status
            victim.close()
            return first, lookups, accepted, second, good.accepted

    assert asyncio.run(scenario()) == (200, 1, 1, 400, 1)


def test_rebinding_between_two_redirects_is_judged_at_each(configured, monkeypatch):
    async def scenario():
        resolving(monkeypatch, {"a.example": ["127.0.0.1"], "b.example": ["192.168.0.1"]})
        async with serving({}) as origin:
            origin.routes["/a"] = answer(302, Location=origin.url("/b", "b.example"))
            async with service_of(configured(**LOCAL)) as get:
                return (await get(f"/unsafe/{origin.url('/a', 'a.example')}")).status

    assert asyncio.run(scenario()) == 400


FORBIDDEN_PLACES = [
    "http://10.0.0.1/b", "//10.0.0.1/b", "http://169.254.169.254/latest/meta-data/",
    "http://[::1]:PORT/b", "http://[::ffff:127.0.0.1]:PORT/b", "http://0x7f.1:PORT/b",
    "http://2130706433:PORT/b", "http://localhost:PORT/b", "http://good@127.0.0.1:PORT/b",
    "http://127.0.0.1:PORT\\@good/b", "http:\\\\127.0.0.1:PORT\\b", "HTTP://127.1:PORT/b",
    "file:///etc/passwd", "gopher://127.0.0.1:PORT/b", "ftp://127.0.0.1/b", "data:,x",
    "http://127.0.0.1:PORT/b\t", "http://127.0.0.\t1:PORT/b",
]  # fmt: skip


@pytest.mark.parametrize("place", FORBIDDEN_PLACES)
def test_redirects_lead_to_no_forbidden_place(configured, monkeypatch, place):
    """The first hop is allowed (127.0.0.2 stands in for a public address), the second is not."""

    async def scenario():
        async with (
            serving({"/b": answer(200, PHOTO)}) as victim,
            serving({}, "127.0.0.2") as origin,
        ):
            place_of = place.replace("PORT", str(victim.port))
            origin.routes["/a"] = answer(302, Location=place_of)
            keys = {"HTTP_LOADER_ALLOWED_NETWORKS": ["127.0.0.2/32"]}
            async with service_of(configured(**keys)) as get:
                got = await get(f"/unsafe/{origin.url('/a', '127.0.0.2')}")
            return got.status, victim.accepted

    status, accepted = asyncio.run(scenario())
    assert (status in (400, 404, 504), accepted) == (True, 0)  # 504: a name that nobody knows


def test_redirects_are_judged_by_allowed_sources_scheme_and_number(configured):
    async def scenario():
        hops = {f"/{n}": answer(302, Location=f"/{n + 1}") for n in range(9)}
        async with serving({"/b": answer(200, PHOTO), **hops}) as origin:
            origin.routes["/a"] = answer(302, Location=origin.url("/b", "127.0.0.2"))
            async with service_of(configured(ALLOWED_SOURCES=["127.0.0.1"], **LOCAL)) as get:
                listed = [(await get(f"/unsafe/{origin.url(p)}")).status for p in ("/b", "/a")]
                loops = (await get(f"/unsafe/{origin.url('/0')}")).status
            async with service_of(configured(LOADER="strict_https", **LOCAL)) as get:
                plain = (await get(f"/unsafe/{origin.url('/b')}")).status
            return listed, loops, plain

    assert asyncio.run(scenario()) == ([200, 400], 404, 400)


def test_credentials_and_cookies_do_not_follow_to_another_host(configured):
    async def scenario():
        async with serving({"/b": answer(200, PHOTO)}) as other, serving({}) as origin:
            away = answer(302, Location=other.url("/b"), Set_Cookie="session=stolen; Path=/")
            origin.routes["/a"] = away
            keys = {"HTTP_LOADER_FORWARD_HEADERS_WHITELIST": ["Cookie", "X-Key"]}
            async with service_of(configured(**keys, **LOCAL)) as get:
                address = f"user:secret@127.0.0.1:{origin.port}/a"
                got = await get(f"/unsafe/http://{address}", cookie="a=b", x_key="k")
            return got.status, origin.asked[0].headers, other.asked[0].headers

    status, first, second = asyncio.run(scenario())
    assert status == 200 and {"cookie", "x-key", "authorization"} <= set(first)
    assert not {"cookie", "x-key", "authorization"} & set(second)


def test_cookies_that_an_origin_sets_are_never_sent(configured):
    async def scenario():
        async with serving({"/a": answer(200, PHOTO, Set_Cookie="a=b")}) as origin:
            async with service_of(configured(**LOCAL)) as get:
                got = [await get(f"/unsafe/{n}x50/{origin.url('/a')}") for n in (40, 50)]
            return got, origin.asked

    got, asked = asyncio.run(scenario())
    assert [each.status for each in got] == [200, 200]
    assert not any("cookie" in each.headers for each in asked)
    assert not any(each.header("set-cookie") for each in got)


def test_headers_cookies_and_addresses_of_clients_do_not_go_upstream(configured):
    sent = {"cookie": "a=b", "authorization": "Basic eA==", "x_forwarded_for": "1.2.3.4",
            "referer": "http://x/", "range": "bytes=0-1", "user_agent": "Mine",
            "if_none_match": "*", "host": "evil.example"}  # fmt: skip

    async def scenario():
        async with serving({"/a": answer(200, PHOTO, X_Secret="s", Server="s")}) as origin:
            async with service_of(configured(**LOCAL)) as get:
                got = await get(f"/unsafe/{origin.url('/a')}", **sent)
            return got, origin.asked[0].headers, origin.port

    got, upstream, port = asyncio.run(scenario())
    assert set(upstream) == {"accept", "accept-encoding", "host", "user-agent"}
    assert upstream["host"] == f"127.0.0.1:{port}" and upstream["user-agent"] != "Mine"
    assert not got.header("x-secret") and got.header("server") != "s"


VICTIM = "http://127.0.0.1:PORT/a.jpg"
THROUGH_FILTERS = {
    "watermark": f"/unsafe/filters:watermark({VICTIM},0,0,0)/GOOD",
    "watermark, escaped": f"/unsafe/filters:watermark({quote(VICTIM, safe='PORT')},0,0,0)/GOOD",
    "frame": f"/unsafe/filters:frame({VICTIM})/GOOD",
    "image": f"/unsafe/filters:image(/20x20/{VICTIM},0,0)/GOOD",
    "watermark of an image": "/unsafe/filters:image(/20x20/filters:watermark("
    + VICTIM
    + ",0,0,0)/GOOD,0,0)/GOOD",
    "extract_focal": f"/unsafe/filters:extract_focal()/http://good/unsafe/1x1:5x5/{VICTIM}",
    "extract_focal, escaped": "/unsafe/filters:extract_focal()/"
    + quote(f"http://good/unsafe/1x1:5x5/{VICTIM}", safe="PORT"),
    "meta": f"/unsafe/meta/{VICTIM}",
    "itself": f"/unsafe/{VICTIM}",
}


@pytest.mark.parametrize("loader", ["http", "https", "file_http_fallback", "chain"])
@pytest.mark.parametrize("way", THROUGH_FILTERS)
def test_the_same_gate_stands_before_every_picture_that_a_filter_asks_for(
    configured, way, loader, tmp_path
):
    async def scenario():
        good = {"/good.jpg": answer(200, PHOTO)}
        async with (
            serving({"/a.jpg": answer(200, PHOTO)}) as victim,
            serving(good, "127.0.0.2") as origin,
        ):
            path = THROUGH_FILTERS[way].replace("PORT", str(victim.port))
            path = path.replace("GOOD", origin.url("/good.jpg", "127.0.0.2"))
            keys = {"HTTP_LOADER_ALLOWED_NETWORKS": ["127.0.0.2/32"], "LOADER": loader,
                    "FILE_LOADER_ROOT_PATH": str(tmp_path)}  # fmt: skip
            async with service_of(configured(**keys)) as get:
                return (await get(path)).status, victim.accepted

    status, accepted = asyncio.run(scenario())
    assert (status in (400, 404), accepted) == (True, 0)


def test_no_external_reference_of_a_drawing_is_fetched(configured):
    async def scenario():
        async with serving({}) as origin:
            drawing = f"""<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"
                xmlns:xlink="http://www.w3.org/1999/xlink">
                <image width="9" height="9" xlink:href="{origin.url("/secret")}"/></svg>"""
            origin.routes["/a.svg"] = answer(200, drawing.encode())
            async with service_of(configured(**LOCAL)) as get:
                status = (await get(f"/unsafe/{origin.url('/a.svg')}")).status
            return status, [each.path for each in origin.asked]

    status, asked = asyncio.run(scenario())
    assert status in (400, 415) and asked == ["/a.svg"]


@pytest.mark.parametrize(
    "path",
    ["/a%0D%0AX-Evil:%20b", "/a%0AX-Evil:b", "/a%00b", "/a%09b%20c", "/a%250D%250AX-Evil:b",
     "/a%7F%1B", "/a?b=%0D%0AGET%20/evil%20HTTP/1.1%0D%0A%0D%0A", "/%E5%98%8A%E5%98%8DX-Evil:b",
     "/a%C2%85b", "/a%E2%80%A8b", "/%FF%FE", "/a%23%0D%0Ab"],
)  # fmt: skip
def test_no_control_character_reaches_a_request_line_or_a_header(configured, path):
    """By the name of a source, by a redirect, and by user information."""

    async def scenario():
        async with serving({}) as origin:
            raw = path.encode().replace(b"%0D%0A", b"%0D").decode()
            origin.routes["/r"] = answer(302, Location=raw.replace("%0D", "\x0b").replace(" ", ""))
            user = f"u%0D%0AX-Evil%3A:p@127.0.0.1:{origin.port}/a"
            async with service_of(configured(**LOCAL)) as get:
                plain = (await get(f"/unsafe/{origin.url(path)}")).status
                await get(f"/unsafe/{origin.url('/r')}")
                refused = (await get(f"/unsafe/http://{user}")).status
            return plain, refused, origin.asked

    plain, refused, asked = asyncio.run(scenario())
    assert plain in (400, 404) and refused == 400
    for each in asked:
        target = each.head.partition(b"\r\n")[0]
        assert target.count(b" ") == 2 and all(0x20 <= byte < 0x7F for byte in target)
        assert "x-evil" not in each.headers and each.line.startswith("GET /")


def test_headers_of_clients_bring_no_line_breaks_along(configured):
    async def scenario():
        async with serving({"/a": answer(200, PHOTO)}) as origin:
            async with service_of(configured(HTTP_LOADER_FORWARD_ALL_HEADERS=True, **LOCAL)) as get:
                evil = {"x_a": "b\r\nX-Evil: c", "x_b": "c\x00d", "x_c": "fine"}
                status = (await get(f"/unsafe/{origin.url('/a')}", **evil)).status
            return status, origin.asked[0].headers

    status, headers = asyncio.run(scenario())
    assert status == 200 and headers["x-c"] == "fine"
    assert not {"x-evil", "x-a", "x-b"} & set(headers)


def test_a_refusal_looks_the_same_for_open_and_closed_ports(configured, monkeypatch):
    """By address, by name and through a redirect: nothing can be learnt of what listens."""

    async def scenario():
        names = {"inside.example": ["127.0.0.1"]}
        resolving(monkeypatch, names)
        async with serving({}) as opened, serving({}, "127.0.0.2") as origin:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                closed = probe.getsockname()[1]
            seen = []
            keys = {"HTTP_LOADER_ALLOWED_NETWORKS": ["127.0.0.2/32"]}
            async with service_of(configured(**keys)) as get:
                for port in (opened.port, closed):
                    origin.routes["/r"] = answer(302, Location=f"http://127.0.0.1:{port}/a")
                    paths = (f"http://127.0.0.1:{port}/a", f"http://inside.example:{port}/a",
                             origin.url("/r", "127.0.0.2"))  # fmt: skip
                    got = [await get(f"/unsafe/{path}") for path in paths]
                    seen.append([(each.status, each.body, each.headers) for each in got])
            return seen, opened.accepted

    (to_open, to_closed), accepted = asyncio.run(scenario())
    assert to_open == to_closed and accepted == 0
    assert [status for status, _, _ in to_open] == [400, 400, 400]
    assert len({body for _, body, _ in to_open}) == 1, "a name is told from an address"


def test_a_fetch_that_returns_to_the_server_itself_is_refused(configured):
    """No loop of requests: the server's own address is as private as any."""
    own = "http://127.0.0.1:8888/unsafe/http://127.0.0.1:8888/unsafe/a.jpg"
    assert statuses(configured(), f"/unsafe/{own}") == [400]


def test_proxies_named_by_the_environment_are_not_used(configured, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")

    async def scenario():
        routes = {"/a": answer(200, PHOTO)}
        async with serving(routes) as origin, service_of(configured(**LOCAL)) as get:
            return (await get(f"/unsafe/{origin.url('/a')}")).status

    assert asyncio.run(scenario()) == 200


def test_networks_that_are_blocked_stay_so_though_public_or_allowed(configured, packets):
    keys = {"HTTP_LOADER_BLOCKED_NETWORKS": ["8.8.8.0/24", "2606:4700::/32", "127.0.0.0/8"]}
    hosts = ("8.8.8.8", "[2606:4700::1]", "[::ffff:8.8.8.8]", "[64:ff9b::808:808]", "127.0.0.1")
    for more in (LOCAL, {"HTTP_LOADER_BLOCK_PRIVATE_NETWORKS": False}):
        paths = [f"/unsafe/http://{host}/a" for host in hosts]
        assert statuses(configured(**keys, **more), *paths) == [400] * len(hosts)
    assert packets == []


def test_a_private_origin_is_served_once_its_network_is_allowed(configured):
    async def scenario():
        async with serving({"/a": answer(200, PHOTO)}) as origin:
            async with service_of(configured(**LOCAL)) as get:
                got = await get(f"/unsafe/20x10/{origin.url('/a')}")
            return Image.open(io.BytesIO(got.body)).size

    assert asyncio.run(scenario()) == (20, 10)


@pytest.mark.parametrize("address", [
    "http://user:secret@127.0.0.1:PORT/a", "user:secret@127.0.0.1:PORT/a",
    "http%3A%2F%2Fuser%3Asecret%40127.0.0.1%3APORT%2Fa", "http://secret@127.0.0.1:PORT/a",
    "http%253A%252F%252Fuser%253Asecret%2540127.0.0.1%253APORT%252Fa",
])  # fmt: skip
def test_user_information_is_never_logged_nor_told(configured, caplog, address):
    async def scenario():
        async with serving({}) as origin:
            origin.routes["/a"] = answer(500)
            async with service_of(configured(**LOCAL)) as get:
                path = f"/unsafe/{address.replace('PORT', str(origin.port))}"
                got = await get(path)
                log_answer(got.status, "GET", path, "127.0.0.1", 0.1)
            unknown = path.replace("127.0.0.1", "nobody.invalid")
            async with service_of(configured(**LOCAL)) as get:
                log_answer((await get(unknown)).status, "GET", unknown, "127.0.0.1", 0.1)
            return got

    with caplog.at_level(logging.DEBUG):
        got = asyncio.run(scenario())
    assert got.status != 200 and b"secret" not in got.body
    assert "127.0.0.1" in caplog.text and "secret" not in caplog.text
