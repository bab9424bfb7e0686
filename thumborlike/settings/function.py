"""Settings of the service in AWS Lambda."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..records import dataclass
from .fields import setting

LARGE = ("store", "shrink")
"""What can be done about an answer that Lambda does not take."""


def check_ways(given: tuple[str, ...]) -> None:
    """Each must be one of `LARGE`."""
    if not set(given) <= set(LARGE):
        raise ValueError(f"a list of {', '.join(LARGE)}")


def check_pairs(given: Sequence[Any]) -> None:
    """Each must be a pair of texts."""
    if not all(_are_texts(each, 2) for each in given):
        raise ValueError("a list of (text, text)")


def check_rewrites(given: Sequence[Any]) -> None:
    """Each must be a pair of texts, with or without `once`."""
    fit = (_are_texts(each, 2) or (_are_texts(each, 3) and each[2] == "once") for each in given)
    if not all(fit):
        raise ValueError("a list of (pattern, text) or (pattern, text, 'once')")


def _are_texts(each: Any, count: int) -> bool:
    texts = isinstance(each, (tuple, list)) and len(each) == count
    return texts and all(isinstance(part, str) for part in each)


@dataclass(frozen=True, slots=True)
class FunctionSettings:
    """The service in AWS Lambda; none has an effect elsewhere."""

    base_path: tuple[str, ...] = setting(
        "BASE_PATH",
        (),
        "What stands in front of paths and is none of theirs, as `/images` of a custom domain.",
        ours=True,
    )
    lambda_reserve_seconds: float = setting(
        "LAMBDA_RESERVE_SECONDS",
        0.5,
        "How long before Lambda's own deadline a request is answered with 504.",
        low=0,
        ours=True,
    )
    lambda_json_errors: bool = setting(
        "LAMBDA_JSON_ERRORS",
        False,
        "Errors as JSON with status, code, message and request id, as the Serverless Image Handler "
        "has them, not as a line of text.",
        ours=True,
    )
    lambda_links: str = setting(
        "LAMBDA_LINKS",
        "thumbor",
        "Links that are understood: `thumbor`; `sih3`, those of version 3.1 of the Serverless "
        "Image Handler, which leave `/unsafe` out; `sih`, those of its versions 4 to 7.",
        choices=("thumbor", "sih3", "sih"),
        ours=True,
    )
    lambda_link_buckets: tuple[str, ...] = setting(
        "LAMBDA_LINK_BUCKETS",
        (),
        "Buckets that links of `sih` may name, the first one for those that name none; None: the "
        "loader's own.",
        ours=True,
    )
    lambda_rewrites: Sequence[Any] = setting(
        "LAMBDA_REWRITES",
        (),
        "A list of (pattern, text): a path is changed by the first that changes it, before it is "
        "read as a link of `sih3` or `sih`.",
        check=check_rewrites,
        ours=True,
    )
    lambda_link_key: str | None = setting(
        "LAMBDA_LINK_KEY",
        None,
        "Key of the signatures in the query of links of `sih`; None asks for none.",
        secret=True,
        ours=True,
    )
    lambda_secret: str | None = setting(
        "LAMBDA_SECRET",
        None,
        "Name or ARN of a secret in Secrets Manager, a JSON object; LAMBDA_SECRET_FIELDS says "
        "which of its fields are keys. Both are read from the environment only.",
        ours=True,
    )
    lambda_secret_fields: Sequence[Any] = setting(
        "LAMBDA_SECRET_FIELDS",
        (("SECURITY_KEY", "SECURITY_KEY"),),
        "A list of (key, field): SECURITY_KEY or LAMBDA_LINK_KEY, and the secret's field.",
        check=check_pairs,
        ours=True,
    )
    lambda_fallback_image: str | None = setting(
        "LAMBDA_FALLBACK_IMAGE",
        None,
        "Source that is sent in the place of errors, as links name it: `bucket/key` where "
        "LAMBDA_LINK_BUCKETS is set, else a key.",
        ours=True,
    )
    lambda_fallback_status: int | None = setting(
        "LAMBDA_FALLBACK_STATUS",
        None,
        "Status that it is sent with; None for the error's.",
        low=200,
        high=599,
        ours=True,
    )
    rekognition_region: str | None = setting(
        "REKOGNITION_REGION",
        None,
        "Region of the Rekognition that looks for faces and contents for links of `sih` "
        "(`smartCrop`, `contentModeration`); `here` for the function's own, None for none.",
        ours=True,
    )
    lambda_results_bucket: str | None = setting(
        "LAMBDA_RESULTS_BUCKET",
        None,
        "Bucket that CloudFront asks before it asks the function: results are written there, "
        "under the names that CloudFront's function gives them.",
        ours=True,
    )
    lambda_purge_index: bool = setting(
        "LAMBDA_PURGE_INDEX",
        False,
        "Write an empty object for each source of such a result, so that they can be purged by "
        "source. Each costs a PUT. Needs CACHE_TAGS.",
        ours=True,
    )
    lambda_large_answers: tuple[str, ...] = setting(
        "LAMBDA_LARGE_ANSWERS",
        LARGE,
        "What is done about pictures that Lambda cannot answer with, the first that works: "
        "`store` writes them to LAMBDA_LARGE_BUCKET and redirects there, `shrink` encodes them "
        "again, within the limit. Otherwise 413.",
        check=check_ways,
        ours=True,
    )
    lambda_large_bucket: str | None = setting(
        "LAMBDA_LARGE_BUCKET",
        None,
        "Bucket for such pictures; None for LAMBDA_RESULTS_BUCKET.",
        ours=True,
    )
    lambda_large_prefix: str = setting(
        "LAMBDA_LARGE_PREFIX", "large/", "In front of their keys.", ours=True
    )
    lambda_large_url: str | None = setting(
        "LAMBDA_LARGE_URL",
        None,
        "Where clients find that bucket, as `https://cdn.example.com/`, or `/` on the same host; "
        "None for URLs that S3 signs.",
        ours=True,
    )
    lambda_large_seconds: int = setting(
        "LAMBDA_LARGE_SECONDS",
        300,
        "Seconds for which URLs that S3 signs are valid.",
        low=1,
        high=604800,
        ours=True,
    )
