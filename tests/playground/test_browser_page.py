"""The page as a whole, in a real browser: results, uploads, addresses, code, access, looks.

SCREENSHOTS names a folder that pictures of the page are put into.
"""

import base64
import io
import json
import os
import re
from pathlib import Path

import pytest
from PIL import Image
from visiting import why_not

from thumborlike.client.snippets import SNIPPETS, program
from thumborlike.signing import SIGNERS
from thumborlike.url.compose import unsafe_path
from thumborlike.url.encoding import encode
from thumborlike.url.grammar import parse
from thumborlike.url.values import CropBox, Fit, ImageRequest

pytestmark = [pytest.mark.long, pytest.mark.skipif(bool(why_not()), reason=why_not())]

KEY = "a key of the tests"
SIZES = {"phone": (390, 844), "tablet": (820, 1180), "desktop": (1440, 900)}
MUCH = (
    "source=lake.jpg&width=400&height=300&crop=100,50,900,800&filter=brightness!20"
    "&filter=colorize!30!20!10!ff8000&filter=sharpen&filter=label"
)

COLOURFULNESS = """() => ["before", "result"].map((id) => {
  const canvas = document.createElement("canvas").getContext("2d");
  canvas.drawImage(document.getElementById(id), 0, 0);
  const [r, g, b] = canvas.getImageData(20, 20, 1, 1).data;
  return Math.max(Math.abs(r - g), Math.abs(g - b));
})"""


def test_the_result_is_compared_with_the_unfiltered_cut(visit):
    seen = visit().open("source=lake.jpg&width=300&height=200&filter=grayscale").wait_for_result()
    seen.page.wait_for_selector("#before:not([hidden])")
    assert seen.page.input_value("#cut") == "50"
    before, after = seen.page.evaluate(COLOURFULNESS)
    assert before > 10 > 3 >= after
    seen.page.focus("#cut")
    seen.page.keyboard.press("Home")
    cut = "getComputedStyle(document.getElementById('layers')).getPropertyValue('--cut')"
    assert seen.page.evaluate(cut) == "0%"
    box = seen.page.locator("#layers").bounding_box()
    seen.page.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + 20)
    assert float(seen.page.input_value("#cut")) == pytest.approx(75, abs=2)
    seen.page.uncheck("#compare")
    seen.page.wait_for_selector("#before", state="hidden")
    assert seen.page.is_disabled("#cut")


def test_what_cannot_be_made_is_told(visit):
    seen = visit().open("source=nothing.jpg")
    seen.wait_for_text("facts", "404")
    seen.wait_for_text("original-missing", "404")
    assert seen.page.locator("#facts.bad").count() == 1
    seen.troubles.clear()  # the browser tells of 404s itself
    seen.page.fill("#source", "lake.jpg")
    seen.wait_for_result()
    assert seen.page.locator("#facts.bad").count() == 0
    seen.troubles.clear()  # of what is half typed, too


def picture(side):
    body = io.BytesIO()
    Image.new("RGB", (side, side), "purple").save(body, "PNG")
    return body.getvalue()


def test_a_picture_is_chosen_from_disk(visit):
    seen = visit().open().wait_for_result()
    file = {"name": "my picture.png", "mimeType": "image/png", "buffer": picture(61)}
    seen.page.set_input_files("#file", file)
    seen.wait_for_text("facts", "61 × 61")
    assert "is on the server now" in seen.text("upload-note")
    assert re.fullmatch(r"/unsafe/[0-9a-f]{32}/my-picture\.png", seen.path())


DROP = """bytes => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([new Uint8Array(bytes)], "dropped.png", { type: "image/png" }));
  const traits = { dataTransfer, bubbles: true, cancelable: true };
  document.body.dispatchEvent(new DragEvent("drop", traits));
}"""


def test_a_picture_is_dropped(visit):
    seen = visit().open().wait_for_result()
    seen.page.evaluate(DROP, list(picture(53)))
    seen.wait_for_text("facts", "53 × 53")
    assert "dropped.png" in seen.path()


