"""Hostile addresses: long, ambiguous, forged, or asking for more than a server can give."""

import asyncio
import contextlib
import io
import re
import sys
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from PIL import Image

from thumborlike.cli import main
from thumborlike.errors import BadFilterArgument, ThumborlikeError
from thumborlike.filter_docs import builtin_registry
from thumborlike.filtering import bind
from thumborlike.http.message import Request
from thumborlike.prepare import prepare
from thumborlike.service import build
from thumborlike.settings import Settings
from thumborlike.settings.reader import load
from thumborlike.signing import SIGNERS
from thumborlike.url.grammar import parse

PICTURES = Path(__file__).parents[1] / "pictures"
KEY = "a key of the tests"
EIGHT_KILOBYTES = 8192
REGISTRY = builtin_registry()
SETTINGS = Settings()


class Peak:
    """How far memory grows meanwhile, in KiB; on Linux, where its high-water mark can be reset."""

    grown = 0

    def __enter__(self):
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")
        self._before = self._of("VmRSS")
        return self

    def __exit__(self, *error):
        self.grown = self._of("VmHWM") - self._before

    @staticmethod
    def _of(name):
        with contextlib.suppress(OSError):
            status = Path("/proc/self/status").read_text()
            return int(re.search(rf"{name}:\s+(\d+)", status)[1])
        return 0


@pytest.fixture
def answers(tmp_path):
    """`answers(*paths, KEY=value)`: what a service says to each path."""

    def ask(*paths, headers=None, query="", seconds=None, **keys):
        conf = tmp_path / "thumbor.conf"
        values = {
            "LOADER": "file",
            "FILE_LOADER_ROOT_PATH": str(PICTURES),
            "STORAGE": "no",
            "SECURITY_KEY": KEY,
            **keys,
        }
        conf.write_text("".join(f"{key} = {value!r}\n" for key, value in values.items()))

        async def scenario():
            service = build(load(conf))
            try:
                said = []
                for path in paths:
                    begun = time.process_time()
                    given = Request("GET", path, headers=headers or {}, query=query)
                    said.append(await service.handle(given))
                    if seconds is not None:
                        seconds[path] = time.process_time() - begun
                return said
            finally:
                await service.drain(1)

        return asyncio.run(scenario())

    return ask


def signed(rest, key=KEY):
    return f"/{SIGNERS['hmac_sha1'].sign(rest, key)}/{rest}"


