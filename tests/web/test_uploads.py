import asyncio
import re
from dataclasses import replace

import pytest

from thumborlike.errors import NotAnImage, StorageError, TooManyPixels
from thumborlike.interfaces import Stored
from thumborlike.settings.sections import UploadSettings
from thumborlike.uploads import Upload, Uploads, safe_name

JPEG = b"\xff\xd8jpeg"
PNG = b"\x89PNG\r\n\x1a\npng"
SVG = b"<svg/>"
ON = UploadSettings(upload_enabled=True, upload_put_allowed=True, upload_delete_allowed=True)
ID = "0123456789abcdef0123456789abcdef"
FORM = "multipart/form-data; boundary=b"


class Memory:
    def __init__(self):
        self.kept = {}
        self.broken = False

    async def get(self, key):
        body = self.kept.get(key)
        return Stored(body, 0.0) if body is not None else None

    async def put(self, key, body):
        if self.broken:
            raise StorageError("the disk is full")
        self.kept[key] = body

    async def delete(self, key):
        self.kept.pop(key, None)

    @property
    def names(self):
        return [key.name for key in self.kept]


async def probe(body):
    if body.startswith((JPEG, PNG, SVG)):
        return (20, 10)
    if body.startswith(b"bomb"):
        raise TooManyPixels("too large")
    raise NotAnImage("no picture")


def uploads(settings=ON, storage=None, max_size=0):
    return Uploads(settings, storage or Memory(), probe, max_size)


def multipart(name, filename, content, kind="image/jpeg"):
    head = f'Content-Disposition: form-data; name="{name}"; filename="{filename}"'
    return f"--b\r\n{head}\r\nContent-Type: {kind}\r\n\r\n".encode() + content + b"\r\n--b--\r\n"


def test_an_upload_is_kept_under_a_random_id(web):
    async def scenario():
        storage = Memory()
        service = web.Service(uploads=uploads(storage=storage))
        async with web.serving(service) as client:
            reply = await client.send("POST", "/image?x=1", JPEG, Content_Type="image/jpeg")
            assert (reply.status, reply.body) == (201, b"")
            location = reply.headers["Location"]
            assert re.fullmatch(r"/image/[0-9a-f]{32}/image\.jpg", location)
            assert storage.names == [location.split("/")[2]]
            again = await client.send("POST", "/image", JPEG)
            assert again.headers["Location"] != location
            got = await client.get(location)
            assert (got.status, got.body) == (200, JPEG)
            assert got.headers["Content-Type"] == "image/jpeg"
            assert got.headers["X-Content-Type-Options"] == "nosniff"
            assert got.headers["Cache-Control"] == "max-age=86400,public"
            etag = got.headers["Etag"]
            assert (await client.get(location, If_None_Match=etag)).status == 304
            head = await client.send("HEAD", location)
            assert (head.status, head.body) == (200, b"")
            assert head.headers["Content-Length"] == str(len(JPEG))
        assert "response.status.201" in service.metrics.names

    asyncio.run(scenario())


def test_a_form_brings_the_file_and_its_name(web):
    async def scenario():
        storage = Memory()
        async with web.serving(web.Service(uploads=uploads(storage=storage))) as client:
            form = multipart("media", "My cat.png", PNG)
            reply = await client.send("POST", "/image", form, Content_Type=FORM)
            assert reply.status == 201
            assert reply.headers["Location"].endswith("/My_cat.png")
            assert list(storage.kept.values()) == [PNG]
            other = multipart("photo", "a.png", PNG)
            assert (await client.send("POST", "/image", other, Content_Type=FORM)).status == 415
            broken = await client.send("POST", "/image", b"--b junk", Content_Type=FORM)
            assert broken.status in (400, 415)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("my pic.jpg", "my_pic.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\y.png", "y.png"),
        (".htaccess", "htaccess"),
        ("a\r\nSet-Cookie: b", "a_Set-Cookie_b"),
        ("é.jpg", "é.jpg"),
        ("..", ""),
        ("", ""),
        ("x" * 500, "x" * 100),
    ],
)
def test_names_of_clients_are_made_safe(sent, name):
    assert safe_name(sent) == name


def test_the_slug_header_names_it_too(web):
    async def scenario():
        async with web.serving(web.Service(uploads=uploads())) as client:
            reply = await client.send("POST", "/image", JPEG, Slug="../my pic.jpg")
            assert reply.headers["Location"].endswith("/my_pic.jpg")

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("upload", "name"),
    [
        (Upload(JPEG), "image.jpg"),
        (Upload(PNG, content_type="application/x-www-form-urlencoded"), "image.png"),
        (Upload(PNG, content_type="image/gif; a=b"), "image.gif"),
        (Upload(JPEG, name="/"), "image.jpg"),
        (Upload(JPEG, name="é.jpg"), "%C3%A9.jpg"),
    ],
)
def test_without_a_name_the_type_gives_one(upload, name):
    location = asyncio.run(uploads().create(upload))
    assert location.rpartition("/")[2] == name


