"""Services with detectors that a test writes down, and what they answer."""

import asyncio
import textwrap

from thumborlike.http.message import Request
from thumborlike.service import build
from thumborlike.settings.reader import load

DETECTOR = """
import time
from pathlib import Path
from dataclasses import dataclass
from thumborlike.interfaces import FocalPoint
from thumborlike.errors import DetectionQueued

@dataclass(frozen=True)
class Detector:
    finds: tuple = {finds}

    def detect(self, image):
        with open({asked!r}, "ab") as file:
            file.write(b".")
{body}

def create(env):
    return Detector()
"""


class Asked:
    """The file in which all detectors leave a mark each time they are asked."""

    def __init__(self, path):
        self.path = path

    def exists(self):
        return self.path.exists()

    def read_bytes(self):
        return self.path.read_bytes()


def make_site(folder, monkeypatch):
    """`site(*bodies, finds=(), **keys)`: a configuration whose detectors do that.

    `site.asked` tells how often; `site.forget()` forgets that and all that is stored.
    """
    monkeypatch.syspath_prepend(str(folder))
    numbers = iter(range(1000))

    def make(*bodies, finds=(), **keys):
        names = []
        for body in bodies:
            name = f"detector_{abs(hash(str(folder)))}_{next(numbers)}"
            (folder / name).mkdir()
            text = textwrap.indent(textwrap.dedent(body), "        ")
            code = DETECTOR.format(body=text, finds=tuple(finds), asked=str(make.asked.path))
            (folder / name / "own.py").write_text(code)
            names.append(f"{name}.own")
        return load(
            overrides={
                "SECURITY_KEY": "long enough a key",
                "ALLOW_UNSAFE_URL": True,
                "LOADER": "file",
                "FILE_LOADER_ROOT_PATH": str(folder),
                "STORAGE": "file",
                "FILE_STORAGE_ROOT_PATH": str(folder / "stored"),
                "WORKERS": 1,
                "WORKER_SANDBOX": False,
                "DETECTORS": tuple(names),
                **keys,
            }
        )

    def forget():
        make.asked.path.unlink(missing_ok=True)
        for each in folder.rglob("*.detectors.txt"):
            each.unlink()

    make.asked = Asked(folder / "asked")
    make.forget = forget
    return make


def ask(loaded, *paths):
    """The answers of one service, one after the other."""

    async def answers():
        service = build(loaded)
        try:
            got = []
            for path in paths:
                got.append(await service.handle(Request("GET", path)))
                await service.landed()
            return got
        finally:
            await service.drain(5)

    return asyncio.run(answers())
