"""Pictures as weapons: each goes through the whole service, from a path to an answer."""

import asyncio
import contextlib
import hashlib
import io
import os
import random
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import hostile
import pytest
from PIL import Image, ImageCms

from thumborlike.http.message import Request
from thumborlike.imaging import decoders, draw_child, render
from thumborlike.service import build
from thumborlike.settings.reader import load

PICTURES = Path(__file__).parents[1] / "pictures"
AT_ONCE = 0.3
"""Seconds for an answer that needs no decoding: of processor time, whatever else is running."""

SOON = 2.0
"""Seconds for a picture that is served without what was dear in it."""

FEW = 20 << 10
"""KiB by which memory may grow for an answer that needs no decoding."""


class Served:
    """A service that reads its sources from a folder."""

    def __init__(self, folder, **keys):
        self.folder = folder
        keys = {
            "LOADER": "thumbor.loaders.file_loader",
            "FILE_LOADER_ROOT_PATH": str(folder),
            "STORAGE": "thumbor.storages.no_storage",
            "WORKERS": 1,
            **keys,
        }
        conf = folder / "thumbor.conf"
        conf.write_text("".join(f"{key} = {value!r}\n" for key, value in keys.items()))
        self._loop = asyncio.new_event_loop()
        self._service = self._loop.run_until_complete(self._built(conf))
        self.took = 0.0
        self._count = 0

    async def _built(self, conf):
        return build(load(conf))

    def ask(self, operations, body):
        """The answer for a source of these bytes; `took` has its seconds of processor time."""
        self._count += 1
        name = f"source{self._count}"
        (self.folder / name).write_bytes(body)
        started = time.process_time()
        try:
            return self.get(operations.format(name=name))
        finally:
            self.took = time.process_time() - started
            (self.folder / name).unlink()

    def get(self, path):
        return self._loop.run_until_complete(self._service.handle(Request("GET", path)))

    def close(self):
        self._loop.run_until_complete(self._service.drain(5))
        self._loop.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sources")
    (folder / "photo.jpg").write_bytes((PICTURES / "photo.jpg").read_bytes())
    server = Served(folder)
    yield server
    server.close()


@pytest.fixture
def served_with(tmp_path):
    servers = []

    def make(**keys):
        servers.append(Served(tmp_path, **keys))
        return servers[-1]

    yield make
    for each in servers:
        each.close()


def peak():
    """KiB that were resident at most since `forget_peak`."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def forget_peak():
    """Begin anew; skips where the system cannot tell."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pytest.skip("this system does not measure peaks of memory")


def extra_of(name):
    word = name.split(maxsplit=1)[0]
    return word if word in decoders.EXTRAS else None


def made(name, make):
    """The bytes, or the test is skipped because a package is missing."""
    extra = extra_of(name)
    if extra and not decoders.installed(extra):
        pytest.skip(f"the extra {extra} is not installed")
    with contextlib.suppress(KeyError):
        return make()
    return pytest.skip(f"this Pillow does not write {name}")


def warm(name):
    """Decoders are loaded when the first picture of their kind comes."""
    return {
        "heif": hostile.heif,
        "svg": hostile.svg,
        "jxl": lambda: hostile.jxl_bomb()[:20],
        "tiff": lambda: hostile.tiff(hostile.tiff_entries(2, 2)),
        "avif": lambda: hostile.picture("AVIF"),
        "jp2": lambda: hostile.picture("JPEG2000"),
        "webp": hostile.webp,
        "icon": lambda: hostile.icon(hostile.png()),
    }.get(name.split(maxsplit=1)[0], hostile.png)()


@pytest.mark.parametrize(
    "operations",
    [
        "/unsafe/20x20/{name}",
        "/unsafe/meta/{name}",
        "/unsafe/20x20/filters:watermark({name},0,0,0)/photo.jpg",
        "/unsafe/20x20/filters:image(/9x9/{name},0,0)/photo.jpg",
    ],
    ids=["source", "meta", "overlay", "inner"],
)
@pytest.mark.parametrize("name", hostile.BOMBS)
def test_a_small_file_of_huge_size_is_refused_by_its_header(served, name, operations):
    body = made(name, hostile.BOMBS[name])
    served.ask(operations, warm(name))
    forget_peak()
    before = peak()
    response = served.ask(operations, body)
    assert response.status == 400, response.body
    assert served.took < AT_ONCE
    assert peak() - before < FEW