def test_what_is_no_picture_or_of_the_wrong_size_is_refused(web):
    async def scenario():
        settings = replace(ON, upload_max_size=1000)
        storage = Memory()
        async with web.serving(web.Service(uploads=uploads(settings, storage))) as client:
            assert (await client.send("POST", "/image", b"text")).status == 415
            assert (await client.send("POST", "/image")).status == 415
            assert (await client.send("POST", "/image", b"bomb")).status == 400
            assert (await client.send("POST", "/image", JPEG + bytes(996))).status == 412
            assert (await client.send("POST", "/image", JPEG + bytes(900))).status == 201
        small = web.Service(uploads=uploads(replace(ON, min_width=21), storage))
        async with web.serving(small) as client:
            assert (await client.send("POST", "/image", JPEG)).status == 412
        assert len(storage.kept) == 1

    asyncio.run(scenario())


def test_a_body_far_too_large_is_refused_by_its_declared_length(web):
    async def scenario():
        service = web.Service(uploads=uploads(replace(ON, upload_max_size=1000)))
        async with web.serving(service) as client:
            reply = await client.send("POST", "/image", Content_Length=str(10**12))
            assert reply.status == 412
            assert reply.raw.count(b"HTTP/1.1") == 1

    asyncio.run(scenario())


def test_a_large_body_is_not_held_in_memory(web):
    async def scenario():
        service = web.Service(uploads=uploads(max_size=1000))
        async with web.serving(service) as client:
            assert (await client.send("POST", "/image", bytes(5_000_000))).status == 412
            chunk = b"10000\r\n" + bytes(0x10000) + b"\r\n"
            head = b"POST /image HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
            chunked = head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 40 + b"0\r\n\r\n"
            assert (await client.raw(chunked)).status == 412

    asyncio.run(scenario())


def test_put_and_delete(web):
    async def scenario():
        storage = Memory()
        async with web.serving(web.Service(uploads=uploads(storage=storage))) as client:
            assert (await client.send("PUT", f"/image/{ID}", JPEG)).status == 204
            assert (await client.send("PUT", f"/image/{ID}/a.png", PNG)).status == 204
            assert (await client.get(f"/image/{ID}")).body == PNG
            assert (await client.send("PUT", f"/image/{ID}", b"text")).status == 415
            assert (await client.send("DELETE", f"/image/{ID}/x.png")).status == 204
            assert (await client.send("DELETE", f"/image/{ID}")).status == 404
            assert (await client.get(f"/image/{ID}")).status == 404

    asyncio.run(scenario())


def test_put_and_delete_are_off_unless_allowed(web):
    async def scenario():
        storage = Memory()
        off = UploadSettings(upload_enabled=True)
        async with web.serving(web.Service(uploads=uploads(off, storage))) as client:
            for method in ("PUT", "DELETE", "POST", "OPTIONS"):
                reply = await client.send(method, f"/image/{ID}", JPEG)
                assert reply.status == 405
                assert reply.headers["Allow"] == "GET, HEAD"
            reply = await client.get("/image")
            assert (reply.status, reply.headers["Allow"]) == (405, "POST")
        assert not storage.kept

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "name", ["blacklist.txt", ID[:-1], ID + "a", ID.upper(), "%2e%2e", "http%3A%2F%2Fh%2Fi.jpg"]
)
def test_only_ids_are_names_of_uploads(web, name):
    async def scenario():
        storage = Memory()
        async with web.serving(web.Service(uploads=uploads(storage=storage))) as client:
            for method in ("GET", "PUT", "DELETE"):
                assert (await client.send(method, f"/image/{name}", JPEG)).status == 404
        assert not storage.kept

    asyncio.run(scenario())


def test_a_storage_that_fails_is_told(web):
    async def scenario():
        storage = Memory()
        storage.broken = True
        async with web.serving(web.Service(uploads=uploads(storage=storage))) as client:
            reply = await client.send("POST", "/image", JPEG)
            assert reply.status == 503
            assert "Retry-After" in reply.headers

    asyncio.run(scenario())


def test_an_svg_comes_back_with_its_hands_tied(web):
    async def scenario():
        async with web.serving(web.Service(uploads=uploads())) as client:
            location = (await client.send("POST", "/image", SVG)).headers["Location"]
            reply = await client.get(location)
            assert reply.headers["Content-Type"] == "image/svg+xml"
            assert "sandbox" in reply.headers["Content-Security-Policy"]

    asyncio.run(scenario())


def test_without_uploads_the_path_is_a_picture(web):
    async def scenario():
        async with web.serving(web.Service()) as client:
            assert (await client.get("/image")).body == b"picture"

    asyncio.run(scenario())
