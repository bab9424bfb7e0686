"""Names of plugins: what comes with the server, and what Thumbor calls the same things."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "loaders": "loader",
        "storages": "storage",
        "filters": "filter",
        "metrics": "metrics",
        "error_handlers": "error handler",
        "detectors": "detector",
        "optimizers": "optimizer",
        "signers": "signer",
        "handler_lists": "handler list",
        "engines": "engine",
        "apps": "application",
    }
)
"""The kinds of plugins, by the name of their folder or entry-point group; and one in words."""

BUILTIN: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "loaders": ("http", "https", "strict_https", "file", "file_http_fallback",
                    "multidir", "http_prefix", "chain", "router", "s3", "tc_aws",
                    "thumbor_aws", "gcs", "azure"),
        "storages": ("file", "no", "mixed", "memory", "redis", "tiered", "s3", "tc_aws",
                     "thumbor_aws", "gcs", "azure"),
        "metrics": ("logger", "statsd", "prometheus"),
        "error_handlers": ("sentry", "file"),
        "detectors": ("saliency", "face", "profile", "glasses", "feature", "queued_complete",
                      "queued_face", "queued_feature", "queued_sqs",
                      "rekognition", "http"),
        "optimizers": ("jpegtran", "mozjpeg", "oxipng", "pngquant", "gifsicle", "gifv"),
        "filters": (
            "attachment", "autojpg", "background_color", "blur", "brightness", "colorize",
            "contrast", "convolution", "cover", "crop", "curve",
            "draw_detections", "duotone", "equalize",
            "expire", "extract_focal", "face_zoom", "fill", "focal", "format", "frame", "gifv",
            "grayscale",
            "hue", "image", "invert", "label", "lossless", "max_age", "max_bytes", "max_frames",
            "median", "no_upscale", "noise", "opacity", "orient", "padding", "page", "pixelate",
            "preview", "proportion", "quality", "redact", "redeye", "rgb", "rotate",
            "round_corner", "saturation", "sharpen", "stretch", "strip_exif", "strip_icc",
            "text", "threshold", "trim", "upscale", "watermark",
        ),
    }
)  # fmt: skip
"""The modules that come with the server, in each folder of plugins."""

SECTIONS_ONLY: tuple[str, ...] = ("thumborlike.detectors.settings",)
"""Modules that declare settings which the plugins of a folder share."""

_FILTERS = (
    "autojpg", "background_color", "blur", "brightness", "colorize", "contrast", "convolution",
    "curve", "equalize", "extract_focal", "fill", "focal", "format", "frame",
    "grayscale", "max_age", "max_bytes", "no_upscale", "noise", "proportion", "quality",
    "redeye", "rgb", "rotate", "round_corner", "saturation", "sharpen", "stretch",
    "strip_exif", "strip_icc", "upscale", "watermark",
)  # fmt: skip
_DETECTORS = {
    "face_detector": "face",
    "feature_detector": "feature",
    "glasses_detector": "glasses",
    "profile_detector": "profile",
    "queued_detector.queued_complete_detector": "queued_complete",
    "queued_detector.queued_face_detector": "queued_face",
    "queued_detector.queued_feature_detector": "queued_feature",
    "queued_sqs_detector": "queued_sqs",
}

ALIASES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "thumbor.loaders.http_loader": ("loaders", "http"),
        "thumbor.loaders.https_loader": ("loaders", "https"),
        "thumbor.loaders.strict_https_loader": ("loaders", "strict_https"),
        "thumbor.loaders.file_loader": ("loaders", "file"),
        "thumbor.loaders.file_loader_http_fallback": ("loaders", "file_http_fallback"),
        "thumbor.storages.file_storage": ("storages", "file"),
        "thumbor.storages.no_storage": ("storages", "no"),
        "thumbor.storages.mixed_storage": ("storages", "mixed"),
        "thumbor.result_storages.file_storage": ("storages", "file"),
        "thumbor.result_storages.no_storage": ("storages", "no"),
        "thumbor.storages.redis_storage": ("storages", "redis"),
        "tc_redis.storages.redis_storage": ("storages", "redis"),
        "tc_redis.result_storages.redis_result_storage": ("storages", "redis"),
        "tc_aws.loaders.s3_loader": ("loaders", "tc_aws"),
        "tc_aws.loaders.presigning_loader": ("loaders", "tc_aws"),
        "tc_aws.storages.s3_storage": ("storages", "tc_aws"),
        "tc_aws.result_storages.s3_storage": ("storages", "tc_aws"),
        "thumbor_aws.loader": ("loaders", "thumbor_aws"),
        "thumbor_aws.storage": ("storages", "thumbor_aws"),
        "thumbor_aws.result_storage": ("storages", "thumbor_aws"),
        "thumbor_gcs.loader.gcs_loader": ("loaders", "gcs"),
        "thumbor_gcs.result_storage.gcs_result_storage": ("storages", "gcs"),
        "tc_multidir.loader": ("loaders", "multidir"),
        "tc_http_loader_prefix.loader": ("loaders", "http_prefix"),
        "thumbor.metrics.logger_metrics": ("metrics", "logger"),
        "thumbor.metrics.statsd_metrics": ("metrics", "statsd"),
        "tc_prometheus.metrics.prometheus_metrics": ("metrics", "prometheus"),
        "thumbor.error_handlers.sentry": ("error_handlers", "sentry"),
        "thumbor.error_handlers.file": ("error_handlers", "file"),
        "thumbor.optimizers.jpegtran": ("optimizers", "jpegtran"),
        "thumbor.optimizers.gifv": ("optimizers", "gifv"),
        "thumbor_plugins.optimizers.gifv": ("optimizers", "gifv"),
        "thumbor_plugins.optimizers.mozjpeg": ("optimizers", "mozjpeg"),
        "thumbor_plugins.optimizers.jpegrecompress": ("optimizers", "mozjpeg"),
        "thumbor_plugins.optimizers.optipng": ("optimizers", "oxipng"),
        "thumbor_plugins.optimizers.pngcrush": ("optimizers", "oxipng"),
        "thumbor_plugins.optimizers.pngquant": ("optimizers", "pngquant"),
        "thumbor.handler_lists.healthcheck": ("handler_lists", "healthcheck"),
        "thumbor.handler_lists.upload": ("handler_lists", "upload"),
        "thumbor.handler_lists.blacklist": ("handler_lists", "blacklist"),
        "thumbor.engines.pil": ("engines", "pil"),
        "thumbor.engines.gif": ("engines", "gif"),
        "thumbor.app.ThumborServiceApp": ("apps", "thumborlike"),
        "libthumbor.url_signers.base64_hmac_sha1": ("signers", "hmac_sha1"),
        **{f"thumbor.filters.{name}": ("filters", name) for name in _FILTERS},
        **{f"thumbor.detectors.{path}": ("detectors", name) for path, name in _DETECTORS.items()},
    }
)
"""Thumbor 7.8's dotted names: the group and the short name of what does the same here."""

