"""What `doctor` says of a configuration that lets strangers do more than they should."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from typing import Any

from ..isolation import calls, files
from ..settings.reader import PUBLISHED_KEY, Loaded
from ..settings.sections import SecuritySettings, Settings, UploadSettings, WorkerSettings
from .checks import Check

SHORT_KEY = 16
LIMITS = (
    ("imaging", "MAX_PIXELS"),
    ("imaging", "MAX_OUTPUT_PIXELS"),
    ("imaging", "MAX_ANIMATION_FRAMES"),
    ("imaging", "MAX_ANIMATION_PIXELS"),
    ("limits", "MAX_SOURCE_SIZE"),
    ("limits", "MAX_FILTERS"),
    ("limits", "MAX_OVERLAYS"),
    ("limits", "MAX_URL_LENGTH"),
    ("limits", "PROCESSING_TIMEOUT_SECONDS"),
    ("limits", "REQUEST_TIMEOUT_SECONDS"),
    ("limits", "QUEUE_TIMEOUT_SECONDS"),
    ("workers", "WORKER_MEMORY_LIMIT"),
)
"""Section and key of the limits that 0 switches off."""

LOADER_RULES = {
    "http_loader_block_private_networks": (
        False,
        "private networks are open: URLs can reach this machine, its network and the cloud's "
        "metadata",
        "set HTTP_LOADER_BLOCK_PRIVATE_NETWORKS = True and name what is needed in "
        "HTTP_LOADER_ALLOWED_NETWORKS",
    ),
    "http_loader_validate_certs": (
        False,
        "certificates of origins are not checked",
        "set HTTP_LOADER_VALIDATE_CERTS = True",
    ),
    "http_loader_forward_all_headers": (
        True,
        "the clients' headers are sent to every origin",
        "name the needed ones in HTTP_LOADER_FORWARD_HEADERS_WHITELIST",
    ),
    "file_loader_follow_symlinks": (
        True,
        "links lead the file loader out of its folder",
        "set FILE_LOADER_FOLLOW_SYMLINKS = False",
    ),
}
"""Attribute of a loader's settings -> the unsafe value, what follows from it, what to do."""


def safety(loaded: Loaded, loader_sections: tuple[Any, ...]) -> Iterator[Check]:
    """Every unsafe choice; `loader_sections` are the settings of the loaders in use."""
    settings = loaded.settings
    yield from _key(settings.security)
    yield from _workers(settings.workers)
    yield from _readable_key(loaded)
    yield from _limits(settings)
    for section in loader_sections:
        yield from _loader(section)
    yield from _writers(settings)


def _key(security: SecuritySettings) -> Iterator[Check]:
    key = security.security_key
    if not key:
        text = "no SECURITY_KEY: signed URLs are refused, only unsafe ones are served"
        yield Check("warning", text, "set SECURITY_KEY to a long random text")
    elif key in (PUBLISHED_KEY, PUBLISHED_KEY.encode()):
        text = "SECURITY_KEY is Thumbor's published default: anybody can sign URLs"
        yield Check("error", text, "set it to a long random text")
    elif len(key) < SHORT_KEY:
        text = f"SECURITY_KEY has only {len(key)} characters and can be guessed"
        yield Check("warning", text, f"take at least {SHORT_KEY} random ones")
    if security.allow_unsafe_url:
        text = "ALLOW_UNSAFE_URL is on: anybody can ask for any size of anything"
        yield Check("warning", text, "sign URLs and set ALLOW_UNSAFE_URL = False")


def _workers(workers: WorkerSettings) -> Iterator[Check]:
    """What holds a codec back that a picture has taken over."""
    if workers.worker_isolation == "thread":
        text = "pictures are decoded in the process that holds the key"
        yield Check("warning", text, "leave WORKER_ISOLATION alone, or set it to 'process'")
        return
    if not workers.worker_sandbox:
        yield Check("warning", "WORKER_SANDBOX is off: workers may read files and use the network")
        return
    if not calls.available():
        yield Check("note", "no seccomp here: workers may use the network")
    if not files.version():
        yield Check("note", "no Landlock here: workers may read what the server's user may read")


def _readable_key(loaded: Loaded) -> Iterator[Check]:
    path = loaded.path
    if not loaded.settings.security.security_key or not path or not path.is_file():
        return
    if path.stat().st_mode & stat.S_IROTH:
        text = f"{path} holds the key and can be read by every user of this machine"
        yield Check("warning", text, f"chmod o-r {path}")


def _limits(settings: Settings) -> Iterator[Check]:
    for section, key in LIMITS:
        if not getattr(getattr(settings, section), key.lower()):
            yield Check("warning", f"{key} is off: one request may cost anything")
    if settings.limits.queue_size == 0:
        yield Check("warning", "QUEUE_SIZE is off: overload is not refused but piles up")


def _loader(section: Any) -> Iterator[Check]:
    for attribute, (unsafe, text, advice) in LOADER_RULES.items():
        if getattr(section, attribute, None) is unsafe:
            yield Check("warning", text, advice)
    if getattr(section, "allowed_sources", None) in ((), None) and hasattr(
        section, "allowed_sources"
    ):
        text = "ALLOWED_SOURCES is empty: pictures may come from any public host"
        yield Check("warning", text, "name the hosts that your pictures come from")


def _writers(settings: Settings) -> Iterator[Check]:
    if settings.upload.upload_enabled:
        allowed = ", ".join(_methods(settings.upload))
        text = f"the upload API asks nobody who they are and lets them {allowed}"
        yield Check("warning", text, "let only your own network reach /image")
    if settings.security.use_blacklist:
        text = "anybody can add to the block list"
        yield Check("warning", text, "let only your own network send PUT to /blacklist")


def _methods(upload: UploadSettings) -> Iterator[str]:
    yield "add pictures"
    if upload.upload_put_allowed:
        yield "replace them"
    if upload.upload_delete_allowed:
        yield "delete them"
