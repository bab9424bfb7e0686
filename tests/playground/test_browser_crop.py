"""Cropping on the original, in a real browser: by mouse, finger, keys and numbers."""

import re

import pytest
from visiting import why_not

pytestmark = [pytest.mark.long, pytest.mark.skipif(bool(why_not()), reason=why_not())]

BOXED = "source=lake.jpg&crop=300,300,900,600"
NEAR = 12
"""Pixels of the original, of which one on the screen shows some."""


def place(seen, part):
    """A place on the screen, in parts of the original's sides."""
    box = seen.page.locator("#crop-area").bounding_box()
    return box["x"] + part[0] * box["width"], box["y"] + part[1] * box["height"]


def drag(seen, start, end):
    seen.page.mouse.move(*place(seen, start))
    seen.page.mouse.down()
    seen.page.mouse.move(*place(seen, end), steps=4)
    seen.page.mouse.up()


def crop(seen, other_than=None):
    """The crop in the address, once there is one (another one)."""

    def found():
        numbers = re.search(r"/(\d+)x(\d+):(\d+)x(\d+)/", seen.path())
        box = numbers and tuple(map(int, numbers.groups()))
        return box if box != other_than else None

    return seen.until(found, "a crop")


def test_dragging_crops_in_pixels_of_the_original(visit):
    seen = visit().open().wait_for_original()
    drag(seen, (0.2, 0.3), (0.8, 0.9))
    left, top, right, bottom = crop(seen)
    assert (left, top, right, bottom) == pytest.approx((300, 300, 1200, 900), abs=NEAR)
    seen.wait_for_text("facts", f"{right - left} × {bottom - top} ")


def test_the_box_and_its_corners_are_dragged(visit):
    seen = visit().open(BOXED).wait_for_original()
    crop(seen)
    drag(seen, (0.4, 0.45), (0.5, 0.45))
    moved = crop(seen, (300, 300, 900, 600))
    assert moved == pytest.approx((450, 300, 1050, 600), abs=NEAR)
    box = seen.page.locator("[data-corner=se]").bounding_box()
    seen.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    seen.page.mouse.down()
    seen.page.mouse.move(*place(seen, (0.95, 0.95)), steps=4)
    seen.page.mouse.up()
    resized = crop(seen, moved)
    assert resized[:2] == moved[:2]
    assert resized[2:] == pytest.approx((1425, 950), abs=NEAR)


def test_dragging_beyond_the_picture_stops_at_its_edge(visit):
    seen = visit().open().wait_for_original()
    drag(seen, (0.5, 0.5), (1.4, 1.5))
    assert crop(seen)[2:] == (1500, 1000)


def test_a_click_alone_crops_nothing(visit):
    seen = visit().open().wait_for_original()
    drag(seen, (0.5, 0.5), (0.5, 0.5))
    seen.page.fill("#width", "77")
    seen.wait_for_path("/unsafe/77x0/lake.jpg")


def test_a_finger_crops(visit):
    seen = visit(has_touch=True, viewport={"width": 390, "height": 844}).open().wait_for_original()
    seen.wait_for_result()
    seen.page.evaluate("document.getElementById('cropper').scrollIntoView({block: 'start'})")
    devtools = seen.context.new_cdp_session(seen.page)

    def touch(kind, *parts):
        points = [dict(zip("xy", place(seen, (part, part)), strict=True)) for part in parts]
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 0.25)
    for part in (0.3, 0.5, 0.75):
        touch("touchMove", part)
    touch("touchEnd")
    assert crop(seen) == pytest.approx((375, 250, 1125, 750), abs=2 * NEAR)


def test_keys_move_the_box_and_its_corners(visit):
    seen = visit().open(BOXED).wait_for_original()
    seen.page.focus("#crop-box")
    seen.page.keyboard.press("ArrowRight")
    seen.page.keyboard.press("Shift+ArrowDown")
    seen.wait_for_part("301x310:901x610")
    assert "600 by 300 pixels, from 301, 310" in seen.page.get_attribute("#crop-box", "aria-label")
    seen.page.keyboard.press("Tab")
    assert seen.focused("data-corner") == "nw"
    seen.page.keyboard.press("Shift+ArrowLeft")
    seen.wait_for_part("291x310:901x610")
    seen.page.keyboard.press("Escape")
    seen.wait_for_path("/unsafe/lake.jpg")


def test_the_box_is_typed_and_removed(visit):
    seen = visit().open().wait_for_original()
    seen.page.fill("#crop-left", "100")
    seen.page.press("#crop-left", "Tab")
    seen.wait_for_part("100x0:1500x1000")
    seen.page.fill("#crop-bottom", "9999")
    seen.page.press("#crop-bottom", "Tab")
    seen.until(lambda: seen.page.input_value("#crop-bottom") == "1000")
    seen.page.click("#crop-none")
    seen.wait_for_path("/unsafe/lake.jpg")
