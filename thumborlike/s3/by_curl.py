"""S3 by libcurl, which the server has anyway: loads in a tenth of the time that boto3 takes.

Credentials are given, by what renews them if need be. Signed here, checked by a real S3 in the
tests.
"""

from __future__ import annotations

import calendar
import copy
import os
import re
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType

from .calls import PAGE, SAID, Found, Known, Listed, headers_of
from .failures import Broken, of_code, trouble
from .places import Access, Limits
from .signature import Asked, Credentials, Signer, path_of, query_of
from .wire import LONGEST_ERROR, Answer, Wire

CODE = re.compile(rb"<Code>([^<]{1,100})</Code>")
MOVED = (301, 307, 400)
REGION = re.compile(r"[a-z0-9-]{1,40}")
NAMES: Mapping[str, str] = MappingProxyType(
    {
        "ContentType": "Content-Type",
        "CacheControl": "Cache-Control",
        "ContentDisposition": "Content-Disposition",
        "ACL": "x-amz-acl",
        "ServerSideEncryption": "x-amz-server-side-encryption",
        "SSEKMSKeyId": "x-amz-server-side-encryption-aws-kms-key-id",
        "StorageClass": "x-amz-storage-class",
    }
)
"""How an object is written: boto3's names and the headers."""


def _listed(text_of: Callable[[str, str], str]) -> Listed:
    """Raises ValueError. Whole seconds are enough."""
    written = time.strptime(text_of("{*}LastModified", "")[:19], "%Y-%m-%dT%H:%M:%S")
    key, size = text_of("{*}Key", ""), int(text_of("{*}Size", ""))
    return Listed(key, size, float(calendar.timegm(written)))


class CurlCalls:
    """`who` None signs nothing."""

    def __init__(
        self, access: Access, limits: Limits, who: Callable[[], Credentials] | None
    ) -> None:
        self._where = _Where(access)
        self._moved: dict[str, _Where] = {}
        self._who = None if access.anonymous else who
        self._wire = Wire()

    def get(self, bucket: str, key: str, max_bytes: int, end: float, etag: str = "") -> Found:
        """The object, read up to `max_bytes` (0: no limit), unless it has the `etag`."""
        headers = {"If-None-Match": etag} if etag else {}
        answer = self._ask("GET", bucket, key, end, headers=headers, max_bytes=max_bytes)
        return Found(answer.body, answer.modified, answer.noted)

    def put(
        self, bucket: str, key: str, body: bytes, how: Mapping[str, object], end: float
    ) -> None:
        """Write the object."""
        headers = headers_of(how, NAMES, "x-amz-meta-")
        self._ask("PUT", bucket, key, end, headers=headers, body=body)

    def delete(self, bucket: str, key: str, end: float) -> None:
        """Remove the object."""
        self._ask("DELETE", bucket, key, end)

    def head(self, bucket: str, key: str, end: float) -> Known:
        """What is known of the object."""
        return self._ask("HEAD", bucket, key, end).known

    def list_page(self, bucket: str, prefix: str, after: str, end: float) -> list[Listed]:
        """The first whose keys begin so and come after one."""
        from xml.etree import ElementTree  # noqa: PLC0415  (rarely needed)

        fields = {"list-type": "2", "prefix": prefix, "max-keys": str(PAGE)}
        fields |= {"start-after": after} if after else {}
        answer = self._ask("GET", bucket, "", end, fields=fields)
        try:
            tree = ElementTree.fromstring(answer.body)  # noqa: S314
            return [_listed(each.findtext) for each in tree.iterfind("{*}Contents")]
        except (ElementTree.ParseError, ValueError) as error:
            raise trouble(Broken) from error

    def presigned(self, bucket: str, key: str, seconds: int, headers: Mapping[str, str]) -> str:
        """A URL by which anybody can get the object for so long, with some of `SAID`."""
        where = self._moved.get(bucket, self._where)
        origin, host, path = where.place(bucket, key)
        signer = self._signer(where)
        if signer is None:
            return origin + path
        said = {f"response-{name.lower()}": headers[name] for name in SAID if name in headers}
        query = signer.query(Asked("GET", host, path), seconds, time.time(), said)
        return f"{origin}{path}?{query}"

    def close(self) -> None:
        """Close the connections; one in use ends with its request."""
        self._wire.close()

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
        where = self._moved.get(bucket, self._where)
        origin, host, path = where.place(bucket, key)
        query, sent = query_of(fields), dict(headers)
        if signer := self._signer(where):
            asked = Asked(method, host, path, query)
            sent = signer.headers(asked, headers, body, time.time())
        url = f"{origin}{path}{'?' if query else ''}{query}"
        answer = self._wire.send(method, url, sent, end, body=body, max_bytes=max_bytes)
        if bucket not in self._moved and (moved := where.moved(answer.status, answer.headers)):
            self._moved[bucket] = moved
            more = {"fields": fields, "headers": headers}
            return self._ask(method, bucket, key, end, **more, body=body, max_bytes=max_bytes)
        _check(answer)
        return answer

    def _signer(self, where: _Where) -> Signer | None:
        return Signer(self._who(), where.region) if self._who else None


class _Where:
    """Hosts and paths of buckets."""

    def __init__(self, access: Access) -> None:
        env = os.environ
        self.region = (
            access.region or env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION") or "us-east-1"
        )
        self._endpoint = (
            access.endpoint or env.get("AWS_ENDPOINT_URL_S3") or env.get("AWS_ENDPOINT_URL")
        )
        path_style = access.path_style
        self._path_style = bool(self._endpoint) if path_style is None else path_style
        self._suffix = ".amazonaws.com.cn" if self.region.startswith("cn-") else ".amazonaws.com"

    def moved(self, status: int, headers: Mapping[str, str]) -> _Where | None:
        """Where S3 says that the bucket is, if that is another region of Amazon's."""
        region = headers.get("x-amz-bucket-region", "")
        told = status in MOVED and REGION.fullmatch(region)
        if self._endpoint or not told or region == self.region:
            return None
        found = copy.copy(self)
        found.region = region
        return found

    def place(self, bucket: str, key: str) -> tuple[str, str, str]:
        """Scheme and host, host alone, encoded path."""
        endpoint = self._endpoint or f"https://s3.{self.region}{self._suffix}"
        scheme, _, rest = endpoint.partition("://")
        host, _, base = rest.rstrip("/").partition("/")
        if self._path_style or "." in bucket:
            name = f"{bucket}/{key}" if key else bucket
        else:
            host, name = f"{bucket}.{host}", key
        return f"{scheme}://{host}", host, path_of(f"{base}/{name}" if base else name)


def _check(answer: Answer) -> None:
    """Raises `Trouble` unless all went well."""
    if 200 <= answer.status < 300:
        return
    found = CODE.search(answer.body[:LONGEST_ERROR])
    code = found.group(1).decode("latin-1") if found else ""
    raise trouble(of_code(code, answer.status), f"{answer.status} {code}".rstrip())
