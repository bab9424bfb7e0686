"""How much a few key paths do, counted in a process of its own: JSON on standard output.

    python -m benchmarks.counted FOLDER

Python's instructions are counted, not time: the same program counts nearly the same on any
machine and under any load. What C code does is timed instead, beside the same calls to Pillow
made by hand. FOLDER is an empty one to work in.
"""

from __future__ import annotations

import asyncio
import http.client
import importlib
import importlib.util
import json
import statistics
import sys
import threading
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from types import FrameType
from typing import Any

from PIL import Image, ImageDraw
from tornado.netutil import bind_sockets

REPEATS = 15
TIMED = 150
SETTLE = 0.05
"""Seconds after an answer in which the server ends what it does after it."""
SIZE, WANTED = (800, 600), (200, 200)
KEY = "key"


class Counter:
    """Counts the instructions of Python code in all threads begun while it runs."""

    def __init__(self) -> None:
        self.count = 0

    def start(self) -> None:
        """Count from now on."""
        threading.settrace(self._entered)
        sys.settrace(self._entered)

    def _entered(self, frame: FrameType, event: str, argument: object) -> Any:
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return self._inside

    def _inside(self, frame: FrameType, event: str, argument: object) -> Any:
        if event == "opcode":
            self.count += 1
        return self._inside


def main() -> None:
    """Count, and print what was found."""
    folder = Path(sys.argv[1])
    _draw().save(folder / "source.jpg", "JPEG", quality=85)
    for number in range(REPEATS + 1):
        (folder / f"source-{number}.jpg").write_bytes((folder / "source.jpg").read_bytes())
    counter = Counter()
    counter.start()
    found = asyncio.run(_served(counter, folder))
    sys.settrace(None)
    threading.settrace(None)
    resizer = "its own" if importlib.util.find_spec("cykooz_resizer") else "Pillow's"
    found[f"render, {resizer} resize"] = _render_ratio((folder / "source.jpg").read_bytes())
    print(json.dumps(found))


async def _served(counter: Counter, folder: Path) -> dict[str, float]:
    """All counts, taken on a server in this process."""
    before = counter.count
    loaded, service, server, port = _started(folder)
    found: dict[str, float] = {"start": counter.count - before}
    found["signed URL to job"] = _signed(counter, loaded)
    client = asyncio.get_running_loop().run_in_executor(None, _asked, counter, port)
    found.update(await client)
    server.stop()
    await service.drain(1)
    return found


def _started(folder: Path) -> tuple[Any, Any, Any, int]:
    """Imports and construction, as a server process does them."""
    names = ("settings.reader", "service", "web.app", "web.server")
    reader, service, app, web = (importlib.import_module(f"thumborlike.{name}") for name in names)
    conf = folder / "thumbor.conf"
    conf.write_text(
        f"LOADER = 'file'\nFILE_LOADER_ROOT_PATH = {str(folder)!r}\nSTORAGE = 'no'\n"
        f"RESULT_STORAGE = 'file'\nRESULT_STORAGE_STORES_UNSAFE = True\n"
        f"RESULT_STORAGE_FILE_STORAGE_ROOT_PATH = {str(folder / 'results')!r}\n"
        f"SECURITY_KEY = {KEY!r}\nALLOW_UNSAFE_URL = True\n"
    )
    loaded = reader.load(conf)
    built = service.build(loaded)
    server = web.make_server(app.make_app(built), loaded.settings)
    (listening,) = bind_sockets(0, "127.0.0.1")
    server.add_sockets([listening])
    return loaded, built, server, listening.getsockname()[1]


def _signed(counter: Counter, loaded: Any) -> float:
    """From a signed path to a job, without a server."""
    grammar, prepare, signing, plugins = (
        importlib.import_module(f"thumborlike.{name}")
        for name in ("url.grammar", "prepare", "signing", "plugins")
    )
    rest = "fit-in/300x200/smart/filters:quality(70):blur(2):format(webp)/some/picture.jpg"
    signer = signing.resolve_signer("hmac_sha1")
    path = f"/{signer.sign(rest, KEY)}/{rest}"
    filters = plugins.resolve_filters(loaded.settings.extensions.filters)

    def once() -> None:
        image = grammar.parse(path)
        assert signing.verify(signer, KEY, image)
        prepare.prepare(image, {"accept": "image/webp"}, loaded.settings, filters)

    return _middle(counter, lambda _: once())


