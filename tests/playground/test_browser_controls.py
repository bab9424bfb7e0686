"""Each control of the playground in a real browser: what it does to the address and the picture.

Needs the extra `browser` and Debian's `chromium` (or CHROMIUM, its path).
"""

import re

import pytest
from visiting import why_not

from thumborlike.filter_docs import builtin_registry
from thumborlike.filtering import bind
from thumborlike.url.grammar import parse

pytestmark = [pytest.mark.long, pytest.mark.skipif(bool(why_not()), reason=why_not())]

SIZED = "source=lake.jpg&width=300&height=200"
REGISTRY = builtin_registry()


def test_a_visitor_sees_a_picture_at_once(visit):
    seen = visit().open("").wait_for_result().wait_for_original()
    assert seen.path() == "/unsafe/balloons.jpg"
    facts = r"\d+ × \d+ · [\d.]+ kB · image/jpeg · \d+ ms"
    assert re.fullmatch(facts, seen.wait_for_text("facts", "ms"))
    assert "pixels" in seen.text("original-facts")


def test_a_picture_of_the_server_is_picked(visit):
    seen = visit().open()
    seen.page.click("button[data-source='lighthouse.jpg']")
    seen.wait_for_path("/unsafe/lighthouse.jpg")
    pressed = "button[data-source='lighthouse.jpg'][aria-pressed=true]"
    assert seen.page.locator(pressed).count() == 1


TYPED = [
    ("width", "300", "/unsafe/300x0/lake.jpg"),
    ("height", "200", "/unsafe/0x200/lake.jpg"),
    ("width", "orig", "/unsafe/origx0/lake.jpg"),
    ("quality", "40", "/unsafe/filters:quality(40)/lake.jpg"),
    ("bytes", "9000", "/unsafe/filters:max_bytes(9000)/lake.jpg"),
]


def test_what_is_typed_is_asked_for(visit):
    seen = visit().open()
    for field, text, path in TYPED:
        seen.page.fill(f"#{field}", text)
        seen.wait_for_path(path)
        seen.page.fill(f"#{field}", "")
    seen.page.fill("#source", "balloons.jpg")
    seen.wait_for_path("/unsafe/balloons.jpg")
    seen.wait_for_result()


CHOSEN = [
    ("fit", "fit-in", "/unsafe/fit-in/300x200/lake.jpg"),
    ("fit", "full-fit-in", "/unsafe/full-fit-in/300x200/lake.jpg"),
    ("fit", "adaptive-fit-in", "/unsafe/adaptive-fit-in/300x200/lake.jpg"),
    ("fit", "adaptive-full-fit-in", "/unsafe/adaptive-full-fit-in/300x200/lake.jpg"),
    ("halign", "left", "/unsafe/300x200/left/lake.jpg"),
    ("halign", "right", "/unsafe/300x200/right/lake.jpg"),
    ("valign", "top", "/unsafe/300x200/top/lake.jpg"),
    ("valign", "bottom", "/unsafe/300x200/bottom/lake.jpg"),
    ("trim", "top-left", "/unsafe/trim:top-left/300x200/lake.jpg"),
]


def test_what_is_chosen_is_asked_for(visit):
    seen = visit().open(SIZED)
    for field, word, path in CHOSEN:
        seen.page.select_option(f"#{field}", word)
        seen.wait_for_path(path)
        seen.page.select_option(f"#{field}", "")
    seen.page.select_option("#trim", "top-left")
    seen.page.fill("#tolerance", "20")
    seen.wait_for_path("/unsafe/trim:top-left:20/300x200/lake.jpg")
    seen.wait_for_result()


def test_formats(visit):
    seen = visit().open(SIZED)
    offered = seen.page.eval_on_selector_all("#format option", "all => all.map(o => o.value)")
    assert {"jpeg", "png", "webp", "gif"} <= set(offered)
    for word in ("webp", "png", "gif", "jpeg"):
        seen.page.select_option("#format", word)
        seen.wait_for_path(f"/unsafe/300x200/filters:format({word})/lake.jpg")
        seen.wait_for_text("facts", f"image/{word}")


TICKED = [
    ("smart", "/unsafe/300x200/smart/lake.jpg"),
    ("flipx", "/unsafe/-300x200/lake.jpg"),
    ("flipy", "/unsafe/300x-200/lake.jpg"),
]


def test_what_is_ticked_is_asked_for(visit):
    seen = visit().open(SIZED)
    for field, path in TICKED:
        seen.page.check(f"#{field}")
        seen.wait_for_path(path)
        seen.page.uncheck(f"#{field}")
        seen.wait_for_path("/unsafe/300x200/lake.jpg")


def test_the_slider_of_quality_works_by_keys(visit):
    seen = visit().open()
    seen.page.focus("#quality-range")
    seen.page.keyboard.press("ArrowRight")
    seen.wait_for_path("/unsafe/filters:quality(81)/lake.jpg")
    assert seen.page.input_value("#quality") == "81"


def test_what_is_no_number_is_not_asked_for(visit):
    seen = visit().open("source=lake.jpg&width=300")
    seen.page.fill("#width", "3x")
    seen.page.fill("#height", "200")
    seen.wait_for_path("/unsafe/300x200/lake.jpg")


