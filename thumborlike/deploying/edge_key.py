"""The key that signs links: from its secret into the store that CloudFront's function reads."""

from __future__ import annotations

import json

from .calls import Session, told
from .errors import DeployError

FIELD = "SECURITY_KEY"
NAME = "key"


def publish_key(session: Session, secret: str, store: str) -> bool:
    """Write the key into the store; False: it was there. Raises `DeployError`, without the key."""
    with told():
        text = session.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
    key = _field(text, secret)
    with told():
        client = session.client("cloudfront-keyvaluestore")
        if _known(client, store) == key:
            return False
        described = client.describe_key_value_store(KvsARN=store)
        client.put_key(KvsARN=store, Key=NAME, Value=key, IfMatch=described["ETag"])
    return True


def _field(text: str, secret: str) -> str:
    try:
        found = json.loads(text)[FIELD]
    except (ValueError, KeyError, TypeError) as error:
        raise DeployError(f"the secret {secret} has no field {FIELD}") from error
    return str(found)


def _known(client: object, store: str) -> str | None:
    from botocore.exceptions import ClientError  # noqa: PLC0415

    try:
        found = client.get_key(KvsARN=store, Key=NAME)  # type: ignore[attr-defined]
    except ClientError:  # none yet, or it may be written and not read
        return None
    return str(found["Value"])
