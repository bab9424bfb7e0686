"""`thumborlike doctor --from-sih`: what an old stack's settings become."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from ..deploying.errors import DeployError
from ..deploying.moving import generation, known_of, moves, parameters, trouble, variables_of

WORDS = {
    "sih3": "version 3.1 (Thumbor), links without /unsafe",
    "thumbor": "version 3.1 (Thumbor), signed links",
    "sih": "versions 4 to 7",
}

KEY_FIRST = """
First put the old SECURITY_KEY into a secret, else links signed with it get 400. With a file
key.json that holds {"SECURITY_KEY": "the old key"}:

aws secretsmanager create-secret --name thumborlike-key --secret-string file://key.json"""
"""What comes before the stack; the ARN that it prints is a parameter of that."""


def report(file: str | None) -> int:
    """Print the migration of a file (`-`: standard input; None: the environment); 1 for trouble."""
    try:
        found = known_of(os.environ) if file is None else variables_of(_text(file))
    except (DeployError, OSError, UnicodeDecodeError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    if not set(found) & {"SOURCE_BUCKETS", "TC_AWS_LOADER_BUCKET"}:
        print("Error: no bucket is named: this is no Serverless Image Handler", file=sys.stderr)
        return 1
    print(f"Serverless Image Handler, {WORDS[generation(found)]}\n")
    for each in moves(found):
        print(f"{each.name} = {each.value}\n    {each.becomes}")
        if each.check:
            print(f"    check: {each.check}")
    if wrong := trouble(found):
        print(f"\nERROR  {wrong}")
    wanted = parameters(found)
    if "SecuritySecretArn" in wanted:
        print(KEY_FIRST)
    print("\nThe same stack here:\n")
    given = " \\\n    ".join(f"--set {name}={shlex.quote(text)}" for name, text in wanted.items())
    print(f"thumborlike deploy \\\n    {given}")
    print("\nThen try your links at the new address, and move the domain name last.")
    return 1 if wrong else 0


def _text(file: str) -> str:
    return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
