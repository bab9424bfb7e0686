"""Blobs in Azure, by its REST API and libcurl."""

from __future__ import annotations

import base64
import calendar
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlencode, urlsplit

from ..s3.calls import PAGE, Found, Known, Listed, headers_of
from ..s3.failures import (
    Broken,
    Denied,
    Misconfigured,
    Missing,
    Throttled,
    Trouble,
    Unchanged,
    of_code,
    trouble,
)
from ..s3.signature import Asked
from .azure_signing import Account, dated, signature_for, signed
from .tokens import Tokens

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from ..s3.wire import Answer, Wire

HEADERS: Mapping[str, str] = MappingProxyType(
    {"ContentType": "Content-Type", "CacheControl": "x-ms-blob-cache-control"}
)
"""How a blob is written: boto3's names and Azure's."""

BY_CODE: Mapping[str, type[Trouble]] = MappingProxyType(
    {
        **dict.fromkeys(
            ("BlobNotFound", "ResourceNotFound", "BlobArchived", "InvalidUri", "OutOfRangeInput",
             "InvalidResourceName", "ResourceTypeMismatch"), Missing),
        **dict.fromkeys(
            ("ContainerNotFound", "ContainerDisabled", "AuthenticationFailed",
             "InvalidAuthenticationInfo", "NoAuthenticationInformation", "AccountIsDisabled",
             "AuthorizationFailure", "AuthorizationProtocolMismatch",
             "AuthorizationServiceMismatch", "AuthorizationSourceIPMismatch",
             "AuthorizationResourceTypeMismatch"),
            Misconfigured),
        "PublicAccessNotPermitted": Denied,
        "ServerBusy": Throttled,
        "ContainerBeingDeleted": Broken,
    }
)  # fmt: skip
MOST_MARKS = 100
END = "\n"
"""Stands for the mark behind the last page."""


class AzureCalls:
    """Asks with the account's key or signature, or else with tokens; `who` None sends none."""

    def __init__(self, account: Account, who: Tokens | None, wire: Wire) -> None:
        self._account = account
        self._base = urlsplit(account.endpoint).path
        self._origin = account.endpoint.removesuffix(self._base)
        self._who = who
        self._wire = wire
        self._marks: dict[tuple[str, str, str], str] = {}

    def get(self, bucket: str, key: str, max_bytes: int, end: float, etag: str = "") -> Found:
        """The blob, read up to `max_bytes` (0: no limit), unless its MD5 is that in the `etag`."""
        if etag and _md5_of(self._ask("HEAD", bucket, key, end)) == etag.strip('"'):
            raise trouble(Unchanged)
        answer = self._ask("GET", bucket, key, end, max_bytes=max_bytes)
        return Found(answer.body, answer.modified, answer.noted)

    def put(
        self, bucket: str, key: str, body: bytes, how: Mapping[str, object], end: float
    ) -> None:
        """Write the blob, in one piece."""
        headers = {"Content-Type": "application/octet-stream", "x-ms-blob-type": "BlockBlob"}
        headers |= headers_of(how, HEADERS, "x-ms-meta-")
        self._ask("PUT", bucket, key, end, headers=headers, body=body)

    def delete(self, bucket: str, key: str, end: float) -> None:
        """Remove the blob."""
        self._ask("DELETE", bucket, key, end)

    def head(self, bucket: str, key: str, end: float) -> Known:
        """What is known of the blob."""
        return self._ask("HEAD", bucket, key, end).known

    def list_page(self, bucket: str, prefix: str, after: str, end: float) -> list[Listed]:
        """The first whose names begin so and come after one.

        Azure goes on from marks of its own: the one behind a page is kept for the next call.
        """
        mark = self._marks.pop((bucket, prefix, after), "")
        while mark != END:
            page, mark = self._page(bucket, prefix, mark, end)
            found = [each for each in page if each.key > after]
            if found:
                self._note((bucket, prefix, found[-1].key), mark or END)
                return found
            mark = mark or END
        return []

    def presigned(self, bucket: str, key: str, seconds: int, headers: Mapping[str, str]) -> str:
        """A URL by which anybody can get the blob for so long, with some of `SAID`.

        Only a key of the account can sign it. Raises `Misconfigured`.
        """
        if not self._account.key:
            raise trouble(Misconfigured, "addresses for anybody need AZURE_STORAGE_KEY")
        name = f"{bucket}/{key}"
        query = signature_for(self._account, name, seconds, time.time(), headers)
        return f"{self._account.endpoint}/{_quoted(name)}?{query}"

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()

    def _note(self, place: tuple[str, str, str], mark: str) -> None:
        while len(self._marks) >= MOST_MARKS:
            self._marks.pop(next(iter(self._marks)), None)
        self._marks[place] = mark

    def _page(self, bucket: str, prefix: str, mark: str, end: float) -> tuple[list[Listed], str]:
        """What comes next, and the mark behind it, empty at the end."""
        from xml.etree import ElementTree  # noqa: PLC0415  (rarely needed)

        fields = {"restype": "container", "comp": "list", "prefix": prefix}
        fields |= {"maxresults": str(PAGE), **({"marker": mark} if mark else {})}
        answer = self._ask("GET", bucket, "", end, fields=fields)
        try:
            tree = ElementTree.fromstring(answer.body.removeprefix(b"\xef\xbb\xbf"))  # noqa: S314
            return [_listed(each) for each in tree.iter("Blob")], tree.findtext("NextMarker") or ""
        except (ElementTree.ParseError, ValueError) as error:
            raise trouble(Broken) from error

    def _ask(
        self,
        method: str,
        bucket: str,
        key: str,
        end: float,
        *,
        fields: Mapping[str, str] = MappingProxyType({}),
        headers: Mapping[str, str] = MappingProxyType({}),
        body: bytes = b"",
        max_bytes: int = 0,
    ) -> Answer:
        path = f"{self._base}/{_quoted(f'{bucket}/{key}' if key else bucket)}"
        query = urlencode(fields, quote_via=quote, safe="-._~")
        sent = dated(headers, time.time())
        if self._account.key:
            asked = Asked(method, "", path, query)
            sent = signed(self._account, asked, sent, len(body))
        elif self._account.sas:
            query = "&".join(filter(None, (query, self._account.sas)))
        elif self._who:
            sent["Authorization"] = f"Bearer {self._who(end)}"
        url = f"{self._origin}{path}{'?' if query else ''}{query}"
        answer = self._wire.send(method, url, sent, end, body=body, max_bytes=max_bytes)
        if answer.status == 401 and self._who:
            self._who.forget()
        if not 200 <= answer.status < 300:
            code = answer.headers.get("x-ms-error-code", "")
            kind = BY_CODE.get(code) or of_code(code, answer.status)
            raise trouble(kind, f"{answer.status} {code}".rstrip())
        return answer


def _quoted(name: str) -> str:
    return quote(name, safe="-._~/")


def _md5_of(answer: Answer) -> str:
    """In hex; of a blob written in one piece."""
    try:
        return base64.b64decode(answer.headers.get("content-md5", "")).hex()
    except ValueError:
        return ""


def _listed(blob: Element) -> Listed:
    """Raises ValueError. Names that no XML can hold are encoded."""
    name = blob.findtext("Name", "")
    told = blob.find("Name")
    if told is not None and told.get("Encoded") == "true":
        name = unquote(name)
    written = time.strptime(
        blob.findtext("Properties/Last-Modified", ""), "%a, %d %b %Y %H:%M:%S %Z"
    )
    size = int(blob.findtext("Properties/Content-Length", ""))
    return Listed(name, size, float(calendar.timegm(written)))