def test_what_is_no_picture_is_not_taken(visit):
    seen = visit().open()
    seen.page.set_input_files("#file", {"name": "a.png", "mimeType": "image/png", "buffer": b"no"})
    seen.wait_for_text("upload-note", "It was not taken")
    seen.troubles.clear()  # the browser tells of the 415 itself


def test_without_uploads_the_page_says_so(visit, serving):
    with serving(UPLOAD_ENABLED=False) as server:
        seen = visit(server).open().wait_for_result()
        assert "UPLOAD_ENABLED is off" in seen.text("upload-note")
        assert seen.page.is_disabled("#file")
        seen.context.close()


def test_the_state_is_in_the_address(visit):
    state = (
        "source=lake.jpg&width=300&height=200&fit=fit-in&smart=1&flipx=1&crop=10,20,900,800"
        "&format=webp&quality=70&filter=blur!3!0&filter=text!Hi!10!10"
    )
    seen = visit().open(state).wait_for_result()
    path = seen.path()
    begin = "/unsafe/10x20:900x800/fit-in/-300x200/smart/filters:blur(3):text(Hi,10,10"
    assert path.startswith(begin)
    assert path.endswith("format(webp):quality(70)/lake.jpg")
    other = visit()
    other.page.goto(seen.page.url)
    other.wait_for_result()
    assert other.path() == path
    other.page.evaluate("location.hash = 'source=balloons.jpg&width=50'")
    other.wait_for_path("/unsafe/50x0/balloons.jpg")


HOSTILE = [
    "source=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&width=9",
    "source=lake.jpg&width=9&fit=%22%3E%3Cscript%3E&filter=nothing!1&filter=blur!%25E0%25A4!x",
    "source=lake.jpg&width=9&crop=5,5,1,1&quality=1e9&format=exe&trim=x",
    "source=lake.jpg&width=9&filter=__proto__!1&filter=constructor",
]


@pytest.mark.parametrize("state", HOSTILE, ids=["markup", "script", "numbers", "prototype"])
def test_addresses_made_to_hurt_do_not(visit, state):
    seen = visit()
    dialogs = []
    seen.page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    seen.open(state)
    parse(seen.wait_for_part("/9x0/"))
    assert seen.page.locator("main script, main img[src=x]").count() == 0
    assert dialogs == []
    seen.troubles.clear()  # there may be no picture of that name


def test_signed_addresses(visit, signing):
    seen = visit(signing).open("source=lake.jpg&width=300&filter=blur!3")
    seen.wait_for_result().wait_for_original()
    part = "300x0/filters:blur(3)/lake.jpg"
    signed = seen.text("signed").removeprefix(signing.url)
    assert signed == f"/{SIGNERS['hmac_sha1'].sign(part, KEY)}/{part}"
    assert seen.text("unsafe") == "—"
    assert "ALLOW_UNSAFE_URL" in seen.text("unsafe-note")
    assert "image/jpeg" in seen.wait_for_text("facts", "ms")
    assert_answers(signing, seen.code("picture", "</picture>"))


def test_without_signatures_the_page_says_why(visit, serving):
    with serving(SECURITY_KEY=KEY, ALLOW_UNSAFE_URL=False) as server:
        seen = visit(server).open()
        seen.wait_for_text("result-missing", "does not sign")
        assert "PLAYGROUND_SIGNS is off" in seen.text("signed-note")
        assert seen.page.is_disabled("[data-copy=signed]")
        seen.context.close()


def assert_answers(server, markup):
    """Every address in some HTML is one that the server has a picture for."""
    addresses = re.findall(rf"{re.escape(server.url)}(/\S+?)(?=[\s\"])", markup)
    assert addresses
    for each in addresses:
        assert server.get(each.replace("&amp;", "&"))[0] == 200, each


