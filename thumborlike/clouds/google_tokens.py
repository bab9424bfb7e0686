"""Who asks Google: the service account of the machine, or one of a file."""

from __future__ import annotations

import calendar
import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..s3.failures import Broken, Misconfigured, Trouble, trouble
from .tokens import Token, token_of

if TYPE_CHECKING:
    from ..s3.wire import Answer, Wire

SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"
METADATA = "/computeMetadata/v1/instance/service-accounts/default/token"
NONE = (
    "no credentials: neither GCS_CREDENTIALS_FILE nor GOOGLE_APPLICATION_CREDENTIALS, and this "
    "machine has no service account; GCS_ANONYMOUS sends none"
)
PLACE = ".config/gcloud/application_default_credentials.json"
"""Below the home folder: what `gcloud auth application-default login` writes."""


def credentials_file(configured: str | None) -> str | None:
    """The file that tells who asks, if there is one."""
    named = configured or os.environ.get("GOOGLE_APPLICATION_CREDENTIALS")
    if named:
        return named
    usual = Path.home() / PLACE
    return str(usual) if usual.is_file() else None


def of_machine(wire: Wire) -> Callable[[float], Token]:
    """From the metadata server: on Compute Engine, Kubernetes Engine and Cloud Run."""
    host = os.environ.get("GCE_METADATA_HOST") or "metadata.google.internal"

    def fetch(end: float) -> Token:
        flavor = {"Metadata-Flavor": "Google"}
        try:
            answer = wire.send("GET", f"http://{host}{METADATA}", flavor, end)
        except Trouble as error:
            raise trouble(Misconfigured, NONE) from error
        return token_of(answer)

    return fetch


def of_file(path: str, wire: Wire) -> Callable[[float], Token]:
    """By google-auth, which signs and renews. Raises `Misconfigured`."""
    from google.auth import exceptions  # noqa: PLC0415  (0.2 s, for files alone)

    try:
        told = json.loads(Path(path).read_bytes())
        found = _credentials(told, str(told["type"]))
    except (exceptions.GoogleAuthError, OSError, ValueError, KeyError, TypeError) as error:
        raise trouble(Misconfigured, "the file of credentials cannot be used") from error

    def fetch(end: float) -> Token:
        try:
            found.refresh(_Asking(wire, end))
        except exceptions.TransportError as error:
            raise trouble(Broken, "no token: no answer") from error
        except exceptions.GoogleAuthError as error:
            raise trouble(Misconfigured, "no token: refused") from error
        expiry = found.expiry
        until = calendar.timegm(expiry.utctimetuple()) if expiry else time.time() + 3600
        return Token(str(found.token), float(until))

    return fetch


def _credentials(told: Mapping[str, Any], kind: str) -> Any:
    """google-auth's. Raises ValueError for a kind that it is not meant for here."""
    from google.auth import identity_pool  # noqa: PLC0415
    from google.oauth2 import credentials, service_account  # noqa: PLC0415

    if kind == "service_account":
        return service_account.Credentials.from_service_account_info(told, scopes=[SCOPE])
    if kind == "authorized_user":
        return credentials.Credentials.from_authorized_user_info(told, scopes=[SCOPE])
    if kind == "external_account":
        return identity_pool.Credentials.from_info(told, scopes=[SCOPE])
    raise ValueError(kind)


class _Asking:
    """Sends the requests of google-auth: its `transport.Request`."""

    def __init__(self, wire: Wire, end: float) -> None:
        self._wire = wire
        self._end = end

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        **_: Any,
    ) -> _Answered:
        from google.auth import exceptions  # noqa: PLC0415

        text = body.encode() if isinstance(body, str) else body or b""
        try:
            return _Answered(self._wire.send(method, url, headers or {}, self._end, body=text))
        except Trouble as error:
            raise exceptions.TransportError(error.why) from error


class _Answered:
    """An answer, as google-auth reads it."""

    def __init__(self, answer: Answer) -> None:
        self.status = answer.status
        self.headers = answer.headers
        self.data = answer.body
