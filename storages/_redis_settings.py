"""Where the Redis servers are: the keys of `tc_redis` and some more."""

from __future__ import annotations

from collections.abc import Sequence

from thumborlike.records import dataclass
from thumborlike.settings.fields import setting

MODES = ("single_node", "sentinel", "cluster")
_NO_EFFECT = "a Redis that fails never costs an answer here"


def _is_mode(value: str) -> None:
    if value.lower() not in MODES:
        raise ValueError("one of " + ", ".join(map(repr, MODES)))


@dataclass(frozen=True, slots=True)
class RedisSettings:
    """The keys of tc_redis for sources and for results, and what both share."""

    redis_storage_url: str | None = setting(
        "REDIS_STORAGE_URL",
        None,
        "Redis of the sources, as `redis://user:password@host:6379/0`, `rediss://` for TLS or "
        "`unix:///path`; goes before the keys of its parts.",
        secret=True,
        ours=True,
    )
    redis_storage_server_host: str | None = setting(
        "REDIS_STORAGE_SERVER_HOST", None, "Its host; None for localhost.", ours=True
    )
    redis_storage_server_port: int = setting(
        "REDIS_STORAGE_SERVER_PORT", 6379, "Its port.", low=1, high=65535, ours=True
    )
    redis_storage_server_db: int | None = setting(
        "REDIS_STORAGE_SERVER_DB", None, "Its number of the database; None for 0.", low=0, ours=True
    )
    redis_storage_server_username: str | None = setting(
        "REDIS_STORAGE_SERVER_USERNAME", None, "Who logs in there.", ours=True
    )
    redis_storage_server_password: str | None = setting(
        "REDIS_STORAGE_SERVER_PASSWORD", None, "The password there.", secret=True, ours=True
    )
    redis_storage_mode: str = setting(
        "REDIS_STORAGE_MODE",
        "single_node",
        "`single_node`, `sentinel` or `cluster`.",
        check=_is_mode,
        ours=True,
    )
    redis_storage_ignore_errors: bool = setting(
        "REDIS_STORAGE_IGNORE_ERRORS",
        True,
        "Whether to go on without it.",
        ignored=_NO_EFFECT,
        ours=True,
    )
    redis_storage_key_prefix: str = setting(
        "REDIS_STORAGE_KEY_PREFIX", "", "In front of all names of sources there.", ours=True
    )
    redis_sentinel_storage_instances: str | Sequence[str] = setting(
        "REDIS_SENTINEL_STORAGE_INSTANCES",
        "",
        "Its sentinels, as `host:26379,other:26379`.",
        ours=True,
    )
    redis_sentinel_storage_master_instance: str | None = setting(
        "REDIS_SENTINEL_STORAGE_MASTER_INSTANCE",
        None,
        "What the sentinels call the master.",
        ours=True,
    )
    redis_sentinel_storage_master_password: str | None = setting(
        "REDIS_SENTINEL_STORAGE_MASTER_PASSWORD",
        None,
        "The master's password.",
        secret=True,
        ours=True,
    )
    redis_sentinel_storage_master_db: int = setting(
        "REDIS_SENTINEL_STORAGE_MASTER_DB", 0, "The database there.", low=0, ours=True
    )
    redis_sentinel_storage_password: str | None = setting(
        "REDIS_SENTINEL_STORAGE_PASSWORD", None, "The sentinels' password.", secret=True, ours=True
    )
    redis_sentinel_storage_socket_timeout: float = setting(
        "REDIS_SENTINEL_STORAGE_SOCKET_TIMEOUT",
        2.0,
        "Seconds a sentinel may take.",
        low=0,
        ours=True,
    )
    redis_cluster_storage_startup_instances: str | Sequence[str] = setting(
        "REDIS_CLUSTER_STORAGE_STARTUP_INSTANCES",
        "",
        "Nodes of the cluster, `host:6379,...`.",
        ours=True,
    )
    redis_result_storage_url: str | None = setting(
        "REDIS_RESULT_STORAGE_URL",
        None,
        "Redis of the results. With neither this nor a host or instances of its own it is that of "
        "the sources.",
        secret=True,
        ours=True,
    )
    redis_result_storage_server_host: str | None = setting(
        "REDIS_RESULT_STORAGE_SERVER_HOST", None, "Its host.", ours=True
    )
    redis_result_storage_server_port: int = setting(
        "REDIS_RESULT_STORAGE_SERVER_PORT", 6379, "Its port.", low=1, high=65535, ours=True
    )
    redis_result_storage_server_db: int | None = setting(
        "REDIS_RESULT_STORAGE_SERVER_DB", None, "Its number of the database.", low=0, ours=True
    )
    redis_result_storage_server_username: str | None = setting(
        "REDIS_RESULT_STORAGE_SERVER_USERNAME", None, "Who logs in there.", ours=True
    )
    redis_result_storage_server_password: str | None = setting(
        "REDIS_RESULT_STORAGE_SERVER_PASSWORD", None, "The password there.", secret=True, ours=True
    )
    redis_result_storage_mode: str = setting(
        "REDIS_RESULT_STORAGE_MODE",
        "single_node",
        "As REDIS_STORAGE_MODE.",
        check=_is_mode,
        ours=True,
    )
    redis_result_storage_ignore_errors: bool = setting(
        "REDIS_RESULT_STORAGE_IGNORE_ERRORS", True, "As for sources.", ignored=_NO_EFFECT, ours=True
    )
    redis_result_storage_key_prefix: str | None = setting(
        "REDIS_RESULT_STORAGE_KEY_PREFIX",
        None,
        "In front of all names of results there; None for REDIS_STORAGE_KEY_PREFIX.",
        ours=True,
    )
    redis_sentinel_result_storage_instances: str | Sequence[str] = setting(
        "REDIS_SENTINEL_RESULT_STORAGE_INSTANCES", "", "Its sentinels.", ours=True
    )
    redis_sentinel_result_storage_master_instance: str | None = setting(
        "REDIS_SENTINEL_RESULT_STORAGE_MASTER_INSTANCE",
        None,
        "What they call the master.",
        ours=True,
    )
    redis_sentinel_result_storage_master_password: str | None = setting(
        "REDIS_SENTINEL_RESULT_STORAGE_MASTER_PASSWORD",
        None,
        "Its password.",
        secret=True,
        ours=True,
    )
    redis_sentinel_result_storage_master_db: int = setting(
        "REDIS_SENTINEL_RESULT_STORAGE_MASTER_DB", 0, "The database there.", low=0, ours=True
    )
    redis_sentinel_result_storage_password: str | None = setting(
        "REDIS_SENTINEL_RESULT_STORAGE_PASSWORD",
        None,
        "The sentinels' password.",
        secret=True,
        ours=True,
    )
    redis_sentinel_result_storage_socket_timeout: float = setting(
        "REDIS_SENTINEL_RESULT_STORAGE_SOCKET_TIMEOUT",
        2.0,
        "Seconds one may take.",
        low=0,
        ours=True,
    )
    redis_cluster_result_storage_startup_instances: str | Sequence[str] = setting(
        "REDIS_CLUSTER_RESULT_STORAGE_STARTUP_INSTANCES", "", "Nodes of the cluster.", ours=True
    )
    redis_timeout_seconds: float = setting(
        "REDIS_TIMEOUT_SECONDS",
        1.0,
        "Seconds an operation on Redis may take, connecting included. Should be less than "
        "STORAGE_TIMEOUT_SECONDS.",
        low=0.01,
        ours=True,
    )
    redis_max_connections: int = setting(
        "REDIS_MAX_CONNECTIONS", 32, "Connections of each process to a Redis.", low=1, ours=True
    )
    redis_max_object_bytes: int = setting(
        "REDIS_MAX_OBJECT_BYTES",
        16 << 20,
        "Larger entries are not kept in Redis; 0 for no limit.",
        low=0,
        high=512 << 20,
        ours=True,
    )
    redis_tls: bool = setting(
        "REDIS_TLS", False, "Talk TLS also where no `rediss://` says so.", ours=True
    )
    redis_tls_ca_file: str | None = setting(
        "REDIS_TLS_CA_FILE",
        None,
        "Certificates that vouch for the servers; None for the system's.",
        ours=True,
    )
    redis_tls_cert_file: str | None = setting(
        "REDIS_TLS_CERT_FILE", None, "Our own certificate, if they ask for one.", ours=True
    )
    redis_tls_key_file: str | None = setting(
        "REDIS_TLS_KEY_FILE", None, "The key of that certificate.", ours=True
    )
