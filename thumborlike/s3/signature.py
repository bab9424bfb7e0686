"""AWS Signature Version 4. Pure: what to send for a request at a given moment."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import quote

from ..records import dataclass, replace

ALGORITHM = "AWS4-HMAC-SHA256"
PLAIN = "-._~"
UNSIGNED = "UNSIGNED-PAYLOAD"
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who asks. `token`: of credentials that expire."""

    key: str
    secret: str
    token: str | None = None

    def __repr__(self) -> str:
        return "Credentials(...)"


def path_of(name: str) -> str:
    """The path of a key, or of a bucket and a key, as S3 signs it: encoded once, slashes kept."""
    return "/" + quote(name, safe=PLAIN + "/")


def query_of(fields: Mapping[str, str]) -> str:
    """A query as S3 signs it: encoded, in order."""
    encoded = sorted(
        (quote(name, safe=PLAIN), quote(text, safe=PLAIN)) for name, text in fields.items()
    )
    return "&".join(f"{name}={text}" for name, text in encoded)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of S3. `path` and `query` are encoded as S3 signs them."""

    method: str
    host: str
    path: str
    query: str = ""


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs for a service in a region."""

    who: Credentials
    region: str
    service: str = "s3"

    def headers(
        self, asked: Asked, headers: Mapping[str, str], body: bytes, now: float
    ) -> dict[str, str]:
        """All headers to be sent. `now` in epoch seconds."""
        date, digest = _date(now), hashlib.sha256(body).hexdigest()
        sent = {name.lower(): " ".join(text.split()) for name, text in headers.items()}
        sent |= {"host": asked.host, "x-amz-date": date, "x-amz-content-sha256": digest}
        if self.who.token:
            sent["x-amz-security-token"] = self.who.token
        signature = self._signature(asked, sent, digest, date)
        names = ";".join(sorted(sent))
        sent["authorization"] = (
            f"{ALGORITHM} Credential={self.who.key}/{self._scope(date)}, "
            f"SignedHeaders={names}, Signature={signature}"
        )
        return sent

    def query(
        self, asked: Asked, seconds: int, now: float, more: Mapping[str, str] = NOTHING
    ) -> str:
        """The query of a URL by which anybody can ask for so long. `more`: fields to be signed."""
        date = _date(now)
        fields = {
            "X-Amz-Algorithm": ALGORITHM,
            "X-Amz-Credential": f"{self.who.key}/{self._scope(date)}",
            "X-Amz-Date": date,
            "X-Amz-Expires": str(seconds),
            "X-Amz-SignedHeaders": "host",
            **more,
            **({"X-Amz-Security-Token": self.who.token} if self.who.token else {}),
        }
        query = query_of(fields)
        named = replace(asked, query=query)
        signature = self._signature(named, {"host": asked.host}, UNSIGNED, date)
        return f"{query}&X-Amz-Signature={signature}"

    def _signature(self, asked: Asked, headers: Mapping[str, str], digest: str, date: str) -> str:
        names = sorted(headers)
        lines = [asked.method, asked.path, asked.query]
        lines += [f"{name}:{headers[name]}" for name in names]
        canonical = "\n".join([*lines, "", ";".join(names), digest])
        hashed = hashlib.sha256(canonical.encode()).hexdigest()
        text = "\n".join([ALGORITHM, date, self._scope(date), hashed])
        key = f"AWS4{self.who.secret}".encode()
        for part in (date[:8], self.region, self.service, "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.new(key, text.encode(), "sha256").hexdigest()

    def _scope(self, date: str) -> str:
        return f"{date[:8]}/{self.region}/{self.service}/aws4_request"


def _date(now: float) -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
