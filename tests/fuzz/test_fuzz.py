"""What strangers may send: filter texts and pictures made at random, from a fixed seed.

Every answer must come within seconds and be no 5xx, and memory must stay bounded. The quick
suite takes a sample of what the long run does: `pytest -m long tests/fuzz`.
"""

import asyncio
import logging
import random
import resource
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from thumborlike.filters import BUILTIN

from thumborlike.filter_docs import builtin_registry
from thumborlike.http.message import Request
from thumborlike.service import build
from thumborlike.settings.reader import load

PICTURES = Path(__file__).parent.parent / "pictures"
SLOW = 5.0
"""Seconds after which a request counts as hung."""
GROWTH = 700 << 10
"""KiB by which the peak of memory may grow."""

SOURCES = ("tiny.jpg", "palette-alpha.png", "lossless.webp", "still.gif", "grey-16.png")
NUMBERS = (
    *("0", "1", "-1", "3", "50", "100", "-100", "101", "255", "256", "360", "-360", "1e5", "0x1"),
    *("65536", "2147483647", "2147483648", "-2147483649", "9" * 70, "0.5", "-.1", "2.", ".", "-"),
    *("0.000001", "1000000.5", "00012", "+5", "nan", "inf", "٣"),
)
WORDS = (
    *("", " ", "true", "False", "none", "auto", "transparent", "blur", "red", "f00", "ff0000"),
    *("f008", "00000000", "ggg", "jpeg", "webp", "gif", "png", "avif", "jp2", "heic", "x", "é"),
    *("[(0,0),(100,200),(255,255)]", "[(0,0)]", "[(255,1),(0,1)]", "[]", "1;2;1;2;4;2;1;2;1"),
    *("0;0;0;0", "10x20:30x40", "30x40:10x20", "-1x0:5x5", "tiny.jpg", "clear.gif", "text.txt"),
    *("truncated.png", "missing.png", "center", "repeat", "20p", "-20p", "1000p", "'a,b'", "a|b"),
    *("%00", "\x00", "(", ")", ",", ":", "..", "1|2", "filters:blur(3)", "5000", "20|30"),
    *("multiply", "soft-light", "mask", "mask-out", "color-burn", "f-20", "right-9", "sans-500"),
)
SHAPES = ("40x30/", "0x0/", "fit-in/50x50/", "trim/20x20/", "-60x10/", "meta/30x30/", "smart/", "")
INNER = ("tiny.jpg", "palette-alpha.png", "moving.gif", "text.txt", "missing.png", "cmyk.jpg")
EXTREMES = (0, 1, 0x7F, 0x80, 0xFE, 0xFF)


def argument(rand):
    """One argument: mostly a number or a word that some filter knows, sometimes rubbish."""
    chance = rand.random()
    if chance < 0.45:
        return rand.choice(NUMBERS)
    if chance < 0.85:
        return rand.choice(WORDS)
    if chance < 0.95:
        return str(rand.randint(-300, 300))
    return "".join(
        chr(rand.choice((rand.randint(1, 126), 0x20AC))) for _ in range(rand.randint(1, 8))
    )


def fitting(rand, parameter):
    """An argument of the kind that the parameter takes."""
    kind = parameter.type.name
    if kind in ("Integer", "Natural", "Positive", "Decimal"):
        return rand.choice((*NUMBERS, str(rand.randint(0, 100)), str(rand.randint(-100, 400))))
    if kind == "Boolean":
        return rand.choice(("true", "False", "1", "0"))
    if kind == "Overlay":
        return rand.choice(
            ("tiny.jpg", "palette-alpha.png", "clear.gif", "drawing.png", "text.txt")
        )
    if kind == "Processed":
        return nested(rand)
    return rand.choice(WORDS)


def nested(rand, depth=0):
    """A path for `image()`: some of them nest, some too deep."""
    inner = rand.choice(
        ("", "blur(2)", "rotate(90):invert()", "fill(red)", "text(a,1,1)", "page(2)")
    )
    if rand.random() < 0.3 and depth < 4:
        inner = f"image({nested(rand, depth + 1)},{rand.choice(WORDS)})"
    size = rand.choice(
        ("", "9x9/", "fxf/", "fit-in/f-20xfull-5/", "f-9999x-f/", "9000x9000/", "-xf/")
    )
    return f"{rand.choice(('/', ''))}{size}{f'filters:{inner}/' * bool(inner)}{rand.choice(INNER)}"


def call(rand, registry):
    declared = registry[rand.choice(sorted(registry))]
    if rand.random() < 0.7:
        given = declared.parameters[: rand.randint(0, len(declared.parameters))]
        most = rand.random() < 0.8
        texts = [fitting(rand, each) for each in (declared.parameters if most else given)]
    else:
        texts = [argument(rand) for _ in range(rand.randint(0, 6))]
    return f"{declared.name}({','.join(texts)})"


def damaged(rand, text):
    """A text with one to three characters lost, doubled or replaced."""
    for _ in range(rand.randint(1, 3)):
        at = rand.randrange(len(text) + 1)
        text = text[:at] + rand.choice(("", ")", "(", ":", ",", "/", "%", "'")) + text[at + 1 :]
    return text


def filter_path(rand, registry):
    text = ":".join(call(rand, registry) for _ in range(rand.choice((1, 1, 1, 2, 3, 6))))
    if rand.random() < 0.15:
        text = damaged(rand, text)
    safe = rand.choice(("", "/:(),'", "/:(),'%|;[]"))
    shape = rand.choice(SHAPES)
    return f"/unsafe/{shape}filters:{quote(text, safe=safe)}/{rand.choice(SOURCES)}"


