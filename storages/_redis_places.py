"""From the settings to the Redis servers that they mean."""

from __future__ import annotations

from thumborlike.errors import ConfigurationError
from thumborlike.records import dataclass, replace

from ._redis_settings import RedisSettings


@dataclass(frozen=True, slots=True)
class Place:
    """One Redis. `instances` are the sentinels, or nodes of the cluster, as (host, port)."""

    mode: str
    url: str | None = None
    host: str = "localhost"
    port: int = 6379
    db: int = 0
    username: str | None = None
    password: str | None = None
    instances: tuple[tuple[str, int], ...] = ()
    master: str = ""
    sentinel_password: str | None = None
    sentinel_timeout: float = 2.0


def of_sources(settings: RedisSettings) -> Place:
    """The Redis of the sources. Raises `ConfigurationError`."""
    return _place(settings, "")


def of_results(settings: RedisSettings) -> Place:
    """The Redis of the results. Raises `ConfigurationError`."""
    given = (
        settings.redis_result_storage_url,
        settings.redis_result_storage_server_host,
        settings.redis_sentinel_result_storage_instances,
        settings.redis_cluster_result_storage_startup_instances,
    )
    if any(given):
        return _place(settings, "result_")
    db, place = settings.redis_result_storage_server_db, of_sources(settings)
    if db is None or place.mode == "cluster":
        return place
    return replace(place, db=db)


def _place(settings: RedisSettings, which: str) -> Place:
    def value(name: str) -> object:
        return getattr(settings, name.format(f"{which}storage"))

    mode = str(value("redis_{}_mode")).lower()
    if mode == "single_node":
        return Place(
            mode,
            url=_text(value("redis_{}_url")),
            host=_text(value("redis_{}_server_host")) or "localhost",
            port=int(str(value("redis_{}_server_port"))),
            db=int(str(value("redis_{}_server_db") or 0)),
            username=_text(value("redis_{}_server_username")),
            password=_text(value("redis_{}_server_password")),
        )
    if mode == "cluster":
        return Place(
            mode,
            instances=_instances(value("redis_cluster_{}_startup_instances"), 6379),
            username=_text(value("redis_{}_server_username")),
            password=_text(value("redis_{}_server_password")),
        )
    return Place(
        mode,
        db=int(str(value("redis_sentinel_{}_master_db"))),
        username=_text(value("redis_{}_server_username")),
        password=_text(value("redis_sentinel_{}_master_password")),
        instances=_instances(value("redis_sentinel_{}_instances"), 26379),
        master=_master(value("redis_sentinel_{}_master_instance")),
        sentinel_password=_text(value("redis_sentinel_{}_password")),
        sentinel_timeout=float(str(value("redis_sentinel_{}_socket_timeout"))),
    )


def _text(value: object) -> str | None:
    return str(value) if value else None


def _master(value: object) -> str:
    if not value:
        raise ConfigurationError("sentinels need REDIS_SENTINEL_*_MASTER_INSTANCE")
    return str(value)


def _instances(value: object, port: int) -> tuple[tuple[str, int], ...]:
    """`host:port` each; raises `ConfigurationError` for none or for what is none."""
    texts = value.split(",") if isinstance(value, str) else value
    found = [str(each).strip() for each in texts] if isinstance(texts, (list, tuple)) else []
    try:
        pairs = [_instance(each, port) for each in found if each]
    except ValueError as error:
        raise ConfigurationError("Redis instances are written host:port,host:port") from error
    if not pairs:
        raise ConfigurationError("no instances of Redis are named")
    return tuple(pairs)


def _instance(text: str, port: int) -> tuple[str, int]:
    host, colon, number = text.rpartition(":")
    return (host.strip("[]"), int(number)) if colon else (text, port)
