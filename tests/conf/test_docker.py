"""conf/docker: what its files say is done, without Docker."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest
from fronted import ROOT, ask, free_port, running
from redis_server import RedisServer, needs_redis
from s3_server import ACCESS, SECRET, Versity, needs_versitygw

from thumborlike.cli import main
from thumborlike.settings.reader import examine

FOLDER = ROOT / "conf/docker"
BESIDE = str(Path(sys.executable).parent)
HADOLINT = shutil.which("hadolint") or shutil.which("hadolint", path=BESIDE)
SCHEMAS = shutil.which("check-jsonschema") or shutil.which("check-jsonschema", path=BESIDE)
DOCKERFILE = re.sub(r"\\\n\s*", "", (FOLDER / "Dockerfile").read_text())
IGNORED = (ROOT / ".dockerignore").read_text().splitlines()


def instruction(name: str) -> str:
    """The last of that name."""
    return re.findall(rf"^(?:HEALTHCHECK .*)?{name} (.*)$", DOCKERFILE, re.MULTILINE)[-1]


def is_sent(name: str) -> bool:
    """Whether a file goes to the builder: the last line of .dockerignore that matches decides."""
    parts = name.split("/")
    above = ["/".join(parts[: n + 1]) for n in range(len(parts))]
    sent = True
    for line in IGNORED:
        pattern = line.lstrip("!")
        if line and not line.startswith("#") and any(matches(each, pattern) for each in above):
            sent = line.startswith("!")
    return sent


def matches(name: str, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return fnmatch(name.rpartition("/")[2], pattern[3:])
    return name.count("/") == pattern.count("/") and fnmatch(name, pattern)


SENT = (
    "thumborlike/cli/main.py", "thumborlike/web/samples/lake.jpg", "loaders/http.py", "README.md",
    "LICENSE", "setup.cfg", "conf/aws/constraints.txt",
)  # fmt: skip
KEPT_BACK = (
    ".git/config", "tests/conftest.py", "conf/docker/.env", "build/lib/x.py", ".venv/x",
    "thumborlike/__pycache__/x.pyc", "thumborlike.egg-info/PKG-INFO",
)  # fmt: skip


def test_the_package_is_sent_to_the_builder_and_nothing_else() -> None:
    assert [name for name in SENT if not is_sent(name)] == []
    assert [name for name in KEPT_BACK if is_sent(name)] == []


@pytest.mark.skipif(not HADOLINT, reason="hadolint is not there")
def test_nothing_is_found_by_hadolint() -> None:
    assert HADOLINT
    files = [str(FOLDER / "Dockerfile"), str(ROOT / "conf/aws/Dockerfile")]
    # DL3013: versions of what builds are open, those of what is installed are constrained
    command = [HADOLINT, "--ignore", "DL3013", "--failure-threshold", "style", *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.skipif(not SCHEMAS, reason="check-jsonschema is not there")
def test_the_compose_file_is_one() -> None:
    assert SCHEMAS
    command = [SCHEMAS, "--builtin-schema", "vendor.compose-spec", f"{FOLDER}/docker-compose.yml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_variables_of_the_compose_file_are_in_the_example() -> None:
    compose = (FOLDER / "docker-compose.yml").read_text()
    wanted = set(re.findall(r"\$\{(\w+):\?", compose))
    example = (FOLDER / "env.example").read_text()
    assert set(re.findall(r"^(\w+)=", example, re.MULTILINE)) == wanted
    conf = (FOLDER / "thumbor.conf").read_text()
    for host in re.findall(r"(?:http|redis)://(\w+):", conf):
        assert re.search(rf"^  {host}:$", compose, re.MULTILINE), host


def test_the_configuration_is_right() -> None:
    environ = {"SECURITY_KEY": "k" * 40, "S3_ACCESS_KEY_ID": "a", "S3_SECRET_ACCESS_KEY": "b"}
    loaded, findings = examine(FOLDER / "thumbor.conf", environ=environ)
    assert (findings, loaded.warnings) == ((), ())


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The venv that the first stage makes, by its own commands, of what is sent to it."""
    folder = tmp_path_factory.mktemp("image")
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "-C", str(ROOT), "ls-files"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in filter(is_sent, listed.stdout.splitlines()):
        (folder / "source" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / "source" / name)
    tools = folder / "tools"
    tools.mkdir()
    for name, words in (("python", ""), ("pip", "-m pip")):
        (tools / name).write_text(f'#!/bin/sh\nexec {sys.executable} {words} "$@"\n')
        (tools / name).chmod(0o755)
    made = re.findall(r"^RUN (python -m venv .*)$", DOCKERFILE, re.MULTILINE)[0]
    command = made.replace("/opt/thumborlike", f"{folder}/venv").replace(
        "/source", f"{folder}/source"
    )
    extras = re.findall(r"^ARG EXTRAS=(.*)$", DOCKERFILE, re.MULTILINE)[0]
    environment = {**os.environ, "EXTRAS": extras, "PATH": f"{tools}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["sh", "-c", command.replace("--no-cache-dir", "--quiet")],
        env=environment, capture_output=True, text=True, check=False, timeout=400,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder / "venv"


@contextlib.contextmanager
def container(image: Path, folder: Path, **environment: str) -> Iterator[int]:
    """ENTRYPOINT and CMD with the variables of the image, at a port that is free."""
    port = free_port()
    words = [*json.loads(instruction("ENTRYPOINT")), *json.loads(instruction("CMD"))]
    command = [str(image / "bin" / words[0]), *words[1:]]
    (place,) = [n for n, word in enumerate(command) if word == "--port=8888"]
    command[place] = f"--port={port}"
    variables = {"PATH": f"{image}/bin:{os.environ['PATH']}", "HOME": str(folder), **environment}
    with running(command, port, cwd=folder, env=variables) as process:
        yield port
    assert process.returncode == 0


@pytest.mark.long
def test_the_image_serves_and_says_that_it_is_well(image: Path, tmp_path: Path) -> None:
    pictures = str(ROOT / "tests/pictures")
    keys = {"LOADER": "file", "FILE_LOADER_ROOT_PATH": pictures, "QUALITY": "40"}
    check = json.loads(re.search(r"HEALTHCHECK .*CMD (\[.*\])", DOCKERFILE)[1])  # type: ignore[index]
    check[0] = str(image / "bin/python")
    with container(image, tmp_path, **keys) as port:
        assert ask(port, "/unsafe/40x30/photo.jpg").status == 200
        words = [word.replace(":8888", f":{port}") for word in check]
        assert subprocess.run(words, check=False, timeout=60).returncode == 0
    done = subprocess.run(words, check=False, timeout=60, capture_output=True)
    assert done.returncode == 1


@pytest.mark.long
@needs_redis
@needs_versitygw
def test_what_compose_puts_together_works(
    image: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with RedisServer(tmp_path / "redis") as redis, Versity(tmp_path / "s3", free_port()) as s3:
        for name in ("originals", "results"):
            (tmp_path / "s3/data" / name).mkdir()
        shutil.copy(ROOT / "tests/pictures/photo.jpg", tmp_path / "s3/data/originals/photo.jpg")
        conf = (FOLDER / "thumbor.conf").read_text()
        conf = conf.replace("http://s3:7070", s3.url)
        conf = conf.replace("redis://redis:6379/0", f"redis://127.0.0.1:{redis.port}/0")
        (tmp_path / "thumbor.conf").write_text(conf)
        given = {
            "SECURITY_KEY": "k" * 40,
            "S3_ACCESS_KEY_ID": ACCESS,
            "S3_SECRET_ACCESS_KEY": SECRET,
        }
        assert main(["url", "-k", "k" * 40, "-w", "40", "-e", "30", "photo.jpg"]) == 0
        path = shlex.split(capsys.readouterr().out)[-1]
        with container(image, tmp_path, **given) as port:
            assert ask(port, "/unsafe/40x30/photo.jpg").status == 400
            answer = ask(port, path, "image/webp")
            assert (answer.status, answer.kind) == (200, "image/webp")
        kept = [each for each in (tmp_path / "s3/data/results").rglob("*") if each.is_file()]
        assert kept
