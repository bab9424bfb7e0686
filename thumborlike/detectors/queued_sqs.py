"""Jobs for remotecv, in Amazon SQS: messages as Celery 5 writes them through Kombu.

remotecv 5 takes them from the queue `celery-remotecv-celery`: base64 of JSON, a call of the task
`remotecv.celery_tasks.detect_task` with what to look for, the picture and the key of its points.
"""

from __future__ import annotations

import asyncio
import base64
import json
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from thumborlike.errors import ConfigurationError, DetectionFailed, DetectionQueued
from thumborlike.interfaces import Environment, FocalPoint
from thumborlike.scenes import Scene

from ._boto import THREADS, Connection, needs_boto3
from .settings import SqsQueueSettings

SETTINGS = SqsQueueSettings
QUEUE = "celery-remotecv-celery"
TASK = "remotecv.celery_tasks.detect_task"
HIDDEN = "120"
"""Seconds for which remotecv has a job for itself; a new queue is told."""

_NO_QUEUE = frozenset({"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"})


class QueuedInSqs:
    """Tells remotecv of each picture, and has nothing to say itself."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="sqs")
        self._address = ""

    async def detect_elsewhere(self, scene: Scene) -> Sequence[FocalPoint]:
        """Raises `DetectionQueued`, or `DetectionFailed` if SQS does not take the job."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._threads, self._send, message_of("all", scene.name))
        raise DetectionQueued("remotecv is told of the picture")

    async def close(self) -> None:
        """Let the threads go; calls under way end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _send(self, message: str) -> None:
        """In a thread."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            client = self._connection.client()
            self._address = self._address or _address(client)
            client.send_message(QueueUrl=self._address, MessageBody=message)
        except (BotoCoreError, ClientError) as error:
            self._address = ""
            raise DetectionFailed("the queue takes no job") from error


def message_of(looks_for: str, name: str) -> str:
    """The body of the message that has remotecv look at a picture."""
    number, arguments = str(uuid.uuid4()), [looks_for, name, name]
    links = dict.fromkeys(("callbacks", "errbacks", "chain", "chord"))
    message = {
        "body": _base64([arguments, {}, links]),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": _headers(number, arguments),
        "properties": {
            "correlation_id": number,
            "reply_to": str(uuid.uuid4()),
            "delivery_mode": 2,
            "delivery_info": {"exchange": "", "routing_key": "celery"},
            "priority": 0,
            "body_encoding": "base64",
            "delivery_tag": str(uuid.uuid4()),
        },
    }
    return _base64(message)


def _headers(number: str, arguments: list[str]) -> dict[str, Any]:
    nothing = ("shadow", "eta", "expires", "group", "group_index", "parent_id", "stamped_headers")
    return {
        **dict.fromkeys(nothing),
        "lang": "py",
        "task": TASK,
        "id": number,
        "root_id": number,
        "retries": 0,
        "timelimit": [None, None],
        "argsrepr": repr(tuple(arguments)),
        "kwargsrepr": "{}",
        "origin": "thumborlike",
        "ignore_result": True,
        "replaced_task_nesting": 0,
        "stamps": {},
    }


def _base64(document: Any) -> str:
    return base64.b64encode(json.dumps(document).encode()).decode()


def _address(client: Any) -> str:
    """Where the queue is; it is made if it is not there, as Celery does."""
    from botocore.exceptions import ClientError  # noqa: PLC0415

    try:
        found = client.get_queue_url(QueueName=QUEUE)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") not in _NO_QUEUE:
            raise
        found = client.create_queue(QueueName=QUEUE, Attributes={"VisibilityTimeout": HIDDEN})
    return str(found["QueueUrl"])


def create(env: Environment) -> QueuedInSqs:
    """What Thumbor calls `queued_sqs_detector`."""
    needs_boto3()
    settings = env.section(SqsQueueSettings)
    key, secret = settings.sqs_queue_key_id, settings.sqs_queue_key_secret
    if bool(key) != bool(secret):
        raise ConfigurationError("SQS_QUEUE_KEY_ID and SQS_QUEUE_KEY_SECRET belong together")
    given = {"aws_access_key_id": key, "aws_secret_access_key": secret} if key else {}
    return QueuedInSqs(Connection("sqs", region_name=settings.sqs_queue_region, **given))
