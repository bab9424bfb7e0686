"""Names that lead astray, files that are none, entries that are damaged, disks that fail."""

import asyncio
import contextlib
import http.client
import io
import os
import random
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from thumborlike.loaders import _beneath
from thumborlike.loaders.file import FileLoader
from thumborlike.storages._atomic import sweep
from thumborlike.storages._layout import path_of
from thumborlike.storages._seal import NAME as SEAL
from thumborlike.storages.file import FileStorage

from thumborlike.errors import SourceNotFound
from thumborlike.http.message import Request
from thumborlike.interfaces import Key, Kind, SourceRequest
from thumborlike.service import build
from thumborlike.settings.reader import load

PICTURES = Path(__file__).parents[1] / "pictures"
PHOTO = (PICTURES / "photo.jpg").read_bytes()
ROOT_ONLY = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="mounts a file system"
)
SECRET = b"\x89PNG the secret"


@pytest.fixture
def roots(tmp_path):
    """A folder of sources, with what an attacker may hope for in and beside it."""
    root = tmp_path / "pictures"
    (root / "sub").mkdir(parents=True)
    (tmp_path / "pictures_evil").mkdir()
    for path in (root / "a.jpg", root / "sub/b.jpg", tmp_path / "secret.jpg"):
        path.write_bytes(PHOTO)
    (tmp_path / "pictures_evil/secret.jpg").write_bytes(PHOTO)
    return root


def configured(tmp_path, **keys):
    values = {
        "LOADER": "file",
        "FILE_LOADER_ROOT_PATH": str(tmp_path / "pictures"),
        "STORAGE": "no",
        "FILE_STORAGE_ROOT_PATH": str(tmp_path / "storage"),
        "RESULT_STORAGE_FILE_STORAGE_ROOT_PATH": str(tmp_path / "results"),
        "RESULT_STORAGE_STORES_UNSAFE": True,
        "RESULT_CACHE_BYTES": 0,
        **keys,
    }
    conf = tmp_path / "thumbor.conf"
    conf.write_text("".join(f"{key} = {value!r}\n" for key, value in values.items()))
    return load(conf)


class Counts:
    def __init__(self):
        self.names = []

    def incr(self, name, value=1):
        self.names.append(name)

    def timing(self, name, milliseconds):
        pass


def serving(loaded, scenario):
    """Run `scenario(get)`, where `get(path)` gives status and body; results have been kept then."""

    async def run():
        service = build(loaded)

        async def get(path):
            response = await service.handle(Request("GET", path))
            await asyncio.wait_for(service._pipeline.landed(), 10)
            return response.status, response.body

        try:
            return await scenario(get)
        finally:
            await service.drain(5)

    return asyncio.run(run())


def answers(loaded, *paths):
    async def scenario(get):
        return [await get(path) for path in paths]

    return serving(loaded, scenario)


def files(folder):
    found = (each for each in folder.rglob("*") if each.is_file())
    return sorted(each for each in found if ".thumborlike-sources" not in each.parts)


# Names that lead out of the root

OUTSIDE = [
    "../secret.jpg",
    "sub/../../secret.jpg",
    "%2e%2e/secret.jpg",
    "%2e%2e%2fsecret.jpg",
    "..%2Fsecret.jpg",
    "..%5csecret.jpg",
    "%252e%252e%252fsecret.jpg",
    "%25252e%25252e/secret.jpg",
    "%c0%ae%c0%ae/secret.jpg",
    "%u002e%u002e/secret.jpg",
    "....//secret.jpg",
    "../pictures_evil/secret.jpg",
    "a.jpg/../../secret.jpg",
    "file%3A///etc/passwd",
    "/etc/passwd",
    "//etc/passwd",
    "~/secret.jpg",
    "a.jpg%00.png",
    "%00../secret.jpg",
    "..%00/secret.jpg",
    "%EF%BC%8E%EF%BC%8E/secret.jpg",
    ".. /secret.jpg",
    "../secret.jpg%20",
    "x" * 300,
    "x/" * 3000,
    "%F0%9F%90%98" * 80,
    "%ED%A0%80",
]