@pytest.mark.parametrize(
    "make",
    [
        lambda: hostile.avif_lying((6000, 6000)),
        lambda: hostile.picture("JPEG2000", (64, 64))[:-9] + bytes(40),
        lambda: hostile.tiff(hostile.tiff_entries(64, 64, rows=(278, 4, 1, 0xFFFFFFFF))),
        hostile.bmp_palette_bomb,
    ],
    ids=["avif", "jp2", "tiff rows", "bmp palette"],
)
def test_containers_that_lie_about_their_pixels_cost_little(served, make):
    body = make()
    served.ask("/unsafe/9x9/{name}", body)
    forget_peak()
    before = peak()
    assert served.ask("/unsafe/9x9/{name}", body).status in (200, 400)
    assert served.took < SOON
    assert peak() - before < 200 << 10


def test_a_tile_larger_than_its_picture_is_refused(served):
    response = served.ask("/unsafe/9x9/{name}", hostile.tiff_huge_tile())
    assert response.status == 400
    assert served.took < AT_ONCE


@pytest.mark.parametrize(
    "make",
    [
        lambda: hostile.gif(1_000_000, size=(1, 1)),
        lambda: hostile.gif(3000, end=b""),
        lambda: hostile.gif(1500, size=(4000, 4000), screen=(4000, 4000)),
        lambda: hostile.webp_frames(3000),
        lambda: hostile.webp_frames(100, side=8000),
        lambda: hostile.apng(3, 10**9),
        lambda: hostile.apng(3, 2001),
        lambda: hostile.avif_frames(1_000_000),
    ],
    ids=[
        "gif",
        "gif without end",
        "gif pixels",
        "webp",
        "webp pixels",
        "apng",
        "apng 2001",
        "avif",
    ],
)
def test_too_many_frames_are_counted_and_not_decoded(served, make):
    body = make()
    served.ask("/unsafe/9x9/{name}", hostile.png())
    response = served.ask("/unsafe/9x9/{name}", body)
    assert response.status == 400
    assert served.took < AT_ONCE


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("a TIFF directory that follows itself", hostile.tiff_loop),
        ("a GIF without end", lambda: hostile.gif(3, end=b"") + b"!\xf9" * 10),
        ("an APNG that says it had more frames", lambda: hostile.apng(3, 1000)),
        ("an APNG that says it had fewer frames", lambda: hostile.apng(1000, 2)),
    ],
)
def test_directories_and_frames_without_end_are_served_as_far_as_they_go(served, name, make):
    assert served.ask("/unsafe/9x9/{name}", make()).status == 200
    assert served.took < SOON


def test_a_jpeg_of_a_thousand_scans_is_refused_before_decoding(served):
    body = hostile.many_scans(1000)
    assert len(body) < 100_000
    assert served.ask("/unsafe/9x9/{name}", body).status == 400
    assert served.took < AT_ONCE


def test_scans_cannot_be_hidden_behind_an_end_that_is_none(served):
    body = hostile.many_scans(200, 16)
    at = body.index(b"\xff\xda")
    table = hostile.segment(0xEF, b"\xff\xd9" * 9)
    assert served.ask("/unsafe/9x9/{name}", body[:at] + table + body[at:]).status == 400
    last = body.rindex(b"\xff\xda", 0, 2000)
    assert served.ask("/unsafe/9x9/{name}", body[:last] + table + body[last:]).status == 400


def test_how_many_scans_is_a_setting(served, served_with):
    body = hostile.many_scans(60, 16)
    assert served.ask("/unsafe/9x9/{name}", body).status == 200
    assert served_with(MAX_JPEG_SCANS=50).ask("/unsafe/9x9/{name}", body).status == 400
    unlimited = served_with(MAX_JPEG_SCANS=0)
    assert unlimited.ask("/unsafe/9x9/{name}", hostile.many_scans(300, 16)).status == 200


def test_scans_of_the_next_picture_in_the_file_do_not_count(served):
    body = hostile.jpeg(progressive=True) * 40
    assert served.ask("/unsafe/9x9/{name}", body).status == 200


