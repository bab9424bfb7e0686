"""`thumborlike completion SHELL`: a script that lets a shell complete our command line.

Made of the parsers themselves, so that it knows every flag there is.
"""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator, Mapping, Sequence

from ..records import dataclass

SHELLS = ("bash", "zsh", "fish")
WAYS = {
    "bash": "source <(thumborlike completion bash), for good in ~/.bashrc",
    "zsh": "source <(thumborlike completion zsh), for good in ~/.zshrc, behind compinit",
    "fish": "thumborlike completion fish > ~/.config/fish/completions/thumborlike.fish",
}


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag: its spellings, what it is for, whether a value follows, and which are good."""

    names: tuple[str, ...]
    help: str
    takes: bool
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its flags, and the words that may follow it instead."""

    help: str
    flags: tuple[Flag, ...]
    words: tuple[str, ...] = ()


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the subcommand."""
    ways = "; ".join(f"{shell}: {way}" for shell, way in WAYS.items())
    parser = subparsers.add_parser(
        "completion", help="print what makes a shell complete commands", description=ways
    )
    parser.add_argument("shell", choices=SHELLS, help="which one")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the script."""
    from .main import COMMANDS, parser  # noqa: PLC0415  (it imports us)

    print(script(args.shell, commands_of(parser(COMMANDS))), end="")
    return 0


def commands_of(parser: argparse.ArgumentParser) -> dict[str, Command]:
    """The commands of a parser, by name."""
    found = _subparsers(parser)
    helps = {each.dest: each.help or "" for each in found._choices_actions} if found else {}
    parsers: Mapping[str, argparse.ArgumentParser] = found.choices if found else {}
    return {name: _command(each, helps.get(name, "")) for name, each in parsers.items()}


def script(shell: str, commands: Mapping[str, Command]) -> str:
    """The script for a shell of `SHELLS`."""
    if shell == "fish":
        return "".join(_fish(commands))
    begin = "autoload -U +X bashcompinit && bashcompinit\n" if shell == "zsh" else ""
    return begin + _bash(commands)


def _subparsers(
    parser: argparse.ArgumentParser,
) -> argparse._SubParsersAction[argparse.ArgumentParser] | None:
    kinds = (each for each in parser._actions if isinstance(each, argparse._SubParsersAction))
    return next(kinds, None)


def _command(parser: argparse.ArgumentParser, text: str) -> Command:
    nested = _subparsers(parser)
    words = list(nested.choices) if nested else []
    flags = [*_flags(parser)]
    for each in nested.choices.values() if nested else ():
        flags += _flags(each)
    for action in parser._actions:
        if not action.option_strings and action.choices and action is not nested:
            words += map(str, action.choices)
    return Command(text, tuple(dict.fromkeys(flags)), tuple(words))


def _flags(parser: argparse.ArgumentParser) -> Iterator[Flag]:
    for each in parser._actions:
        if each.option_strings:
            told = "" if each.help in (None, argparse.SUPPRESS) else str(each.help)
            choices = tuple(map(str, each.choices or ()))
            text = " ".join(told.replace("%%", "%").split())
            yield Flag(tuple(each.option_strings), text, each.nargs != 0, choices)


BASH = """\
_thumborlike() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}}
    local command=serve place=1 words= values=
    while [ "$place" -lt "$COMP_CWORD" ]; do
        case ${{COMP_WORDS[place]}} in
            {names}) command=${{COMP_WORDS[place]}}; break ;;
        esac
        place=$((place + 1))
    done
    case $command in
{flags}
    esac
    case "$command $before" in
{values}
        *) ;;
    esac
    if [ -n "$values" ]; then
        COMPREPLY=($(compgen -W "$values" -- "$current"))
    elif [ "$place" -ge "$COMP_CWORD" ]; then
        COMPREPLY=($(compgen -W "{commands} $words" -- "$current"))
    else
        COMPREPLY=($(compgen -W "$words" -- "$current"))
    fi
}}
complete -o default -F _thumborlike thumborlike
"""


def _bash(commands: Mapping[str, Command]) -> str:
    flags = [
        f"        {name}) words={shlex.quote(' '.join(_spellings(each)))} ;;"
        for name, each in commands.items()
    ]
    values = [
        f"        {_pattern(name, flag.names)}) values={shlex.quote(' '.join(flag.choices))} ;;"
        for name, each in commands.items()
        for flag in each.flags
        if flag.choices
    ]
    return BASH.format(
        names="|".join(commands),
        commands=" ".join(commands),
        flags="\n".join(flags),
        values="\n".join(values),
    )


def _spellings(command: Command) -> Sequence[str]:
    return [*command.words, *(name for flag in command.flags for name in flag.names)]


def _pattern(command: str, names: Sequence[str]) -> str:
    return "|".join(f'"{command} {name}"' for name in names)


def _fish(commands: Mapping[str, Command]) -> Iterator[str]:
    for name, command in commands.items():
        yield _line("__fish_use_subcommand", "-f", "-a", name, "-d", command.help)
        within = f"__fish_seen_subcommand_from {name}"
        if command.words:
            yield _line(within, "-a", " ".join(command.words))
        for flag in command.flags:
            yield _line(within, *_fish_names(flag.names), *_fish_values(flag), "-d", flag.help)


def _fish_names(names: Sequence[str]) -> Iterator[str]:
    for name in names:
        kind = "-l" if name.startswith("--") else "-s"
        yield from (kind, name.lstrip("-"))


def _fish_values(flag: Flag) -> Sequence[str]:
    if flag.choices:
        return ("-x", "-a", " ".join(flag.choices))
    return ("-r",) if flag.takes else ()


def _line(condition: str, *words: str) -> str:
    return shlex.join(["complete", "-c", "thumborlike", "-n", condition, *words]) + "\n"
