"""Objects in Google Cloud Storage: read by its XML API, whose ETag is the MD5; else by JSON.

Requests go through libcurl, as those to S3 do: Google's own client takes half a second of
processor time to be imported. Names and limits: docs/clouds.md.
"""

from __future__ import annotations

import calendar
import json
import re
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit
from uuid import uuid4

from ..s3.calls import PAGE, Found, Known, Listed
from ..s3.failures import Broken, Misconfigured, Missing, Trouble, of_code, trouble
from .tokens import Tokens

if TYPE_CHECKING:
    from ..s3.wire import Answer, Wire
    from .google_signing import Signer

ENDPOINT = "https://storage.googleapis.com"
CODE = re.compile(rb"<Code>([^<]{1,100})</Code>")
FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "ContentType": "contentType",
        "CacheControl": "cacheControl",
        "StorageClass": "storageClass",
        "Metadata": "metadata",
    }
)
"""How an object is written: boto3's names and Google's."""


class GoogleCalls:
    """`who` None sends no token. `signer`: of addresses, if there is one."""

    def __init__(
        self, who: Tokens | None, endpoint: str | None, wire: Wire, signer: Signer | None = None
    ) -> None:
        self._signer = signer
        self._origin = (endpoint or ENDPOINT).rstrip("/")
        self._who = who
        self._wire = wire

    def get(self, bucket: str, key: str, max_bytes: int, end: float, etag: str = "") -> Found:
        """The object, read up to `max_bytes` (0: no limit), unless it has the `etag`."""
        headers = {"If-None-Match": etag} if etag else {}
        path = _xml_path(bucket, key)
        answer = self._ask("GET", path, end, headers=headers, max_bytes=max_bytes)
        return Found(answer.body, answer.modified, answer.noted)

    def put(
        self, bucket: str, key: str, body: bytes, how: Mapping[str, object], end: float
    ) -> None:
        """Write the object: what is known of it, then its bytes, in one request."""
        known = {FIELDS[name]: value for name, value in how.items() if name in FIELDS}
        told = json.dumps({"name": key, **known})
        kind = str(how.get("ContentType", "application/octet-stream"))
        edge = uuid4().hex
        sent = b"".join(
            (
                f"--{edge}\r\nContent-Type: application/json\r\n\r\n{told}\r\n".encode(),
                f"--{edge}\r\nContent-Type: {kind}\r\n\r\n".encode(),
                body,
                f"\r\n--{edge}--\r\n".encode(),
            )
        )
        path = f"/upload/storage/v1/b/{_quoted(bucket)}/o?uploadType=multipart&fields=name"
        headers = {"Content-Type": f"multipart/related; boundary={edge}"}
        self._ask("POST", path, end, headers=headers, body=sent)

    def delete(self, bucket: str, key: str, end: float) -> None:
        """Remove the object."""
        self._ask("DELETE", f"/storage/v1/b/{_quoted(bucket)}/o/{_quoted(key)}", end)

    def head(self, bucket: str, key: str, end: float) -> Known:
        """What is known of the object."""
        return self._ask("HEAD", _xml_path(bucket, key), end).known

    def list_page(self, bucket: str, prefix: str, after: str, end: float) -> list[Listed]:
        """The first whose keys begin so and come after one."""
        fields = {
            "prefix": prefix,
            "maxResults": str(PAGE),
            "fields": "nextPageToken,items(name,size,updated)",
            **({"startOffset": after} if after else {}),
        }
        while True:
            path = f"/storage/v1/b/{_quoted(bucket)}/o?{urlencode(fields, quote_via=quote)}"
            page = _object(self._ask("GET", path, end).body)
            found = [each for each in _listed(page) if each.key > after]
            if found or not page.get("nextPageToken"):
                return found
            fields["pageToken"] = str(page["nextPageToken"])

    def presigned(self, bucket: str, key: str, seconds: int, headers: Mapping[str, str]) -> str:
        """A URL by which anybody can get the object for so long, with some of `SAID`.

        Only the key of a service account can sign it. Raises `Misconfigured`.
        """
        if self._signer is None:
            raise trouble(Misconfigured, "addresses for anybody need a key of a service account")
        there = urlsplit(self._origin + _xml_path(bucket, key))
        query = self._signer.query(there.netloc, there.path, seconds, time.time(), headers)
        return f"{there.geturl()}?{query}"

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()

    def _ask(
        self,
        method: str,
        path: str,
        end: float,
        *,
        headers: Mapping[str, str] = MappingProxyType({}),
        body: bytes = b"",
        max_bytes: int = 0,
    ) -> Answer:
        sent = dict(headers)
        if self._who:
            sent["Authorization"] = f"Bearer {self._who(end)}"
        answer = self._wire.send(
            method, self._origin + path, sent, end, body=body, max_bytes=max_bytes
        )
        if answer.status == 401 and self._who:
            self._who.forget()
        if not 200 <= answer.status < 300:
            raise _trouble_of(method, answer)
        return answer


def _trouble_of(method: str, answer: Answer) -> Trouble:
    """Google takes a name that can be none for a bad request."""
    found = CODE.search(answer.body)
    code = found.group(1).decode("latin-1") if found else ""
    why = f"{answer.status} {code}".rstrip()
    if answer.status == 400 and method in ("GET", "HEAD"):
        return trouble(Missing, why)
    return trouble(of_code(code, answer.status), why)


def _xml_path(bucket: str, key: str) -> str:
    return f"/{_quoted(bucket)}/{quote(key, safe='-._~/')}"


def _quoted(text: str) -> str:
    return quote(text, safe="-._~")


def _object(body: bytes) -> dict[str, Any]:
    """Raises `Broken` unless it is an object of JSON."""
    try:
        found = json.loads(body)
    except ValueError as error:
        raise trouble(Broken) from error
    if not isinstance(found, dict):
        raise trouble(Broken)
    return found


def _listed(page: Mapping[str, Any]) -> list[Listed]:
    """Whole seconds are enough."""
    try:
        return [
            Listed(
                str(each["name"]),
                int(each["size"]),
                float(calendar.timegm(time.strptime(each["updated"][:19], "%Y-%m-%dT%H:%M:%S"))),
            )
            for each in page.get("items", ())
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise trouble(Broken) from error
