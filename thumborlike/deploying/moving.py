"""An old Serverless Image Handler's variables or parameters, and what each becomes here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..aws_lambda.environment import defaults_from, is_yes
from ..errors import ConfigurationError
from ..records import dataclass
from .errors import DeployError

PARAMETERS = {
    "OriginS3Bucket": "TC_AWS_LOADER_BUCKET",
    "OriginS3BucketRegion": "TC_AWS_REGION",
    "EnableCors": "ENABLE_CORS",
    "CorsOrig": "CORS_ORIGIN",
    "SourceBuckets": "SOURCE_BUCKETS",
    "SourceBucketsParameter": "SOURCE_BUCKETS",
    "CorsEnabled": "CORS_ENABLED",
    "CorsEnabledParameter": "CORS_ENABLED",
    "CorsOrigin": "CORS_ORIGIN",
    "CorsOriginParameter": "CORS_ORIGIN",
    "AutoWebP": "AUTO_WEBP",
    "AutoWebPParameter": "AUTO_WEBP",
    "EnableSignature": "ENABLE_SIGNATURE",
    "EnableSignatureParameter": "ENABLE_SIGNATURE",
    "SecretsManagerSecret": "SECRETS_MANAGER",
    "SecretsManagerSecretParameter": "SECRETS_MANAGER",
    "SecretsManagerKey": "SECRET_KEY",
    "SecretsManagerKeyParameter": "SECRET_KEY",
    "EnableDefaultFallbackImage": "ENABLE_DEFAULT_FALLBACK_IMAGE",
    "EnableDefaultFallbackImageParameter": "ENABLE_DEFAULT_FALLBACK_IMAGE",
    "FallbackImageS3Bucket": "DEFAULT_FALLBACK_IMAGE_BUCKET",
    "FallbackImageS3BucketParameter": "DEFAULT_FALLBACK_IMAGE_BUCKET",
    "FallbackImageS3Key": "DEFAULT_FALLBACK_IMAGE_KEY",
    "FallbackImageS3KeyParameter": "DEFAULT_FALLBACK_IMAGE_KEY",
    "LambdaLogRetention": "LOG_RETENTION",
    "LogRetentionPeriod": "LOG_RETENTION",
    "LogRetentionPeriodParameter": "LOG_RETENTION",
    "DeployUI": "DEPLOY_UI",
    "DeployDemoUI": "DEPLOY_UI",
    "DeployDemoUIParameter": "DEPLOY_UI",
    "CloudFrontPriceClass": "PRICE_CLASS",
    "CloudFrontPriceClassParameter": "PRICE_CLASS",
    "OriginShieldRegion": "ORIGIN_SHIELD",
    "OriginShieldRegionParameter": "ORIGIN_SHIELD",
}
"""Parameter of an old stack -> the variable that it sets, or our name for what sets none."""

KEPT = "is understood as it is"
NO_EFFECT = "has no effect: nothing is reported to anybody"
MOVES: Mapping[str, tuple[str, str]] = {
    "TC_AWS_LOADER_BUCKET": ("stack parameter SourceBuckets", "the bucket's region is the stack's"),
    "TC_AWS_REGION": ("S3_REGION: the stack's region", "deploy into this region"),
    "TC_AWS_ENDPOINT": ("is not needed for AWS", "leave it out unless it is another S3"),
    "TC_AWS_ENABLE_HTTP_LOADER": ("`chain` or `router` as LOADER, in thumbor.conf",
                                  "which hosts watermarks come from: HTTP_LOADER_ALLOWED_SOURCES"),
    "SOURCE_BUCKETS": ("stack parameter SourceBuckets", "all buckets lie in the stack's region"),
    "ENABLE_CORS": ("stack parameter CorsEnabled", ""),
    "CORS_ENABLED": ("stack parameter CorsEnabled", ""),
    "CORS_ORIGIN": ("stack parameter CorsOrigin", ""),
    "AUTO_WEBP": ("stack parameter AutoFormats",
                  "avif sends AVIF too; CloudFront now keeps each variant apart"),
    "ALLOW_UNSAFE_URL": ("stack parameters Links=sih3 (on), Links=thumbor (off)",
                         "on: anybody can have any size made; sign links when you can"),
    "SECURITY_KEY": ("field SECURITY_KEY of a secret: stack parameter SecuritySecretArn",
                     "take the same key, and links stay valid"),
    "ENABLE_SIGNATURE": ("stack parameter EnableSignature", "links stay valid"),
    "SECRETS_MANAGER": ("stack parameter SecretsManagerSecretArn", "the ARN, not the name"),
    "SECRET_KEY": ("stack parameter SecretsManagerKey", "the field's name, not the key itself"),
    "ENABLE_DEFAULT_FALLBACK_IMAGE": ("stack parameter EnableDefaultFallbackImage", ""),
    "DEFAULT_FALLBACK_IMAGE_BUCKET": ("stack parameter FallbackImageS3Bucket", ""),
    "DEFAULT_FALLBACK_IMAGE_KEY": ("stack parameter FallbackImageS3Key", ""),
    "REWRITE_ENABLED": (KEPT, "set it on the function, or LAMBDA_REWRITES in thumbor.conf"),
    "REWRITE_PATTERNS": ("LAMBDA_REWRITES, or as it is", "the first that changes a path wins"),
    "REWRITE_MATCH_PATTERN": ("LAMBDA_REWRITES, or as it is", "JavaScript's pattern is translated"),
    "REWRITE_SUBSTITUTION": ("LAMBDA_REWRITES, or as it is", "`$1` becomes `\\1`"),
    "SHARP_SIZE_LIMIT": ("MAX_PIXELS", ""),
    "REKOGNITION_REGION": (KEPT, "stack parameter UseRekognition=Yes grants the calls"),
    "LOG_LEVEL": ("stack parameter LogLevel", ""),
    "LOG_RETENTION": ("stack parameter LogRetentionPeriod", ""),
    "DEPLOY_UI": ("stack parameter DeployDemoUI", "the page is at /playground, off by default"),
    "PRICE_CLASS": ("stack parameter CloudFrontPriceClass", ""),
    "ORIGIN_SHIELD": ("stack parameter OriginShieldRegion", ""),
    "SEND_ANONYMOUS_DATA": (NO_EFFECT, ""), "SEND_ANONYMOUS_STATS": (NO_EFFECT, ""),
    "UUID": (NO_EFFECT, ""), "SOLUTION_ID": (NO_EFFECT, ""), "SOLUTION_VERSION": (NO_EFFECT, ""),
}  # fmt: skip
"""Variable -> what it becomes, what to check."""

SECRET = ("SECURITY_KEY",)
ARN_OF_KEY = "<its ARN>"
"""Stands for the secret that the old key is put into: the key itself is never printed."""

YES_NO = {True: "Yes", False: "No"}


@dataclass(frozen=True, slots=True)
class Move:
    """One variable of the old stack; `check` may be empty."""

    name: str
    value: str
    becomes: str
    check: str = ""


def variables_of(text: str) -> dict[str, str]:
    """Variables from what AWS' command line prints, or from lines `NAME=VALUE`.

    `get-function-configuration`, `describe-stacks`, a list of parameters, or a plain object.
    Raises `DeployError`.
    """
    try:
        found = json.loads(text)
    except ValueError:
        return _named(_lines(text))
    while isinstance(found, dict) and isinstance(found.get("Stacks"), list) and found["Stacks"]:
        found = found["Stacks"][0]
    if isinstance(found, dict):
        inner = found.get("Configuration", found)
        environment = inner.get("Environment") if isinstance(inner, dict) else None
        found = (environment or {}).get("Variables") or found.get("Parameters") or found
    if isinstance(found, list):
        found = {each.get("ParameterKey"): each.get("ParameterValue") for each in found}
    if not isinstance(found, dict):
        raise DeployError("neither variables nor parameters are in this file")
    return _named(found)


def _lines(text: str) -> dict[str, str]:
    pairs = (line.removeprefix("export ").partition("=") for line in text.splitlines())
    found = {name.strip(): value.strip().strip("\"'") for name, sign, value in pairs if sign}
    if not found:
        raise DeployError("neither JSON nor lines of NAME=VALUE")
    return found


def _named(found: Mapping[Any, Any]) -> dict[str, str]:
    plain = {str(name): value for name, value in found.items() if isinstance(value, (str, int))}
    return {PARAMETERS.get(name, name): str(value) for name, value in plain.items()}


def known_of(environ: Mapping[str, str]) -> dict[str, str]:
    """Of an environment, what an old handler reads."""
    return {name: text for name, text in environ.items() if name in MOVES}


def generation(variables: Mapping[str, str]) -> str:
    """`sih` for versions 4 to 7, `sih3` for 3.1, `thumbor` for 3.1 with signed links alone."""
    if "SOURCE_BUCKETS" in variables:
        return "sih"
    return (
        "sih3"
        if is_yes({"ALLOW_UNSAFE_URL": "true", **variables}, "ALLOW_UNSAFE_URL")
        else "thumbor"
    )


def moves(variables: Mapping[str, str]) -> Iterator[Move]:
    """What each variable becomes, in order of their names."""
    for name, value in sorted(variables.items()):
        shown = "(not shown)" if name in SECRET and value else value
        becomes, check = MOVES.get(name, ("", ""))
        if not becomes:
            becomes, check = "is read as a key of Thumbor's or ours", "thumborlike config --check"
        yield Move(name, shown, becomes, check)


def trouble(variables: Mapping[str, str]) -> str | None:
    """What of it cannot be taken over as it is."""
    try:
        rewrites = defaults_from(variables).get("LAMBDA_REWRITES", ())
        for pattern, _ in rewrites if isinstance(rewrites, (list, tuple)) else ():
            re.compile(pattern)
    except ConfigurationError as error:
        return str(error)
    except re.error as error:
        return f"a pattern of the rewrites is none: {error}"
    return None


def parameters(variables: Mapping[str, str]) -> dict[str, str]:
    """The parameters of our stack that do the same."""
    links = generation(variables)
    given = {"Links": links}
    for ours, name in (
        ("SourceBuckets", "SOURCE_BUCKETS"), ("SourceBuckets", "TC_AWS_LOADER_BUCKET"),
        ("CorsOrigin", "CORS_ORIGIN"), ("LogRetentionPeriod", "LOG_RETENTION"),
        ("CloudFrontPriceClass", "PRICE_CLASS"), ("OriginShieldRegion", "ORIGIN_SHIELD"),
        ("SecretsManagerSecretArn", "SECRETS_MANAGER"), ("SecretsManagerKey", "SECRET_KEY"),
        ("FallbackImageS3Bucket", "DEFAULT_FALLBACK_IMAGE_BUCKET"),
        ("FallbackImageS3Key", "DEFAULT_FALLBACK_IMAGE_KEY"),
    ):  # fmt: skip
        if variables.get(name):
            given.setdefault(ours, variables[name].replace(" ", ""))
    for ours, names in (
        ("CorsEnabled", ("ENABLE_CORS", "CORS_ENABLED")), ("DeployDemoUI", ("DEPLOY_UI",)),
        ("EnableSignature", ("ENABLE_SIGNATURE",)),
        ("EnableDefaultFallbackImage", ("ENABLE_DEFAULT_FALLBACK_IMAGE",)),
    ):  # fmt: skip
        if any(name in variables for name in names):
            given[ours] = YES_NO[any(is_yes(variables, name) for name in names)]
    if variables.get("SECURITY_KEY"):
        given["SecuritySecretArn"] = ARN_OF_KEY
    given["AutoFormats"] = "webp" if is_yes(variables, "AUTO_WEBP") else "off"
    return given
