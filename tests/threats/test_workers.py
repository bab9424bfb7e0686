"""Codecs that crash, hang, grow or have been taken over: what a worker process can do to others.

Two stand-ins do what a codec might: a decoder that does what the bytes of its picture say, and,
for more than bytes can say, filters of somebody else's.
"""

import concurrent.futures
import contextlib
import http.client
import io
import itertools
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from thumborlike.isolation import calls, files

PICTURES = Path(__file__).parents[1] / "pictures"
LINUX = sys.platform == "linux"

HOSTILE = '''
import ctypes, os, signal, socket, time
from PIL import BmpImagePlugin, Image, ImageFile
from thumborlike.filtering import Frame, Natural, pixel_filter

class HostileDecoder(ImageFile.PyDecoder):
    """Does what the first pixels say."""

    _pulls_fd = True

    def decode(self, buffer):
        word = self.fd.read(5)
        if word == b"abort":
            os.abort()
        if word == b"spins":
            ctypes.PyDLL(None).sleep(600)  # keeps the interpreter lock, as a loop in C would
        if word == b"grows":
            bytearray(10 << 30)
        return -1, 0

class HostileFile(BmpImagePlugin.BmpImageFile):
    def _open(self):
        super()._open()
        self.tile = [each._replace(codec_name="hostile") for each in self.tile]

Image.register_decoder("hostile", HostileDecoder)
Image.register_open("BMP", HostileFile, BmpImagePlugin._accept)

@pixel_filter
def with_decoder(frame: Frame) -> Frame:
    """That a job names it brings this module, and the decoder, into the worker."""
    return frame

def shown(frame: Frame, text: str) -> Frame:
    """The text as a picture: one byte, one pixel of grey."""
    data = (text.encode() or b"-")[:4000]
    return frame.with_image(Image.frombytes("L", (len(data), 1), data))

@pixel_filter
def crash(frame: Frame) -> Frame:
    os.abort()

@pixel_filter
def segfault(frame: Frame) -> Frame:
    ctypes.string_at(0)

@pixel_filter
def spin(frame: Frame) -> Frame:
    ctypes.PyDLL(None).sleep(600)  # keeps the interpreter lock, as a loop in C would

@pixel_filter
def ignore_all(frame: Frame) -> Frame:
    for number in set(range(1, 32)) - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}:
        signal.signal(number, signal.SIG_IGN)
    while True:
        time.sleep(1)

@pixel_filter
def hog(frame: Frame, gigabytes: Natural = 10) -> Frame:
    return frame if bytearray(gigabytes << 30) else frame

@pixel_filter
def raises(frame: Frame) -> Frame:
    raise LookupError("a defect of a filter")

@pixel_filter
def garble(frame: Frame) -> Frame:
    os.write(_line(), b"\\xff" * 24)
    time.sleep(600)

@pixel_filter
def lie(frame: Frame) -> Frame:
    os.write(_line(), (1 << 40).to_bytes(8, "little") + (1 << 39).to_bytes(8, "little") * 2)
    time.sleep(600)

def _line() -> int:
    links = {int(each): os.readlink(f"/proc/self/fd/{each}") for each in os.listdir("/proc/self/fd")
             if os.path.islink(f"/proc/self/fd/{each}")}
    return next(number for number, link in links.items() if link.startswith("socket:"))

@pixel_filter
def environment(frame: Frame) -> Frame:
    return shown(frame, " ".join(sorted(os.environ)))

def has_key(data) -> bool:
    """Looks for the halves, so that what is looked for is nowhere itself."""
    place = data.find(b"marker-of-the-")
    while place >= 0:
        if data[place + 14 : place + 24][::-1] == b"yek-terces":
            return True
        place = data.find(b"marker-of-the-", place + 1)
    return False

@pixel_filter
def memory(frame: Frame) -> Frame:
    """Where in this process the marker of the server's key is found."""
    found = []
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as mem:
        for line in maps:
            span, rights, *_ = line.split()
            begin, end = (int(each, 16) for each in span.split("-"))
            if rights.startswith("rw") and end - begin < 1 << 28:
                try:
                    mem.seek(begin)
                    found.append(has_key(mem.read(end - begin)))
                except OSError:
                    pass
    return shown(frame, f"{len(found)} {any(found)}")

def tried(what) -> str:
    try:
        return f"done {what()}"
    except Exception as error:
        return type(error).__name__

@pixel_filter
def network(frame: Frame) -> Frame:
    return shown(frame, tried(lambda: socket.create_connection(("127.0.0.1", 1), 1)))

@pixel_filter
def read(frame: Frame) -> Frame:
    return shown(frame, tried(lambda: open(os.environ["HOME"] + "/key").read()))

@pixel_filter
def write(frame: Frame) -> Frame:
    return shown(frame, tried(lambda: open(os.environ["HOME"] + "/new", "w")))

@pixel_filter
def start(frame: Frame) -> Frame:
    return shown(frame, tried(lambda: os.posix_spawn("/bin/true", ["true"], {})))

@pixel_filter
def kill_server(frame: Frame) -> Frame:
    return shown(frame, tried(lambda: os.kill(os.getppid(), 0)))

@pixel_filter
def spy(frame: Frame) -> Frame:
    with open(f"/proc/self/stat") as file:
        pass
    return shown(frame, tried(lambda: open(f"/proc/{os.getppid()}/environ", "rb").read()))

@pixel_filter
def pid(frame: Frame) -> Frame:
    return shown(frame, str(os.getpid()))
'''

