"""Each block of code in the documentation does what the page says, or at least could."""

import __future__

import contextlib
import importlib.util
import io
import json
import re
import shlex
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

from thumborlike.cli.main import COMMANDS, DEFAULT, main, parser
from thumborlike.settings.reader import load

ROOT = Path(__file__).parent.parent
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
BLOCK = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
KEY = re.compile(r"^[A-Z][A-Z0-9_]+ *=", re.MULTILINE)
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
SHELLS = ("", "sh", "bash", "console")
QUICK = ("url", "config")
"""Commands of ours that are run and not only read."""

NEED_A_FILE = {"|", "-c", "--check", "--make"}
"""What commands have in them that need a file of the reader's."""


def blocks(*languages):
    """The text of each block in one of these languages, named by its page and number."""
    return list(_blocks(languages))


def _blocks(languages):
    for page in PAGES:
        found = BLOCK.findall(page.read_text(encoding="utf-8"))
        for number, (indent, language, text) in enumerate(found, 1):
            if language in languages:
                plain = re.sub(rf"^{indent}", "", text, flags=re.MULTILINE)
                yield pytest.param(plain, id=f"{page.name}:{number}")


def commands(text):
    """The commands of a block: lines joined at their ends, without comments and prompts."""
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        words = shlex.split(line.removeprefix("$ "), comments=True)
        while words and re.match(r"\w+=", words[0]):
            words.pop(0)
        if words:
            yield words


def extras():
    known = ConfigParser()
    known.read(ROOT / "setup.cfg")
    return set(known["options.extras_require"])


def check_ours(words):
    given = words if words[:1] and words[0] in COMMANDS else [DEFAULT, *words]
    if set(given) & {"--help", "--version"}:
        return
    parser((given[0],)).parse_args(given)


@pytest.mark.parametrize("text", blocks(*SHELLS))
def test_commands_exist(text, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for words in commands(text):
        if words[0] == "thumborlike":
            check_ours(words[1:])
        elif words[0] == "make":
            assert {each for each in words[1:] if "=" not in each} <= TARGETS, words
        elif words[:2] == ["pip", "install"]:
            named = re.search(r"\[([\w,-]+)\]", " ".join(words))
            assert not named or set(named[1].split(",")) <= extras(), words
        elif words[0] in ("python", "python3") and words[1] == "-m":
            monkeypatch.syspath_prepend(str(ROOT))
            assert importlib.util.find_spec(words[2]), words
        elif words[0].startswith(("./", ".ci/", "conf/")):
            assert (ROOT / words[0]).exists(), words


@pytest.mark.parametrize("text", blocks(*SHELLS))
def test_quick_commands_work(text, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for words in commands(text):
        ours = words[:1] == ["thumborlike"] and words[1:2] and words[1] in QUICK
        if not ours or NEED_A_FILE & set(words):
            continue
        with contextlib.redirect_stdout(io.StringIO()) as told:
            assert main(words[1 : words.index(">") if ">" in words else None]) == 0, words
        assert told.getvalue()


@pytest.mark.parametrize("text", blocks("python"))
def test_python_runs(text, tmp_path):
    if KEY.match(text.lstrip()):
        conf = tmp_path / "thumbor.conf"
        conf.write_text(text, encoding="utf-8")
        known = [str(each) for each in load(str(conf)).warnings]
        assert not [each for each in known if "unknown" in each], known
        return
    code = compile(text, "snippet", "exec", flags=__future__.annotations.compiler_flag)
    module = {"__name__": "snippet"}
    sys.modules.pop("snippet", None)
    exec(code, module)


@pytest.mark.parametrize("text", [*blocks("json"), *blocks("toml")])
def test_data_can_be_read(text):
    if text.lstrip().startswith("{"):
        json.loads(text)
    elif sys.version_info >= (3, 11):
        import tomllib

        tomllib.loads(text)
