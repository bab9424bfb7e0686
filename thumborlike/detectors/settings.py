"""Keys of Thumbor's detectors and of the queues that detectors elsewhere listen to."""

from __future__ import annotations

from dataclasses import dataclass

from thumborlike import networks
from thumborlike.settings.fields import setting

LOOKS = ("faces", "labels", "moderation")
"""What Rekognition can be asked for."""


def check_looks(given: tuple[str, ...]) -> None:
    """Each must be one of `LOOKS`."""
    if not given or not set(given) <= set(LOOKS):
        raise ValueError(f"a list of {', '.join(LOOKS)}")


@dataclass(frozen=True, slots=True)
class CascadeSettings:
    """Files of the detectors that run in the process."""

    face_detector_cascade_file: str = setting(
        "FACE_DETECTOR_CASCADE_FILE",
        "haarcascade_frontalface_alt.xml",
        "Cascade for OpenCV 4 that finds faces from the front; without such a file ours does.",
    )
    glasses_detector_cascade_file: str = setting(
        "GLASSES_DETECTOR_CASCADE_FILE",
        "haarcascade_eye_tree_eyeglasses.xml",
        "The same for eyes behind glasses.",
    )
    profile_detector_cascade_file: str = setting(
        "PROFILE_DETECTOR_CASCADE_FILE",
        "haarcascade_profileface.xml",
        "The same for faces from the side.",
    )


@dataclass(frozen=True, slots=True)
class RedisQueueSettings:
    """The Redis queue through which remote detectors get their work."""

    redis_queue_server_host: str = setting(
        "REDIS_QUEUE_SERVER_HOST", "localhost", "Host of the Redis server."
    )
    redis_queue_server_port: int = setting(
        "REDIS_QUEUE_SERVER_PORT",
        6379,
        "Port of the Redis server.",
        low=1,
        high=65535,
    )
    redis_queue_server_db: int = setting(
        "REDIS_QUEUE_SERVER_DB",
        0,
        "Number of the database on the Redis server.",
        low=0,
    )
    redis_queue_server_password: str | None = setting(
        "REDIS_QUEUE_SERVER_PASSWORD",
        None,
        "Password of the Redis server.",
        secret=True,
    )
    redis_queue_mode: str = setting(
        "REDIS_QUEUE_MODE",
        "single_node",
        "Whether one Redis server is asked or Sentinels, which know the master.",
        choices=("single_node", "sentinel"),
    )
    redis_queue_sentinel_instances: str = setting(
        "REDIS_QUEUE_SENTINEL_INSTANCES",
        "localhost:26379",
        "The Sentinels, `host:port` between commas.",
    )
    redis_queue_sentinel_password: str | None = setting(
        "REDIS_QUEUE_SENTINEL_PASSWORD",
        None,
        "Password of the Sentinels.",
        secret=True,
    )
    redis_queue_sentinel_master_instance: str = setting(
        "REDIS_QUEUE_SENTINEL_MASTER_INSTANCE",
        "master",
        "Name under which the Sentinels know the master.",
    )
    redis_queue_sentinel_master_password: str | None = setting(
        "REDIS_QUEUE_SENTINEL_MASTER_PASSWORD",
        None,
        "Password of the master.",
        secret=True,
    )
    redis_queue_sentinel_master_db: int = setting(
        "REDIS_QUEUE_SENTINEL_MASTER_DB",
        0,
        "Number of the database on the master.",
        low=0,
    )
    redis_queue_sentinel_socket_timeout: float = setting(
        "REDIS_QUEUE_SENTINEL_SOCKET_TIMEOUT",
        10.0,
        "Seconds to wait for a Sentinel.",
        low=0,
    )


@dataclass(frozen=True, slots=True)
class SqsQueueSettings:
    """The Amazon SQS queue through which remote detectors get their work."""

    sqs_queue_key_id: str | None = setting(
        "SQS_QUEUE_KEY_ID", None, "Access key id for the queue; None: what boto3 finds."
    )
    sqs_queue_key_secret: str | None = setting(
        "SQS_QUEUE_KEY_SECRET",
        None,
        "Secret access key for the queue.",
        secret=True,
    )
    sqs_queue_region: str = setting("SQS_QUEUE_REGION", "us-east-1", "AWS region of the queue.")


@dataclass(frozen=True, slots=True)
class RekognitionSettings:
    """Amazon Rekognition as a detector. Credentials are found as boto3 finds them."""

    detector_rekognition_region: str | None = setting(
        "DETECTOR_REKOGNITION_REGION",
        None,
        "AWS region that is asked; None: the one that boto3 finds.",
        ours=True,
    )
    detector_rekognition_looks_for: tuple[str, ...] = setting(
        "DETECTOR_REKOGNITION_LOOKS_FOR",
        ("faces",),
        "What is looked for, one call each: `faces`, `labels`, `moderation`.",
        check=check_looks,
        ours=True,
    )
    detector_rekognition_labels: tuple[str, ...] = setting(
        "DETECTOR_REKOGNITION_LABELS",
        (),
        "Names of labels that count, as `Dog`; none: all that have boxes.",
        ours=True,
    )
    detector_rekognition_confidence: float = setting(
        "DETECTOR_REKOGNITION_CONFIDENCE",
        50.0,
        "How sure Rekognition must be at least, in percent.",
        low=0,
        high=100,
        ours=True,
    )


@dataclass(frozen=True, slots=True)
class HttpDetectorSettings:
    """A service of one's own that gets a small JPEG and answers with boxes."""

    detector_http_url: str | None = setting(
        "DETECTOR_HTTP_URL",
        None,
        "Address that the detector `http` posts pictures to.",
        ours=True,
    )
    detector_http_allowed_networks: tuple[str, ...] = setting(
        "DETECTOR_HTTP_ALLOWED_NETWORKS",
        (),
        "Networks in which it may be though they are not public, such as '127.0.0.0/8'.",
        check=networks.check,
        ours=True,
    )
    detector_http_timeout: float = setting(
        "DETECTOR_HTTP_TIMEOUT",
        2.0,
        "Seconds that one answer may take, connecting included.",
        low=0.01,
        ours=True,
    )
    detector_http_max_answer: int = setting(
        "DETECTOR_HTTP_MAX_ANSWER", 262144, "Bytes that an answer may have.", low=2, ours=True
    )
    detector_http_authorization: str | None = setting(
        "DETECTOR_HTTP_AUTHORIZATION",
        None,
        "Value of the header Authorization, as `Bearer ...`; None sends none.",
        secret=True,
        ours=True,
    )
    detector_http_finds: tuple[str, ...] = setting(
        "DETECTOR_HTTP_FINDS",
        ("face",),
        "Kinds that it can be relied on to find, for `redact`.",
        ours=True,
    )


SETTINGS = (
    CascadeSettings,
    RedisQueueSettings,
    SqsQueueSettings,
    RekognitionSettings,
    HttpDetectorSettings,
)