def filled(front, piece, back=""):
    """8 KB: a front, as many pieces as fit, a back."""
    return front + piece * ((EIGHT_KILOBYTES - len(front) - len(back)) // len(piece)) + back


HOSTILE = {
    "digits as a size": filled("/unsafe/", "1", "x1/a.jpg"),
    "digits on both sides of an x": filled("/unsafe/", "1", "x" + "1" * 4000 + "/a.jpg"),
    "digits of a crop box": filled("/unsafe/", "1", "x1:1x1/a.jpg"),
    "sizes in a row": filled("/unsafe/", "1x1/", "a.jpg"),
    "blanks in a filter": filled("/unsafe/filters:blur(", "%20", "1)/a.jpg"),
    "raw blanks in a filter": filled("/unsafe/filters:blur(", " ", "1)/a.jpg"),
    "numbers in a filter": filled("/unsafe/filters:convolution(", "1;", "1,3)/a.jpg"),
    "digit groups in a filter": filled("/unsafe/filters:rgb(", "1", "," + "1" * 3000 + ",1)/a.jpg"),
    "decimals in a filter": filled("/unsafe/filters:blur(", "1.", ")/a.jpg"),
    "opening parentheses": filled("/unsafe/filters:blur", "(", "/a.jpg"),
    "closing parentheses": filled("/unsafe/filters:blur(1", ")", "/a.jpg"),
    "pairs of parentheses": filled("/unsafe/filters:", "()", "/a.jpg"),
    "calls in a row": filled("/unsafe/filters:", "blur(1):", "blur(1)/a.jpg"),
    "calls in each other": filled("/unsafe/filters:", "image(/1x1/filters:", "/a.jpg"),
    "colons": filled("/unsafe/filters:", ":", "/a.jpg"),
    "commas": filled("/unsafe/filters:watermark(", ",", ")/a.jpg"),
    "quotes": filled("/unsafe/filters:text(", "'", ")/a.jpg"),
    "slashes": filled("/unsafe/", "/", "a.jpg"),
    "percent signs": filled("/unsafe/", "%", "a.jpg"),
    "escaped percent signs": filled("/unsafe/", "%25", "a.jpg"),
    "escapes of one character": filled("/unsafe/", "%C3%BC", "a.jpg"),
    "digits of another script": filled("/unsafe/", "%D9%A3", "x1/a.jpg"),
    "words of the grammar": filled("/unsafe/", "smart/", "a.jpg"),
    "fit-in again and again": filled("/unsafe/", "fit-in/", "1x1/a.jpg"),
    "trim again and again": filled("/unsafe/", "trim:", "/a.jpg"),
    "filters: again and again": filled("/unsafe/", "filters:/", "a.jpg"),
    "minus signs": filled("/unsafe/", "-", "1x1/a.jpg"),
    "a signature without end": filled("/", "A", "=/a.jpg"),
    "colours without end": filled("/unsafe/filters:fill(", "f", ")/a.jpg"),
    "points of a curve": filled("/unsafe/filters:curve([", "(1,1),", "(1,1)])/a.jpg"),
}


def cpu_of(path):
    """The least CPU time of a few tries at parsing and preparing, in seconds."""
    times = []
    for _ in range(5):
        begun = time.process_time()
        with contextlib.suppress(ThumborlikeError):
            prepare(parse(path), {}, SETTINGS, REGISTRY)
        times.append(time.process_time() - begun)
    return min(times)


def test_the_time_of_parsing_grows_no_faster_than_the_address():
    for front, piece, back in (
        ("/unsafe/", "1", "x1/a.jpg"),
        ("/unsafe/filters:rgb(", "1", ",1,1)/a.jpg"),
        ("/unsafe/filters:blur(", "%20", "1)/a.jpg"),
        ("/unsafe/filters:", "blur(1):", "blur(1)/a.jpg"),
        ("/unsafe/filters:", "image(/1x1/filters:", "/a.jpg"),
        ("/unsafe/", "%C3%BC", "a.jpg"),
    ):
        short, long = (front + piece * (n // len(piece)) + back for n in (8_000, 64_000))
        assert parse_cpu_of(long) < 8 * 4 * max(parse_cpu_of(short), 0.0001), piece


def parse_cpu_of(path):
    times = []
    for _ in range(5):
        begun = time.process_time()
        with contextlib.suppress(ThumborlikeError):
            parse(path)
        times.append(time.process_time() - begun)
    return min(times)


@pytest.mark.parametrize("path", HOSTILE.values(), ids=HOSTILE)
def test_8_kb_of(path):
    assert len(path) <= EIGHT_KILOBYTES
    assert parse_cpu_of(path) < 0.001
    assert cpu_of(path) < 0.02  # filters and all, refusals included


@pytest.mark.parametrize("path", HOSTILE.values(), ids=HOSTILE)
def test_any_hostile_address_is_answered_and_is_no_500(answers, path):
    begun = time.process_time()
    (answer,) = answers(path)
    assert answer.status in (200, 400, 404)
    assert time.process_time() - begun < 5


NUMBERS = {
    "digits beyond what Python converts": "/unsafe/" + "9" * 5000 + "x1/photo.jpg",
    "a side beyond a C int": "/unsafe/4294967296x1/photo.jpg",
    "a negative side beyond a C int": "/unsafe/-4294967297x-1/photo.jpg",
    "a crop box beyond a C int": "/unsafe/0x0:99999999999x99999999999/10x10/photo.jpg",
    "a trim tolerance beyond a C int": "/unsafe/trim:top-left:99999999999/photo.jpg",
    "a quality beyond a C int": "/unsafe/10x10/filters:quality(99999999999)/photo.jpg",
    "a quality that is none": "/unsafe/10x10/filters:quality(NaN)/photo.jpg",
    "a blur by infinity": "/unsafe/10x10/filters:blur(inf)/photo.jpg",
    "a blur by an exponent": "/unsafe/10x10/filters:blur(1e400)/photo.jpg",
    "a rotation in another script": "/unsafe/10x10/filters:rotate(%D9%A3)/photo.jpg",
    "max_bytes of nothing": "/unsafe/10x10/filters:max_bytes(0)/photo.jpg",
    "an age beyond all dates": "/unsafe/10x10/filters:max_age(99999999999999999999)/photo.jpg",
}


@pytest.mark.parametrize("path", NUMBERS.values(), ids=NUMBERS)
def test_a_number_that_is(answers, path):
    (answer,) = answers(path)
    assert answer.status in (200, 400)


def test_an_address_longer_than_allowed_is_414(answers):
    (answer,) = answers("/unsafe/" + "a" * 20_000)
    assert answer.status == 414


EXTREMES = [
    "", " ", "0", "-1", "1", "99999", "-99999", "2147483647", "2147483648", "-2147483648",
    "-2147483649", "9" * 400, "0.000001", "1000000.5", "-1000000.5", "0." + "1" * 400, "1e400",
    "nan", "inf", "-inf", "%D9%A3", "%00", "true", "red", "f" * 300, "a" * 2000, "'", "(",
    "1;" * 899 + "1", "[" + "(0,0)," * 300 + "(255,255)]", "[(0,255),(1,0),(2,255),(255,0)]", "-",
    ".", "20p", "9999p", "-9999p", "repeat", "right-9999", "photo.jpg", "missing.jpg",
    "/9000x9000/photo.jpg", "0x0:1x1", "99999x99999:1x1", "sans-9999", "%0d%0aX-Evil:%201",
]  # fmt: skip
"""What each argument of each filter is given, the others being as they should be."""

USUAL = [
    "10", "1", "0.5", "red", "true", "[(0,0),(255,255)]", "1;1;1;1;1;1;1;1;1", "jpeg",
    "10x10:20x20", "/10x10/tiny.jpg", "center", "none", "multiply", "sans-12", "top-left",
    "tiny.jpg",
]  # fmt: skip
ODD_ONES = {
    "convolution": ["1;1;1;1;1;1;1;1;1", "3", "true"],
    "watermark": ["tiny.jpg", "1", "1", "50", "20", "20"],
    "image": ["/10x10/tiny.jpg", "1", "1", "10"],
    "frame": ["tiny.jpg"],
    "extract_focal": [],
    "orient": ["90"],
    "expire": ["99999999999999"],
    "text": ["Hello", "1", "1", "12"],
    "label": ["Hello", "1", "1", "12"],
    "redact": ["blur", "50", "face", "red"],
}
"""Filters whose arguments mean something together."""

KIBIBYTES_AT_MOST = 300 << 10


def takes(parameter, text):
    """Whether this is an argument of the parameter's kind."""
    expression = parameter.type.expression
    if expression is not None and not re.fullmatch(expression, text):
        return False
    try:
        parameter.type.convert(text)
    except (ValueError, ThumborlikeError):
        return False
    return True


def usual_arguments(name):
    """Arguments with which the filter does its work."""
    if name in ODD_ONES:
        return ODD_ONES[name]
    parameters = REGISTRY[name].parameters
    return [next((text for text in USUAL if takes(each, text)), "1") for each in parameters]


def binds(call):
    """Whether it is run: neither left out nor, if it is strict, refused."""
    try:
        return bool(bind(call, REGISTRY, 0))
    except BadFilterArgument:
        return False


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_extreme_arguments_of_the_filter(answers, name):
    usual = usual_arguments(name)
    assert binds(f"{name}({','.join(usual)})")
    calls = [
        f"{name}({','.join([*usual[:place], value, *usual[place + 1 :]])})"
        for place in range(len(usual))
        for value in EXTREMES
    ]
    seconds = {}
    with Peak() as peak:
        paths = [f"/unsafe/20x20/filters:{each}/tiny.jpg" for each in calls]
        said = answers(*paths, seconds=seconds)
    assert {each.status for each in said} <= {200, 400, 404, 410, 415}
    assert max(seconds.values(), default=0) < 1.0
    assert peak.grown < KIBIBYTES_AT_MOST
    for each in said:
        assert not any("Evil" in name or "\n" in value for name, value in each.headers)


def test_most_extremes_reach_the_filters():
    """Each parameter is reached by some of them, or the test above would test nothing."""
    unreached = []
    for name, declared in REGISTRY.items():
        usual = usual_arguments(name)
        for place in range(min(len(usual), len(declared.parameters))):
            if declared.parameters[place].type.name == "Choice":
                continue  # takes its words alone
            given = ([*usual[:place], value, *usual[place + 1 :]] for value in EXTREMES)
            if not any(binds(f"{name}({','.join(each)})") for each in given):
                unreached.append(f"{name}, {declared.parameters[place].name}")
    assert unreached == []


GROWTH = {
    "a size": "/unsafe/50000x50000/photo.jpg",
    "a size with one side": "/unsafe/60000x0/photo.jpg",
    "stretch": "/unsafe/30000x30000/filters:stretch()/photo.jpg",
    "fit-in and upscale": "/unsafe/fit-in/50000x50000/filters:upscale()/photo.jpg",
    "fit-in and fill": "/unsafe/fit-in/50000x50000/filters:fill(red,1)/photo.jpg",
    "full-fit-in": "/unsafe/full-fit-in/50000x50000/photo.jpg",
    "padding": "/unsafe/filters:padding(red,60000,60000,60000,60000)/photo.jpg",
    "an inner picture": "/unsafe/filters:image(/50000x50000/photo.jpg,0,0)/photo.jpg",
    "padding in an inner picture": (
        "/unsafe/filters:image(/filters:padding(red,30000,30000,30000,30000)/photo.jpg)/photo.jpg"
    ),
    "a crop after a size": "/unsafe/50000x50000/filters:crop(0,0,1,1)/photo.jpg",
    "a crop before a size": "/unsafe/0x0:2x2/50000x50000/photo.jpg",
}


@pytest.mark.parametrize("path", GROWTH.values(), ids=GROWTH)
def test_more_pixels_than_allowed_by(answers, path):
    seconds = {}
    with Peak() as peak:
        (answer,) = answers(path, seconds=seconds)
    assert answer.status == 400
    assert seconds[path] < 0.5
    assert peak.grown < 50 << 10


CLAMPED = {
    "proportion": "/unsafe/filters:proportion(300)/photo.jpg",
    "MAX_WIDTH": "/unsafe/50000x50000/photo.jpg",
}


@pytest.mark.parametrize("path", CLAMPED.values(), ids=CLAMPED)
def test_sizes_are_clamped_by(answers, path):
    with Peak() as peak:
        (answer,) = answers(path, MAX_WIDTH=400, MAX_HEIGHT=400)
    assert answer.status == 200
    with Image.open(io.BytesIO(answer.body)) as image:
        assert max(image.size) <= 400
    assert peak.grown < 50 << 10


BOUNDED = {
    "a watermark repeated": "/unsafe/filters:watermark(tiny.jpg,repeat,repeat,0)/large.jpg",
    "a watermark scaled up": "/unsafe/filters:watermark(tiny.jpg,0,0,0,9999,9999)/photo.jpg",
    "a watermark far outside": "/unsafe/filters:watermark(photo.jpg,-99999,99999,0)/photo.jpg",
    "a blur without end": "/unsafe/filters:blur(999999,999999)/photo.jpg",
    "corners without end": "/unsafe/filters:round_corner(999999|999999,1,1,1)/photo.jpg",
    "a text without end": f"/unsafe/filters:text({'W' * 3000},0,0,30,red)/photo.jpg",
    "a font without end": "/unsafe/filters:label(W,0,0,999999,red)/photo.jpg",
    "noise beyond measure": "/unsafe/filters:noise(999999)/photo.jpg",
    "a pixelate of everything": "/unsafe/filters:pixelate(999999)/photo.jpg",
    "a kernel of a thousand": f"/unsafe/filters:convolution({'1;' * 1023}1,32,true)/photo.jpg",
    "fifty blurs": f"/unsafe/300x300/filters:{':'.join(['blur(100)'] * 50)}/photo.jpg",
}


@pytest.mark.parametrize("path", BOUNDED.values(), ids=BOUNDED)
def test_work_is_bounded_for(answers, path):
    seconds = {}
    with Peak() as peak:
        (answer,) = answers(path, seconds=seconds)
    assert answer.status in (200, 400)
    assert seconds[path] < 5
    assert peak.grown < KIBIBYTES_AT_MOST


def test_sides_that_a_format_cannot_say_are_refused(answers):
    paths = [
        f"/unsafe/{side}x1/filters:stretch():format({name})/photo.jpg"
        for name, side in (("jpeg", 65_536), ("webp", 16_384), ("gif", 65_536), ("avif", 65_537))
    ]
    assert {each.status for each in answers(*paths)} == {400}


@pytest.mark.parametrize(
    "path",
    [
        "/unsafe/filters:" + ":".join(["grayscale()"] * 51) + "/photo.jpg",
        "/unsafe/filters:"
        + ":".join(f"watermark({n}.jpg,0,0,0)" for n in range(11))
        + "/photo.jpg",
        "/unsafe/filters:" + ":".join(f"image(/{n}.jpg)" for n in range(11)) + "/photo.jpg",
        "/unsafe/filters:image(/filters:image(/filters:image(/photo.jpg)/photo.jpg)/photo.jpg)"
        "/photo.jpg",
    ],
    ids=["filters", "overlays", "inner pictures", "depth"],
)
def test_too_many(answers, path):
    (answer,) = answers(path)
    assert answer.status == 400


def test_filters_of_inner_pictures_count_too(answers):
    inner = ":".join(["grayscale()"] * 26)
    calls = ":".join(f"image(/filters:{inner}/{name}.jpg)" for name in ("photo", "large"))
    (answer,) = answers(f"/unsafe/filters:{calls}/photo.jpg")
    assert answer.status == 400


def test_a_url_whose_source_is_the_server_itself_is_refused(answers):
    said = answers(
        "/unsafe/http://127.0.0.1:8888/unsafe/photo.jpg",
        "/unsafe/http://localhost:8888/unsafe/http%3A//localhost%3A8888/unsafe/a.jpg",
        LOADER="http",
    )
    assert {each.status for each in said} == {400}


FORGED = {
    "no signature": "/30x30/photo.jpg",
    "an empty one": "//30x30/photo.jpg",
    "that of another key": signed("30x30/photo.jpg", "another key"),
    "that of another path": signed("30x30/photo.jpg").replace("30x30", "31x31"),
    "a cut one": signed("30x30/photo.jpg").replace("=", ""),
    "a longer one": signed("30x30/photo.jpg").replace("=/", "==/"),
    "upper case": signed("30x30/photo.jpg").upper().replace("/PHOTO.JPG", "/photo.jpg"),
    "the empty key's": signed("30x30/photo.jpg", ""),
    "Thumbor's published key's": signed("30x30/photo.jpg", "MY_SECURE_KEY"),
    "one that is repeated further on": "/30x30" + signed("30x30/photo.jpg"),
    "one with unsafe behind it": signed("unsafe/30x30/photo.jpg").replace("/unsafe", "", 1) + "x",
    "unsafe in capitals": "/UNSAFE/30x30/photo.jpg",
    "unsafe with escapes": "/%75nsafe/30x30/photo.jpg",
    "other spellings of the alphabet": signed("30x30/photo.jpg").replace("-", "+", 1) + "?",
}


@pytest.mark.parametrize("path", FORGED.values(), ids=FORGED)
def test_a_forged_signature(answers, path):
    (answer,) = answers(path, ALLOW_UNSAFE_URL=False)
    assert answer.status == 400


def test_a_good_signature_passes(answers):
    (answer,) = answers(signed("30x30/photo.jpg"), ALLOW_UNSAFE_URL=False)
    assert answer.status == 200


def test_forged_requests_reach_neither_loader_nor_storage(tmp_path, monkeypatch):
    conf = tmp_path / "thumbor.conf"
    conf.write_text(
        f"LOADER = 'file'\nFILE_LOADER_ROOT_PATH = {str(PICTURES)!r}\nSTORAGE = 'memory'\n"
        f"RESULT_STORAGE = 'memory'\nSECURITY_KEY = {KEY!r}\nALLOW_UNSAFE_URL = False\n"
    )
    asked = []
    from thumborlike.loaders.file import FileLoader
    from thumborlike.storages.memory import MemoryStorage

    for kind, name in ((FileLoader, "load"), (MemoryStorage, "get"), (MemoryStorage, "put")):
        original = getattr(kind, name)

        def watched(self, *rest, _original=original, _name=name):
            asked.append(_name)
            return _original(self, *rest)

        monkeypatch.setattr(kind, name, watched)

    async def scenario():
        service = build(load(conf))
        for path in FORGED.values():
            await service.handle(Request("GET", path))
        refused = list(asked)
        await service.handle(Request("GET", signed("30x30/photo.jpg")))
        await service.drain(1)
        return refused

    assert asyncio.run(scenario()) == []
    assert asked


def test_signatures_are_compared_in_constant_time(monkeypatch):
    from thumborlike import signing

    compared = []
    compare = signing.hmac.compare_digest

    def watched(one, other):
        compared.append((len(one), len(other)))
        return compare(one, other)

    monkeypatch.setattr(signing.hmac, "compare_digest", watched)
    assert not signing.verify(SIGNERS["hmac_sha1"], KEY, parse("/AAAA/30x30/photo.jpg"))
    assert len(compared) == 1


@pytest.mark.parametrize("key", ["", None], ids=["empty", "missing"])
def test_without_a_key_and_without_unsafe_the_server_does_not_start(tmp_path, capsys, key):
    conf = tmp_path / "thumbor.conf"
    conf.write_text(f"SECURITY_KEY = {key!r}\nALLOW_UNSAFE_URL = False\n")
    try:
        status = main(["-c", str(conf), "-p", "0", "-i", "127.0.0.1"])
    except SystemExit as error:
        status = error.code
    said = capsys.readouterr().err + str(status)
    assert status not in (0, None)
    assert "SECURITY_KEY" in said


def test_the_query_string_changes_nothing(answers):
    path = signed("30x30/photo.jpg")
    odd = "width=9000&filters=format(png)&unsafe=1&/unsafe/9x9/photo.jpg"
    (plain,) = answers(path, ALLOW_UNSAFE_URL=False)
    (other,) = answers(path, ALLOW_UNSAFE_URL=False, query=odd)
    assert plain.status == other.status == 200
    assert plain.body == other.body


UNREADABLE = {
    "invalid UTF-8": "/unsafe/%ff%fe.jpg",
    "a NUL": "/unsafe/photo%00.jpg",
    "a line break": "/unsafe/photo%0d%0a.jpg",
    "a doubled encoding": "/unsafe/photo%252ejpg",
    "a lone surrogate": "/unsafe/%ed%a0%80.jpg",
    "an overlong form": "/unsafe/%c0%af.jpg",
    "a raw control character": "/unsafe/photo\x01.jpg",
}


@pytest.mark.parametrize("path", UNREADABLE.values(), ids=UNREADABLE)
def test_bytes_of_a_path_that_are(answers, path):
    (answer,) = answers(path)
    assert answer.status in (400, 404)


def test_what_was_signed_is_what_is_parsed_and_fetched(answers):
    rest = "30x30/" + quote("photo.jpg", safe="")
    plain, encoded = answers(signed("30x30/photo.jpg"), signed(rest.replace(".", "%2e")))
    assert plain.status == encoded.status == 200
    assert plain.body == encoded.body
    (forged,) = answers(signed("30x30/photo.jpg").replace(".jpg", "%2ejpg"), ALLOW_UNSAFE_URL=False)
    assert forged.status == 400


def test_int_limits_of_python_are_not_met(answers):
    if not hasattr(sys, "get_int_max_str_digits"):
        pytest.skip("this Python has no such limit")
    digits = "1" * (sys.get_int_max_str_digits() + 1)
    paths = [
        f"/unsafe/{digits}x{digits}/photo.jpg",
        f"/unsafe/filters:quality({digits})/photo.jpg",
        f"/unsafe/filters:rgb({digits},-{digits},1)/photo.jpg",
        f"/unsafe/{digits}x1:1x1/photo.jpg",
        f"/unsafe/trim:top-left:{digits}/photo.jpg",
    ]
    assert {each.status for each in answers(*paths)} <= {200, 400}
