"""Keys that lie in Secrets Manager, read once, at start."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping

from ..errors import ConfigurationError
from .calling import CallFailed, Service, region_of

KEYS = ("SECURITY_KEY", "LAMBDA_LINK_KEY")
OWN = (("SECURITY_KEY", "SECURITY_KEY"),)
PATIENCE = 5.0


def fields_of(text: str | None) -> dict[str, str]:
    """Our keys and the fields of the secret. Raises `ConfigurationError`."""
    try:
        pairs = ast.literal_eval(text) if text else OWN
        found = {str(key): str(field) for key, field in pairs}
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise ConfigurationError("LAMBDA_SECRET_FIELDS: a list of (key, field)") from error
    if not set(found) <= set(KEYS):
        raise ConfigurationError(f"LAMBDA_SECRET_FIELDS: keys are {' and '.join(KEYS)}")
    return found


def read_secret(
    name: str, fields: Mapping[str, str], environ: Mapping[str, str]
) -> dict[str, object]:
    """The values of our keys. Raises `ConfigurationError`, which shows none of them."""
    region = name.split(":")[3] if name.startswith("arn:") else region_of(environ)
    endpoint = environ.get("AWS_ENDPOINT_URL_SECRETS_MANAGER") or environ.get("AWS_ENDPOINT_URL")
    service = Service("secretsmanager", "secretsmanager", region, endpoint)
    try:
        answer = service.call("GetSecretValue", {"SecretId": name}, environ, PATIENCE)
        found = json.loads(answer.get("SecretString", ""))
    except CallFailed as error:
        raise ConfigurationError(f"the secret {name!r} cannot be read: {error.code}") from error
    except ValueError as error:
        raise ConfigurationError(f"the secret {name!r} is no JSON object") from error
    return {key: _value(found, field, name) for key, field in fields.items()}


def _value(found: object, field: str, name: str) -> str:
    value = found.get(field) if isinstance(found, dict) else None
    if not isinstance(value, str) or not value:
        raise ConfigurationError(f"the secret {name!r} has no field {field!r}")
    return value
