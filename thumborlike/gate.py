"""Who may have what: signatures, `unsafe`, the block list, the loader's rules.

The only module besides the settings that holds the security key.
"""

from __future__ import annotations

import hmac
from urllib.parse import unquote

from .blocklist import BlockList
from .errors import BadSignature, SourceBlocked, SourceNotAllowed, UnsafeNotAllowed
from .interfaces import Key, Kind, Loader, Signer
from .job import Job
from .keeping import TolerantStorage
from .settings.sections import SecuritySettings
from .signing import verify
from .url.values import ImageRequest


class Gate:
    """Lets a request pass or raises a `RequestError` that says why not."""

    def __init__(
        self,
        security: SecuritySettings,
        signer: Signer,
        keys: TolerantStorage,
        loader: Loader,
        block_list: BlockList | None,
    ) -> None:
        self._security = security
        self._signer = signer
        self._keys = keys
        self._loader = loader
        self._block_list = block_list

    @property
    def asks_storage(self) -> bool:
        """Whether what it says may change, as it depends on what is stored."""
        return bool(self._block_list) or self._security.stores_crypto_key_for_each_image

    async def authorise(self, image: ImageRequest) -> ImageRequest:
        """The request itself, if it is signed well or may be unsafe."""
        if image.unsafe:
            if not self._security.allow_unsafe_url:
                raise UnsafeNotAllowed("unsafe URLs are switched off, sign this one")
            return image
        if not self._signed(image) and not await self._signed_with_stored_key(image):
            raise BadSignature("the signature does not belong to this URL")
        return image

    def sign(self, text: str) -> str | None:
        """The signature of a text by the security key; None if there is no key."""
        key = self._security.security_key
        return self._signer.sign(text, key) if key else None

    def signs(self, signature: str, text: str) -> bool:
        """Whether somebody who has the key has signed this text; compared in constant time."""
        key = self._security.security_key
        return bool(key) and hmac.compare_digest(
            unquote(signature).encode(), self._signer.sign(text, key or "").encode()
        )

    async def admit(self, job: Job) -> Job:
        """The job itself, if the rules allow every source it names."""
        for wanted in (job.source, *job.overlays):
            if not self._loader.allows(wanted.name):
                raise SourceNotAllowed("this source is not allowed")
        if self._block_list:
            await self._refuse_blocked(self._block_list, job)
        return job

    async def admit_source(self, name: str) -> None:
        """Raises a `RequestError` unless the rules allow this source by itself."""
        if not self._loader.allows(name):
            raise SourceNotAllowed("this source is not allowed")
        if self._block_list and await self._block_list.blocks(name):
            raise SourceBlocked("this picture is blocked")

    async def _refuse_blocked(self, block_list: BlockList, job: Job) -> None:
        """Thumbor 7.8 looks only for the picture itself, not for those that filters ask for."""
        others = () if job.layout.quirks else job.overlays
        for wanted in (job.source, *others):
            if await block_list.blocks(wanted.name):
                raise SourceBlocked("this picture is blocked")

    async def remember(self, source: str) -> None:
        """Keep today's key beside the source, so that its URLs outlive a change of the key.

        Thumbor 7.8: STORES_CRYPTO_KEY_FOR_EACH_IMAGE, written after each fetch.
        """
        key = self._security.security_key
        if self._security.stores_crypto_key_for_each_image and key:
            body = key.encode() if isinstance(key, str) else key
            await self._keys.put(Key(Kind.SECURITY_KEY, source), body)

    def _signed(self, image: ImageRequest) -> bool:
        key = self._security.security_key
        return bool(key) and verify(self._signer, key or "", image)

    async def _signed_with_stored_key(self, image: ImageRequest) -> bool:
        if not self._security.stores_crypto_key_for_each_image:
            return False
        stored = await self._keys.get(Key(Kind.SECURITY_KEY, image.source))
        return stored is not None and verify(self._signer, stored.body, image)
