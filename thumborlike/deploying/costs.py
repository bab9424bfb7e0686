"""What the stack costs, by arithmetic. List prices of us-east-1 in US dollars, November 2026."""

from __future__ import annotations

from ..records import dataclass

MILLION = 1_000_000
GB_OF_MB = 1 / 1024
HOURS = 730
"""A month."""


@dataclass(frozen=True, slots=True)
class Prices:
    """Dollars for a unit. Free tiers are left out."""

    gb_second_arm: float = 0.0000133334
    gb_second_x86: float = 0.0000166667
    lambda_requests: float = 0.20
    s3_get: float = 0.40
    s3_put: float = 5.00
    s3_gb_month: float = 0.023
    log_gb: float = 0.50
    http_api: float = 1.00
    rest_api: float = 3.50
    cloudfront_requests: float = 1.00
    edge_function: float = 0.10
    transfer_gb: float = 0.085
    detections: float = 1000.0
    secret_month: float = 0.40


@dataclass(frozen=True, slots=True)
class Load:
    """A month. `variants`: pictures made; `misses`: found in S3; `requests`: all, of viewers.

    `indexed`: what is made can be purged by source.
    """

    variants: float = 0
    misses: float = 0
    requests: float = 0
    seconds: float = 0.3
    memory_mb: float = 1769
    result_kb: float = 50
    log_kb: float = 1
    architecture: str = "arm64"
    front: str = "url"
    detections: float = 0
    indexed: bool = True


PRICES = Prices()


def making(load: Load, prices: Prices = PRICES) -> dict[str, float]:
    """Dollars for the pictures that are made.

    Each costs two GETs (one of them in vain), and a PUT; another one for the note of its source.
    """
    arm = load.architecture == "arm64"
    rate = prices.gb_second_arm if arm else prices.gb_second_x86
    front = {"url": 0.0, "http": prices.http_api, "rest": prices.rest_api}[load.front]
    count = load.variants / MILLION
    return {
        "Lambda, time": load.variants * load.seconds * load.memory_mb * GB_OF_MB * rate,
        "Lambda, requests": count * prices.lambda_requests,
        "API Gateway": count * front,
        "S3, requests": count * (2 * prices.s3_get + (1 + load.indexed) * prices.s3_put),
        "logs": load.variants * load.log_kb / MILLION * prices.log_gb,
        "Rekognition": load.detections / MILLION * prices.detections,
    }


def serving(load: Load, prices: Prices = PRICES) -> dict[str, float]:
    """Dollars for the pictures that are served."""
    transferred = load.requests * load.result_kb / MILLION
    return {
        "S3, results found": load.misses / MILLION * prices.s3_get,
        "CloudFront, requests": load.requests / MILLION * prices.cloudfront_requests,
        "CloudFront, its function": load.requests / MILLION * prices.edge_function,
        "CloudFront, transfer": transferred * prices.transfer_gb,
    }


def keeping(load: Load, prices: Prices = PRICES) -> dict[str, float]:
    """Dollars for what lies there, with all variants stored for the whole month."""
    stored = load.variants * load.result_kb / MILLION
    return {"S3, storage": stored * prices.s3_gb_month, "a secret": prices.secret_month}


def month(load: Load, prices: Prices = PRICES) -> float:
    """Dollars for a month."""
    return sum(sum(each(load, prices).values()) for each in (making, serving, keeping))


def fargate_idle(vcpu: float = 0.04048, gb: float = 0.004445, alb: float = 16.0) -> float:
    """Dollars for a month in which two tasks of 1 vCPU and 2 GB wait behind a load balancer."""
    return 2 * (vcpu + 2 * gb) * HOURS + alb
