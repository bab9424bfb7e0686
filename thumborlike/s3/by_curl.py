"""S3 by libcurl, which the server has anyway: loads in a tenth of the time that boto3 takes.

Credentials are given, by what renews them if need be. Signed here, checked by a real S3 in the
tests.
"""

from __future__ import annotations

import calendar
import copy
import os
import re
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from email.utils import mktime_tz, parsedate_tz
from pathlib import Path
from types import MappingProxyType

import pycurl

from .calls import PAGE, Found, Listed
from .failures import Broken, Late, Missing, TooLarge, Trouble, of_code, trouble
from .places import Access, Limits
from .signature import Asked, Credentials, Signer, path_of, query_of

CODE = re.compile(rb"<Code>([^<]{1,100})</Code>")
LONGEST_ERROR = 65536
MOVED = (301, 307, 400)
REGION = re.compile(r"[a-z0-9-]{1,40}")
PIECE = 256 * 1024
"""Bytes that are taken at once: each piece costs a turn of the interpreter's lock."""
CONNECTING = 2.0
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

_CA_BUNDLES = (
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


def _listed(text_of: Callable[[str, str], str]) -> Listed:
    """Raises ValueError. Whole seconds are enough."""
    written = time.strptime(text_of("{*}LastModified", "")[:19], "%Y-%m-%dT%H:%M:%S")
    key, size = text_of("{*}Key", ""), int(text_of("{*}Size", ""))
    return Listed(key, size, float(calendar.timegm(written)))


def ca_bundle() -> str | None:
    """The certificates that are believed: a packaged libcurl looks for them where it was built."""
    known = (path for path in _CA_BUNDLES if Path(path).is_file())
    return os.environ.get("AWS_CA_BUNDLE") or next(known, None)


class CurlCalls:
    """Each thread keeps a connection of its own. `who` None signs nothing."""

    def __init__(
        self, access: Access, limits: Limits, who: Callable[[], Credentials] | None
    ) -> None:
        self._where = _Where(access)
        self._moved: dict[str, _Where] = {}
        self._who = None if access.anonymous else who
        self._kept = threading.local()
        self._all: list[pycurl.Curl] = []
        self._bundle = ca_bundle()

    def get(self, bucket: str, key: str, max_bytes: int, end: float, etag: str = "") -> Found:
        """The object, read up to `max_bytes` (0: no limit), unless it has the `etag`."""
        headers = {"If-None-Match": etag} if etag else {}
        answer = self._ask("GET", bucket, key, end, headers=headers, max_bytes=max_bytes)
        modified = parsedate_tz(answer.headers.get("last-modified", ""))
        return Found(answer.body, float(mktime_tz(modified)) if modified else time.time())

    def put(
        self, bucket: str, key: str, body: bytes, how: Mapping[str, object], end: float
    ) -> None:
        """Write the object."""
        headers = {NAMES[name]: str(value) for name, value in how.items() if name in NAMES}
        metadata = how.get("Metadata")
        if isinstance(metadata, Mapping):
            headers |= {f"x-amz-meta-{name}": str(text) for name, text in metadata.items()}
        self._ask("PUT", bucket, key, end, headers=headers, body=body)

    def delete(self, bucket: str, key: str, end: float) -> None:
        """Remove the object."""
        self._ask("DELETE", bucket, key, end)

    def head(self, bucket: str, key: str, end: float) -> None:
        """Nothing, if there is such an object."""
        self._ask("HEAD", bucket, key, end)

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

    def presigned(self, bucket: str, key: str, seconds: int) -> str:
        """A URL by which anybody can get the object for so long."""
        where = self._moved.get(bucket, self._where)
        origin, host, path = where.place(bucket, key)
        signer = self._signer(where)
        if signer is None:
            return origin + path
        query = signer.query(Asked("GET", host, path), seconds, time.time())
        return f"{origin}{path}?{query}"

    def close(self) -> None:
        """Close the connections; one in use ends with its request."""
        while self._all:
            with suppress(pycurl.error):
                self._all.pop().close()

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
    ) -> _Answer:
        where = self._moved.get(bucket, self._where)
        origin, host, path = where.place(bucket, key)
        query, sent = query_of(fields), dict(headers)
        if signer := self._signer(where):
            asked = Asked(method, host, path, query)
            sent = signer.headers(asked, headers, body, time.time())
        answer = _Answer(max_bytes)
        curl = self._prepared(method, f"{origin}{path}{'?' if query else ''}{query}", sent, end)
        if method == "PUT":
            curl.setopt(pycurl.POSTFIELDS, body)
        curl.setopt(pycurl.HEADERFUNCTION, answer.take_header)
        curl.setopt(pycurl.WRITEFUNCTION, answer.take)
        _perform(curl, answer)
        status = int(curl.getinfo(pycurl.RESPONSE_CODE))
        if bucket not in self._moved and (moved := where.moved(status, answer.headers)):
            self._moved[bucket] = moved
            more = {"fields": fields, "headers": headers}
            return self._ask(method, bucket, key, end, **more, body=body, max_bytes=max_bytes)
        answer.check(status)
        return answer

    def _signer(self, where: _Where) -> Signer | None:
        return Signer(self._who(), where.region) if self._who else None

    def _prepared(
        self, method: str, url: str, headers: Mapping[str, str], end: float
    ) -> pycurl.Curl:
        curl = self._connection()
        curl.setopt(pycurl.URL, url)
        curl.setopt(pycurl.CUSTOMREQUEST, method)
        curl.setopt(pycurl.NOBODY, method == "HEAD")
        lines = [f"{name}: {text}" for name, text in headers.items()]
        curl.setopt(pycurl.HTTPHEADER, [*lines, "Expect:", "Accept:", "User-Agent: thumborlike"])
        left = max(0.001, end - time.monotonic())
        curl.setopt(pycurl.TIMEOUT_MS, int(1000 * left) or 1)
        curl.setopt(pycurl.CONNECTTIMEOUT_MS, int(1000 * min(CONNECTING, left)) or 1)
        return curl

    def _connection(self) -> pycurl.Curl:
        """That of this thread, with the options of all requests; its connection stays open."""
        curl: pycurl.Curl | None = getattr(self._kept, "curl", None)
        if curl is None:
            curl = self._kept.curl = pycurl.Curl()
            self._all.append(curl)
        curl.reset()
        curl.setopt(pycurl.NOSIGNAL, 1)
        curl.setopt(pycurl.PATH_AS_IS, 1)
        curl.setopt(pycurl.TCP_KEEPALIVE, 1)
        curl.setopt(pycurl.BUFFERSIZE, PIECE)
        curl.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
        if self._bundle:
            curl.setopt(pycurl.CAINFO, self._bundle)
        return curl


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


