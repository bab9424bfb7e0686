from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from thumborlike.cli import url

REST = "300x200/my.server.com/some/path/image.jpg"
SIGNATURE = "bUuDbBUUWaK2zBZhjrPQzFhAAns="
KEY = ["-k", "MY_SECURE_KEY"]


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    url.add_parser(parser.add_subparsers())
    args = parser.parse_args(["url", *arguments])
    code = args.run(args)
    assert isinstance(code, int)
    return code


def made(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(*arguments) == 0
    title, path = capsys.readouterr().out.splitlines()
    assert title == "URL:"
    return path


def test_signs_as_thumbor_url(capsys: pytest.CaptureFixture[str]) -> None:
    image = "my.server.com/some/path/image.jpg"
    assert made(capsys, *KEY, "-w", "300", "-e", "200", image) == f"/{SIGNATURE}/{REST}"


# Paths printed by thumbor-url of Thumbor 7.8, without the signature; flips and crop are ours.
@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        (["http://h/a b?x=1"], "http%3A//h/a%20b%3Fx%3D1"),
        (["h/a%20b"], "h/a%2520b"),
        (["-w", "-300", "-e", "200", "h/i"], "-300x200/h/i"),
        (["-n", "-w", "10", "--full", "--adaptive", "h/i"], "adaptive-full-fit-in/10x0/h/i"),
        (["-n", "-e", "10", "--full", "h/i"], "full-fit-in/0x10/h/i"),
        (["-w", "10", "--full", "h/i"], "10x0/h/i"),
        (["-m", "-s", "-t", "h/i"], "meta/trim/smart/h/i"),
        (["-a", "left", "-i", "top", "h/i"], "left/top/h/i"),
        (
            ["--filters", "blur(2)", "--filters", "rgb(1,2,3)", "h/i"],
            "filters:blur(2):rgb(1,2,3)/h/i",
        ),
        (["-f", "h/i"], "-0x0/h/i"),
        (["-v", "-w", "30", "h/i"], "30x-0/h/i"),
        (["-f", "-w", "-30", "h/i"], "30x0/h/i"),
        (["-w", "orig", "-e", "5", "h/i"], "origx5/h/i"),
        (["-c", "10x20:30x40", "h/i"], "10x20:30x40/h/i"),
        (["--trim-tolerance", "20", "h/i"], "trim:top-left:20/h/i"),
        (["--trim-corner", "bottom-right", "h/i"], "trim:bottom-right/h/i"),
    ],
)
def test_options(capsys: pytest.CaptureFixture[str], arguments: list[str], path: str) -> None:
    assert made(capsys, "--unsafe", *arguments) == f"/unsafe/{path}"


def test_host(capsys: pytest.CaptureFixture[str]) -> None:
    made_url = made(capsys, "--unsafe", "--host", "https://images.example.com/", "a.jpg")
    assert made_url == "https://images.example.com/unsafe/a.jpg"


def test_key_file_wins(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    key_file = tmp_path / "key"
    key_file.write_text(" MY_SECURE_KEY\n")
    image = "my.server.com/some/path/image.jpg"
    arguments = ["-k", "other", "-l", str(key_file), "-w", "300", "-e", "200", image]
    assert made(capsys, *arguments) == f"/{SIGNATURE}/{REST}"


def test_key_and_signer_from_the_configuration(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    conf = tmp_path / "thumbor.conf"
    conf.write_text("SECURITY_KEY = 'MY_SECURE_KEY'\nURL_SIGNER = 'hmac_sha256'\n")
    path = made(capsys, "--conf", str(conf), "a.jpg")
    assert len(path) == len("//a.jpg") + 44
    assert run("--conf", str(conf), "--explain", path) == 0
    assert run("--conf", str(conf), "--signer", "hmac_sha1", "--explain", path) == 1


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "the image argument is mandatory"),
        (["a.jpg"], "a key is needed"),
        (["--unsafe", "-n", "a.jpg"], "-n needs a width or a height"),
        (["--unsafe", "--filters", "blur", "a.jpg"], "closing bracket"),
        ([*KEY, "--signer", "md5", "a.jpg"], "unknown signer"),
        (["-l", "/nowhere/key", "a.jpg"], "No such file"),
        (["--explain", "/a.jpg"], "neither a signature nor"),
        (["--explain", "/unsafe/%E1"], "not valid UTF-8"),
    ],
)
def test_what_cannot_be_done(
    capsys: pytest.CaptureFixture[str], arguments: list[str], reason: str
) -> None:
    assert run(*arguments) == 1
    assert reason in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["-a", "x", "i"], ["-c", "1x2", "i"], ["-w", "wide", "i"]])
def test_bad_values_are_usage_errors(arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        run("--unsafe", *arguments)


def test_explain_prints_every_part(capsys: pytest.CaptureFixture[str]) -> None:
    address = "https://images.example.com/unsafe/-300x200/filters:blur(2)/http://h/a.jpg?x=1#y"
    assert run("--explain", address) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines[::2]] == [
        ["unsafe", "unsafe"],
        ["size", "-300x200"],
        ["filter", "blur(2)"],
        ["image", "http://h/a.jpg"],
        ["signed", "-300x200/filters:blur(2)/http://h/a.jpg"],
    ]


@pytest.mark.parametrize(
    ("signature", "key", "verdict", "code"),
    [
        (SIGNATURE, KEY, "The signature is good.", 0),
        (SIGNATURE.replace("=", "%3D"), KEY, "The signature is good.", 0),
        (SIGNATURE, ["-k", "other"], "The signature is WRONG for this key.", 1),
        (SIGNATURE.lower(), KEY, "The signature is WRONG for this key.", 1),
        (SIGNATURE, [], "not checked", 0),
    ],
)
def test_explain_verifies(
    capsys: pytest.CaptureFixture[str], signature: str, key: list[str], verdict: str, code: int
) -> None:
    assert run("--explain", f"/{signature}/{REST}", *key) == code
    assert verdict in capsys.readouterr().out
