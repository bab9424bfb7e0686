"""Who asks Azure: a key of the account, or a signature that was made of one. Pure."""

from __future__ import annotations

import base64
import binascii
import hmac
import time
from collections.abc import Mapping, Sequence
from email.utils import formatdate
from urllib.parse import parse_qsl, quote, urlencode

from ..records import dataclass
from ..s3.signature import Asked

VERSION = "2021-12-02"
"""Of Azure's REST API."""

_SIGNED = (
    "content-encoding", "content-language", "content-length", "content-md5", "content-type",
    "date", "if-modified-since", "if-match", "if-none-match", "if-unmodified-since", "range",
)  # fmt: skip
_SAID = {"Cache-Control": "rscc", "Content-Disposition": "rscd"}


@dataclass(frozen=True, slots=True)
class Account:
    """An account, and its key or a shared access signature; neither asks as anybody.

    `endpoint`: its address, without a slash at the end.
    """

    name: str
    endpoint: str
    key: str = ""
    sas: str = ""

    def __repr__(self) -> str:
        return f"Account({self.name!r}, {self.endpoint!r})"


def account_of(
    name: str, key: str, sas: str, connection: str, endpoint: str | None
) -> Account | None:
    """The account that is named, by itself or by a connection string; None if there is none."""
    parts = dict(each.partition("=")[::2] for each in connection.split(";") if each)
    name = name or parts.get("AccountName", "")
    suffix = parts.get("EndpointSuffix", "core.windows.net")
    scheme = parts.get("DefaultEndpointsProtocol", "https")
    address = endpoint or parts.get("BlobEndpoint") or f"{scheme}://{name}.blob.{suffix}"
    if not name and not (endpoint or parts.get("BlobEndpoint")):
        return None
    return Account(
        name,
        address.rstrip("/"),
        key or parts.get("AccountKey", ""),
        (sas or parts.get("SharedAccessSignature", "")).lstrip("?"),
    )


def signature_for(
    account: Account, name: str, seconds: int, now: float, said: Mapping[str, str]
) -> str:
    """The query by which anybody can read one blob, `container/name`, for so long.

    `said`: headers that the answer is to have, of `calls.SAID`. `now` in epoch seconds.
    """
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now + seconds))
    fields = {"sp": "r", "se": until, "sv": VERSION, "sr": "b"}
    fields |= {_SAID[each]: text for each, text in said.items() if each in _SAID}
    names = (
        "sp", "st", "se", "", "si", "sip", "spr", "sv", "sr", "snapshot", "ses",
        "rscc", "rscd", "rsce", "rscl", "rsct",
    )  # fmt: skip
    place = f"/blob/{account.name}/{name}"
    lines = [fields.get(each, "") if each else place for each in names]
    return urlencode({**fields, "sig": _proof(account, lines)}, quote_via=quote, safe="")


def is_key(text: str) -> bool:
    """Whether a text may be a key: Base64."""
    try:
        return bool(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        return False


def dated(headers: Mapping[str, str], now: float) -> dict[str, str]:
    """The headers of a request at that moment, in epoch seconds, and those that all have."""
    return {**headers, "x-ms-date": formatdate(now, usegmt=True), "x-ms-version": VERSION}


def signed(account: Account, asked: Asked, headers: Mapping[str, str], size: int) -> dict[str, str]:
    """The headers, and the one that proves the key. `size`: bytes of the body."""
    told = {name.lower(): " ".join(text.split()) for name, text in headers.items()}
    told["content-length"] = str(size or "")
    lines = [asked.method, *(told.get(name, "") for name in _SIGNED)]
    lines += [f"{name}:{told[name]}" for name in sorted(told) if name.startswith("x-ms-")]
    lines.append(f"/{account.name}{asked.path}")
    fields = sorted(parse_qsl(asked.query, keep_blank_values=True))
    lines += [f"{name.lower()}:{text}" for name, text in fields]
    return {**headers, "Authorization": f"SharedKey {account.name}:{_proof(account, lines)}"}


def _proof(account: Account, lines: Sequence[str]) -> str:
    digest = hmac.digest(base64.b64decode(account.key), "\n".join(lines).encode(), "sha256")
    return base64.b64encode(digest).decode()