NAMES = re.findall(r"@pixel_filter\ndef (\w+)", HOSTILE)
KEY = "marker-of-the-secret-key"
NUMBERS = itertools.count()
DECODED = {"abort": 502, "spins": 504, "grows": 400}
"""What the hostile decoder does at such a word, and what its client gets."""


class Server:
    """A running server. `pid` is its process."""

    def __init__(self, process, port):
        self.process = process
        self.pid = process.pid
        self.port = port

    def get(self, path, timeout=30):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        with contextlib.closing(connection):
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def told(self, name):
        """What a hostile filter found out, in its own words; asked anew each time."""
        path = f"/unsafe/filters:{name}():format(png):max_age({next(NUMBERS)})/photo.jpg"
        status, body = self.get(path)
        assert status == 200, body
        return shown_in(body)


def shown_in(body):
    with Image.open(io.BytesIO(body)) as image:
        return image.convert("L").tobytes().decode()


def bitmap(begin):
    """A picture whose pixels begin with these bytes."""
    image = Image.frombytes("L", (16, 16), bytes(256))
    buffer = io.BytesIO()
    image.save(buffer, "BMP")
    body = buffer.getvalue()
    place = int.from_bytes(body[10:14], "little")
    return body[:place] + begin + body[place + len(begin) :]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "modules" / "hostile").mkdir(parents=True)
    (folder / "modules" / "hostile" / "__init__.py").touch()
    (folder / "modules" / "hostile" / "filters.py").write_text(HOSTILE)
    (folder / "pictures").mkdir()
    shutil.copy(PICTURES / "photo.jpg", folder / "pictures")
    for word in DECODED:
        (folder / "pictures" / f"{word}.bmp").write_bytes(bitmap(word.encode()))
    (folder / "home").mkdir()
    (folder / "home" / "key").write_text(KEY)
    return folder


@contextlib.contextmanager
def running(folder, **keys):
    port = free_port()
    values = {
        "LOADER": "file",
        "FILE_LOADER_ROOT_PATH": str(folder / "pictures"),
        "STORAGE": "no",
        "SECURITY_KEY": KEY,
        "WORKERS": 2,
        "PROCESSING_TIMEOUT_SECONDS": 1.5,
        **keys,
    }
    conf = folder / f"{port}.conf"
    text = "".join(f"{key} = {value!r}\n" for key, value in values.items())
    conf.write_text(
        text + "from thumborlike.settings.process import FILTERS as ours\n"
        "FILTERS = [*ours, 'hostile.filters']\n"
    )
    environ = {
        **os.environ,
        "PYTHONPATH": str(folder / "modules"),
        "HOME": str(folder / "home"),
        "AWS_SECRET_ACCESS_KEY": "not to be seen",
    }
    line = [sys.executable, "-m", "thumborlike.cli", "-p", str(port), "-i", "127.0.0.1"]
    log = (folder / f"{port}.log").open("w")
    process = subprocess.Popen([*line, "-c", str(conf), "-l", "info"], env=environ, stderr=log)
    server = Server(process, port)
    try:
        wait_for(lambda: server.get("/unsafe/20x20/photo.jpg")[0] == 200, 20)
        yield server
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def wait_for(condition, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if condition():
                return
        time.sleep(0.01)
    raise AssertionError("it did not happen in time")


@pytest.fixture(scope="module")
def server(folder):
    with running(folder) as started:
        yield started


def descendants(pid):
    children = Path(f"/proc/{pid}/task/{pid}/children")
    own = [int(each) for each in children.read_text().split()] if children.exists() else []
    return [*own, *(below for each in own for below in descendants(each))]


def with_neighbours(server, path, count):
    """Answers to one hostile request and to `count` others that come meanwhile."""
    with concurrent.futures.ThreadPoolExecutor(17) as pool:
        started = time.monotonic()
        hostile = pool.submit(lambda: (*server.get(path), time.monotonic() - started))
        others = [pool.submit(server.get, f"/unsafe/{20 + n}x20/photo.jpg") for n in range(count)]
        return hostile.result(), [each.result()[0] for each in others]


HARM = [
    ("crash", 502),
    ("segfault", 502),
    ("spin", 504),
    ("ignore_all", 504),
    ("hog", 400),
    ("garble", 502),
    ("lie", 502),
    ("raises", 500),
]


@pytest.mark.parametrize("word", DECODED)
def test_a_decoder_that_is_broken_by_bytes_costs_their_request_alone(server, word):
    path = f"/unsafe/30x30/filters:with_decoder()/{word}.bmp"
    (status, body, seconds), others = with_neighbours(server, path, 500)
    assert status == DECODED[word], body
    assert seconds < 1.5 + 1.5
    assert set(others) == {200}
    assert b"Traceback" not in body


@pytest.mark.parametrize("name, expected", HARM, ids=[name for name, _ in HARM])
def test_a_broken_codec_costs_its_own_request_alone(server, name, expected):
    count = 500 if name in ("crash", "spin", "hog") else 40
    path = f"/unsafe/30x30/filters:{name}()/photo.jpg"
    (status, body, seconds), others = with_neighbours(server, path, count)
    assert status == expected, body
    assert seconds < 1.5 + 1.5  # its deadline, and time in the queue
    assert set(others) == {200}
    assert b"Traceback" not in body


def test_after_any_harm_all_workers_are_back(server):
    for name in ("crash", "crash", "garble", "crash"):
        server.get(f"/unsafe/31x31/filters:{name}()/photo.jpg")
    wait_for(lambda: len(set(pids(server))) == 2, 3)


def pids(server):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda _: server.told("pid"), range(8)))


