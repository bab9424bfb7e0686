"""Optimizers as the server runs them. What needs a program or package is skipped without it."""

from __future__ import annotations

import importlib.util
import io
import json
import pickle
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageSequence

from thumborlike.errors import ConfigurationError
from thumborlike.imaging import optimize
from thumborlike.imaging.optimize import optimized
from thumborlike.imaging.render import render
from thumborlike.interfaces import Source
from thumborlike.optimizers.gifv import Gifv
from thumborlike.plugins import PluginEnvironment, resolve_filters, resolve_optimizers
from thumborlike.prepare import prepare
from thumborlike.settings import Settings, load
from thumborlike.url.grammar import parse

PICTURES = Path(__file__).parent.parent / "pictures"


def program(name):
    reason = f"the program {name} is not installed"
    return pytest.mark.skipif(shutil.which(name) is None, reason=reason)


def package(name):
    reason = f"the package {name} is not installed"
    return pytest.mark.skipif(importlib.util.find_spec(name) is None, reason=reason)


@pytest.fixture
def made(tmp_path):
    """Optimizers by name, under these keys."""

    def make(*names, **keys):
        path = tmp_path / "thumborlike.conf"
        path.write_text("".join(f"{key} = {value!r}\n" for key, value in keys.items()))
        env = PluginEnvironment.of(load(path, environ={}), ThreadPoolExecutor(1))
        return resolve_optimizers(names, env)

    return make


@pytest.fixture
def script(tmp_path):
    """A program that does what a shell script says."""

    def write(text):
        path = tmp_path / "program"
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return str(path)

    return write


def encoded(name, **options):
    file = io.BytesIO()
    Image.open(PICTURES / "photo.jpg").save(file, name, **options)
    return file.getvalue()


def same_pixels(one, other):
    pair = [Image.open(io.BytesIO(each)).convert("RGB") for each in (one, other)]
    return not ImageChops.difference(*pair).getbbox()


def result(operations, picture, optimizers):
    filters = resolve_filters(Settings().extensions.filters)
    job = prepare(parse(f"/unsafe/{operations}/{picture}"), {}, Settings(), filters)
    return render(Source(picture, (PICTURES / picture).read_bytes()), {}, job, optimizers)


@pytest.mark.parametrize(
    "name, picture_format, options",
    [
        pytest.param("thumbor.optimizers.jpegtran", "JPEG", {}, marks=program("jpegtran")),
        pytest.param("mozjpeg", "JPEG", {}, marks=package("mozjpeg_lossless_optimization")),
        pytest.param("oxipng", "PNG", {"compress_level": 1}, marks=package("oxipng")),
    ],
)
def test_smaller_without_loss(made, name, picture_format, options):
    keys = {"JPEGTRAN_PATH": shutil.which("jpegtran") or ""}
    body = encoded(picture_format, icc_profile=b"x" * 200, **options)
    kind = f"image/{picture_format.lower()}"
    smaller, media_type = optimized(body, kind, made(name, **keys), None)
    assert len(smaller) < len(body)
    assert media_type == kind
    assert same_pixels(smaller, body)
    assert Image.open(io.BytesIO(smaller)).info["icc_profile"] == b"x" * 200


@program("pngquant")
def test_pngquant_gives_a_palette(made):
    made_so = made("pngquant", PNGQUANT_PATH=shutil.which("pngquant"), PNGQUANT_QUALITY=10)
    body, _ = optimized(encoded("PNG"), "image/png", made_so, None)
    assert Image.open(io.BytesIO(body)).mode == "P"


@program("gifsicle")
@pytest.mark.parametrize(
    "name", ["clear-moving.gif", "clear-still.gif", "disposal-mixed.gif", "loop-5.gif", "zero.gif"]
)
def test_gifsicle_keeps_frames_durations_loops_and_clear_parts(made, name):
    body = next(PICTURES.rglob(name)).read_bytes()
    optimizer = made("gifsicle", GIFSICLE_PATH=shutil.which("gifsicle"))[0]
    smaller = optimizer.optimize("image/gif", body)
    assert told(smaller) == told(body)


@program("gifsicle")
def test_gifsicle_makes_smaller_with_loss(made):
    keys = {"GIFSICLE_PATH": shutil.which("gifsicle")}
    exact, lossy = (made("gifsicle", **keys, GIFSICLE_LOSSY=each)[0] for each in (0, 200))
    body = encoded("GIF")
    assert len(lossy.optimize("image/gif", body)) < len(exact.optimize("image/gif", body))
    assert exact.optimize("image/png", body) is None


def told(body):
    """Loops, and what each frame shows for how long."""
    image = Image.open(io.BytesIO(body))
    frames = [
        (each.info.get("duration"), each.convert("RGBA").convert("RGBa").tobytes())
        for each in ImageSequence.Iterator(image)
    ]
    return image.info.get("loop"), frames


@pytest.mark.parametrize(
    "text",
    ["exit 3", "true", "cat >/dev/null; echo no picture", "cat; echo larger", "exec sleep 20"],
)
def test_a_program_that_fails_costs_no_picture(made, script, text):
    keys = {"JPEGTRAN_PATH": script(text), "OPTIMIZER_TIMEOUT_SECONDS": 0.3}
    body = encoded("JPEG")
    assert optimized(body, "image/jpeg", made("jpegtran", **keys), None) == (body, "image/jpeg")


def test_a_missing_program_is_told_once_and_does_nothing(made, caplog):
    (optimizer,) = made("jpegtran", JPEGTRAN_PATH="/nowhere/jpegtran")
    assert "/nowhere/jpegtran" in caplog.text
    assert optimizer.optimize("image/jpeg", encoded("JPEG")) is None


