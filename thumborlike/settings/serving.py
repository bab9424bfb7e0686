"""Settings of the service around the picture: who may ask, how it is told, what is kept."""

from __future__ import annotations

import re

from ..records import dataclass
from .fields import setting


def check_regular_expression(pattern: str) -> None:
    """The route must compile."""
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"a regular expression ({error})") from error


def check_header_value(value: str) -> None:
    """What a header can carry."""
    if not (value.isascii() and (value.isprintable() or not value)):
        raise ValueError("printable ASCII")


@dataclass(frozen=True, slots=True)
class SecuritySettings:
    """Who may ask for what."""

    security_key: str | bytes | None = setting(
        "SECURITY_KEY",
        None,
        "The secret that signs URLs. Without one only `unsafe` URLs are served.",
        secret=True,
    )
    allow_unsafe_url: bool = setting(
        "ALLOW_UNSAFE_URL", True, "Serve URLs that are not signed but say `unsafe`."
    )
    url_signer: str = setting("URL_SIGNER", "hmac_sha1", "The signer of URLs.")
    use_blacklist: bool = setting(
        "USE_BLACKLIST", False, "Keep a list of sources that are refused, edited by /blacklist."
    )
    stores_crypto_key_for_each_image: bool = setting(
        "STORES_CRYPTO_KEY_FOR_EACH_IMAGE",
        False,
        "Store the key beside each source, so that old URLs live on when the key changes.",
    )
    max_id_length: int = setting(
        "MAX_ID_LENGTH", 32, "Length of upload ids; 0 switches the look-up of uploads off.", low=0
    )

    @property
    def has_key(self) -> bool:
        """Whether URLs can be signed at all."""
        return bool(self.security_key)


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """What answers carry. Ages in seconds."""

    max_age: int = setting(
        "MAX_AGE", 86400, "Seconds a client may keep a picture; 0 sends no cache headers.", low=0
    )
    max_age_temp_image: int = setting(
        "MAX_AGE_TEMP_IMAGE", 0, "The same for pictures that are soon made better.", low=0
    )
    stale_max_age: int = setting(
        "STALE_MAX_AGE",
        60,
        "The same for pictures that are expired, or made of a source that is, because no newer "
        "one can be had.",
        low=0,
        ours=True,
    )
    enable_etags: bool = setting("ENABLE_ETAGS", True, "Send ETag and answer If-None-Match.")
    send_if_modified_last_modified_headers: bool = setting(
        "SEND_IF_MODIFIED_LAST_MODIFIED_HEADERS",
        False,
        "Send Last-Modified and answer If-Modified-Since.",
    )
    server_header: str | None = setting(
        "SERVER_HEADER",
        None,
        "What answers say in `Server`; empty for no such header. None for name and version, as "
        "Thumbor does.",
        check=check_header_value,
        ours=True,
    )
    cache_tags: bool = setting(
        "CACHE_TAGS",
        True,
        "Send Cache-Tag and Surrogate-Key with a hash of each source, by which CDNs can purge.",
        ours=True,
    )
    server_timing: bool = setting(
        "SERVER_TIMING",
        False,
        "Send Server-Timing with the milliseconds of each stage, which browsers show.",
        ours=True,
    )
    send_request_id: bool = setting(
        "SEND_REQUEST_ID",
        False,
        "Send the id by which the log calls a request, as X-Request-Id.",
        ours=True,
    )
    access_control_allow_origin_header: str | None = setting(
        "ACCESS_CONTROL_ALLOW_ORIGIN_HEADER",
        None,
        "Value of Access-Control-Allow-Origin; None (or False) sends none.",
    )
    meta_callback_name: str | None = setting(
        "META_CALLBACK_NAME", None, "Function that wraps /meta answers, as JSONP."
    )
    healthcheck_route: str = setting(
        "HEALTHCHECK_ROUTE",
        "/healthcheck/?",
        "Regular expression of the path that answers health checks.",
        check=check_regular_expression,
    )
    readiness_route: str = setting(
        "READINESS_ROUTE",
        "/readiness/?",
        "Regular expression of the path that says, beside the health check, whether requests "
        "should be sent here: 503 until workers are there, and from SIGTERM on. Empty for no such "
        "path.",
        check=check_regular_expression,
        ours=True,
    )
    readiness_storages: bool = setting(
        "READINESS_STORAGES",
        False,
        "Have that be 503, too, while STORAGE or RESULT_STORAGE do not answer. Servers that share "
        "a storage then all leave with it, though they could serve without.",
        ours=True,
    )


