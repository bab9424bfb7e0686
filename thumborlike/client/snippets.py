"""Programs that sign a path, in common languages, without a package of ours."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import Literal

from ..errors import ConfigurationError
from ..records import dataclass

Quoting = Literal["json", "single", "shell"]


@dataclass(frozen=True, slots=True)
class Snippet:
    """One language. `quoting` is how its texts are written.

    In its text stand `@SERVER@` and `@PATH@` for such texts, `@HASH@` for 1, 256 or 512. The key
    comes from the environment, SECURITY_KEY.
    """

    id: str
    label: str
    quoting: Quoting


SNIPPETS = (
    Snippet("python", "Python", "json"),
    Snippet("javascript", "JavaScript (Node)", "json"),
    Snippet("ruby", "Ruby", "single"),
    Snippet("php", "PHP", "single"),
    Snippet("go", "Go", "json"),
    Snippet("java", "Java", "json"),
    Snippet("shell", "Shell with openssl", "shell"),
)

HASHES = {
    "hmac_sha1": "1",
    "hmac_sha256": "256",
    "hmac_sha512": "512",
    "libthumbor.url_signers.base64_hmac_sha1": "1",
}
"""What stands for `@HASH@`, by the name of the signer."""


@cache
def template(snippet: Snippet) -> str:
    """The text of a snippet, with its placeholders."""
    return (files(__package__) / "snippets" / f"{snippet.id}.txt").read_text(encoding="utf-8")


def program(language: str, server: str, path: str, signer: str = "hmac_sha1") -> str:
    """A program that prints the signed URL of a path.

    `language` is the id of one of `SNIPPETS`; `path` is what is signed, `300x200/a.jpg`. Raises
    `ConfigurationError` for an unknown language, or a signer that is not one of ours.
    """
    found = [each for each in SNIPPETS if each.id == language]
    if not found or signer not in HASHES:
        raise ConfigurationError(f"there is no program for {language} and {signer}")
    values = {
        "SERVER": quoted(server.rstrip("/"), found[0].quoting),
        "PATH": quoted(path, found[0].quoting),
        "HASH": HASHES[signer],
    }
    return re.sub("@([A-Z]+)@", lambda match: values[match[1]], template(found[0]))


def quoted(text: str, quoting: Quoting) -> str:
    """The text as a literal."""
    if quoting == "json":
        return json.dumps(text)
    if quoting == "single":
        return "'" + re.sub(r"([\\'])", r"\\\1", text) + "'"
    return "'" + text.replace("'", "'\\''") + "'"
