"""Formats that take an extra package. What needs one is skipped where it is not installed."""

import io
import subprocess
import sys

import pytest
from PIL import Image

from thumborlike.errors import (
    BrokenImage,
    NotAnImage,
    ProcessingTimeout,
    TooManyPixels,
    UnsupportedFormat,
)
from thumborlike.imaging import decoders, drawing, probe
from thumborlike.settings.pictures import DECODERS
from thumborlike.settings.sections import ImagingSettings

NS = 'xmlns="http://www.w3.org/2000/svg"'
HALVES = (
    f'<svg {NS} viewBox="0 0 40 20"><rect width="20" height="20" fill="red"/>'
    '<rect x="20" width="20" height="20" fill="blue"/></svg>'
).encode()
EXTERNAL = "http://127.0.0.1/secret.png"


def needs(name):
    reason = f"the extra {name} is not installed"
    return pytest.mark.skipif(not decoders.installed(name), reason=reason)


def minimal_pdf(width=72, height=36):
    """One page with a red left half, with a right cross-reference table."""
    content = b"1 0 0 rg 0 0 %d %d re f" % (width // 2, height)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Contents 4 0 R>>" % (width, height),
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
    ]
    body, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj%sendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(body)
    body += b"xref\n0 5\n0000000000 65535 f \n" + table
    return body + b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % start


@pytest.mark.parametrize(
    "name, body",
    [
        ("heif", b"\0\0\0\x18ftypheic" + b"\0" * 40),
        ("jxl", b"\xff\x0a" + b"\0" * 40),
        ("svg", HALVES),
        ("pdf", minimal_pdf()),
    ],
)
def test_a_missing_extra_is_named(monkeypatch, name, body):
    monkeypatch.setattr(decoders, "installed", lambda name: False)
    with pytest.raises(UnsupportedFormat, match=rf"thumborlike\[{name}\]"):
        probe.probe(body, ImagingSettings(allowed_source_formats=DECODERS))


def test_extras_are_imported_only_when_needed():
    packages = {each.package for each in decoders.EXTRAS.values()}
    code = f"import sys, thumborlike.imaging.render; print({packages!r} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert found.stdout.strip() == "set()"


@needs("pdf")
def test_pdf_must_be_allowed():
    with pytest.raises(NotAnImage, match="not an allowed"):
        probe.probe(minimal_pdf(), ImagingSettings())


@pytest.mark.parametrize(
    "name, operations",
    [
        pytest.param("heif", "filters:format(heic)", marks=needs("heif")),
        pytest.param("jxl", "filters:format(jxl)", marks=needs("jxl")),
        ("tiff", "filters:format(tiff)"),
    ],
)
@pytest.mark.parametrize("source", ["photo.jpg", "rgba.png", "grey.png", "palette-alpha.png"])
def test_there_and_back(answer, picture, name, operations, source):
    made = answer(f"64x48/{operations}", source)
    assert made.media_type == f"image/{name}"
    back = picture("filters:format(png)", "made", body=made.body)
    straight = picture("64x48/filters:format(png)", source)
    assert back.size == (64, 48)
    assert back.convert("RGBA").getchannel("A").getextrema() == pytest.approx(
        straight.convert("RGBA").getchannel("A").getextrema(), abs=12
    )
    assert mean(back) == pytest.approx(mean(straight), abs=5)


def mean(image):
    small = image.convert("RGBA").convert("RGBa").resize((1, 1), Image.Resampling.BOX)
    return small.getpixel((0, 0))[:3]


@pytest.mark.parametrize("name", ["tiff", "jxl"])
def test_thumbor_knows_neither(answer, name):
    made = answer(f"40x40/filters:format({name})", "rgb.png", thumbor_quirks=True)
    assert made.media_type == "image/png"


@needs("heif")
def test_automatic_heif(answer):
    made = answer("40x40", "photo.jpg", accept="image/heif", auto_heif=True)
    assert made.media_type == "image/heif"
    small = answer("40x40", "photo.jpg", accept="image/heif", auto_heif=True, heif_quality=10)
    assert len(small.body) < len(made.body)


@needs("heif")
def test_heif_stays_heif(answer):
    heif = answer("40x40/filters:format(heic)", "photo.jpg").body
    assert answer("20x20", "x", body=heif).media_type == "image/heif"


@needs("jxl")
def test_jxl_becomes_what_browsers_show(answer):
    jxl = answer("40x40/filters:format(jxl)", "photo.jpg").body
    assert answer("20x20", "x", body=jxl).media_type == "image/jpeg"
    clear = answer("40x40/filters:format(jxl)", "rgba.png").body
    assert answer("20x20", "x", body=clear).media_type == "image/png"


@needs("jxl")
@pytest.mark.parametrize("name", ["format(jxl)", "format(heic)"])
def test_sizes_are_judged_before_decoding(answer, name):
    if not decoders.installed("heif"):
        pytest.skip("the extra heif is not installed")
    body = answer(f"100x100/filters:{name}", "photo.jpg").body
    with pytest.raises(TooManyPixels):
        probe.probe(body, ImagingSettings(max_pixels=9_999))


