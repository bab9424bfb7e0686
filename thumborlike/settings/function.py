"""Settings of the service in AWS Lambda."""

from __future__ import annotations

from ..records import dataclass
from .fields import setting

LARGE = ("store", "shrink")
"""What can be done about an answer that Lambda does not take."""


def check_ways(given: tuple[str, ...]) -> None:
    """Each must be one of `LARGE`."""
    if not set(given) <= set(LARGE):
        raise ValueError(f"a list of {', '.join(LARGE)}")


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
    lambda_results_bucket: str | None = setting(
        "LAMBDA_RESULTS_BUCKET",
        None,
        "Bucket that CloudFront asks before it asks the function: results are written there, "
        "under the names that CloudFront's function gives them.",
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