INSTEAD: Mapping[str, str] = MappingProxyType(
    {
        "thumbor_gcs": "'gcs', with GCS_LOADER_BUCKET and GCS_RESULT_STORAGE_BUCKET",
        "thumbor_cloud_storage": "'gcs', with GCS_LOADER_BUCKET and GCS_RESULT_STORAGE_BUCKET",
        "tc_gcs": "'gcs', with GCS_LOADER_BUCKET, GCS_STORAGE_BUCKET, GCS_RESULT_STORAGE_BUCKET",
        "tc_mongodb": "'redis', 's3' or 'file'",
        "thumbor_memcached": "'memory' or 'redis'",
        "remotecv": "the detectors 'queued_face', 'queued_feature' or 'queued_complete'",
    }
)
"""Packages for Thumbor whose modules do not run here: what does the same."""


def instead_of(name: str) -> str | None:
    """What to write instead of a dotted name of such a package."""
    return INSTEAD.get(name.partition(".")[0]) if "." in name else None


def canonical(group: str, name: str) -> str:
    """The short name behind a name of Thumbor's; any other name as it is."""
    known_group, short = ALIASES.get(name, ("", name))
    return short if known_group == group else name


def planned(group: str) -> frozenset[str]:
    """Short names of a group that Thumbor's names lead to, whether built in or not."""
    return frozenset(short for known, short in ALIASES.values() if known == group)