def test_markup_with_srcset(visit):
    seen = visit().open("source=lake.jpg&width=400&height=300&filter=grayscale")
    seen.page.select_option("#language", "picture")
    seen.page.fill("#widths", "100, 200 300")
    seen.page.fill("#sizes", "(max-width: 600px) 100vw, 50vw")
    text = seen.code("picture", "50vw")
    assert text.startswith("<picture>")
    assert re.findall(r'type="image/(\w+)"', text)[-1] == "webp"
    assert "/100x75/filters:grayscale():format(webp)/lake.jpg 100w" in text
    assert 'sizes="(max-width: 600px) 100vw, 50vw"' in text
    assert_answers(seen.server, text)


def test_markup_of_one_picture(visit):
    seen = visit().open("source=lake.jpg&width=120&height=80")
    address = f"{seen.server.url}/unsafe/120x80/lake.jpg"
    text = seen.code("img", "120x80")
    assert text == f'<img src="{address}" width="120" height="80" alt="">'
    assert seen.code("curl", "curl").endswith(f" '{address}'")


def test_programs_that_sign(visit):
    seen = visit().open("source=lake.jpg&width=120&filter=text!It's $x!1!1")
    path = seen.wait_for_part("120x0").removeprefix("/unsafe/")
    for each in SNIPPETS:
        seen.page.select_option("#language", each.id)
        wanted = program(each.id, seen.server.url, path)
        seen.until(lambda text=wanted: seen.text("code") == text, each.label)
        assert "SECURITY_KEY" in seen.text("code-note")


HANDLED = (
    "source=folder/lake.jpg&width=300&height=200&crop=10,20,910,820&flipx=1&halign=left&valign=top"
    "&format=webp&quality=70&filter=grayscale&filter=blur!2!0&filter=hue!120"
    "&filter=watermark!mark.png!-8!10p!30!25!none&filter=noise!5"
)


def test_links_of_the_serverless_image_handler(visit):
    seen = visit().open(HANDLED)
    seen.page.select_option("#language", "handler")
    seen.page.fill("#bucket", "pictures")
    document, _, link = seen.wait_for_text("code", '"pictures"').rpartition("\n\n")
    told = json.loads(document)
    assert json.loads(base64.b64decode(link.removeprefix(f"{seen.server.url}/"))) == told
    assert (told["bucket"], told["key"]) == ("pictures", "folder/lake.jpg")
    assert "noise" in seen.text("code-note")
    edits = pytest.importorskip("thumborlike.aws_lambda.links.edits")
    found = edits.wanted_of(
        told["edits"], told["outputFormat"], lambda bucket, key: f"{bucket}/{key}"
    )
    assert (found.crop, found.width, found.height) == (CropBox(10, 20, 910, 820), 300, 200)
    assert (found.flip_horizontal, found.halign, found.valign) == (True, "left", "top")
    assert found.filters == (
        "grayscale()",
        "hue(120)",
        "blur(6,2)",
        "watermark(pictures/mark.png,-8,10p,30,25,none)",
        "quality(70)",
        "format(webp)",
    )
    seen.troubles.clear()  # there is no picture of that name here


def test_copying(visit):
    allowed = ["clipboard-read", "clipboard-write"]
    seen = visit(permissions=allowed).open("source=lake.jpg&width=99").wait_for_result()
    seen.page.click("[data-copy=unsafe]")
    seen.wait_for_text("copied", "Copied.")
    copied = seen.page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{seen.server.url}/unsafe/99x0/lake.jpg"


SOURCES = [
    "lake.jpg",
    "http://h.example/a b.jpg?x=1&y=2#z",
    "smart/a.jpg",
    "300x200/a.jpg",
    "a+b~c'(d)!*.jpg",
    "é/ü.jpg",
    "100%.jpg",
    "x/y.jpg",
    "trim:5/a.jpg",
    "fit-in/a/b.jpg",
    "a:b/c.jpg",
]
COMPOSE = """async ([state, told]) => {
  const { compose } = await import("/playground/path.js");
  return compose({ filters: [], ...state }, new Map(told.map((each) => [each.name, each])));
}"""
STATE = {
    "width": "300",
    "height": "200",
    "fit": "adaptive-full-fit-in",
    "flipy": True,
    "halign": "right",
    "valign": "top",
    "smart": True,
    "crop": [1, 2, 30, 40],
    "filters": [{"name": "watermark", "values": ["a, b/c", "1", "2", "0", "none"]}],
    "format": "webp",
}