def test_names_with_dots_nul_doubled_encodings_and_endless_length_find_nothing(roots, tmp_path):
    absolute = str(tmp_path / "secret.jpg")
    names = [*OUTSIDE, absolute, absolute.replace("/", "%2F")]
    begun = time.monotonic()
    found = answers(configured(tmp_path), *(f"/unsafe/10x10/{name}" for name in names))
    wrong = {n: s for n, (s, _) in zip(names, found, strict=True) if s not in (400, 404, 414)}
    assert not wrong
    assert time.monotonic() - begun < 5


def test_a_link_out_of_the_root_is_followed_only_where_the_policy_allows_it(roots, tmp_path):
    (roots / "out.jpg").symlink_to(tmp_path / "secret.jpg")
    (roots / "folder").symlink_to("..")
    (roots / "in.jpg").symlink_to("sub/b.jpg")
    (roots / "circle.jpg").symlink_to("circle.jpg")
    names = ("out.jpg", "folder/secret.jpg", "in.jpg", "circle.jpg")
    paths = [f"/unsafe/10x10/{name}" for name in names]
    closed = configured(tmp_path)
    assert [status for status, _ in answers(closed, *paths)] == [404, 404, 200, 404]
    opened = configured(tmp_path, FILE_LOADER_FOLLOW_SYMLINKS=True)
    assert [status for status, _ in answers(opened, *paths)] == [200, 200, 200, 404]


@pytest.mark.parametrize("swapped", ["sub", "sub/b.jpg"])
def test_a_link_put_there_between_the_check_and_the_opening_leads_nowhere(
    roots, tmp_path, monkeypatch, swapped
):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/b.jpg").write_bytes(SECRET)
    resolved = os.path.realpath

    def racing(path, **options):
        found = resolved(path, **options)
        place = roots / swapped
        if found.endswith("b.jpg") and not place.is_symlink():
            place.rename(tmp_path / "moved away")
            place.symlink_to(tmp_path / "outside" / Path(swapped).relative_to("sub"))
        return found

    (roots / "alias").symlink_to(roots / "sub")
    monkeypatch.setattr(os.path, "realpath", racing)
    with pytest.raises(SourceNotFound):
        FileLoader(str(roots), 0).load(SourceRequest("alias/b.jpg"))
    assert (roots / swapped).is_symlink()


@pytest.mark.parametrize("name", ["sub/b.jpg", "alias/b.jpg"])
def test_no_race_of_links_and_folders_gives_a_file_outside(roots, tmp_path, name):
    (roots / "alias").symlink_to(roots / "sub")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/b.jpg").write_bytes(SECRET)
    (tmp_path / "link").symlink_to(tmp_path / "outside")
    over = threading.Event()

    def swap():
        while not over.is_set():
            (roots / "sub").rename(tmp_path / "real")
            (tmp_path / "link").rename(roots / "sub")
            (roots / "sub").rename(tmp_path / "link")
            (tmp_path / "real").rename(roots / "sub")

    swapper = threading.Thread(target=swap)
    swapper.start()
    loader, seen, end = FileLoader(str(roots), 0), set(), time.monotonic() + 1
    try:
        while time.monotonic() < end:
            with contextlib.suppress(SourceNotFound):
                seen.add(loader.load(SourceRequest(name)).body)
    finally:
        over.set()
        swapper.join()
    assert seen == {PHOTO}


def test_the_walk_refuses_what_is_not_below_its_root(roots):
    for path in (roots, roots.parent, roots.with_name("pictures_evil") / "secret.jpg"):
        with pytest.raises(OSError, match="No such file"):
            _beneath.open_beneath(str(roots), str(path))


