"""The places of entries. All but the legacy ones were read off a folder of Thumbor 7.8.0."""

from __future__ import annotations

import pytest
from thumborlike.storages._layout import legacy_path_of, path_of

from thumborlike.errors import StorageError
from thumborlike.interfaces import Key, Kind

SOURCES = [
    ("my.server.com/some/path/image.jpg", "a0/6e3a880a3d29270ded1e5fc33cd9b1bc5e2137"),
    ("http%3A//my.server.com/a%20b.jpg", "c3/9723b4007a9e31208b9fa8f13f0f879c9b1c70"),
    ("http%3A//my.server.com/img%3Fid%3D7", "1a/f0a755a93ab46117e7fb8b245e5f2fd4f6abea"),
    ("img/maracuj%C3%A1%2B1.jpg", "bb/2b594e5798bd77d290c12852fbb4085ab3036d"),
    ("img/a%2520b.jpg", "dd/b4e02c3fbd9048e452266a73e15d96fe914d2f"),
    ("a.jpg", "56/ceeb905c2d3070cd9f26b4d60ce7ef1e86e26d"),
    ("blacklist.txt", "0c/2b55ea7a461b56cc6de6bf28bb32690331a591"),
]
SIGNED = "/bUuDbBUUWaK2zBZhjrPQzFhAAns=/300x200/my.server.com/some/path/image.jpg"
RESULTS = [
    (
        "/unsafe/300x200/my.server.com/some/path/image.jpg",
        "default/0c/8e/074679aa3ebb0eb105e1cf19ff6c1d5e2f78",
    ),
    (SIGNED, "default/c7/dc/0cfd12ca4d47bc1e3172b810c24079d25155"),
    (
        "/unsafe/http://my.server.com/a%20b.jpg",
        "default/40/1c/f24500f0c813f7c888d73ab0264f9e574bbb",
    ),
    (
        "/unsafe/http%3A%2F%2Fmy.server.com%2Fimg%3Fid%3D7",
        "default/21/1a/973eafa07cd4d1486ae15fe54174ff35a5e4",
    ),
    ("/unsafe/img/maracuj%C3%A1+1.jpg", "default/ca/71/6e63d2cff17d37d946d7df1d8873caa6c399"),
    ("/unsafe/img/a%2520b.jpg", "default/3f/70/20a46ab715a4a3a16d12a2b7bfa0982ba7a2"),
    (
        "/unsafe/filters:quality(50)/a.jpg",
        "default/f2/a2/dc0b9a96ffc7b513a0cd3b39fd8c7f74d51d",
    ),
]


@pytest.mark.parametrize(("name", "place"), SOURCES)
@pytest.mark.parametrize(
    ("kind", "suffix"),
    [(Kind.SOURCE, ""), (Kind.SECURITY_KEY, ".txt"), (Kind.FOCAL_POINTS, ".detectors.txt")],
)
def test_sources_and_what_belongs_to_them(name, place, kind, suffix):
    assert str(path_of(Key(kind, name))) == place + suffix


@pytest.mark.parametrize(("name", "place"), RESULTS)
def test_results(name, place):
    assert str(path_of(Key(Kind.RESULT, name))) == place


def test_a_result_negotiated_as_webp():
    key = Key(Kind.RESULT, "/unsafe/a.jpg", "auto_webp")
    assert str(path_of(key)) == "auto_webp/13/8b/ca150c00ab125b4ef65b5883bcd82afbde17"


def test_spellings_of_a_signature_share_a_result():
    spelled = SIGNED.replace("=", "%3D")
    assert path_of(Key(Kind.RESULT, spelled)) == path_of(Key(Kind.RESULT, SIGNED))


@pytest.mark.parametrize("variant", ["", ".", "..", "/etc", "a/b", "a\0", "a\n", "á"])
def test_a_variant_is_one_plain_folder(variant):
    with pytest.raises(StorageError):
        path_of(Key(Kind.RESULT, "/unsafe/a.jpg", variant))


@pytest.mark.parametrize(
    ("name", "variant", "place"),
    [
        ("/unsafe/a.jpg", "default", "v2/un/sa/unsafe/a.jpg"),
        ("/unsafe/a.jpg", "auto_webp", "v2/webp/un/sa/unsafe/a.jpg"),
        ("/unsafe/http://h/a%20b.jpg", "default", "v2/un/sa/unsafe/h/a b.jpg"),
        ("/c0/x/a.jpg", "default", None),
        ("/unsafe/a.jpg", "auto_avif", None),
        ("/unsafe/../../etc/passwd", "default", None),
        ("/unsafe/%2E%2E/%2e%2e/etc/passwd", "default", None),
        ("/unsafe/..%2Fa.jpg", "default", None),
        ("/unsafe/..http://x/../a.jpg", "default", None),
        ("/unsafe/.http://./a.jpg", "default", None),
        ("/unsafe/http://../a.jpg", "default", None),
        ("/..unsafe/a.jpg", "default", None),
        ("/un../a.jpg", "default", None),
        ("/unsafe//a.jpg", "default", None),
        ("/unsafe/./a.jpg", "default", None),
        ("/unsafe/a%00.jpg", "default", None),
        ("/unsafe/a\ud800.jpg", "default", None),
        ("/", "default", None),
        ("", "default", None),
    ],
)
def test_legacy_results(name, variant, place):
    found = legacy_path_of(Key(Kind.RESULT, name, variant))
    assert found is None if place is None else str(found) == place


@pytest.mark.parametrize("kind", [Kind.SOURCE, Kind.SECURITY_KEY, Kind.FOCAL_POINTS])
def test_only_results_have_a_legacy_place(kind):
    assert legacy_path_of(Key(kind, "unsafe/a.jpg")) is None
