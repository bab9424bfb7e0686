"""Keys of Thumbor's detectors and of the queues that detectors elsewhere listen to."""

from __future__ import annotations

from dataclasses import dataclass

from thumborlike.settings.fields import setting

NO_DETECTOR = "no detector for SQS comes with this version"


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
        "SQS_QUEUE_KEY_ID", None, "Access key id for the queue.", ignored=NO_DETECTOR
    )
    sqs_queue_key_secret: str | None = setting(
        "SQS_QUEUE_KEY_SECRET",
        None,
        "Secret access key for the queue.",
        secret=True,
        ignored=NO_DETECTOR,
    )
    sqs_queue_region: str = setting(
        "SQS_QUEUE_REGION", "us-east-1", "AWS region of the queue.", ignored=NO_DETECTOR
    )


SETTINGS = (CascadeSettings, RedisQueueSettings, SqsQueueSettings)