def test_what_is_left_of_a_hung_worker_is_nothing(server):
    before = set(descendants(server.pid))
    assert server.get("/unsafe/32x32/filters:spin()/photo.jpg")[0] == 504
    wait_for(lambda: len(before - set(descendants(server.pid))) == 1, 2)


@pytest.mark.skipif(not LINUX, reason="reads /proc")
def test_work_of_a_client_that_left_is_ended(server):
    before = set(descendants(server.pid))
    with pytest.raises(TimeoutError):
        server.get("/unsafe/33x33/filters:spin()/photo.jpg", timeout=0.4)
    wait_for(lambda: before - set(descendants(server.pid)), 2.0)
    assert server.get("/unsafe/34x34/photo.jpg")[0] == 200


@pytest.mark.skipif(not LINUX, reason="reads /proc")
def test_a_killed_template_is_replaced(server):
    (template,) = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    os.kill(int(template), signal.SIGKILL)
    assert server.get("/unsafe/35x35/photo.jpg")[0] == 200  # the workers live on
    wait_for(lambda: server.get("/unsafe/36x36/filters:crash()/photo.jpg")[0] == 502, 3)
    wait_for(lambda: len(set(pids(server))) == 2, 3)


@pytest.mark.skipif(not LINUX, reason="reads /proc")
def test_the_secret_key_and_credentials_never_reach_a_worker(server):
    names = server.told("environment").split()
    assert not {"AWS_SECRET_ACCESS_KEY", "SECURITY_KEY"} & set(names)
    looked, found = server.told("memory").split()
    assert int(looked) > 3
    assert found == "False"


SANDBOX = [
    ("network", "PermissionError"),
    ("read", "PermissionError"),
    ("write", "PermissionError"),
    ("start", "PermissionError"),
    ("kill_server", "PermissionError"),
    ("spy", "PermissionError"),
]


def kernel_confines():
    if not LINUX:
        return False
    child = os.fork()
    if not child:
        done = files.confine(files.Access()) and calls.refuse_calls(programs=False)
        os._exit(0 if done else 1)
    return os.waitpid(child, 0)[1] == 0


@pytest.mark.skipif(not kernel_confines(), reason="the kernel has no seccomp or no Landlock")
@pytest.mark.parametrize("name, expected", SANDBOX, ids=[name for name, _ in SANDBOX])
def test_a_worker_that_was_taken_over_cannot(server, name, expected):
    assert server.told(name) == expected


def test_without_the_sandbox_the_same_filters_can(folder):
    with running(folder, WORKER_SANDBOX=False) as server:
        assert server.told("read") == f"done {KEY}"


@pytest.mark.skipif(not LINUX, reason="reads /proc")
def test_what_threads_can_see_is_why_there_are_processes(folder):
    with running(folder, WORKER_ISOLATION="thread") as server:
        assert server.told("memory").split()[1] == "True"
        assert "AWS_SECRET_ACCESS_KEY" in server.told("environment").split()


def test_workers_are_replaced_after_so_many_jobs(folder):
    with running(folder, WORKER_MAX_JOBS=3, WORKERS=1) as server:
        seen = [server.told("pid") for _ in range(9)]
    assert 3 <= len(set(seen)) <= 4


def test_no_worker_outlives_the_server(folder):
    with running(folder) as server:
        below = descendants(server.pid)
        assert len(below) == 3
        server.process.kill()
        server.process.wait()
        wait_for(lambda: not any(alive(each) for each in below), 5)


def test_no_worker_is_left_after_a_stop(folder):
    with running(folder) as server:
        below = descendants(server.pid)
        server.process.terminate()
        assert server.process.wait(10) == 0
        wait_for(lambda: not any(alive(each) for each in below), 2)


def alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