def flipped(rand, body, _):
    changed = bytearray(body)
    for _ in range(rand.choice((1, 2, 8, 64))):
        changed[rand.randrange(len(changed))] = rand.choice((*EXTREMES, rand.randrange(256)))
    return bytes(changed)


def header_edited(rand, body, _):
    """Extreme numbers of one to four bytes where sizes, counts and lengths stand."""
    changed = bytearray(body)
    for _ in range(rand.randint(1, 4)):
        at = rand.randrange(min(len(changed), 160))
        width = rand.choice((1, 2, 4))
        changed[at : at + width] = bytes(rand.choice(EXTREMES) for _ in range(width))
    return bytes(changed)


def cut(rand, body, _):
    start, end = sorted((rand.randrange(len(body)), rand.randrange(len(body) + 1)))
    return rand.choice((body[:end], body[start:], body[:start] + body[end:]))


def spliced(rand, body, other):
    return body[: rand.randrange(len(body))] + other[rand.randrange(len(other)) :]


def repeated(rand, body, _):
    start = rand.randrange(len(body))
    part = body[start : start + rand.choice((4, 64, 4096))]
    return body[:start] + part * rand.choice((2, 10, 50)) + body[start:]


MUTATIONS = (flipped, flipped, header_edited, header_edited, cut, spliced, repeated)
ASKED = (
    "",
    "30x20/",
    "fit-in/20x20/",
    "trim/10x10/",
    "meta/10x10/",
    "10x10/filters:format(png)/",
    "0x20/filters:format(webp):rotate(90)/",
    "filters:cover():format(gif)/",
)


def picture_bodies():
    files = (path for path in sorted(PICTURES.rglob("*")) if path.is_file())
    bodies = [path.read_bytes() for path in files if path.suffix not in (".py", ".md", ".pyc")]
    return [body for body in bodies if body]


def service_on(folder, tmp_path):
    conf = tmp_path / "thumbor.conf"
    values = {
        "LOADER": "thumbor.loaders.file_loader",
        "FILE_LOADER_ROOT_PATH": str(folder),
        "STORAGE": "thumbor.storages.no_storage",
        "FILTERS": list(BUILTIN),
        "MAX_OUTPUT_PIXELS": 4_000_000,
        "WORKERS": 1,
    }
    conf.write_text("".join(f"{key} = {value!r}\n" for key, value in values.items()))
    return build(load(conf))


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


class Watch:
    """Asks a service, and notes every answer that must not be."""

    def __init__(self, service):
        self.service = service
        self.wrong = []
        self.statuses = {}

    async def ask(self, path, about=""):
        started = time.perf_counter()
        response = await self.service.handle(Request("GET", path))
        took = time.perf_counter() - started
        self.statuses[response.status] = self.statuses.get(response.status, 0) + 1
        if response.status >= 500 or took > SLOW:
            self.wrong.append(f"{response.status} after {took:.1f} s: {path} {about}")


def run(folder, tmp_path, scenario):
    """The watch after the scenario, which is a coroutine function of it."""

    async def whole():
        watch = Watch(service_on(folder, tmp_path))
        before = peak()
        await scenario(watch)
        await watch.service.drain(SLOW)
        assert peak() - before < GROWTH
        return watch

    watch = asyncio.run(whole())
    assert not watch.wrong, "\n".join(watch.wrong[:40])
    return watch


@pytest.fixture(autouse=True)
def quiet_log(caplog):
    caplog.set_level(logging.ERROR)


@pytest.mark.parametrize("count", [150, pytest.param(20_000, marks=pytest.mark.long)])
def test_no_filter_text_breaks_the_server(tmp_path, count):
    async def scenario(watch):
        registry = builtin_registry()
        for number in range(count):
            await watch.ask(filter_path(random.Random(number), registry))

    watch = run(PICTURES, tmp_path, scenario)
    assert watch.statuses[200] > count // 2


@pytest.mark.parametrize("count", [100, pytest.param(2_000, marks=pytest.mark.long)])
def test_no_damaged_picture_breaks_the_server(tmp_path, count):
    folder = tmp_path / "sources"
    folder.mkdir()

    async def scenario(watch):
        bodies = picture_bodies()
        for number in range(count):
            rand = random.Random(number)
            change = rand.choice(MUTATIONS)
            body = change(rand, rand.choice(bodies), rand.choice(bodies))
            (folder / "picture").write_bytes(body)
            await watch.ask(f"/unsafe/{rand.choice(ASKED)}picture", f"{change.__name__} {number}")

    watch = run(folder, tmp_path, scenario)
    assert watch.statuses[200] > count // 10


@pytest.fixture(scope="module")
def fuzzers():
    """The modules of the fuzzers, which run by themselves as well."""
    sys.path.insert(0, str(Path(__file__).parent))
    import seeds
    import targets

    yield targets.TARGETS, seeds.seeds
    sys.path.remove(str(Path(__file__).parent))


@pytest.mark.parametrize(
    "name", ["url", "config", "picture", "drawing", "jpeg", "png", "gif", "exif", "profile"]
)
def test_what_the_fuzzers_begin_with_passes(fuzzers, name):
    targets, seeds = fuzzers
    found = seeds(name)
    assert len(found) > 1
    for _, body in found:
        targets[name](body)
        targets[name](body[: len(body) // 2])


@pytest.mark.long
def test_without_atheris_the_fuzzers_mutate_at_random(tmp_path):
    command = [sys.executable, "-m", "tests.fuzz", "--seconds", "2", "--corpus", str(tmp_path)]
    where = Path(__file__).parents[2]
    done = subprocess.run(
        [*command, "jpeg", "url"], cwd=where, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all held" in done.stdout
    assert list((tmp_path / "jpeg").glob("seed-*"))