METADATA = {
    "PNG: packed texts": lambda: hostile.png(*[text(1 << 20)] * 200),
    "PNG: one huge packed text": lambda: hostile.png(text(1 << 28)),
    "PNG: packed international texts": lambda: hostile.png(
        *[hostile.chunk(b"iTXt", b"a\0\1\0\0\0" + hostile.packed(1 << 20))] * 200
    ),
    "PNG: packed profiles": lambda: hostile.png(*[packed_profile(1 << 20)] * 2000),
    "PNG: one huge packed profile": lambda: hostile.png(packed_profile(1 << 28)),
    "PNG: many chunks": lambda: hostile.png(hostile.chunk(b"prVt") * 90_000),
    "PNG: many chunks at the end": lambda: hostile.png(after=hostile.chunk(b"tEXt") * 90_000),
    "PNG: packed texts and no end": lambda: hostile.png(after=text(1 << 20) * 200)[:-20],
    "PNG: Exif that points at itself": lambda: hostile.png(
        hostile.chunk(b"eXIf", hostile.exif_pointing_at_itself()[6:])
    ),
    "ICO: packed texts in its PNG": lambda: hostile.icon(hostile.png(*[text(1 << 20)] * 200)),
    "JPEG: many segments": lambda: hostile.jpeg(hostile.segment(0xE5, b"") * 90_000),
    "JPEG: fill bytes": lambda: hostile.jpeg(b"\xff" * 20_000_000),
    "JPEG: fill bytes behind pixels": lambda: (
        hostile.many_scans(1, 16)[:-2] + b"\xff" * 20_000_000 + b"\xff\xd9"
    ),
    "JPEG: megabytes of Exif": lambda: hostile.jpeg(
        hostile.segment(0xE1, b"Exif\0\0" + bytes(65_000)) * 300
    ),
    "JPEG: Exif in small pieces": lambda: hostile.jpeg(
        hostile.segment(0xE1, b"Exif\0\0a") * 90_000
    ),
    "JPEG: Exif that points at itself": lambda: hostile.jpeg(
        hostile.segment(0xE1, hostile.exif_pointing_at_itself())
    ),
    "JPEG: Exif in a circle": lambda: hostile.jpeg(
        hostile.segment(0xE1, hostile.exif_looping())
    ),
    "JPEG: huge application segments": lambda: hostile.jpeg(
        hostile.segment(0xEC, bytes(65_000)) * 500
    ),
    "JPEG: huge XMP": lambda: hostile.jpeg(
        hostile.segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + b"<x>" * 20_000) * 300
    ),
    "JPEG: IPTC of many records": lambda: hostile.jpeg(
        hostile.segment(0xED, b"Photoshop 3.0\0" + b"8BIM\4\4\0\0\0\0\0\0" * 5000) * 300
    ),
    "JPEG: many pictures in one segment": lambda: hostile.jpeg(
        hostile.segment(0xE2, b"MPF\0" + hostile.exif_pointing_at_itself()[6:])
    ),
    "JPEG: profile of pieces that lie": lambda: hostile.jpeg(
        hostile.segment(0xE2, b"ICC_PROFILE\0\1\2" + bytes(60_000)) * 300
    ),
    "JPEG: comments": lambda: hostile.jpeg(hostile.segment(0xFE, b"x" * 60_000) * 300),
    "GIF: a long comment": lambda: hostile.gif(between=hostile.gif_comment(20_000_000)),
    "GIF: many comments": lambda: hostile.gif(between=b"!\xfe\1a\0" * 50_000),
    "WebP: many chunks": lambda: hostile.webp_canvas(
        16, 16, 0, hostile.webp_pixels(), *[(b"zzzz", b"")] * 15_000
    ),
    "WebP: Exif that points at itself": lambda: hostile.webp(
        exif=hostile.exif_pointing_at_itself()
    ),
    "AVIF: Exif that points at itself": lambda: hostile.picture(
        "AVIF", exif=hostile.exif_pointing_at_itself(500)
    ),
}  # fmt: skip


def text(length):
    return hostile.chunk(b"zTXt", b"a\0\0" + hostile.packed(length))


def packed_profile(length):
    return hostile.chunk(b"iCCP", b"a\0\0" + hostile.packed(length))


