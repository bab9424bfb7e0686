"""What shells are given to complete commands, asked in the shells that are installed."""

import shlex
import shutil
import subprocess

import pytest

from thumborlike.cli.completion import SHELLS, commands_of, script
from thumborlike.cli.main import COMMANDS, main, parser

KNOWN = commands_of(parser(COMMANDS))


def test_all_commands_and_flags_are_known():
    assert set(KNOWN) == set(COMMANDS)
    spellings = {name for each in KNOWN["serve"].flags for name in each.names}
    assert {"-p", "--port", "--conf", "--debug", "--demo", "--reload"} <= spellings
    assert {"stats", "prune"} <= set(KNOWN["storage"].words)
    (halign,) = [each for each in KNOWN["url"].flags if "--halign" in each.names]
    assert halign.takes
    assert halign.choices == ("left", "center", "right")


@pytest.mark.parametrize("shell", SHELLS)
def test_the_command_prints_the_script(shell, capsys):
    assert main(["completion", shell]) == 0
    assert capsys.readouterr().out == script(shell, KNOWN)


def ask(shell, program, tmp_path):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    file = tmp_path / "script"
    file.write_text(script(shell, KNOWN))
    text = program.format(file=shlex.quote(str(file)))
    done = subprocess.run(
        [shell, *(["-f"] if shell == "zsh" else []), "-c", text],
        capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert not done.stderr
    return done.stdout.split()


ASKED = [
    ("thumborlike u", {"url"}),
    ("thumborlike url --wid", {"--width"}),
    ("thumborlike --deb", {"--debug"}),
    ("thumborlike url --halign c", {"center"}),
    ("thumborlike storage pr", {"prune"}),
    ("thumborlike completion ", {"bash", "zsh", "fish"}),
]


@pytest.mark.parametrize(("line", "words"), ASKED)
def test_bash(line, words, tmp_path):
    given = line.split(" ")
    program = (
        f"source {{file}}; COMP_WORDS=({shlex.join(given)}); COMP_CWORD={len(given) - 1}; "
        '_thumborlike; echo "${{COMPREPLY[@]}}"'
    )
    assert words <= set(ask("bash", program, tmp_path))


def test_zsh_takes_it(tmp_path):
    program = (
        "autoload -U compinit; compinit -u -D; source {file}; echo $_comps[thumborlike]; "
        "whence -w _thumborlike"
    )
    found = ask("zsh", program, tmp_path)
    assert "_thumborlike:" in found
    assert "_bash_complete" in found


@pytest.mark.parametrize(("line", "words"), [each for each in ASKED if "--deb" not in each[0]])
def test_fish(line, words, tmp_path):
    found = ask("fish", f"source {{file}}; complete -C {shlex.quote(line)}", tmp_path)
    assert words <= set(found)
