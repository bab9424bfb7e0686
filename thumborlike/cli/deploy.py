"""`thumborlike deploy`: the function and the stack around it, into an account of AWS."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from ..deploying.errors import DeployError
from ..deploying.target import MACHINES, PYTHON, PYTHONS, checked


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the subcommand."""
    parser = subparsers.add_parser(
        "deploy",
        help="bring the server to AWS: S3, Lambda, CloudFront",
        description="Makes the package, uploads it, creates or updates the stack, waits for it "
        "and prints where pictures are. Exit status 1 if anything fails.",
    )
    parser.set_defaults(run=run)
    add = parser.add_argument
    add("--stack", default="thumborlike", metavar="NAME", help="name of the stack (thumborlike)")
    add("--region", help="region of the stack; else that of AWS' own configuration")
    add("--profile", help="profile with credentials; else as AWS' own tools find them")
    add("--set", action="append", default=[], metavar="NAME=VALUE",
        help="parameter of the stack, as AllowUnsafeUrl=Yes; repeatable, others stay")  # fmt: skip
    add("-n", "--dry-run", action="store_true", help="tell what would change, and change nothing")
    add("--package", type=Path, metavar="ZIP", help="deploy this package, do not make one")
    add("--arch", default="arm64", choices=list(MACHINES), help="processor (arm64)")
    add("--python", default=PYTHON, choices=PYTHONS, help=f"Lambda's runtime ({PYTHON})")
    add("--extras", default="", metavar="NAMES", help="extras to pack, with commas: fast,heif")
    add("--add", action="append", default=[], type=Path, metavar="FILE",
        help="pack this file, too, as thumbor.conf; repeatable")  # fmt: skip
    add("--code-bucket", metavar="NAME", help="bucket for packages; else one is made")


def run(args: argparse.Namespace) -> int:
    """Deploy; 1 if it fails."""
    from ..deploying.calls import session_of  # noqa: PLC0415
    from ..deploying.running import Wish, deploy  # noqa: PLC0415

    say = _saying()
    try:
        parameters = {"Architecture": args.arch, "Runtime": f"python{args.python}",
                      **_pairs(args.set)}  # fmt: skip
        session = session_of(args.region, args.profile)
        package = args.package or _made(args, say)
        wish = Wish(args.stack, package, parameters, args.code_bucket)
        outputs = deploy(wish, session, say, dry=args.dry_run)
    except DeployError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    width = max(map(len, outputs), default=0)
    for name, value in outputs.items():
        print(f"{name:<{width}}  {value}")
    return 0


def _made(args: argparse.Namespace, say: Callable[[str], None]) -> Path:
    from ..deploying.package import Recipe, build  # noqa: PLC0415

    extras = tuple(filter(None, args.extras.split(",")))
    recipe = Recipe(checked(args.arch, args.python), extras, added=tuple(args.add))
    return build(recipe, Path("build/lambda"), say).archive.path


def _pairs(given: list[str]) -> dict[str, str]:
    pairs = [each.partition("=") for each in given]
    if wrong := [name for name, sign, _ in pairs if not (name and sign)]:
        raise DeployError(f"--set takes NAME=VALUE, not {wrong[0]!r}")
    return {name: value for name, _, value in pairs}


def _saying() -> Callable[[str], None]:
    """Lines with the seconds that have passed, on the error output: results are alone on theirs."""
    begun = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - begun:6.1f} s  {text}", file=sys.stderr, flush=True)

    return say
