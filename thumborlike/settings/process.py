"""Settings of the running process: limits, plugins, log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..records import dataclass
from .fields import setting

FILTERS = (
    "brightness", "colorize", "contrast", "rgb", "round_corner", "quality", "noise", "watermark",
    "equalize", "fill", "sharpen", "strip_exif", "strip_icc", "frame", "grayscale", "rotate",
    "format", "max_bytes", "convolution", "blur", "extract_focal", "focal", "no_upscale",
    "saturation", "max_age", "curve", "background_color", "upscale", "proportion", "stretch",
)  # fmt: skip
"""Thumbor 7.8's default, in its order; `autojpg` and `redeye` exist and are off."""

NEW_FILTERS = (
    "attachment", "crop", "draw_detections", "duotone", "expire", "face_zoom", "hue", "image",
    "invert", "label", "lossless", "max_frames", "median", "opacity", "orient", "padding", "page",
    "pixelate", "preview", "redact", "text", "threshold", "trim",
)  # fmt: skip
"""Filters that Thumbor does not know; THUMBOR_QUIRKS switches them off."""


LEGACY = "callback-style modules of Thumbor before version 7 are not supported"


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """What one request may cost. Sizes in bytes, times in seconds, 0 for no limit."""

    max_source_size: int = setting(
        "MAX_SOURCE_SIZE",
        104_857_600,
        "Bytes a source may have, counted while it is read; 0 for no limit.",
        low=0,
        ours=True,
    )
    max_filters: int = setting(
        "MAX_FILTERS", 50, "Filters that one URL may call; 0 for no limit.", low=0, ours=True
    )
    max_overlays: int = setting(
        "MAX_OVERLAYS",
        10,
        "Further pictures that the filters of one URL may fetch; 0 for no limit.",
        low=0,
        ours=True,
    )
    max_image_depth: int = setting(
        "MAX_IMAGE_DEPTH",
        2,
        "How deep `image()` may put pictures into pictures; 0 for not at all.",
        low=0,
        high=10,
        ours=True,
    )
    max_url_length: int = setting(
        "MAX_URL_LENGTH", 16384, "Bytes of a request target; 0 for no limit.", low=0, ours=True
    )
    workers: int = setting(
        "WORKERS",
        0,
        "Pictures that are worked on at once; 0 for one per core.",
        low=0,
        high=1024,
        ours=True,
    )
    engine_threadpool_size: int = setting(
        "ENGINE_THREADPOOL_SIZE",
        0,
        "Thumbor's name for the number of worker threads; WORKERS wins, 0 leaves it to WORKERS.",
        low=0,
        high=1024,
    )
    queue_size: int | None = setting(
        "QUEUE_SIZE",
        None,
        "Pictures that may wait for a worker; if one more comes, the dearest and newest of the "
        "host or client that asks for most is refused with 503. None for 256 per worker, 0 for no "
        "limit.",
        low=0,
        ours=True,
    )
    queue_bytes: int = setting(
        "QUEUE_BYTES",
        268_435_456,
        "Bytes of sources that pictures which wait for a worker may hold together; then as with "
        "QUEUE_SIZE. 0 for no limit.",
        low=0,
        ours=True,
    )
    working_memory_bytes: int | None = setting(
        "WORKING_MEMORY_BYTES",
        None,
        "Bytes that pictures may take together, by estimate, while they are made; what does not "
        "fit waits, what is larger than all of it is made alone. None for 256 MiB per worker, 0 "
        "for no limit.",
        low=0,
        ours=True,
    )
    max_requests_per_client: int = setting(
        "MAX_REQUESTS_PER_CLIENT",
        0,
        "Pictures that one client address may wait for at the same time, in each process; one more "
        "is refused with 429. Hits do not count. 0 for no limit; see TRUSTED_PROXIES.",
        low=0,
        ours=True,
    )
    queue_timeout_seconds: float = setting(
        "QUEUE_TIMEOUT_SECONDS",
        10.0,
        "Seconds a picture may wait for a worker; 0 for no limit.",
        low=0,
        ours=True,
    )
    decoded_cache_bytes: int = setting(
        "DECODED_CACHE_BYTES",
        67_108_864,
        "Bytes of decoded sources that each worker process keeps for a moment, so that a page that "
        "wants one picture in several sizes and formats has it decoded once; 0 for none. One "
        "source may take half of it.",
        low=0,
        ours=True,
    )
    decoded_cache_seconds: float = setting(
        "DECODED_CACHE_SECONDS",
        20.0,
        "Seconds after its last use when a decoded source is given up; 0 keeps none.",
        low=0,
        ours=True,
    )
    processing_timeout_seconds: float = setting(
        "PROCESSING_TIMEOUT_SECONDS",
        15.0,
        "Seconds the work on one picture may take; 0 for no limit.",
        low=0,
        ours=True,
    )
    request_timeout_seconds: float = setting(
        "REQUEST_TIMEOUT_SECONDS",
        30.0,
        "Seconds a whole request may take, waiting included; 0 for no limit.",
        low=0,
        ours=True,
    )


