"""The environment variables of the Serverless Image Handler, as keys of ours.

Whoever moves here keeps the variables; docs/aws-links.md has them all. Ours count more.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import ConfigurationError
from .links.rewrites import from_javascript, from_python

YES = ("yes", "true", "1", "on")
WITHOUT_EFFECT = ("SEND_ANONYMOUS_DATA", "SEND_ANONYMOUS_STATS", "UUID", "SOLUTION_ID",
                  "SOLUTION_VERSION", "METRICS_ENDPOINT")  # fmt: skip
OLD = ("REWRITE_ENABLED", "REWRITE_PATTERNS", "ENABLE_CORS", "SEND_ANONYMOUS_DATA")
"""By these v3.1 is known, together with TC_AWS_LOADER_BUCKET."""


def defaults_from(environ: Mapping[str, str]) -> dict[str, object]:
    """Our keys, as the variables of both generations say. Raises `ConfigurationError`."""
    found: dict[str, object] = {}
    for read in (_dialect, _buckets, _cors, _rewrites, _fallback, _limits):
        found.update(read(environ))
    return found


def is_yes(environ: Mapping[str, str], name: str) -> bool:
    """Whether a switch is on."""
    return environ.get(name, "").strip().lower() in YES


def _dialect(environ: Mapping[str, str]) -> dict[str, object]:
    if environ.get("SOURCE_BUCKETS"):
        common = {"LAMBDA_LINKS": "sih", "LAMBDA_JSON_ERRORS": True, "RESPECT_ORIENTATION": True}
        signed = is_yes(environ, "ENABLE_SIGNATURE")
        return {**common, "ALLOW_UNSAFE_URL": not signed, "MAX_AGE": 31_536_000}
    if environ.get("TC_AWS_LOADER_BUCKET") and any(name in environ for name in OLD):
        return {
            "LAMBDA_LINKS": "sih3", "LAMBDA_JSON_ERRORS": True, "RESPECT_ORIENTATION": True,
            "ALLOW_UNSAFE_URL": True, "QUALITY": 85, "WEBP_QUALITY": 80, "MAX_AGE": 31_536_000,
        }  # fmt: skip
    return {}


def _buckets(environ: Mapping[str, str]) -> dict[str, object]:
    text = environ.get("SOURCE_BUCKETS", "")
    buckets = [each.strip() for each in text.split(",") if each.strip()]
    if not buckets:
        return {}
    fallback = environ.get("DEFAULT_FALLBACK_IMAGE_BUCKET", "")
    readable = [*buckets, *([fallback] if fallback and fallback not in buckets else [])]
    return {"LOADER": "s3", "S3_ALLOWED_BUCKETS": readable, "LAMBDA_LINK_BUCKETS": buckets}


def _cors(environ: Mapping[str, str]) -> dict[str, object]:
    if not (is_yes(environ, "ENABLE_CORS") or is_yes(environ, "CORS_ENABLED")):
        return {}
    return {"ACCESS_CONTROL_ALLOW_ORIGIN_HEADER": environ.get("CORS_ORIGIN") or "*"}


def _rewrites(environ: Mapping[str, str]) -> dict[str, object]:
    if is_yes(environ, "REWRITE_ENABLED") and environ.get("REWRITE_PATTERNS"):
        return {"LAMBDA_REWRITES": from_python(environ["REWRITE_PATTERNS"])}
    pattern, text = environ.get("REWRITE_MATCH_PATTERN"), environ.get("REWRITE_SUBSTITUTION")
    if pattern and text is not None:
        return {"LAMBDA_REWRITES": [from_javascript(pattern, text)]}
    return {}


def link_secret(environ: Mapping[str, str]) -> tuple[str, str] | None:
    """The secret and its field that has the key of signatures in the query, if they are asked for.

    Raises `ConfigurationError`.
    """
    if not is_yes(environ, "ENABLE_SIGNATURE"):
        return None
    secret, name = environ.get("SECRETS_MANAGER"), environ.get("SECRET_KEY")
    if not secret or not name:
        raise ConfigurationError("ENABLE_SIGNATURE needs SECRETS_MANAGER and SECRET_KEY")
    return secret, name


def _fallback(environ: Mapping[str, str]) -> dict[str, object]:
    key = environ.get("DEFAULT_FALLBACK_IMAGE_KEY")
    if not is_yes(environ, "ENABLE_DEFAULT_FALLBACK_IMAGE") or not key:
        return {}
    bucket = environ.get("DEFAULT_FALLBACK_IMAGE_BUCKET")
    return {"LAMBDA_FALLBACK_IMAGE": f"{bucket}/{key}" if bucket else key}


def _limits(environ: Mapping[str, str]) -> dict[str, object]:
    text = environ.get("SHARP_SIZE_LIMIT", "")
    return {"MAX_PIXELS": int(text)} if text.isdecimal() and int(text) else {}