def _asked(counter: Counter, port: int) -> dict[str, float]:
    """The client, in a thread that is not counted."""
    sys.settrace(None)
    connection = http.client.HTTPConnection("127.0.0.1", port)

    def ask(path: str, headers: dict[str, str], status: int) -> str:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != status:
            raise SystemExit(f"{path} answers {answer.status} instead of {status}")
        time.sleep(SETTLE)
        return answer.headers.get("ETag") or ""

    base = f"/unsafe/{WANTED[0]}x{WANTED[1]}"
    cold = _middle(counter, lambda number: ask(f"{base}/source-{number}.jpg", {}, 200))
    etag = ask(f"{base}/source-0.jpg", {}, 200)
    hit = _middle(counter, lambda _: ask(f"{base}/source-0.jpg", {}, 200))
    known = {"If-None-Match": etag}
    unchanged = _middle(counter, lambda _: ask(f"{base}/source-0.jpg", known, 304))
    missing = _middle(counter, lambda _: ask(f"{base}/missing.jpg", {}, 404))
    connection.close()
    return {
        "new picture": cold,
        "stored result": hit,
        "not modified": unchanged,
        "missing source": missing,
    }


def _middle(counter: Counter, work: Callable[[int], object]) -> float:
    """The median of some calls, after one that fills caches."""
    work(0)
    counts = []
    for number in range(1, REPEATS + 1):
        before = counter.count
        work(number)
        counts.append(counter.count - before)
    return statistics.median(counts)


def _render_ratio(body: bytes) -> float:
    """CPU time of `render` to that of the fewest calls to Pillow that give the same picture.

    The least of many calls in turns: what else runs can only make a call slower.
    """
    render, interfaces, settings, grammar, prepare, plugins = (
        importlib.import_module(f"thumborlike.{name}")
        for name in (
            "imaging.render",
            "interfaces",
            "settings",
            "url.grammar",
            "prepare",
            "plugins",
        )
    )
    given = settings.Settings()
    filters = plugins.resolve_filters(given.extensions.filters)
    path = f"/unsafe/{WANTED[0]}x{WANTED[1]}/source.jpg"
    job = prepare.prepare(grammar.parse(path), {}, given, filters)
    source = interfaces.Source("source.jpg", body)
    ours, plain = [], []
    for _ in range(TIMED):
        ours.append(_timed(lambda: render.render(source, {}, job)))
        plain.append(_timed(lambda: _by_hand(body)))
    return min(ours) / min(plain)


def _by_hand(body: bytes) -> bytes:
    image = Image.open(BytesIO(body))
    image.draft("RGB", (267, 200))
    image.load()
    edge = (image.width - image.height) / 2
    box = (edge, 0, image.width - edge, image.height)
    small = image.resize(WANTED, Image.Resampling.LANCZOS, box=box)
    buffer = BytesIO()
    small.save(buffer, "JPEG", quality=80, optimize=True, progressive=True)
    return buffer.getvalue()


def _timed(work: Callable[[], object]) -> float:
    begun = time.thread_time()
    work()
    return time.thread_time() - begun


def _draw() -> Image.Image:
    """Gradients, edges and some grain, the same on every machine."""
    grey = Image.linear_gradient("L").resize(SIZE)
    image = Image.merge("RGB", (grey, grey.transpose(Image.Transpose.ROTATE_180), grey))
    pen = ImageDraw.Draw(image)
    for number in range(0, SIZE[0], 9):
        color = (number * 37 % 256, number * 91 % 256, number * 13 % 256)
        pen.ellipse((number, number * 53 % SIZE[1], number + 40, number * 53 % SIZE[1] + 30), color)
    return image


if __name__ == "__main__":
    main()