@dataclass(frozen=True, slots=True)
class ExtensionSettings:
    """Which plugins run. Names as `plugins` resolves them."""

    filters: tuple[str, ...] = setting(
        "FILTERS", (*FILTERS, *NEW_FILTERS), "The filters that URLs may call."
    )
    detectors: tuple[str, ...] = setting(
        "DETECTORS",
        (),
        "Detectors that `smart` asks, one after the other, until one finds something.",
    )
    optimizers: tuple[str, ...] = setting(
        "OPTIMIZERS",
        (),
        "Optimizers that encoded pictures pass through: jpegtran, mozjpeg, oxipng, pngquant, "
        "gifsicle, gifv.",
    )
    metrics: str = setting("METRICS", "logger", "Where counters and timings go.")
    handler_lists: tuple[str, ...] = setting(
        "HANDLER_LISTS",
        ("healthcheck", "upload", "blacklist"),
        "Endpoints beside pictures, in the order in which they are asked; replaces the default.",
    )
    app_class: str = setting(
        "APP_CLASS",
        "thumborlike",
        "Thumbor's application class.",
        ignored="there is one application; behaviour is extended through plugins",
    )
    engine: str = setting(
        "ENGINE",
        "pil",
        "Thumbor's imaging engine.",
        ignored="there is one engine, built on Pillow",
    )
    gif_engine: str = setting(
        "GIF_ENGINE",
        "gif",
        "Thumbor's engine for GIFs.",
        ignored="there is one engine, built on Pillow, for all formats",
    )
    use_custom_error_handling: bool = setting(
        "USE_CUSTOM_ERROR_HANDLING", False, "Tell ERROR_HANDLER_MODULE of unexpected errors."
    )
    error_handler_module: str = setting(
        "ERROR_HANDLER_MODULE", "sentry", "Who is told of unexpected errors."
    )
    compatibility_legacy_loader: str | None = setting(
        "COMPATIBILITY_LEGACY_LOADER", None, "A loader for Thumbor before 7.", ignored=LEGACY
    )
    compatibility_legacy_storage: str | None = setting(
        "COMPATIBILITY_LEGACY_STORAGE", None, "A storage for Thumbor before 7.", ignored=LEGACY
    )
    compatibility_legacy_result_storage: str | None = setting(
        "COMPATIBILITY_LEGACY_RESULT_STORAGE",
        None,
        "A result storage for Thumbor before 7.",
        ignored=LEGACY,
    )


@dataclass(frozen=True, slots=True)
class LoggingSettings:
    """How the log looks."""

    thumbor_log_config: Mapping[str, Any] | None = setting(
        "THUMBOR_LOG_CONFIG",
        None,
        "A dictionary for Python's logging.config.dictConfig; replaces the other log keys.",
    )
    thumbor_log_format: str = setting(
        "THUMBOR_LOG_FORMAT",
        "%(asctime)s %(name)s:%(levelname)s %(message)s",
        "Form of a log line.",
    )
    thumbor_log_date_format: str = setting(
        "THUMBOR_LOG_DATE_FORMAT", "%Y-%m-%d %H:%M:%S", "Form of the dates in the log."
    )
    log_json: bool = setting(
        "LOG_JSON",
        False,
        "Each line of the log as a JSON object; replaces THUMBOR_LOG_FORMAT.",
        ours=True,
    )
    log_stages: bool = setting(
        "LOG_STAGES",
        False,
        "Write the milliseconds of each stage into the lines of the access log, too; JSON has them "
        "anyway.",
        ours=True,
    )
    open_telemetry: bool = setting(
        "OPEN_TELEMETRY",
        False,
        "Send traces by OpenTelemetry, as its variables say (OTEL_EXPORTER_OTLP_ENDPOINT and so "
        "on).",
        ours=True,
    )
    log_sample: float = setting(
        "LOG_SAMPLE",
        1.0,
        "Share of the answers below 500 that get a line in the access log, by chance.",
        low=0,
        high=1,
        ours=True,
    )
