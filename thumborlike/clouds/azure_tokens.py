"""Tokens for Azure: of an application, or of the identity that the machine has."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from ..s3.failures import Misconfigured, Trouble, trouble
from .tokens import Token, token_of

if TYPE_CHECKING:
    from ..s3.wire import Wire

RESOURCE = "https://storage.azure.com/"
LOGIN = "https://login.microsoftonline.com/"
MACHINE = "http://169.254.169.254"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
NONE = (
    "no credentials: neither a key, a signature nor a connection string, no application in "
    "Azure's environment variables, and this machine has no identity; AZURE_ANONYMOUS sends none"
)


def of_surroundings(
    wire: Wire, environ: Mapping[str, str] = os.environ
) -> Callable[[float], Token]:
    """From where the environment variables lead that Azure sets: what fetches tokens."""
    proof = environ.get("AZURE_FEDERATED_TOKEN_FILE") or environ.get("AZURE_CLIENT_SECRET")
    if proof and environ.get("AZURE_TENANT_ID") and environ.get("AZURE_CLIENT_ID"):
        return lambda end: _of_application(wire, environ, end)
    return lambda end: _of_machine(wire, environ, end)


def _of_application(wire: Wire, environ: Mapping[str, str], end: float) -> Token:
    """A pod's federated token, or a secret, is exchanged for one. Raises `Trouble`."""
    fields = {
        "grant_type": "client_credentials",
        "client_id": environ["AZURE_CLIENT_ID"],
        "scope": f"{RESOURCE}.default",
    }
    path = environ.get("AZURE_FEDERATED_TOKEN_FILE")
    if path:
        try:
            proof = Path(path).read_text(encoding="ascii").strip()
        except (OSError, ValueError) as error:
            raise trouble(Misconfigured, "AZURE_FEDERATED_TOKEN_FILE cannot be read") from error
        fields |= {"client_assertion_type": ASSERTION, "client_assertion": proof}
    else:
        fields["client_secret"] = environ["AZURE_CLIENT_SECRET"]
    host = environ.get("AZURE_AUTHORITY_HOST", LOGIN).rstrip("/")
    url = f"{host}/{environ['AZURE_TENANT_ID']}/oauth2/v2.0/token"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return token_of(wire.send("POST", url, kind, end, body=urlencode(fields).encode()))


def _of_machine(wire: Wire, environ: Mapping[str, str], end: float) -> Token:
    """App Service and Container Apps tell where to ask; virtual machines have one address."""
    fields = {"resource": RESOURCE}
    if environ.get("AZURE_CLIENT_ID"):
        fields["client_id"] = environ["AZURE_CLIENT_ID"]
    place = environ.get("IDENTITY_ENDPOINT")
    if place:
        fields["api-version"], headers = "2019-08-01", _proof(environ)
    else:
        host = environ.get("AZURE_POD_IDENTITY_AUTHORITY_HOST", MACHINE).rstrip("/")
        place = f"{host}/metadata/identity/oauth2/token"
        fields["api-version"], headers = "2018-02-01", {"Metadata": "true"}
    try:
        answer = wire.send("GET", f"{place}?{urlencode(fields)}", headers, end)
    except Trouble as error:
        raise trouble(Misconfigured, NONE) from error
    return token_of(answer)


def _proof(environ: Mapping[str, str]) -> dict[str, str]:
    return {"X-IDENTITY-HEADER": environ.get("IDENTITY_HEADER", "")}
