"""The configuration of a function: its environment, and a thumbor.conf that lies beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..settings.reader import Loaded, load
from .environment import defaults_from, link_secret

LOADERS = (
    ("S3_LOADER_BUCKET", "s3"),
    ("S3_ALLOWED_BUCKETS", "s3"),
    ("TC_AWS_LOADER_BUCKET", "tc_aws"),
    ("TC_AWS_ALLOWED_BUCKETS", "tc_aws"),
    ("AWS_LOADER_BUCKET_NAME", "thumbor_aws"),
)
"""The loader of a function whose LOADER is not set, by the keys that are."""

FILES = ("THUMBOR_CONF", "THUMBORLIKE_CONF")
LEVELS = ("THUMBOR_LOG_LEVEL", "LOG_LEVEL", "AWS_LAMBDA_LOG_LEVEL")
KNOWN_LEVELS = ("trace", "debug", "info", "warn", "warning", "error", "fatal", "critical")


def loaded_from(environ: Mapping[str, str]) -> Loaded:
    """The configuration. Raises `ConfigurationError`.

    Keys whose variable is empty are not set.
    """
    given = {name: value for name, value in environ.items() if value}
    defaults = defaults_for(given)
    overrides: dict[str, object] = {"WORKER_ISOLATION": "thread", **_secrets(given)}
    return load(_file(given), environ=given, defaults=defaults, overrides=overrides, plugins=False)


def defaults_for(environ: Mapping[str, str]) -> dict[str, object]:
    """What is otherwise in a function: nothing is kept beside it, and sources are in S3."""
    loader = next((name for key, name in LOADERS if environ.get(key)), "http")
    own = {"LOADER": loader, "STORAGE": "no", "S3_CLIENT": "small"}
    return {**own, **defaults_from(environ)}


def _secrets(environ: Mapping[str, str]) -> dict[str, object]:
    """Keys that lie in Secrets Manager: ours, and that of links of `sih`."""
    name, link = environ.get("LAMBDA_SECRET"), link_secret(environ)
    if not name and not link:
        return {}
    from .secrets import fields_of, read_secret  # noqa: PLC0415  (rarely needed)

    found: dict[str, object] = {}
    if name:
        found |= read_secret(name, fields_of(environ.get("LAMBDA_SECRET_FIELDS")), environ)
    if link:
        found |= read_secret(link[0], {"LAMBDA_LINK_KEY": link[1]}, environ)
    return found


def level_from(environ: Mapping[str, str]) -> str:
    """The log level that the environment asks for (v3.1 of the handler: unknown ones are ERROR)."""
    asked = next((environ[name] for name in LEVELS if environ.get(name)), "info").lower()
    if asked not in KNOWN_LEVELS:
        return "error"
    return {"trace": "debug"}.get(asked, asked)


def _file(environ: Mapping[str, str]) -> Path | None:
    """The file that the environment names, or one beside the function's code."""
    named = next((environ[name] for name in FILES if environ.get(name)), None)
    if named:
        return Path(named)
    beside = Path(environ.get("LAMBDA_TASK_ROOT", ".")) / "thumbor.conf"
    return beside if beside.is_file() else None