def test_pipes_devices_sockets_folders_and_huge_sparse_files_are_404_at_once(
    roots, tmp_path, monkeypatch
):
    os.mkfifo(roots / "pipe.jpg")
    (roots / "folder.jpg").mkdir()
    (roots / "sparse.jpg").touch()
    os.truncate(roots / "sparse.jpg", 1 << 40)
    names = ["pipe.jpg", "folder.jpg", "sparse.jpg", "socket.jpg", "", "sub", "a.jpg/x"]
    listener = socket.socket(socket.AF_UNIX)
    monkeypatch.chdir(roots)
    with contextlib.closing(listener):
        listener.bind("socket.jpg")
    if os.geteuid() == 0:
        os.mknod(roots / "zero.jpg", 0o666 | stat.S_IFCHR, os.makedev(1, 5))
        names.append("zero.jpg")
    begun = time.monotonic()
    found = answers(configured(tmp_path), *(f"/unsafe/10x10/{name}" for name in names))
    assert {status for status, _ in found} <= {400, 404}
    assert [status for (status, _), name in zip(found, names, strict=True) if "." in name] == [
        404
    ] * len([name for name in names if "." in name])
    assert time.monotonic() - begun < 3


def test_unicode_forms_and_case_are_names_of_their_own(roots, tmp_path):
    composed, decomposed = (unicodedata.normalize(form, "é.jpg") for form in ("NFC", "NFD"))
    (roots / composed).write_bytes(PHOTO)
    sensitive = not (roots / "A.JPG").exists()
    quoted = "e%CC%81.jpg"
    found = answers(configured(tmp_path), "/unsafe/%C3%A9.jpg", f"/unsafe/{quoted}")
    if not (roots / decomposed).exists():
        assert [status for status, _ in found] == [200, 404]
    if sensitive:
        assert answers(configured(tmp_path), "/unsafe/A.JPG")[0][0] == 404
    names = ["a.jpg", "A.jpg", "a.jpg.", "a.jpg ", "a.jpg%20", composed, decomposed]
    assert len({path_of(Key(Kind.SOURCE, name)) for name in names}) == len(names)


# Keys


@given(st.lists(st.text(max_size=60), min_size=2, max_size=8, unique=True))
def test_no_two_sources_share_a_place(names):
    places = {path_of(Key(kind, name)) for name in names for kind in Kind if kind != Kind.RESULT}
    assert len(places) == 3 * len(names)


def test_two_spellings_that_mean_two_pictures_share_no_result(roots, tmp_path):
    (roots / "30x20").mkdir()
    Image.new("RGB", (50, 40), "red").save(roots / "30x20/c.jpg")
    (roots / "c.jpg").write_bytes(PHOTO)
    loaded = configured(tmp_path, RESULT_STORAGE="file")
    paths = ("/unsafe/30x20/c.jpg", "/unsafe/30x20%2Fc.jpg", "/unsafe/30x20/c.jpg")
    sizes = [Image.open(io.BytesIO(body)).size for _, body in answers(loaded, *paths)]
    assert sizes == [(30, 20), (50, 40), (30, 20)]


def test_an_upload_never_answers_for_another_source(roots, tmp_path):
    """Thumbor 7.8: whatever begins with 32 characters that are an id is that upload."""
    identity = "0123456789abcdef" * 2
    store = FileStorage(tmp_path / "storage", tmp_path / "results")
    store.put(Key(Kind.SOURCE, identity), SECRET)
    (roots / f"{identity}.jpg").write_bytes(PHOTO)
    (roots / f"{identity}4").write_bytes(PHOTO)
    loaded = configured(tmp_path, STORAGE="file")
    paths = (f"/unsafe/10x10/{identity}.jpg", f"/unsafe/10x10/{identity}4")
    assert [status for status, _ in answers(loaded, *paths)] == [200, 200]