@dataclass(frozen=True, slots=True)
class StorageSettings:
    """Where pictures come from and are kept. Names as `plugins` resolves them."""

    loader: str = setting("LOADER", "http", "Where sources come from.")
    storage: str = setting("STORAGE", "file", "Where sources are kept.")
    storage_expiration_seconds: int | None = setting(
        "STORAGE_EXPIRATION_SECONDS",
        2_592_000,
        "Age at which a kept source is fetched again; None for never, 0 for always.",
        low=0,
    )
    source_failure_seconds: float = setting(
        "SOURCE_FAILURE_SECONDS",
        3.0,
        "Seconds for which the failure of an origin (not found, refused, broken, late) is its "
        "answer to further requests for that source; 0 to ask it each time.",
        low=0,
        ours=True,
    )
    stale_if_error_seconds: int = setting(
        "STALE_IF_ERROR_SECONDS",
        86400,
        "Seconds after its expiry for which a stored source or result is served if its origin "
        "fails or the server has too much to do; 0 for never.",
        low=0,
        ours=True,
    )
    stale_while_revalidate_seconds: int = setting(
        "STALE_WHILE_REVALIDATE_SECONDS",
        0,
        "Seconds after its expiry for which a stored result is served at once, and made anew "
        "behind the answer; 0 for never.",
        low=0,
        ours=True,
    )
    source_cache_bytes: int = setting(
        "SOURCE_CACHE_BYTES",
        0,
        "Bytes of stored sources that each process also keeps in memory, for storages that are "
        "far away; 0 for none. What comes from the loader alone is always loaded.",
        low=0,
        ours=True,
    )
    source_cache_seconds: float = setting(
        "SOURCE_CACHE_SECONDS",
        10.0,
        "Seconds after which a source in memory is read from STORAGE again.",
        low=0,
        ours=True,
    )
    overlay_cache_bytes: int = setting(
        "OVERLAY_CACHE_BYTES",
        8 * 1024 * 1024,
        "Bytes of pictures named by filters (watermarks) that each process keeps in memory; 0 for "
        "none. One may take a quarter of that.",
        low=0,
        ours=True,
    )
    overlay_cache_seconds: float = setting(
        "OVERLAY_CACHE_SECONDS",
        1.0,
        "Seconds for which a picture named by a filter is taken from memory before STORAGE or "
        "LOADER is asked again.",
        low=0,
        ours=True,
    )
    result_storage: str | None = setting(
        "RESULT_STORAGE", None, "Where finished pictures are kept; None for nowhere."
    )
    result_storage_expiration_seconds: int | None = setting(
        "RESULT_STORAGE_EXPIRATION_SECONDS",
        0,
        "Age at which a kept result is made again; None and 0 for never.",
        low=0,
    )
    result_storage_stores_unsafe: bool = setting(
        "RESULT_STORAGE_STORES_UNSAFE", False, "Keep results of unsigned URLs, too."
    )
    result_cache_bytes: int = setting(
        "RESULT_CACHE_BYTES",
        67_108_864,
        "Bytes of stored results that each process also keeps in memory, those asked for again "
        "and again; 0 for none. Without RESULT_STORAGE there are none.",
        low=0,
        ours=True,
    )
    result_cache_seconds: float = setting(
        "RESULT_CACHE_SECONDS",
        10.0,
        "Seconds after which a result in memory is read from RESULT_STORAGE again, in case it was "
        "replaced or removed there; 0 keeps none in memory.",
        low=0,
        ours=True,
    )
    result_locks: bool = setting(
        "RESULT_LOCKS",
        False,
        "Have one server make a result and the others wait for it, where several share the "
        "RESULT_STORAGE; it must be one that has locks: `redis`, or `tiered` with it.",
        ours=True,
    )
    result_lock_seconds: float = setting(
        "RESULT_LOCK_SECONDS",
        10.0,
        "Seconds to wait for the result of another server before making it here; two at most for "
        "one that has died.",
        low=0.1,
        ours=True,
    )
    storage_timeout_seconds: float = setting(
        "STORAGE_TIMEOUT_SECONDS",
        2.0,
        "Seconds one storage operation may take; a late one counts as a miss. 0 for no limit.",
        low=0,
        ours=True,
    )


@dataclass(frozen=True, slots=True)
class UploadSettings:
    """The upload API at /image. All of it is off by default."""

    upload_max_size: int = setting(
        "UPLOAD_MAX_SIZE",
        0,
        "Bytes an upload may have; 0 for no limit but MAX_SOURCE_SIZE.",
        low=0,
        aliases=("MAX_SIZE",),
    )
    upload_enabled: bool = setting(
        "UPLOAD_ENABLED", False, "Accept uploads.", aliases=("ENABLE_ORIGINAL_PHOTO_UPLOAD",)
    )
    upload_photo_storage: str | None = setting(
        "UPLOAD_PHOTO_STORAGE", "file", "Where uploads go.", aliases=("ORIGINAL_PHOTO_STORAGE",)
    )
    upload_delete_allowed: bool = setting(
        "UPLOAD_DELETE_ALLOWED",
        False,
        "Let DELETE remove uploads.",
        aliases=("ALLOW_ORIGINAL_PHOTO_DELETION",),
    )
    upload_put_allowed: bool = setting(
        "UPLOAD_PUT_ALLOWED",
        False,
        "Let PUT replace uploads.",
        aliases=("ALLOW_ORIGINAL_PHOTO_PUTTING",),
    )
    upload_default_filename: str = setting(
        "UPLOAD_DEFAULT_FILENAME", "image", "File name of uploads that bring none."
    )
    min_width: int = setting("MIN_WIDTH", 1, "Pixels an upload must be wide.", low=0)
    min_height: int = setting("MIN_HEIGHT", 1, "Pixels an upload must be high.", low=0)
