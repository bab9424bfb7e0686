"""What Rekognition sees: faces to cut to, and contents to blur.

It gets a small upright JPEG, which the service makes as it makes any picture, so that no source is
too large for it. What it said of a picture is kept, in memory and in the bucket of results.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, TypeVar

from ..errors import ServerError
from ..http.message import Request, Response
from ..lru import Lru
from ..records import dataclass, replace
from ..rekognition import Unreadable, faces_of, moderated
from ..s3.failures import Trouble
from ..url.compose import unsafe_path
from ..url.values import Fit, ImageRequest
from .bucket import Bucket
from .calling import CallFailed, Service, region_of
from .links.errors import LinkError
from .links.looks import Face, Look

SEEN = 1600
"""Longest side, in pixels, of what is sent."""

KEPT_BYTES = 1 << 20
Answering = Callable[[Request], Awaitable[Response]]
T = TypeVar("T")
Box = tuple[float, float, float, float]
"""Left, top, width and height as parts of the picture."""


class NotModerated(ServerError):
    """Contents that are to be looked at cannot be."""


@dataclass(frozen=True, slots=True)
class View:
    """A small picture, and the size of its oriented source in pixels."""

    jpeg: bytes
    width: int
    height: int

    @property
    def name(self) -> str:
        """By its bytes."""
        return sha256(self.jpeg).hexdigest()


class Vision:
    """Asks Rekognition in one region."""

    def __init__(self, region: str, answering: Answering, bucket: Bucket | None = None) -> None:
        endpoint = os.environ.get("AWS_ENDPOINT_URL_REKOGNITION")
        where = region if region != "here" else region_of(os.environ)
        self._service = Service("rekognition", "RekognitionService", where, endpoint)
        self._answering = answering
        self._bucket = bucket
        self._kept: Lru[str, Any] = Lru(KEPT_BYTES)

    async def view(self, source: str) -> View:
        """What is sent of a source. Raises `LinkError` for one that is no picture."""
        image = ImageRequest("", None, True, "", source)
        calls = "format(jpeg):quality(80)"
        small = await self._made(
            replace(image, fit=Fit.FIT_IN, width=SEEN, height=SEEN, filters=calls)
        )
        about = json.loads(await self._made(replace(image, meta=True)))
        size = about["thumbor"]["source"]
        return View(small, int(size["width"]), int(size["height"]))

    async def face(self, view: View, face: Face) -> Sequence[int]:
        """Left, top, right, bottom in pixels of the source; all of it where there is no face.

        Raises `LinkError`, and `CallFailed`.
        """
        found = await self._asked(view, "DetectFaces", {"Attributes": ["DEFAULT"]})
        boxes = [each.box for each in _read(faces_of, found)]
        if not boxes:
            return 0, 0, view.width, view.height
        if face.index >= len(boxes):
            raise LinkError("SmartCrop::FaceIndexOutOfRange", f"there are {len(boxes)} faces")
        if face.padding > max(view.width, view.height):
            raise LinkError("SmartCrop::PaddingOutOfBounds", "the padding is larger than the image")
        return _pixels(boxes[face.index], face.padding, view)

    async def is_to_be_blurred(self, view: View, look: Look) -> bool:
        """Whether it shows what is to be hidden. Raises `NotModerated`."""
        try:
            found = await self._asked(
                view, "DetectModerationLabels", {"MinConfidence": look.confidence}
            )
            names = {name for name, _ in _read(moderated, found)}
        except CallFailed as error:
            raise NotModerated("the picture cannot be looked at now") from error
        return bool(names.intersection(look.labels) if look.labels else names)

    async def _made(self, image: ImageRequest) -> bytes:
        request = Request("GET", unsafe_path(image), trusted=True)
        response = await self._answering(request)
        if response.status == 404:
            raise LinkError("NoSuchKey", "the source does not exist", 404)
        if response.status != 200:
            raise LinkError("SmartCrop::Error", "the picture cannot be looked at")
        return response.body

    async def _asked(self, view: View, action: str, more: Mapping[str, Any]) -> dict[str, Any]:
        key = f"{action}/{view.name}/{json.dumps(more, sort_keys=True)}"
        found: dict[str, Any] | None = self._kept.get(key) or await self._stored(key)
        if found is None:
            image = {"Bytes": base64.b64encode(view.jpeg).decode()}
            payload = {"Image": image, **more}
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(
                None, self._service.call, action, payload, os.environ
            )
            await self._store(key, found)
        self._kept.put(key, found, len(json.dumps(found)) + len(key))
        return found

    async def _stored(self, key: str) -> dict[str, Any] | None:
        if self._bucket is None:
            return None
        try:
            found = json.loads(await self._bucket.get(_place(key)))
        except (Trouble, ValueError):
            return None
        return found if isinstance(found, dict) else None

    async def _store(self, key: str, found: Mapping[str, Any]) -> None:
        if self._bucket is None:
            return
        headers = (("Content-Type", "application/json"),)
        try:
            await self._bucket.put(_place(key), Response(200, headers, json.dumps(found).encode()))
        except Trouble:
            return


def _read(reader: Callable[[Mapping[str, Any]], T], answer: Mapping[str, Any]) -> T:
    try:
        return reader(answer)
    except Unreadable as error:
        raise CallFailed("Unreadable") from error


def _place(key: str) -> str:
    return f"seen/{sha256(key.encode()).hexdigest()}.json"


def _pixels(box: Box, padding: int, view: View) -> Sequence[int]:
    """Within the picture; boxes of Rekognition may leave it."""
    left, top = round(box[0] * view.width) - padding, round(box[1] * view.height) - padding
    right = round((box[0] + box[2]) * view.width) + padding
    bottom = round((box[1] + box[3]) * view.height) + padding
    left, top = max(0, min(left, view.width - 1)), max(0, min(top, view.height - 1))
    return left, top, max(left + 1, min(right, view.width)), max(top + 1, min(bottom, view.height))
