"""One side of the filter benchmark: a process that applies filters and tells the CPU time.

`python filter_side.py ours|thumbor FOLDER [--without-numpy]` answers lines of JSON. It runs under
either server's Python, so it imports nothing but that server and Pillow.

Asked `{"call", "mode", "seconds", "save"}`, it applies the call to the folder's picture of that
mode until so much CPU time has gone by, and answers `{"seconds": of one application}`. `save`
(or null) is the file to keep the result in. Decoding and encoding are never measured.
"""

# ruff: noqa: PLC0415  (each side imports its own server)
from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from PIL import Image

REQUESTED = (1200, 1100)
"""The size asked for, in pixels, for filters that fill or enlarge."""
OVERLAYS = ("mark", "patch")
MOST_RUNS = 200


def main() -> None:
    """Answer until the other end closes."""
    side, folder = sys.argv[1], Path(sys.argv[2])
    if "--without-numpy" in sys.argv[3:]:
        sys.modules["numpy"] = None  # type: ignore[assignment]  (import then fails)
    make = {"ours": _ours, "thumbor": _thumbor}[side]
    pictures: dict[str, Image.Image] = {}
    overlays = {name: _loaded(folder / f"{name}.png") for name in OVERLAYS}
    for line in sys.stdin:
        asked = json.loads(line)
        mode = asked["mode"]
        if mode not in pictures:
            pictures[mode] = _loaded(folder / f"{mode}.png")
        run = make(asked["call"], overlays)
        seconds, made = _measured(run, pictures[mode], asked["seconds"])
        if asked["save"]:
            made.save(asked["save"], compress_level=1)
        print(json.dumps({"seconds": seconds}), flush=True)


def _loaded(path: Path) -> Image.Image:
    with Image.open(path) as image:
        image.load()
        return image.copy()


def _measured(
    run: Callable[[Image.Image], Image.Image], picture: Image.Image, least: float
) -> tuple[float, Image.Image]:
    """Mean CPU seconds of one application. Each works on a copy made beforehand."""
    spent, runs = 0.0, 0
    made = picture
    while not runs or (spent < least and runs < MOST_RUNS):
        source = picture.copy()
        begin = time.process_time()
        made = run(source)
        spent += time.process_time() - begin
        runs += 1
    return spent / runs, made


def _ours(call: str, overlays: dict[str, Image.Image]) -> Callable[[Image.Image], Image.Image]:
    from thumborlike.filter_docs import builtin_registry
    from thumborlike.filtering import Frame, bind
    from thumborlike.memory import keep_freed

    # As each worker of the server does when it starts.
    keep_freed()
    (bound,) = bind(call, builtin_registry())

    def run(source: Image.Image) -> Image.Image:
        made: Image.Image = bound.apply(Frame(source, REQUESTED), overlays).image
        return made

    return run


def _thumbor(call: str, overlays: dict[str, Image.Image]) -> Callable[[Image.Image], Image.Image]:
    import importlib

    from thumbor.config import Config  # type: ignore[import-not-found,unused-ignore]
    from thumbor.engines.pil import Engine  # type: ignore[import-not-found,unused-ignore]
    from thumbor.filters import FiltersFactory  # type: ignore[import-not-found,unused-ignore]

    class Decoded(Engine):  # type: ignore[misc,unused-ignore]
        """The engine, which takes an overlay as already decoded."""

        def load(self, buffer: bytes, extension: str | None) -> None:
            self.image = overlays[buffer.decode()].copy()

    async def get(name: str) -> bytes:
        return name.encode()

    filters = importlib.import_module(f"thumbor.filters.{call.partition('(')[0]}")
    factory = FiltersFactory([filters.Filter])

    def run(source: Image.Image) -> Image.Image:
        context = SimpleNamespace(config=Config(), metrics=None, request=_request())
        engine = context.request.engine = Decoded(context)
        engine.image = source
        context.modules = SimpleNamespace(engine=engine, storage=SimpleNamespace(get=get))
        (instances,) = factory.create_instances(context, call).filter_instances.values()
        _finish(instances[0].run())
        made: Image.Image = engine.image
        return made

    return run


def _request() -> Any:
    width, height = REQUESTED
    return SimpleNamespace(width=width, height=height)


def _finish(coroutine: Any) -> None:
    """Run what never waits, without the cost of a loop."""
    for _ in coroutine.__await__():
        raise RuntimeError("a filter waited")


if __name__ == "__main__":
    main()
