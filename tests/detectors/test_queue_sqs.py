"""Jobs that remotecv takes, in Amazon SQS: as Celery lays them there."""

import asyncio
import base64
import json

import pytest

from thumborlike.detectors import queued_sqs
from thumborlike.detectors._boto import Connection
from thumborlike.detectors.settings import SqsQueueSettings
from thumborlike.errors import ConfigurationError, DetectionFailed, DetectionQueued
from thumborlike.scenes import Scene

boto3 = pytest.importorskip("boto3", reason="needs thumborlike[s3]")
stub = pytest.importorskip("botocore.stub")

NAME = "http%3A//a.example/a.jpg"
SCENE = Scene(NAME, b"", 1, 1)
URL = "https://sqs.us-east-1.amazonaws.com/1/celery-remotecv-celery"

CELERYS = {
    "content-encoding": "utf-8",
    "content-type": "application/json",
    "headers": {
        "lang": "py", "task": "remotecv.celery_tasks.detect_task", "id": "ID", "shadow": None,
        "eta": None, "expires": None, "group": None, "group_index": None, "retries": 0,
        "timelimit": [None, None], "root_id": "ID", "parent_id": None,
        "argsrepr": f"('all', '{NAME}', '{NAME}')", "kwargsrepr": "{}", "origin": "ORIGIN",
        "ignore_result": True, "replaced_task_nesting": 0, "stamped_headers": None, "stamps": {},
    },
    "properties": {
        "correlation_id": "ID", "reply_to": "REPLY", "delivery_mode": 2,
        "delivery_info": {"exchange": "", "routing_key": "celery"}, "priority": 0,
        "body_encoding": "base64", "delivery_tag": "TAG",
    },
}  # fmt: skip
"""What `CeleryTasks(...).get_detect_task().delay("all", NAME, NAME)` of remotecv 5.3 sent by
Celery 5.7 and Kombu 5.7, but for `body`; names in capitals stand for ids."""

CELERYS_BODY = [
    ["all", NAME, NAME],
    {},
    {"callbacks": None, "errbacks": None, "chain": None, "chord": None},
]


@pytest.fixture
def sqs():
    client = boto3.client("sqs", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    with stub.Stubber(client) as stubbed:
        yield stubbed


def told(sqs, times=1):
    async def run():
        detector = queued_sqs.QueuedInSqs(Connection("sqs", sqs.client))
        try:
            for _ in range(times):
                with pytest.raises(DetectionQueued):
                    await detector.detect_elsewhere(SCENE)
        finally:
            await detector.close()

    asyncio.run(run())


def test_the_message_is_celerys():
    message = json.loads(base64.b64decode(queued_sqs.message_of("all", NAME)))
    assert json.loads(base64.b64decode(message.pop("body"))) == CELERYS_BODY
    headers, properties = message["headers"], message["properties"]
    assert headers["id"] == headers["root_id"] == properties["correlation_id"]
    headers |= {"id": "ID", "root_id": "ID", "origin": "ORIGIN"}
    properties |= {"correlation_id": "ID", "reply_to": "REPLY", "delivery_tag": "TAG"}
    assert message == CELERYS


def test_the_queue_is_looked_up_once(sqs):
    sqs.add_response("get_queue_url", {"QueueUrl": URL}, {"QueueName": "celery-remotecv-celery"})
    for _ in range(2):
        sent = {"QueueUrl": URL, "MessageBody": stub.ANY}
        sqs.add_response("send_message", {"MessageId": "1"}, sent)
    told(sqs, times=2)
    sqs.assert_no_pending_responses()


def test_a_queue_that_is_not_there_is_made(sqs):
    sqs.add_client_error("get_queue_url", "AWS.SimpleQueueService.NonExistentQueue")
    attributes = {"VisibilityTimeout": "120"}
    wanted = {"QueueName": "celery-remotecv-celery", "Attributes": attributes}
    sqs.add_response("create_queue", {"QueueUrl": URL}, wanted)
    sqs.add_response("send_message", {"MessageId": "1"})
    told(sqs)
    sqs.assert_no_pending_responses()


def test_a_queue_that_takes_nothing_fails_the_detection(sqs):
    sqs.add_client_error("get_queue_url", "AccessDenied")
    with pytest.raises(DetectionFailed):
        told(sqs)


@pytest.mark.parametrize("keys", [{"sqs_queue_key_id": "a"}, {"sqs_queue_key_secret": "a"}])
def test_half_a_key_stops_the_start(keys):
    class Env:
        def section(self, kind):
            return SqsQueueSettings(**keys)

    with pytest.raises(ConfigurationError):
        queued_sqs.create(Env())
