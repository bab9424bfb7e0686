"""Signatures of paths: who makes them, and when a presented one is accepted.

What is signed: the raw path without its leading slash, the signature and the slash after it,
as UTF-8. The query is not part of it, and neither is `unsafe/`.
"""

from __future__ import annotations

import base64
import hmac
from types import MappingProxyType
from urllib.parse import quote, unquote

from .errors import ConfigurationError
from .interfaces import Signer
from .url.values import ImageRequest


class ThumborSigner:
    """HMAC-SHA1 in URL-safe base64 with padding: libthumbor's own, 28 characters."""

    def sign(self, path: str, key: str | bytes) -> str:
        """The signature of `path`; a text key stands for its UTF-8 bytes."""
        from libthumbor.url_signers.base64_hmac_sha1 import UrlSigner  # noqa: PLC0415  (4 ms)

        signature: bytes = UrlSigner(key).signature(path)
        return signature.decode("ascii")


class HmacSigner:
    """The same scheme with another hash: `digest` is a name that hashlib knows."""

    def __init__(self, digest: str) -> None:
        self._digest = digest

    def sign(self, path: str, key: str | bytes) -> str:
        """The signature of `path`; a text key stands for its UTF-8 bytes."""
        secret = key.encode("utf-8") if isinstance(key, str) else key
        mac = hmac.digest(secret, path.encode("utf-8"), self._digest)
        return base64.urlsafe_b64encode(mac).decode("ascii")


SIGNERS: MappingProxyType[str, Signer] = MappingProxyType(
    {
        "hmac_sha1": ThumborSigner(),
        "hmac_sha256": HmacSigner("sha256"),
        "hmac_sha512": HmacSigner("sha512"),
        "libthumbor.url_signers.base64_hmac_sha1": ThumborSigner(),
    }
)
"""By the names that URL_SIGNER takes; Thumbor's own name is the last."""


def resolve_signer(name: str) -> Signer:
    """The signer that URL_SIGNER names. Raises `ConfigurationError` for an unknown name."""
    try:
        return SIGNERS[name]
    except KeyError as error:
        known = ", ".join(sorted(SIGNERS))
        raise ConfigurationError(f"unknown signer {name!r}; known: {known}") from error


def verify(signer: Signer, key: str | bytes, image: ImageRequest) -> bool:
    """Whether the signature in the path belongs to the rest of it, in constant time.

    Thumbor 7.8 knows two spellings of the signature in front of the signed part: decoded, and
    that quoted by the standard library. Hence `=`, `%3D` and `%253D` pass, and `%3d`, or a
    path without leading slash, does not.
    """
    if image.signature is None:
        return False
    expected = signer.sign(image.signed_part, key)
    presented = unquote(image.signature)
    return hmac.compare_digest(presented.encode(), expected.encode()) and _spelled_as_known(image)


def _spelled_as_known(image: ImageRequest) -> bool:
    signature = image.signature or ""
    spellings = (f"/{signature}/", f"/{quote(signature)}/")
    return image.path.startswith(spellings)