def test_jpegtran_is_asked_as_thumbor_asks(made, script, tmp_path):
    scans = tmp_path / "scans"
    scans.touch()
    path = script('echo "$@" >&2; exit 1')
    (optimizer,) = made("jpegtran", JPEGTRAN_PATH=path, JPEGTRAN_SCANS_FILE=str(scans))
    assert optimizer.command == (
        path, "-copy", "all", "-optimize", "-progressive", "-scans", str(scans),
    )  # fmt: skip
    (plain,) = made("jpegtran", JPEGTRAN_PATH=path, PROGRESSIVE_JPEG=False)
    assert plain.command == (path, "-copy", "all", "-optimize")


def test_programs_see_nothing_of_the_servers_environment(made, script, monkeypatch):
    monkeypatch.setenv("SECURITY_KEY", "secret")
    (optimizer,) = made("jpegtran", JPEGTRAN_PATH=script("/usr/bin/env"))
    assert b"secret" not in optimizer.optimize("image/jpeg", b"x")


class Broken:
    def optimize(self, media_type, body):
        raise LookupError("a bug")


class Halves:
    def optimize(self, media_type, body):
        return body[: len(body) // 2]


def test_a_plugin_with_a_bug_costs_no_picture():
    body = encoded("JPEG")
    assert optimized(body, "image/jpeg", (Broken(),), None)[0] == body


def test_no_optimizer_begins_when_the_time_is_used_up(monkeypatch):
    monkeypatch.setattr(optimize, "BUDGET", -1)
    body = encoded("JPEG")
    assert optimized(body, "image/jpeg", (Halves(),), None)[0] == body


def test_results_pass_through_optimizers_and_meta_does_not():
    plain, halved = (result("50x50", "photo.jpg", each) for each in ((), (Halves(),)))
    assert halved.body == plain.body[: len(plain.body) // 2]
    assert json.loads(result("meta/50x50", "photo.jpg", (Halves(),)).body)


def test_an_optimizer_must_have_its_method(made, tmp_path, monkeypatch):
    (tmp_path / "no_optimizer.py").write_text("def create(env):\n    return object()\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigurationError, match="optimize"):
        made("no_optimizer.")


def test_optimizers_travel_to_workers(made, script):
    path = script("true")
    keys = {"JPEGTRAN_PATH": path, "PNGQUANT_PATH": path, "FFMPEG_PATH": path}
    optimizers = made("jpegtran", "pngquant", "thumbor_plugins.optimizers.gifv", **keys)
    assert pickle.loads(pickle.dumps(optimizers)) == optimizers


@program("ffmpeg")
@pytest.mark.parametrize("call, kind", [("gifv()", "mp4"), ("gifv(webm)", "webm")])
@pytest.mark.parametrize("name", ["thumbor.optimizers.gifv", "thumbor_plugins.optimizers.gifv"])
def test_gifv(made, tmp_path, monkeypatch, name, call, kind):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    optimizers = made(name, FFMPEG_PATH=shutil.which("ffmpeg"), OPTIMIZER_TIMEOUT_SECONDS=30.0)
    made_so = result(f"fit-in/61x61/filters:{call}", "moving.gif", optimizers)
    assert made_so.media_type == f"video/{kind}"
    assert not list((tmp_path / "temporary").iterdir())
    assert all(side % 2 == 0 for side in video_size(made_so.body))


def video_size(body):
    first = ["ffmpeg", "-v", "error", "-i", "pipe:0", "-frames:v", "1", "-f", "image2pipe"]
    command = [*first, "-c:v", "png", "pipe:1"]
    done = subprocess.run(command, input=body, capture_output=True, check=True)
    return Image.open(io.BytesIO(done.stdout)).size


@program("ffmpeg")
@pytest.mark.parametrize(
    "operations, picture, media_type",
    [
        ("60x60", "moving.gif", "image/gif"),
        ("60x60/filters:gifv()", "still.gif", "image/gif"),
        ("60x60/filters:gifv()", "photo.jpg", "image/jpeg"),
        ("60x60/filters:gifv():format(png)", "moving.gif", "image/png"),
    ],
)
def test_no_video_unless_an_animation_is_asked_for(made, operations, picture, media_type):
    optimizers = made("gifv", FFMPEG_PATH=shutil.which("ffmpeg"))
    assert result(operations, picture, optimizers).media_type == media_type


def test_gifv_without_the_program_stays_a_gif(made):
    optimizers = made("gifv", FFMPEG_PATH="/nowhere/ffmpeg")
    assert result("60x60/filters:gifv()", "moving.gif", optimizers).media_type == "image/gif"


@pytest.mark.skipif(not shutil.which("ffprobe"), reason="ffprobe is not installed")
@pytest.mark.parametrize("kind", ["mp4", "webm"])
def test_a_video_lasts_as_long_as_the_animation(tmp_path, kind):
    frames = [Image.new("RGB", (61, 45), (60 * number, 90, 40)) for number in range(4)]
    body = io.BytesIO()
    frames[0].save(
        body, "GIF", save_all=True, append_images=frames[1:], duration=[50, 100, 150, 900]
    )
    file = tmp_path / f"video.{kind}"
    file.write_bytes(Gifv(shutil.which("ffmpeg"), 20.0).video(body.getvalue(), kind))
    told = ("-show_entries", "format=duration", "-of", "csv=p=0")
    command = ["ffprobe", "-v", "error", *told, str(file)]
    seconds = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert abs(float(seconds) - 1.2) < 0.03
