"""Calls of AWS services that speak JSON, by libcurl: what boto3 would take 0.3 s to load for."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import pycurl

from ..records import dataclass
from ..s3.access import credentials_of
from ..s3.places import Access
from ..s3.signature import Asked, Signer
from ..s3.wire import ca_bundle

TYPE = "application/x-amz-json-1.1"
PATIENCE = 3.0


class CallFailed(Exception):
    """The service refuses, or cannot be reached. `code` is the service's name of the failure."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Service:
    """A service in a region. `endpoint` None: Amazon's own."""

    name: str
    target: str
    region: str
    endpoint: str | None = None

    def call(
        self,
        action: str,
        payload: Mapping[str, Any],
        environ: Mapping[str, str],
        patience: float = PATIENCE,
    ) -> dict[str, Any]:
        """What it answers. Blocks for at most `patience` seconds. Raises `CallFailed`."""
        who = credentials_of(Access(), environ)
        if who is None:
            raise CallFailed("NoCredentials")
        url = (self.endpoint or f"https://{self.name}.{self.region}.amazonaws.com").rstrip("/")
        body = json.dumps(payload).encode()
        headers = {"Content-Type": TYPE, "X-Amz-Target": f"{self.target}.{action}"}
        asked = Asked("POST", url.partition("://")[2], "/")
        signed = Signer(who, self.region, self.name).headers(asked, headers, body, time.time())
        status, answer = _posted(url + "/", signed, body, patience)
        found = _json(answer)
        if status != 200:
            code = str(found.get("__type") or found.get("code") or status)
            raise CallFailed(code.rpartition("#")[2])
        return found


def region_of(environ: Mapping[str, str]) -> str:
    """The region that the function runs in."""
    return environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or "us-east-1"


def _posted(
    url: str, headers: Mapping[str, str], body: bytes, patience: float
) -> tuple[int, bytes]:
    curl, answer = pycurl.Curl(), BytesIO()
    try:
        curl.setopt(pycurl.URL, url)
        curl.setopt(pycurl.NOSIGNAL, 1)
        curl.setopt(pycurl.TIMEOUT_MS, int(1000 * patience))
        curl.setopt(pycurl.CUSTOMREQUEST, "POST")
        lines = [f"{name}: {text}" for name, text in headers.items()]
        curl.setopt(pycurl.HTTPHEADER, [*lines, "Expect:"])
        curl.setopt(pycurl.POSTFIELDS, body)
        curl.setopt(pycurl.WRITEDATA, answer)
        if bundle := ca_bundle():
            curl.setopt(pycurl.CAINFO, bundle)
        curl.perform()
        return int(curl.getinfo(pycurl.RESPONSE_CODE)), answer.getvalue()
    except pycurl.error as error:
        raise CallFailed("Unreachable") from error
    finally:
        curl.close()


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError as error:
        raise CallFailed("Unreadable") from error
    return found if isinstance(found, dict) else {}