@pytest.mark.parametrize("name", ["jxl", "heif"])
def test_damaged_sources(answer, name):
    if not decoders.installed(name):
        pytest.skip(f"the extra {name} is not installed")
    body = answer(f"100x100/filters:format({name})", "photo.jpg").body
    for damaged in (body[:40], body[:20] + b"\xff" * 40 + body[60:]):
        with pytest.raises((BrokenImage, NotAnImage)):
            answer("20x20", "x", body=damaged)


@needs("svg")
@pytest.mark.parametrize(
    "operations, size",
    [("", (40, 20)), ("400x200", (400, 200)), ("300x300", (300, 300)), ("fit-in/20x20", (20, 10))],
)
def test_svg_is_sharp_at_any_size(picture, operations, size):
    drawn = picture(operations, "x.svg", body=HALVES)
    assert drawn.format == "PNG"
    assert drawn.size == size
    left, right = size[0] // 2 - 1, size[0] // 2
    middle = size[1] // 2
    assert drawn.getpixel((left, middle))[:3] == (255, 0, 0)
    assert drawn.getpixel((right, middle))[:3] == (0, 0, 255)


@needs("svg")
def test_svg_crops_count_in_its_own_pixels(picture):
    drawn = picture("20x0:40x20/200x200", "x.svg", body=HALVES)
    assert drawn.convert("RGB").getcolors() == [(40_000, (0, 0, 255))]


@needs("svg")
@pytest.mark.parametrize(
    "attributes, size",
    [
        ('width="1in" height="2.54cm"', (150, 150)),
        ('width="30" viewBox="0 0 10 20"', (30, 60)),
        ('height="30px" viewBox="0 0 10 20"', (15, 30)),
        ('width="100%" height="100%" viewBox="0,0,10,20"', (10, 20)),
        ("", (300, 150)),
    ],
)
def test_svg_sizes(attributes, size):
    info = probe.probe(f"<svg {NS} {attributes}/>".encode(), ImagingSettings())
    assert (info.width, info.height) == size


@needs("svg")
@pytest.mark.parametrize(
    "body",
    [
        '<!DOCTYPE svg [<!ENTITY a "b">]><svg {ns}>&a;</svg>',
        "<svg {ns}><image href='{external}'/></svg>",
        "<svg {ns} xmlns:l='http://www.w3.org/1999/xlink'><image l:href='/etc/passwd'/></svg>",
        "<svg {ns}><filter><feImage href='file:///etc/passwd'/></filter></svg>",
        "<svg {ns}><image href='data:image/svg+xml;base64,PHN2Zy8+'/></svg>",
        "<svg {ns}>" + "<g>" * 201 + "</g>" * 201 + "</svg>",
        "<svg {ns}>" + "<g/>" * 50_001 + "</svg>",
        "<svg {ns}>",
        "<svg {ns} width='1e999' height='1e999'/",
    ],
)
def test_svg_that_is_refused(body):
    made = body.replace("{ns}", NS).replace("{external}", EXTERNAL).encode()
    with pytest.raises(BrokenImage):
        probe.probe(made, ImagingSettings())


@needs("svg")
def test_svg_that_looks_suspicious_and_is_harmless(answer):
    public = b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/svg11.dtd">'
    assert answer("20x20", "x", body=public + HALVES).media_type == "image/png"
    script = HALVES.replace(b"</svg>", b"<script>while(1){}</script></svg>")
    assert answer("20x20", "x", body=script).media_type == "image/png"


@needs("svg")
def test_svg_larger_than_allowed():
    huge = f"<svg {NS} width='100000' height='100000'/>".encode()
    with pytest.raises(TooManyPixels):
        probe.probe(huge, ImagingSettings())


@needs("svg")
def test_svg_that_multiplies_is_stopped(answer, monkeypatch):
    monkeypatch.setattr(drawing, "SECONDS", 0.5)
    uses = "".join(
        f'<g id="g{n}">' + f'<use href="#g{n - 1}"/>' * 10 + "</g>" for n in range(1, 12)
    )
    bomb = f'<svg {NS} viewBox="0 0 9 9"><g id="g0"><rect width="9" height="9"/></g>{uses}</svg>'
    with pytest.raises((ProcessingTimeout, BrokenImage)):
        answer("20x20", "x", body=bomb.encode())


@needs("pdf")
def test_the_first_page_of_a_pdf(answer):
    made = answer("200x100", "x.pdf", body=minimal_pdf(), allowed_source_formats=DECODERS)
    assert made.media_type == "image/jpeg"
    page = Image.open(io.BytesIO(made.body))
    assert page.size == (200, 100)
    assert page.getpixel((20, 50))[0] > 250 > 20 > page.getpixel((20, 50))[1]
    assert min(page.getpixel((180, 50))) > 250


@needs("pdf")
def test_a_page_has_its_size_at_the_configured_resolution():
    imaging = ImagingSettings(allowed_source_formats=DECODERS, svg_dpi=144)
    info = probe.probe(minimal_pdf(), imaging)
    assert (info.format, info.width, info.height) == ("pdf", 144, 72)


@needs("pdf")
def test_a_damaged_pdf():
    imaging = ImagingSettings(allowed_source_formats=DECODERS)
    with pytest.raises(BrokenImage):
        probe.probe(b"%PDF-1.4 nothing", imaging)