class _Answer:
    """What comes back."""

    def __init__(self, max_bytes: int) -> None:
        self.headers: dict[str, str] = {}
        self.too_large = False
        self._failed = False
        self._max_bytes = max_bytes
        self._parts: list[bytes] = []
        self._size = 0

    @property
    def body(self) -> bytes:
        """All of it."""
        return b"".join(self._parts)

    def take_header(self, line: bytes) -> None:
        """A line of the head."""
        if line.startswith(b"HTTP/"):
            self._failed = line.split(None, 2)[1:2] >= [b"300"]
        name, colon, text = line.decode("latin-1").partition(":")
        if colon:
            self.headers[name.strip().lower()] = text.strip()

    def take(self, part: bytes) -> int | None:
        """A piece of the body; one too many ends the transfer."""
        declared = self.headers.get("content-length", "")
        size = int(declared) if declared.isdecimal() else 0
        self._size += len(part)
        if self._failed:
            self._parts.append(part)
            return 0 if self._size > LONGEST_ERROR else None
        if 0 < self._max_bytes < max(self._size, size):
            self.too_large = True
            return 0
        self._parts.append(part)
        return None

    def check(self, status: int) -> None:
        """Raises `Trouble` unless all went well."""
        if 200 <= status < 300:
            return
        found = CODE.search(self.body[:LONGEST_ERROR])
        raise trouble(of_code(found.group(1).decode("latin-1") if found else "", status))


def _perform(curl: pycurl.Curl, answer: _Answer) -> None:
    try:
        curl.perform()
    except pycurl.error as error:
        raise _trouble_of(error, answer) from error


def _trouble_of(error: pycurl.error, answer: _Answer) -> Trouble:
    if answer.too_large:
        return trouble(TooLarge)
    number = error.args[0]
    if number == pycurl.E_OPERATION_TIMEDOUT:
        return trouble(Late)
    return trouble(Missing if number == pycurl.E_URL_MALFORMAT else Broken)