@pytest.mark.parametrize("threat", METADATA)
def test_bad_metadata_is_dropped_and_the_picture_is_served(served, threat):
    body = METADATA[threat]()
    served.ask("/unsafe/8x8/{name}", hostile.png())
    forget_peak()
    before = peak()
    assert served.ask("/unsafe/8x8/{name}", body).status == 200
    assert served.took < SOON
    assert peak() - before < FEW + len(body) * 3 // 1024


@pytest.mark.parametrize("keys", [{"PRESERVE_EXIF_INFO": True}, {"PRESERVE_IPTC_INFO": True},
                                  {"PRESERVE_EXIF_COPYRIGHT_INFO": True},
                                  {"RESPECT_ORIENTATION": True}], ids=min)  # fmt: skip
@pytest.mark.parametrize("threat", [name for name in METADATA if name.startswith("JPEG")])
def test_bad_metadata_is_dropped_where_metadata_is_kept_too(served_with, threat, keys):
    server = served_with(**keys)
    assert server.ask("/unsafe/8x8/{name}", METADATA[threat]()).status == 200
    assert server.took < SOON


@pytest.mark.parametrize(
    "make",
    [
        lambda: hostile.png(hostile.chunk(b"prVt") * 3_000_000),
        lambda: hostile.png(hostile.chunk(b"IDAT") * 1_000_000),
        lambda: hostile.jpeg(hostile.segment(0xE5, b"") * 3_000_000),
        lambda: hostile.jpeg(hostile.segment(0xC4, b"") * 50_000),
        lambda: hostile.gif(between=b"!\xff\x0bNETSCAPE2.0" + b"\1a" * 5_000_000 + b"\0"),
        lambda: hostile.gif(between=b"!\xf9\0\0" * 3_000_000),
        lambda: hostile.webp_canvas(16, 16, 0, hostile.webp_pixels(), *[(b"zz  ", b"")] * 10**6),
        hostile.tiff_pointing_at_itself,
        hostile.tiff_many_strips,
        lambda: hostile.icon(hostile.png(), entries=60_000),
        lambda: hostile.icon(hostile.png(hostile.chunk(b"prVt") * 1_000_000)),
        lambda: hostile.jp2_boxes(1_000_000),
        lambda: hostile.jp2_tiles(60_000),
    ],
    ids=["png chunks", "png empty pixels", "jpeg segments", "jpeg tables", "gif blocks",
         "gif controls", "webp chunks", "tiff tags", "tiff strips", "icon entries",
         "icon chunks", "jp2 boxes", "jp2 tiles"],
)  # fmt: skip
def test_more_parts_than_any_true_picture_has_are_refused(served, make):
    body = make()
    served.ask("/unsafe/8x8/{name}", body)
    assert served.ask("/unsafe/8x8/{name}", body).status == 400
    assert served.took < 0.5


def whole_pictures():
    """A small one of each kind, with its name."""
    files = [
        "photo.jpg", "progressive.jpg", "cmyk.jpg", "rgb.png", "palette-alpha.png", "grey-16.png",
        "moving.gif", "moving.png", "moving.webp", "moving.avif", "lossless.webp", "lossy.webp",
        "photo.avif", "photo.jp2", "rgb.tiff", "cmyk.tiff", "rgb.bmp",
    ]  # fmt: skip
    bodies = {name: (PICTURES / name).read_bytes() for name in files}
    bodies["icon"] = hostile.icon(hostile.png())
    for name in ("DEFLATE", "LZW"):
        file = io.BytesIO()
        compression = {"DEFLATE": "tiff_deflate", "LZW": "tiff_lzw"}[name]
        Image.open(PICTURES / "rgb.tiff").save(file, "TIFF", compression=compression)
        bodies[name] = file.getvalue()
    if decoders.installed("heif"):
        bodies["heif"] = hostile.heif()
    if decoders.installed("jxl"):
        import pyjpegxl

        bodies["jxl"] = pyjpegxl.encode(bytes(range(240)) * 40, 64, 50, num_channels=3)
    return bodies