def test_every_filter_has_controls_that_make_a_call(visit):
    """All that the page makes of the declarations is taken by the server's own grammar."""
    seen = visit().open()
    offered = seen.page.eval_on_selector_all("#add-filter option", "all => all.map(o => o.value)")
    assert set(offered) >= set(REGISTRY) - {"autojpg", "red_eye"}
    for name in offered:
        seen.page.select_option("#add-filter", name)
        seen.page.click("#add-filter-button")
    path = seen.wait_for_part(f"{offered[-1]}(")
    bound = bind(parse(path).filters, REGISTRY)
    assert [each.filter.name for each in bound] == offered
    nameless = seen.page.locator("#filters :is(input, select)").evaluate_all(
        "all => all.filter(e => !e.labels.length && !e.hasAttribute('aria-label')).map(e => e.id)"
    )
    assert nameless == []
    seen.troubles.clear()  # what they make of the picture together may be none


ARGUMENTS = [
    ("blur", 0, "12", "blur(12)"),
    ("brightness", 0, "-30", "brightness(-30)"),
    ("contrast", 0, "55", "contrast(55)"),
    ("noise", 0, "20", "noise(20,1)"),
    ("rgb", 2, "20", "rgb(30,0,20)"),
    ("sharpen", 1, "1.5", "sharpen(2,1.5,true)"),
    ("round_corner", 0, "20|40", "round_corner(20%7C40,255,255,255)"),
    ("watermark", 3, "50", "watermark(lake.jpg,-8,-8,50,25)"),
    ("watermark", 0, "https://h.example/a,b.png", "watermark('https://h.example/a,b.png',-8"),
    ("convolution", 0, "1;2;1;2;4;2;1;2;1", "convolution(1;2;1;2;4;2;1;2;1,3,false)"),
    ("fill", 0, "blur", "fill(blur)"),
    ("text", 0, "Grüße, Welt", "text('Gr%C3%BC%C3%9Fe,%20Welt',"),
    ("quality", 0, "33", "quality(33)"),
    ("max_bytes", 0, "9999", "max_bytes(9999)"),
    ("rotate", 0, "180", "rotate(180)"),
    ("padding", 2, "5", "padding(orange,10,5)"),
    ("padding", 3, "5", "padding(orange,10,none,5)"),
]


def test_arguments_are_typed(visit):
    seen = visit().open("source=lake.jpg&width=90")
    for name, place, text, call in ARGUMENTS:
        seen.page.select_option("#add-filter", name)
        seen.page.click("#add-filter-button")
        if name == "rotate":
            seen.page.select_option(f"#filter-0-{place}", text)
        else:
            seen.page.fill(f"#filter-0-{place}", text)
        path = seen.wait_for_part(f"filters:{call}")
        assert len(bind(parse(path).filters, REGISTRY)) == 1
        seen.page.click("#filters .head button:last-child")
    seen.troubles.clear()  # a watermark from nowhere is a 400


def test_sliders_ticks_and_colours_are_arguments(visit):
    filters = "filter=brightness!10&filter=fill!ff0000!false&filter=orient!90"
    seen = visit().open(f"source=lake.jpg&width=200&{filters}")
    seen.page.focus("#filters li[data-filter=brightness] input[type=range]")
    seen.page.keyboard.press("ArrowLeft")
    seen.wait_for_part("brightness(9)")
    seen.page.check("#filter-1-1")
    seen.wait_for_part("fill(ff0000,true)")
    seen.page.fill("#filters li[data-filter=fill] input[type=color]", "#336699")
    seen.wait_for_part("fill(336699,true)")
    seen.page.select_option("#filter-2-0", "180")
    seen.wait_for_part("orient(180)")
    seen.wait_for_result()


def test_filters_are_moved_and_removed_by_keys_too(visit):
    seen = visit().open("source=lake.jpg&width=90&filter=grayscale&filter=blur!2&filter=invert")
    seen.wait_for_part("filters:grayscale():blur(2):invert()")
    seen.page.click("[aria-label='Earlier: blur']")
    seen.wait_for_part("filters:blur(2):grayscale():invert()")
    assert seen.focused("aria-label") == "Later: blur"
    seen.page.keyboard.press("Enter")
    seen.wait_for_part("filters:grayscale():blur(2):invert()")
    seen.page.click("[aria-label='Remove: grayscale']")
    seen.wait_for_part("filters:blur(2):invert()")
    assert seen.focused("aria-label") == "Remove: blur"


def test_starting_over(visit):
    seen = visit().open("source=lake.jpg&width=300&filter=blur!3&crop=10,10,50,50")
    seen.wait_for_part("10x10:50x50")
    seen.page.click("#reset")
    seen.wait_for_path("/unsafe/balloons.jpg")
    assert seen.page.locator("#filters > li").count() == 0


def test_making_it_anew_asks_the_server_again(visit):
    seen = visit().open("source=lake.jpg&width=123").wait_for_result()
    with seen.page.expect_response(lambda answer: "/123x0/" in answer.url) as asked:
        seen.page.click("#refresh")
    assert asked.value.request.all_headers()["cache-control"] == "no-cache"
