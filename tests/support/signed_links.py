"""Links to pictures whose names and operations are such that a front end may spoil them."""

from __future__ import annotations

import base64
import hmac
import unicodedata
from urllib.parse import quote

KEY = "a key for tests"
NAMES = (
    "photo.jpg", "folder/photo.jpg", "pl+us.jpg", "a b.jpg", "maracujá.jpg",
    unicodedata.normalize("NFD", "maracujá-2.jpg"), "日本.jpg", "(1), 'x'.jpg", "100x100.jpg",
    "no-extension", "50%.jpg", "tilde~a=b&c;d.jpg",
)  # fmt: skip
"""Names of pictures that exist."""

SPELLED = {
    "folder/photo.jpg": ("folder%2Fphoto.jpg",),
    "pl+us.jpg": ("pl%2Bus.jpg", "pl%2bus.jpg"),
    "maracujá.jpg": ("maracuj%c3%a1.jpg",),
    "(1), 'x'.jpg": ("(1),%20'x'.jpg",),
}
"""Further spellings of some."""

OPERATIONS = (
    "", "40x30/", "fit-in/30x30/", "-20x-0/", "trim/20x/", "5x5:60x50/20x20/smart/", "meta/20x20/",
    "20x20/filters:quality(40):format(png)/", "30x/filters:fill(ff0000):rotate(90)/",
    "filters:watermark(pl%2Bus.jpg,0,0,50)/",
)  # fmt: skip


ODD = (
    "/", "/unsafe/", "/healthcheck", "/healthcheck/", "/unsafe/meta/photo.jpg?callback=f",
    "/unsafe/20x20/photo.jpg?v=1&w=%2F", "/%ff/photo.jpg", "/unsafe/%E0%A4%A.jpg", "/nothing",
    "/image", "/blacklist", "/unsafe//photo.jpg", "/unsafe/../photo.jpg",
)  # fmt: skip


def signature(rest: str, key: str = KEY) -> str:
    made = hmac.digest(key.encode(), rest.encode(), "sha1")
    return base64.urlsafe_b64encode(made).decode()


def links():
    """Raw targets: signed, unsafe, and signed wrongly; a good two hundred."""
    for number, name in enumerate(NAMES):
        spellings = (quote(name), *SPELLED.get(name, ()))
        for place, operation in enumerate(OPERATIONS):
            spelled = spellings[place % len(spellings)]
            rest = operation + spelled
            yield f"/{signature(rest)}/{rest}"
            if place % 2 == number % 2:
                yield f"/unsafe/{rest}"
            if place == number % 5:
                yield f"/{signature(rest + 'x')}/{rest}"
                yield f"/unsafe/{operation}missing-{spelled}"
    yield from ODD