def damaged(body, seed, count):
    """Cut off at some places, then with bytes changed at random."""
    rand = random.Random(seed)
    for part in range(1, 8):
        yield body[: len(body) * part // 8]
    for _ in range(count):
        changed = bytearray(body)
        for _ in range(rand.choice((1, 3, 20))):
            changed[rand.randrange(len(changed))] = rand.choice((0, 255, rand.randrange(256)))
        yield bytes(changed)


@pytest.mark.parametrize("count", [8, pytest.param(500, marks=pytest.mark.long)])
def test_cut_and_changed_bytes_are_a_picture_or_a_400(served, count):
    wrong = []
    for name, body in whole_pictures().items():
        for number, each in enumerate(damaged(body, name, count)):
            status = served.ask("/unsafe/30x30/{name}", each).status
            if status not in (200, 400):
                wrong.append((name, number, status))
    assert not wrong


HEAPS = """
import sys
sys.path[:0] = {paths!r}
from test_pictures import digests
print(digests(int(sys.argv[1])))
"""


def digests(fill):
    """Of what is made of damaged pictures, at several sizes, as text.

    Before each one there were others in Pillow's memory, whose bytes were all `fill`.
    """
    from thumborlike.errors import ImageError
    from thumborlike.imaging.render import render
    from thumborlike.interfaces import Source
    from thumborlike.prepare import prepare
    from thumborlike.settings import Settings
    from thumborlike.url.grammar import parse

    lines = []
    for operations in ("", "40x30/"):
        job = prepare(parse(f"/unsafe/{operations}filters:format(png)/x"), {}, Settings(), {})
        for name, body in whole_pictures().items():
            for number, each in enumerate(damaged(body, name, 3)):
                [Image.new("RGBA", (side, side), (fill,) * 4) for side in (40, 300, 900)]
                try:
                    result = render(Source("x", each), {}, job).body
                    lines.append(f"{operations}{name} {number} {hashlib.md5(result).hexdigest()}")
                except ImageError as error:
                    lines.append(f"{operations}{name} {number} {type(error).__name__}")
    return "\n".join(lines)


def test_damaged_pictures_never_show_what_was_in_memory_before():
    """Two processes, in which fresh and freed memory is full of another byte each."""
    here = Path(__file__).parent
    code = HEAPS.format(paths=[str(here), str(here.parent / "support")])
    children = [
        subprocess.Popen(
            [sys.executable, "-c", code, fill],
            env={**os.environ, "MALLOC_PERTURB_": fill},
            stdout=subprocess.PIPE,
            text=True,
        )
        for fill in ("85", "170")
    ]
    first, second = (child.communicate(timeout=120)[0].splitlines() for child in children)
    assert len(first) > 300
    assert [pair for pair in zip(first, second, strict=True) if pair[0] != pair[1]] == []


STARTED = []
STARTS = ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system", "os.fork", "os.startfile")


def _hear(event, arguments):
    if event in STARTS:
        STARTED.append((event, arguments))


@pytest.fixture(scope="session")
def hearing():
    """An audit hook stays as long as the process lives."""
    sys.addaudithook(_hear)


PROGRAMS = {
    "EPS": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n",
    "EPS of DOS": b"\xc5\xd0\xd3\xc6\x1e\0\0\0" + bytes(22) + b"%!PS-Adobe-3.0 EPSF-3.0\n",
    "PostScript": b"%!PS\n{} loop\n",
    "PDF": b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF",
    "WMF": b"\xd7\xcd\xc6\x9a\0\0" + bytes(40),
    "EMF": b"\1\0\0\0" + bytes(36) + b" EMF" + bytes(60),
    "IPTC": b"\x1c\x03\x0a\0\1\0" + bytes(20),
    "FLI": b"\0\0\0\0\x12\xaf" + bytes(130),
    "PSD": b"8BPS\0\1" + bytes(6) + b"\0\3\0\0\0\x09\0\0\0\x09\0\x08\0\3" + bytes(40),
    "FITS": b"SIMPLE  =                    T" + b" " * 2850,
    "PPM": b"P6 9 9 255\n" + bytes(243),
    "MSP, TGA and other rest": bytes(2) + b"\2" + bytes(9) + b"\x09\0\x09\0\x18\0" + bytes(243),
    "Windows cursor": b"\0\0\2\0" + hostile.icon(hostile.png())[4:],
    "Apple icon": b"icns\0\0\0\x20" + bytes(24),
    "DDS": b"DDS |\0\0\0" + bytes(120),
    "MP4": hostile.box(b"ftyp", b"isom", bytes(8)),
    "WebM": b"\x1aE\xdf\xa3" + bytes(40),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_formats_that_run_programs_are_refused_and_none_is_started(served, hearing, name):
    STARTED.clear()
    for operations in ("/unsafe/9x9/{name}", "/unsafe/meta/{name}"):
        assert served.ask(operations, PROGRAMS[name]).status == 400
    assert STARTED == []


def test_no_program_is_started_for_any_ordinary_format(served, hearing):
    STARTED.clear()
    for body in whole_pictures().values():
        served.ask("/unsafe/30x30/{name}", body)
    assert STARTED == []


SCRIPT = b"<script>alert(1)</script>"
CLOTHING = {
    "HTML": b"<!DOCTYPE html><html><body>" + SCRIPT + b"</body></html>",
    "HTML behind a JPEG's first bytes": b"\xff\xd8\xff\xe0" + SCRIPT,
    "HTML behind a GIF's first bytes": b"GIF89a" + SCRIPT * 9,
    "HTML behind a PNG's first bytes": b"\x89PNG\r\n\x1a\n" + SCRIPT,
    "HTML behind a WebP's first bytes": b"RIFF\xff\0\0\0WEBP" + SCRIPT,
    "HTML behind a BMP's first bytes": b"BM" + SCRIPT * 9,
    "HTML with an svg in it": b"<html><svg xmlns='http://www.w3.org/2000/svg'/>" + SCRIPT,
    "script": b"alert(document.cookie)",
    "XML": b"<?xml version='1.0'?><a/>",
    "shell script": b"#!/bin/sh\nid\n",
    "zip": b"PK\3\4" + bytes(40),
    "gzip": b"\x1f\x8b\x08" + zlib.compress(bytes(100)),
    "program": b"\x7fELF" + bytes(60),
    "nothing but zeros": bytes(100),
    "empty SVG": b"<svg",
}


@pytest.mark.parametrize("name", CLOTHING)
def test_html_scripts_and_archives_in_clothing_of_pictures_are_refused(served, name):
    response = served.ask("/unsafe/{name}", CLOTHING[name])
    assert response.status in (400, 415), response.body
    assert SCRIPT not in response.body


@pytest.mark.parametrize(
    "body",
    [
        hostile.gif() + b"PK\3\4" + SCRIPT,
        hostile.gif(between=b"!\xfe" + bytes([len(SCRIPT)]) + SCRIPT + b"\0"),
        hostile.png(hostile.chunk(b"tEXt", b"a\0" + SCRIPT)) + SCRIPT,
        hostile.png(hostile.chunk(b"prVt", SCRIPT), after=hostile.chunk(b"iTXt", SCRIPT)),
        hostile.jpeg(hostile.segment(0xE5, SCRIPT)) + SCRIPT,
        hostile.jpeg(hostile.segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SCRIPT)),
        hostile.webp(xmp=SCRIPT) + SCRIPT,
    ],
    ids=["gif", "gif comment", "png", "png chunks", "jpeg", "jpeg xmp", "webp"],
)
def test_what_a_picture_holds_besides_pixels_does_not_come_back(served, body):
    response = served.ask("/unsafe/{name}", body)
    assert response.status == 200
    assert SCRIPT not in response.body
    assert ("X-Content-Type-Options", "nosniff") in response.headers


needs_svg = pytest.mark.skipif(not decoders.installed("svg"), reason="the extra is not installed")
IMAGE = "<image width='20' height='20' {}/>"
SVGS = {
    "entities": hostile.svg("&a;", before="<!DOCTYPE svg [<!ENTITY a 'b'>]>"),
    "a billion laughs": hostile.svg("&b;", before="<!DOCTYPE svg [<!ENTITY a 'ha'>"
                                    "<!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]>"),
    "an entity from a file": hostile.svg(
        "<text>&a;</text>", before="<!DOCTYPE svg [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"
    ),
    "parameter entities": hostile.svg(before="<!DOCTYPE svg [<!ENTITY % a SYSTEM 'x'> %a;]>"),
    "a picture by URL": hostile.svg(IMAGE.format("href='http://127.0.0.1/a.png'")),
    "a picture by another name": hostile.svg(IMAGE.format("xlink:href='//host/a.png'")),
    "a picture from a file": hostile.svg(IMAGE.format("href='file:///etc/passwd'")),
    "a picture by path": hostile.svg(IMAGE.format("href='../../etc/a.png'")),
    "a filter's picture": hostile.svg("<filter><feImage href='/etc/a.png'/></filter>"),
    "a picture in UTF-16": hostile.svg(IMAGE.format("href='/a.png'")).decode().encode("utf-16"),
    "an escaped URL": hostile.svg(IMAGE.format("href='&#x66;ile:///etc/passwd'")),
    "an SVG in a data URL": hostile.svg(IMAGE.format("href='data:image/svg+xml,%3Csvg/%3E'")),
    "elements hidden by a document type": (
        b"<!DOCTYPE svg SYSTEM '><svg xmlns=\"http://www.w3.org/2000/svg\"><image href=\"/a.png\"/>"
        b"<!--'><svg xmlns=\"http://www.w3.org/2000/svg\" a=\"--></svg>\"/>"
    ),
    "a second document type": hostile.svg(before="<!-- <!DOCTYPE a> --><!DOCTYPE svg>"),
    "exponential use": hostile.svg_uses(),
    "use of itself": hostile.svg("<g id='a'><use href='#a'/></g>"),
    "use in a circle": hostile.svg(
        "<g id='a'><use href='#b'/></g><g id='b'><use href='#a'/></g>"
    ),
    "a long chain of use": hostile.svg(
        "".join(f"<use id='u{n}' href='#u{n + 1}'/>" for n in range(5000))
    ),
    "masks of masks": hostile.svg("".join(
        f"<mask id='m{n}'>" + f"<rect width='9' height='9' mask='url(#m{n + 1})'/>" * 20 + "</mask>"
        for n in range(12)
    ) + "<rect mask='url(#m0)' width='9' height='9'/>"),
    "depth": hostile.svg("<g>" * 10_000 + "</g>" * 10_000),
    "elements": hostile.svg("<g/>" * 60_000),
    "eleven megabytes": hostile.svg("<!--" + "x" * (11 << 20) + "-->"),
    "huge size by inches": hostile.svg(attributes='width="9999in" height="9999in"'),
    "a million digits": hostile.svg(attributes=f'width="{"1" * 10**6}x" height="{"9" * 10**6}"'),
    "a million beginnings of a document type": b"<svg " + b"<!DOCTYPE" * 10**6,
    "a million attributes": hostile.svg("<g " + " ".join(f"a{n}=''" for n in range(10**6)) + ">"),
    "a million references": hostile.svg(
        "<g id='a'><g/></g><g style='" + "url(#a)" * 10**6 + "'/>"
    ),
    "infinite size": hostile.svg(attributes='width="1' + "0" * 400 + '" height="1"'),
}  # fmt: skip


@needs_svg
@pytest.mark.parametrize("name", SVGS)
def test_svg_with_entities_references_or_endless_work_is_refused(served, hearing, name):
    STARTED.clear()
    assert served.ask("/unsafe/20x20/{name}", SVGS[name]).status == 400
    assert served.took < SOON
    assert STARTED == []


@needs_svg
@pytest.mark.parametrize(
    "inside",
    [
        "<script>while(true){{}}</script>",
        "<style>@import url('file://{folder}/a.css');</style>",
        "<style>@font-face {{ font-family: a; src: url('file://{folder}/a.ttf') }}</style>",
        "<use href='file://{folder}/red.svg#a'/>",
        "<use xlink:href='red.svg#a'/>",
        "<rect width='20' height='20' fill='url(file://{folder}/red.svg#a)'/>"
        "<rect width='20' height='20' fill='#fff'/>",
        "<rect width='20' height='20' fill='none' style='background: url({folder}/red.png)'/>",
        "<foreignObject width='20' height='20'><img src='{folder}/red.png'/></foreignObject>",
        "<a href='javascript:alert(1)'/>",
        "<set attributeName='href' to='{folder}/red.png'/>",
    ],
    ids=["script", "import", "font", "use", "use by path", "paint", "style", "foreign", "link",
         "set"],
)  # fmt: skip
def test_svg_scripts_and_references_that_are_let_through_do_nothing(served, inside):
    red = '<rect id="a" width="20" height="20" fill="#f00"/>'
    (served.folder / "red.svg").write_bytes(hostile.svg(red))
    Image.new("RGB", (20, 20), "red").save(served.folder / "red.png")
    body = hostile.svg(inside.format(folder=served.folder))
    response = served.ask("/unsafe/filters:format(png)/{name}", body)
    assert response.status == 200
    with Image.open(io.BytesIO(response.body)) as image:
        assert image.format == "PNG"
        shown = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
        assert shown.getcolors() == [(400, (255, 255, 255, 255))]


@needs_svg
def test_a_bomb_in_an_svg_costs_its_own_process(served):
    body = hostile.svg_with_picture(hostile.png_bomb((20_000, 20_000)))
    assert served.ask("/unsafe/20x20/{name}", body).status in (200, 400)
    assert served.took < 6


@needs_svg
def test_svg_is_drawn_by_a_worker_that_may_not_start_programs(served, monkeypatch):
    def refused(*arguments, **more):
        raise PermissionError(1, "not permitted")

    monkeypatch.setattr(subprocess, "run", refused)
    whole, broken = hostile.svg("<rect width='9' height='9'/>"), hostile.svg("<path d='&#0;'/>")
    assert served.ask("/unsafe/9x9/{name}", whole).status == 200
    assert served.ask("/unsafe/9x9/{name}", broken).status == 400


class PanicException(BaseException):
    """As libraries in Rust raise it."""


@needs_svg
@pytest.mark.parametrize("error", [PanicException("x"), ValueError("x"), MemoryError()], ids=repr)
def test_a_renderer_that_gives_up_in_a_worker_is_a_400(served, monkeypatch, error):
    def refused(*arguments, **more):
        raise PermissionError(1, "not permitted")

    def gives_up(*arguments):
        raise error

    monkeypatch.setattr(subprocess, "run", refused)
    monkeypatch.setitem(draw_child.RENDERERS, "svg", gives_up)
    assert served.ask("/unsafe/9x9/{name}", hostile.svg()).status == 400


def test_a_palette_picture_without_a_palette_is_no_500(served):
    """In an icon, Pillow's reader of PNG lets it through and its writer does not expect it."""
    header = hostile.chunk(b"IHDR", struct.pack(">IIBBBBB", 16, 16, 8, 3, 0, 0, 0))
    rows = hostile.chunk(b"IDAT", zlib.compress(bytes(17 * 16)))
    body = b"\x89PNG\r\n\x1a\n" + header + rows + hostile.chunk(b"IEND")
    for each in (body, hostile.icon(body)):
        for name in ("png", "gif", "webp", "jpeg", "avif", "tiff"):
            response = served.ask(f"/unsafe/filters:format({name})/{{name}}", each)
            assert response.status in (200, 400)


def profiles():
    whole = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    rand = random.Random(1)
    yield from (b"", b"x", whole[:128], whole[:200], whole * 3, bytes(5 << 20))
    yield whole[:128] + b"\xff\xff\xff\xff" + whole[132:]
    for _ in range(150):
        changed = bytearray(whole)
        for _ in range(rand.choice((1, 4, 30))):
            changed[rand.randrange(len(changed))] = rand.choice((0, 255, rand.randrange(256)))
        yield bytes(changed)


@pytest.mark.parametrize("mode", ["RGB", "CMYK", "L"])
def test_hostile_profiles_never_cost_the_picture(served, mode):
    statuses = set()
    for profile in profiles():
        told = profile[:16] + {"RGB": b"RGB ", "CMYK": b"CMYK", "L": b"GRAY"}[mode] + profile[20:]
        file = io.BytesIO()
        with contextlib.suppress(ValueError):
            Image.new(mode, (16, 16), 9).save(file, "JPEG", icc_profile=told)
            body = file.getvalue()
            statuses.add(served.ask("/unsafe/8x8/filters:strip_icc()/{name}", body).status)
            assert served.took < SOON
    assert statuses == {200}


@pytest.mark.parametrize("where", ["open_source", "plan", "_frames", "encode", "optimized"])
def test_memory_that_runs_out_anywhere_is_a_400(served, monkeypatch, where):
    def exhausted(*arguments, **more):
        raise MemoryError

    monkeypatch.setattr(render, where, exhausted)
    assert served.ask("/unsafe/8x8/{name}", hostile.png()).status == 400
