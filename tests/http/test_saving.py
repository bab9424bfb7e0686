"""Names under which browsers save."""

from __future__ import annotations

import pytest

from thumborlike.http.saving import disposition


@pytest.mark.parametrize(
    ("wanted", "source", "value"),
    [
        ("cat.jpg", "x", 'filename="cat.jpg"'),
        ("cat.JPEG", "x", 'filename="cat.jpeg"'),
        ("cat.png", "x", 'filename="cat.jpg"'),
        ("cat.exe", "x", 'filename="cat.exe.jpg"'),
        ("", "h/a/my%20cat.webp?v=1", 'filename="my cat.jpg"'),
        ("", "h/", 'filename="h.jpg"'),
        ("../../etc/passwd", "x", 'filename="passwd.jpg"'),
        ("C:\\x\\y", "x", 'filename="y.jpg"'),
        ('a"b\r\nSet-Cookie: c;d', "x", 'filename="abSet-Cookie cd.jpg"'),
        ("..", "x", 'filename="picture.jpg"'),
        ("é", "x", "filename=\"_.jpg\"; filename*=UTF-8''%C3%A9.jpg"),
        ("\ud800a\u202egpj.exe", "x", 'filename="agpj.exe.jpg"'),
        ("a" * 300, "x", f'filename="{"a" * 100}.jpg"'),
    ],
)
def test_names(wanted, source, value):
    assert disposition(wanted, source, "image/jpeg") == f"attachment; {value}"
