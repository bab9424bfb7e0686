"""Asks Amazon Rekognition for faces, for labels that have boxes, for contents to moderate.

One call for each, at the same time; each costs money, and what they say is stored with the source.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from thumborlike.errors import DetectionFailed
from thumborlike.interfaces import Environment, FocalPoint
from thumborlike.rekognition import MOST_BYTES, Spotted, faces_of, moderated, objects_of
from thumborlike.scenes import Scene

from ._boto import THREADS, Connection, needs_boto3
from ._cascade import FACE
from .settings import RekognitionSettings

SETTINGS = RekognitionSettings
MODERATION = "Moderation"
Points = list[FocalPoint]


class Rekognition:
    """`client`: what speaks to Rekognition; None: one of boto3's, made when it is needed."""

    def __init__(self, settings: RekognitionSettings, client: Any = None) -> None:
        self._settings = settings
        region = settings.detector_rekognition_region
        self._connection = Connection("rekognition", client, region_name=region)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="rekognition")
        self._labels = {each.lower() for each in settings.detector_rekognition_labels}

    @property
    def finds(self) -> tuple[str, ...]:
        """Labels only if they are named: else nobody knows which there are."""
        kinds = {"faces": ("face",), "labels": sorted(self._labels), "moderation": ("moderation",)}
        wanted = self._settings.detector_rekognition_looks_for
        return tuple(kind for each in wanted for kind in kinds[each])

    async def detect_elsewhere(self, scene: Scene) -> Sequence[FocalPoint]:
        """Faces, labels, and one point all over the picture for contents to moderate.

        Raises `DetectionFailed`.
        """
        if len(scene.jpeg) > MOST_BYTES:
            raise DetectionFailed("the picture is too large for Rekognition")
        asks = {"faces": self._faces, "labels": self._objects, "moderation": self._contents}
        loop = asyncio.get_running_loop()
        calls = [
            loop.run_in_executor(self._threads, self._asked, asks[each], scene)
            for each in self._settings.detector_rekognition_looks_for
        ]
        return [point for points in await asyncio.gather(*calls) for point in points]

    async def close(self) -> None:
        """Let the threads go; calls under way end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _asked(self, ask: Any, scene: Scene) -> Points:
        """In a thread."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
        from botocore.parsers import ResponseParserError  # noqa: PLC0415

        try:
            points: Points = ask(self._connection.client(), scene)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))[:80]
            raise DetectionFailed(f"Rekognition refuses: {code}") from error
        except BotoCoreError as error:
            raise DetectionFailed("Rekognition cannot be asked") from error
        except (ResponseParserError, TypeError, ValueError, AttributeError) as error:
            raise DetectionFailed("Rekognition's answer cannot be read") from error
        return points

    def _faces(self, client: Any, scene: Scene) -> Points:
        answer = client.detect_faces(Image={"Bytes": scene.jpeg}, Attributes=["DEFAULT"])
        return self._points(scene, faces_of(answer), FACE)

    def _objects(self, client: Any, scene: Scene) -> Points:
        least = self._settings.detector_rekognition_confidence
        answer = client.detect_labels(Image={"Bytes": scene.jpeg}, MinConfidence=least)
        return self._points(scene, objects_of(answer, self._labels))

    def _contents(self, client: Any, scene: Scene) -> Points:
        least = self._settings.detector_rekognition_confidence
        answer = client.detect_moderation_labels(Image={"Bytes": scene.jpeg}, MinConfidence=least)
        surest = max((sure for _, sure in moderated(answer)), default=None)
        if surest is None:
            return []
        whole = scene.width, scene.height
        return [FocalPoint(whole[0] / 2, whole[1] / 2, 1, *whole, MODERATION, surest)]

    def _points(self, scene: Scene, spotted: Sequence[Spotted], origin: str = "") -> Points:
        least = self._settings.detector_rekognition_confidence / 100
        return [_point(scene, each, origin) for each in spotted if each.confidence >= least]


def _point(scene: Scene, found: Spotted, origin: str) -> FocalPoint:
    left, top, wide, high = found.box
    width, height = wide * scene.width, high * scene.height
    x, y = left * scene.width + width / 2, top * scene.height + height / 2
    return FocalPoint(x, y, width * height, width, height, origin or found.name, found.confidence)


def create(env: Environment) -> Rekognition:
    """What is configured. Raises ModuleNotFoundError without boto3."""
    needs_boto3()
    return Rekognition(env.section(RekognitionSettings))