def requested(source):
    return ImageRequest(
        path="",
        signature=None,
        unsafe=True,
        signed_part="",
        source=encode(source),
        crop=CropBox(1, 2, 30, 40),
        fit=Fit.FULL_FIT_IN,
        adaptive=True,
        width=300,
        height=200,
        flip_vertical=True,
        halign="right",
        valign="top",
        smart=True,
        filters="watermark('a, b/c',1,2,0,none):format(webp)",
    )


def test_addresses_are_those_of_the_server_side(visit):
    """The page and `thumborlike url` put the same address together."""
    seen = visit().open()
    told = json.loads(seen.server.get("/playground/description.json")[2])["filters"]
    for source in SOURCES:
        plain = ImageRequest("", None, True, "", encode(source))
        for state, wanted in (({}, plain), (STATE, requested(source))):
            made = seen.page.evaluate(COMPOSE, [{**state, "source": source}, told])
            assert f"/unsafe/{made}" == unsafe_path(wanted)


MARK_REACHABLE = """() => {
  const places = "a[href], button, input, select, summary, [tabindex='0']";
  const open = (each) => !each.disabled && each.checkVisibility() && each.type !== "file";
  return [...document.querySelectorAll(places)].filter(open)
    .map((each, at) => each.dataset.tab = String(at));
}"""


def test_everything_is_reached_by_keys(visit):
    seen = visit().open("source=lake.jpg&crop=10,10,500,500&filter=blur!3")
    seen.wait_for_result().wait_for_original()
    wanted = set(seen.page.evaluate(MARK_REACHABLE))
    reached = set()
    for _ in range(2 * len(wanted)):
        seen.page.keyboard.press("Tab")
        reached.add(seen.focused("data-tab"))
        if wanted <= reached:
            break
    assert wanted <= reached


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_it_fits_and_axe_finds_nothing(visit, size, scheme):
    pytest.importorskip("axe_playwright_python")
    from axe_playwright_python.sync_playwright import Axe

    width, height = SIZES[size]
    seen = visit(viewport={"width": width, "height": height}, color_scheme=scheme, bypass_csp=True)
    seen.open(MUCH).wait_for_result().wait_for_original()
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(seen.page).response["violations"]
    told = [(each["id"], [node["target"] for node in each["nodes"]]) for each in found]
    assert told == []
    if folder := os.environ.get("SCREENSHOTS"):
        seen.page.screenshot(path=Path(folder) / f"{size}-{scheme}.png")
        seen.page.screenshot(path=Path(folder) / f"{size}-{scheme}-whole.png", full_page=True)


SMALL = """() => {
  const all = "button, select, input:not([type=checkbox], [type=file]), .check, .checks label";
  const small = (each) => each.offsetParent && each.getBoundingClientRect().height < 24;
  return [...document.querySelectorAll(all)].filter(small).map((each) => each.id || each.className);
}"""


def test_it_fits_other_windows_and_fingers(visit):
    seen = visit().open("source=lake.jpg&filter=colorize&filter=text").wait_for_result()
    for width in (320, 360, 768, 1024, 1920):
        seen.page.set_viewport_size({"width": width, "height": 700})
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
        assert seen.page.evaluate(SMALL) == []


def test_how_it_is_made(visit):
    seen = visit().open("source=lake.jpg&width=60&height=40").wait_for_result()
    seen.page.wait_for_selector("#timings-box:not([hidden])")
    stages = seen.page.locator("#timings th").all_text_contents()
    assert stages[:2] == ["fetch", "work"]
    seen.page.click("#explain-box summary")
    told = json.loads(seen.wait_for_text("explanation", "}"))
    assert told["plan"]["size"] == {"width": 60, "height": 40}
    seen.page.fill("#width", "70")
    seen.wait_for_text("explanation", '"width": 70')
