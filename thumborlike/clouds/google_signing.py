"""Addresses in Google Cloud Storage that anybody may read, signed by a service account's key."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..records import dataclass
from ..s3.calls import SAID
from ..s3.failures import Misconfigured, trouble
from ..s3.signature import query_of

ALGORITHM = "GOOG4-RSA-SHA256"
LONGEST = 604_800
"""Seconds that Google takes such an address for, at most."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A service account. `sign` makes the signature of a text, by RSA and SHA-256."""

    email: str
    sign: Callable[[bytes], bytes]

    def query(
        self, host: str, path: str, seconds: int, now: float, headers: Mapping[str, str]
    ) -> str:
        """The query by which anybody can get an encoded `path` for so long.

        `headers`: some of `SAID`, for the answer. `now` in epoch seconds.
        """
        date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
        scope = f"{date[:8]}/auto/storage/goog4_request"
        query = query_of(
            {
                "X-Goog-Algorithm": ALGORITHM,
                "X-Goog-Credential": f"{self.email}/{scope}",
                "X-Goog-Date": date,
                "X-Goog-Expires": str(min(seconds, LONGEST)),
                "X-Goog-SignedHeaders": "host",
                **{f"response-{each.lower()}": headers[each] for each in SAID if each in headers},
            }
        )
        asked = "\n".join(["GET", path, query, f"host:{host}", "", "host", "UNSIGNED-PAYLOAD"])
        hashed = hashlib.sha256(asked.encode()).hexdigest()
        signature = self.sign("\n".join([ALGORITHM, date, scope, hashed]).encode())
        return f"{query}&X-Goog-Signature={signature.hex()}"


def has_key(path: str | None) -> bool:
    """Whether it is a file with the key of a service account."""
    try:
        told = json.loads(Path(path).read_bytes()) if path else {}
    except (OSError, ValueError):
        return False
    return isinstance(told, dict) and told.get("type") == "service_account"


def signer_of(path: str) -> Signer:
    """By google-auth. Raises `Misconfigured`."""
    from google.auth import exceptions  # noqa: PLC0415  (0.2 s, for files alone)
    from google.oauth2 import service_account  # noqa: PLC0415

    try:
        kind: Any = service_account.Credentials
        found = kind.from_service_account_file(path)
        return Signer(str(found.service_account_email), found.sign_bytes)
    except (exceptions.GoogleAuthError, OSError, ValueError) as error:
        raise trouble(Misconfigured, "the file of credentials cannot be used") from error
