"""Programs that sign, run where their language is on the machine."""

import os
import shutil
import subprocess

import pytest

from thumborlike.client.snippets import HASHES, SNIPPETS, program, quoted, template
from thumborlike.errors import ConfigurationError
from thumborlike.signing import SIGNERS

KEY = "a key of the tests, with 'ü'"
SERVER = "https://img.example.com/prefix"
PATHS = [
    "300x200/smart/filters:blur(3):text('It%20is','a',1)/http%3A//h.example/a%20b.jpg",
    "fit-in/30x20/filters:label($x%23{1},1,2)/a!b.jpg",
]
WAIT = 180
"""Seconds. Go and Java compile first."""

RUN = {
    "python": ("python3", ["python3", "{file}"], "signed.py"),
    "javascript": ("node", ["node", "{file}"], "signed.mjs"),
    "ruby": ("ruby", ["ruby", "{file}"], "signed.rb"),
    "php": ("php", ["php", "{file}"], "signed.php"),
    "go": ("go", ["go", "run", "{file}"], "signed.go"),
    "java": ("java", ["java", "{file}"], "Signed.java"),
    "shell": ("openssl", ["sh", "{file}"], "signed.sh"),
}
SLOW = ("go", "java")
LANGUAGES = [
    pytest.param(each.id, marks=pytest.mark.long if each.id in SLOW else ()) for each in SNIPPETS
]


def test_there_is_a_way_to_run_each():
    assert list(RUN) == [each.id for each in SNIPPETS]
    assert set(HASHES) == set(SIGNERS)


def run(language, text, folder):
    tool, command, name = RUN[language]
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    file = folder / name
    file.write_text(text, encoding="utf-8")
    env = {**os.environ, "SECURITY_KEY": KEY, "GOFLAGS": "-mod=mod", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        [each.format(file=file) for each in command],
        check=False, env=env, cwd=folder, capture_output=True, text=True, timeout=WAIT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_prints_what_the_server_takes(language, tmp_path):
    for signer, path in zip(("hmac_sha1", "hmac_sha256"), PATHS, strict=True):
        printed = run(language, program(language, SERVER, path, signer), tmp_path)
        assert printed == f"{SERVER}/{SIGNERS[signer].sign(path, KEY)}/{path}"


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda each: each.id)
def test_nothing_but_the_placeholders_is_replaced(snippet):
    text = template(snippet)
    assert all(f"@{name}@" in text for name in ("SERVER", "PATH", "HASH"))
    made = program(snippet.id, "@PATH@", "@SERVER@")
    assert quoted("@PATH@", snippet.quoting) in made
    assert quoted("@SERVER@", snippet.quoting) in made


@pytest.mark.parametrize(("language", "signer"), [("cobol", "hmac_sha1"), ("go", "my.signer")])
def test_others_are_refused(language, signer):
    with pytest.raises(ConfigurationError):
        program(language, SERVER, "a.jpg", signer)
