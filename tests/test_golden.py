"""Thumbor's own answers, stored by `make golden`, against ours in process, under its quirks."""

from __future__ import annotations

import asyncio
import base64
import json
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat

from thumborlike.comparing import likeness as compare
from thumborlike.http.message import Request, Response
from thumborlike.service import build
from thumborlike.settings.reader import load

HERE = Path(__file__).parent
GOLDEN: dict[str, Any] = json.loads((HERE / "golden" / "thumbor.json").read_text(encoding="utf-8"))
CASES: dict[str, dict[str, Any]] = GOLDEN["cases"]
LOSSY = ("image/jpeg", "image/webp", "image/avif")


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Response]:
    folder = tmp_path_factory.mktemp("golden")
    return asyncio.run(all_answers(folder))


async def all_answers(folder: Path) -> dict[str, Response]:
    found: dict[str, Response] = {}
    for configuration in sorted({case["configuration"] for case in CASES.values()}):
        conf = folder / f"{configuration}.conf"
        conf.write_text(conf_text(configuration), encoding="utf-8")
        service = build(load(conf))
        for name, case in CASES.items():
            if case["configuration"] == configuration:
                found[name] = await service.handle(request(case))
        await service.drain(10)
    return found


def conf_text(configuration: str) -> str:
    keys = {
        **GOLDEN["common"],
        **GOLDEN["configurations"][configuration],
        "FILE_LOADER_ROOT_PATH": str(HERE / "pictures"),
        "THUMBOR_QUIRKS": True,
    }
    return "".join(f"{key} = {value!r}\n" for key, value in keys.items())


def request(case: dict[str, Any]) -> Request:
    path, _, query = case["path"].partition("?")
    headers = {name.lower(): value for name, value in case["headers"].items()}
    return Request("GET", path, query, headers)


@pytest.mark.parametrize("name", CASES)
def test_as_thumbor(name: str, answers: dict[str, Response]) -> None:
    wanted, answer = CASES[name], answers[name]
    if wanted["status"] == 500:  # always fixed: what breaks Thumbor is answered or refused
        assert answer.status < 500
        return
    assert answer.status == wanted["status"]
    if wanted["status"] >= 400:  # always fixed: errors carry a reason
        return
    assert answer.header("content-type") == wanted["type"]
    if "json" in wanted:
        assert json.loads(answer.body) == wanted["json"]
    if "pixels" in wanted:
        check_picture(wanted, compare.open_picture(answer.body))


def check_picture(wanted: dict[str, Any], picture: Image.Image) -> None:
    assert (list(picture.size), picture.mode) == (wanted["size"], wanted["mode"])
    raw = zlib.decompress(base64.b85decode(wanted["pixels"]))
    theirs = Image.frombytes("RGBA", tuple(wanted["small"]), raw)
    stat = ImageStat.Stat(
        ImageChops.difference(*map(compare.visible, (theirs, compare.fingerprint(picture))))
    )
    tolerance = GOLDEN["tolerances"]["lossy" if wanted["type"] in LOSSY else "lossless"]
    assert max(stat.mean) <= tolerance["mean"]
    assert max(high for _, high in stat.extrema) <= tolerance["worst"]