def test_old_results_are_read_inside_the_root_alone_and_no_file_is_moved(roots, tmp_path):
    """Thumbor 7.8 serves files outside, and moves them away."""
    old = tmp_path / "results/v2/un/sa/unsafe/10x10"
    old.mkdir(parents=True)
    (old / "a.jpg").write_bytes(PHOTO)
    (old / "link").symlink_to(tmp_path)
    before = {path: path.read_bytes() for path in files(tmp_path) if path.name != "thumbor.conf"}
    loaded = configured(tmp_path, RESULT_STORAGE="file")
    up = "%2e%2e/" * 7
    names = (f"{up}secret.jpg", f"{up.lower()}secret.jpg", "link/secret.jpg", "a.jpg")
    found = answers(loaded, *(f"/unsafe/10x10/{name}" for name in names))
    assert [status for status, _ in found] == [404, 404, 404, 200]
    assert found[3][1] == PHOTO
    assert all(path.read_bytes() == body for path, body in before.items())


# Damaged entries


def cut(place):
    os.truncate(place, place.stat().st_size // 2)


def empty(place):
    os.truncate(place, 0)


def alter(place):
    body = bytearray(place.read_bytes())
    body[len(body) // 2] ^= 0xFF
    place.write_bytes(body)


def cut_with_its_end_in_place(place):
    """What a look at the end of a picture would not notice."""
    body = place.read_bytes()
    place.write_bytes(body[: len(body) // 2] + body[-64:])


HARM = [cut, empty, alter, cut_with_its_end_in_place]


@pytest.mark.parametrize("harm", HARM, ids=lambda harm: harm.__name__)
def test_a_damaged_result_is_made_again(roots, tmp_path, harm):
    loaded = configured(tmp_path, RESULT_STORAGE="file")

    async def scenario(get):
        _, good = await get("/unsafe/40x30/a.jpg")
        (place,) = files(tmp_path / "results")
        harm(place)
        assert await get("/unsafe/40x30/a.jpg") == (200, good)
        assert place.read_bytes() == good

    serving(loaded, scenario)


@pytest.mark.parametrize("harm", HARM, ids=lambda harm: harm.__name__)
def test_a_damaged_source_is_fetched_again(roots, tmp_path, harm):
    loaded = configured(tmp_path, STORAGE="file")

    async def scenario(get):
        _, good = await get("/unsafe/40x30/a.jpg")
        (place,) = files(tmp_path / "storage")
        harm(place)
        assert await get("/unsafe/40x30/a.jpg") == (200, good)
        assert place.read_bytes() == PHOTO

    serving(loaded, scenario)


def test_entries_are_plain_pictures_and_those_of_thumbor_need_no_seal(tmp_path):
    store = FileStorage(tmp_path / "storage", tmp_path / "results")
    key = Key(Kind.SOURCE, "a.jpg")
    store.put(key, PHOTO)
    (place,) = files(tmp_path)
    assert place.read_bytes() == PHOTO
    with contextlib.suppress(OSError):
        os.removexattr(place, SEAL)
    place.write_bytes(PHOTO[:100])
    assert store.get(key).body == PHOTO[:100]


def test_nothing_that_is_no_picture_is_stored(roots, tmp_path):
    (roots / "text.jpg").write_bytes(b"<html>" * 100)
    (roots / "cut.jpg").write_bytes(PHOTO[:20])
    loaded = configured(tmp_path, STORAGE="file", RESULT_STORAGE="file")
    names = ("text.jpg", "cut.jpg", "missing.jpg")
    found = answers(loaded, *(f"/unsafe/10x10/{name}" for name in names))
    assert all(400 <= status < 500 for status, _ in found)
    assert not files(tmp_path / "storage")
    assert not files(tmp_path / "results")


def test_an_unsigned_result_is_not_stored_where_only_signed_ones_are(roots, tmp_path):
    loaded = configured(tmp_path, RESULT_STORAGE="file", RESULT_STORAGE_STORES_UNSAFE=False)
    assert answers(loaded, "/unsafe/10x10/a.jpg")[0][0] == 200
    assert not files(tmp_path / "results")


# Killed writers

WRITER = """
import sys
from pathlib import Path
from thumborlike.interfaces import Key, Kind
from thumborlike.storages.file import FileStorage
store = FileStorage(Path(sys.argv[1]), Path(sys.argv[1]))
sys.stdout.write("x")
sys.stdout.flush()
number = 0
while True:
    number += 1
    body = bytes([65 + number % 26]) * (100_000 + number % 7)
    store.put(Key(Kind.SOURCE, f"{number % 5}.jpg"), body)
"""


def torn(store):
    """Entries that are neither missing nor whole."""
    bodies = [store.get(Key(Kind.SOURCE, f"{number}.jpg")) for number in range(5)]
    return [each for each in bodies if each and not is_whole(each.body)]


def is_whole(body):
    return 100_000 <= len(body) < 100_007 and body == body[:1] * len(body)


def kill_writers(folder, kills, writers=2):
    """Start writers and kill them somewhere in a write, while somebody reads; reads done."""
    store, reads = FileStorage(folder, folder), 0
    line = [sys.executable, "-c", WRITER, str(folder)]
    alive = []
    for number in range(kills + writers):
        if number < kills:
            alive.append(subprocess.Popen(line, stdout=subprocess.PIPE))
            assert alive[-1].stdout.read(1) == b"x"
        end = time.monotonic() + random.uniform(0.001, 0.02)
        while time.monotonic() < end:
            assert not torn(store)
            reads += 1
        if alive and (len(alive) >= writers or number >= kills):
            victim = alive.pop(0)
            victim.send_signal(signal.SIGKILL)
            victim.wait()
            victim.stdout.close()
            assert not torn(store)
    return reads


def check_kills(folder, kills):
    assert kill_writers(folder, kills) > kills
    left = [path for path in files(folder) if re.search(r"\.[0-9a-f]{32}$", path.name)]
    for path in left:
        os.utime(path, (1, 1))
        sweep(path.parent, time.time())
    assert len(files(folder)) == 5
    assert all(path.stat().st_size >= 100_000 for path in files(folder))


def test_killed_writers_tear_no_entry_and_their_drafts_are_swept(tmp_path):
    check_kills(tmp_path, 12)


@pytest.mark.long
def test_hundreds_of_killed_writers_tear_no_entry(tmp_path):
    check_kills(tmp_path, 250)


# Storages that fail


@contextlib.contextmanager
def mounted(folder, size):
    """A file system of so many bytes."""
    folder.mkdir()
    line = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if subprocess.run(line, check=False, capture_output=True).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def storage_lines(caplog):
    return [text for text in (r.getMessage() for r in caplog.records) if "storage: c" in text]


@ROOT_ONLY
def test_a_full_disk_costs_no_answer_and_one_line_in_the_log(roots, tmp_path, caplog):
    with mounted(tmp_path / "disk", 65536) as disk:
        filler = disk / "filler"
        loaded = configured(
            tmp_path,
            STORAGE="file",
            RESULT_STORAGE="file",
            FILE_STORAGE_ROOT_PATH=str(disk / "storage"),
            RESULT_STORAGE_FILE_STORAGE_ROOT_PATH=str(disk / "results"),
        )

        async def scenario(get):
            await get("/unsafe/10x10/a.jpg")
            with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
                while file.write(bytes(4096)):
                    pass
            found = [await get(f"/unsafe/{width}x300/a.jpg") for width in range(300, 330)]
            assert {status for status, _ in found} == {200}
            assert await get("/unsafe/10x10/a.jpg")  # still read
            assert not [each for each in files(disk) if len(each.suffix) == 33]
            filler.unlink()
            assert (await get("/unsafe/31x31/a.jpg"))[0] == 200

        serving(loaded, scenario)
    told = storage_lines(caplog)
    assert [line for line in told if "cannot" in line] == [
        "storage: cannot write: the file cannot be written: No space left on device"
    ]
    assert len([line for line in told if "can write again" in line]) == 1


@ROOT_ONLY
def test_a_read_only_disk_costs_no_answer_and_is_still_read(roots, tmp_path, caplog):
    with mounted(tmp_path / "disk", 1 << 20) as disk:
        loaded = configured(
            tmp_path,
            RESULT_STORAGE="file",
            RESULT_STORAGE_FILE_STORAGE_ROOT_PATH=str(disk / "results"),
        )
        kept = answers(loaded, "/unsafe/10x10/a.jpg")
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        (roots / "a.jpg").write_bytes(PHOTO[:10])  # only the storage has it now
        assert answers(loaded, "/unsafe/10x10/a.jpg") == kept
        (roots / "a.jpg").write_bytes(PHOTO)
        found = answers(loaded, *(f"/unsafe/{width}x9/a.jpg" for width in range(10, 20)))
        assert {status for status, _ in found} == {200}
    assert len(storage_lines(caplog)) == 1


def test_a_missing_storage_costs_no_answer(roots, tmp_path, caplog):
    (tmp_path / "taken").write_bytes(b"a file in the place of the folder")
    loaded = configured(
        tmp_path,
        STORAGE="file",
        RESULT_STORAGE="file",
        FILE_STORAGE_ROOT_PATH=str(tmp_path / "taken"),
        RESULT_STORAGE_FILE_STORAGE_ROOT_PATH=str(tmp_path / "taken/below"),
    )
    found = answers(loaded, *(f"/unsafe/{width}x9/a.jpg" for width in range(10, 30)))
    assert {status for status, _ in found} == {200}
    assert len(storage_lines(caplog)) <= 2  # one for each of the two


SLOW = """
import time

class Slow:
    def get(self, key):
        time.sleep(0.6)

    put = lambda self, key, body: time.sleep(0.6)
    delete = get

def create(env):
    return Slow()
"""


def test_a_storage_that_hangs_costs_a_few_requests_its_timeout_and_the_others_nothing(
    roots, tmp_path, monkeypatch, caplog
):
    (tmp_path / "slow").mkdir()
    (tmp_path / "slow/storage.py").write_text(SLOW)
    monkeypatch.syspath_prepend(tmp_path)
    loaded = configured(tmp_path, RESULT_STORAGE="slow.storage", STORAGE_TIMEOUT_SECONDS=0.1)

    async def scenario(get):
        begun = time.monotonic()
        found = [await get(f"/unsafe/{width}x9/a.jpg") for width in range(10, 50)]
        return {status for status, _ in found}, time.monotonic() - begun

    statuses, seconds = serving(loaded, scenario)
    assert statuses == {200}
    assert seconds < 3  # 8 if each read and write had waited
    assert len(storage_lines(caplog)) == 2  # reads, writes


# Uploads


@contextlib.contextmanager
def running(tmp_path, **keys):
    """A server process; `ask(method, path, body, headers)` gives status, headers, body."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    configured(tmp_path, **keys)
    line = [sys.executable, "-m", "thumborlike.cli", "-p", str(port), "-i", "127.0.0.1"]
    process = subprocess.Popen([*line, "-c", str(tmp_path / "thumbor.conf"), "-l", "error"])

    def ask(method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        with contextlib.closing(connection):
            chunked = "Transfer-Encoding" in (headers or {})
            connection.request(method, path, body, headers or {}, encode_chunked=chunked)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()

    try:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                if ask("GET", "/healthcheck")[0] == 200:
                    break
            time.sleep(0.05)
        yield ask
    finally:
        process.terminate()
        process.wait(20)


JPEG_TYPE = {"Content-Type": "image/jpeg"}


@pytest.fixture(scope="module")
def uploading(tmp_path_factory):
    folder = tmp_path_factory.mktemp("uploads")
    with running(
        folder, STORAGE="file", UPLOAD_ENABLED=True, UPLOAD_MAX_SIZE=50_000, MAX_PIXELS=1e6
    ) as ask:
        yield ask, folder


def test_upload_ids_are_128_random_bits(uploading):
    ask, _ = uploading
    seen = set()
    for _ in range(24):
        status, headers, _ = ask("POST", "/image", PHOTO, JPEG_TYPE)
        assert status == 201
        seen.add(re.fullmatch(r"/image/([0-9a-f]{32})/image\.jpg", headers["Location"])[1])
    bits = [f"{int(identity, 16):0128b}" for identity in seen]
    assert len(bits) == 24
    assert all(len({each[place] for each in bits}) == 2 for place in range(128))


def test_an_upload_that_cannot_be_decoded_wholly_is_not_kept(uploading):
    ask, folder = uploading
    before = files(folder / "storage")
    body = io.BytesIO()
    Image.new("RGB", (2000, 2000)).save(body, "PNG")
    hostile = [
        b"",
        b"<html><script>alert(1)</script>",
        PHOTO[: len(PHOTO) // 2],
        (PICTURES / "alpha.webp").read_bytes()[:-40],
        (PICTURES / "icc.png").read_bytes()[:-200],
        b"GIF89a" + b"<script>" * 20,
        body.getvalue(),
    ]
    for each in hostile:
        status, _, said = ask("POST", "/image", each, JPEG_TYPE)
        assert 400 <= status < 500, each[:20]
        assert b"Traceback" not in said
    assert files(folder / "storage") == before


def test_an_upload_too_large_is_refused_by_its_header_and_while_it_is_read(uploading):
    ask, folder = uploading
    before = files(folder / "storage")
    assert ask("POST", "/image", PHOTO + bytes(50_000), JPEG_TYPE)[0] == 412
    chunks = iter([PHOTO, *[bytes(10_000)] * 10])
    headers = {**JPEG_TYPE, "Transfer-Encoding": "chunked"}
    assert ask("POST", "/image", chunks, headers)[0] == 412
    assert ask("POST", "/image", None, {"Content-Length": str(1 << 40)})[0] == 412
    assert files(folder / "storage") == before


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "a\\b.jpg", "x%0d%0aSet-Cookie: a", ".htaccess", "a<b>.jpg", "é" * 400],
)
def test_a_clients_file_name_is_reduced_before_it_is_in_a_header(uploading, name):
    ask, _ = uploading
    status, headers, _ = ask("POST", "/image", PHOTO, {"Slug": name.encode(), **JPEG_TYPE})
    assert status == 201
    assert re.fullmatch(r"/image/[0-9a-f]{32}/[\w%-][\w.%-]{0,700}", headers["Location"])
    assert "Set-Cookie" not in headers
    assert ".." not in headers["Location"]


def test_an_upload_is_answered_by_its_content_with_nosniff(uploading):
    ask, _ = uploading
    body = io.BytesIO()
    Image.new("RGB", (9, 9)).save(body, "PNG")
    _, headers, _ = ask("POST", "/image", body.getvalue(), {"Content-Type": "text/html"})
    status, headers, _ = ask("GET", headers["Location"])
    assert (status, headers["Content-Type"]) == (200, "image/png")
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_uploads_are_off_and_so_are_put_and_delete_unless_each_is_allowed(uploading):
    ask, _ = uploading
    _, headers, _ = ask("POST", "/image", PHOTO, JPEG_TYPE)
    assert ask("PUT", headers["Location"], PHOTO, JPEG_TYPE)[0] == 405
    assert ask("DELETE", headers["Location"])[0] == 405
    assert ask("GET", headers["Location"])[0] == 200


@pytest.mark.parametrize("name", ["blacklist.txt", "a.jpg", "..%2f..%2fetc%2fpasswd", "0" * 31])
def test_no_other_entry_can_be_asked_for_as_an_upload(uploading, name):
    ask, folder = uploading
    FileStorage(folder / "storage", folder / "results").put(Key(Kind.SOURCE, name), PHOTO)
    assert ask("GET", f"/image/{name}")[0] == 404
