"""From lists and shapes to the paths that clients will ask for."""

import pytest

from thumborlike.errors import ConfigurationError
from thumborlike.warming.targets import (
    BROWSERS,
    Target,
    accepts_of,
    check_template,
    crossed,
    path_of,
    targets,
)


def sign(part):
    return f"/S/{part}"


@pytest.mark.parametrize(
    "line, path",
    [
        ("https://img.example.com/SIG=/300x200/a.jpg", "/SIG=/300x200/a.jpg"),
        ("HTTP://img.example.com:80/unsafe/a.jpg?v=1", "/unsafe/a.jpg?v=1"),
        ("http://img.example.com", "/"),
        ("/unsafe/300x200/http://o/a.jpg", "/unsafe/300x200/http://o/a.jpg"),
        ("/unsafe/a b#c.jpg", "/unsafe/a%20b%23c.jpg"),
        ("300x200/smart/a.jpg", "/S/300x200/smart/a.jpg"),
        ("300x200/ü.jpg", "/S/300x200/%C3%BC.jpg"),
    ],
)
def test_lines(line, path):
    assert path_of(line, sign) == path


def test_sources_are_crossed_with_shapes():
    shapes = [check_template(each) for each in ("300x200/smart", "/fit-in/80x/", "")]
    assert list(crossed(["a.jpg", "https://o.net/b.jpg?x=1"], shapes, sign)) == [
        "/S/300x200/smart/a.jpg",
        "/S/fit-in/80x/a.jpg",
        "/S/a.jpg",
        "/S/300x200/smart/https://o.net/b.jpg%3Fx=1",
        "/S/fit-in/80x/https://o.net/b.jpg%3Fx=1",
        "/S/https://o.net/b.jpg%3Fx=1",
    ]


@pytest.mark.parametrize("source", ["smart/a.jpg", "100x100/a.jpg", "filters:blur(2)/a.jpg"])
def test_a_folder_that_is_called_like_an_option_is_none(source):
    (path,) = crossed([source], [""], sign)
    assert path == "/S/" + source.replace("/", "%2F", 1)


@pytest.mark.parametrize(
    "good", ["", "1x1", "-300x-200/left/top/smart", "filters:blur(2):watermark(w.png,0,0,50)",
             "trim/10x10:50x50/adaptive-full-fit-in/origx30/filters:fill(red)"],
)  # fmt: skip
def test_shapes(good):
    assert check_template(good) == good


@pytest.mark.parametrize("bad", ["300by200", "smart/300x200", "unsafe/300x200", "http://a/1x1",
                                 "filters:blur(2", "1x1/a"])  # fmt: skip
def test_what_is_no_shape(bad):
    with pytest.raises(ConfigurationError, match="--path"):
        check_template(bad)


def test_formats():
    assert accepts_of("plain") == ("*/*",)
    assert accepts_of("webp, AVIF,webp") == (BROWSERS["webp"], BROWSERS["avif"])
    assert accepts_of("jpg") == (BROWSERS["jpeg"],)
    with pytest.raises(ConfigurationError, match="bmp"):
        accepts_of("webp,bmp")


def test_each_is_asked_for_once_by_each_kind_of_browser():
    assert list(targets(["/a", "/b", "/a"], ("x", "y"))) == [
        Target("/a", "x"), Target("/a", "y"), Target("/b", "x"), Target("/b", "y")
    ]  # fmt: skip
    assert len({each.name for each in targets(["/a", "/b"], ("x", "y"))}) == 4
