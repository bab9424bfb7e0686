"""The demonstration: the bundled samples, uploads in memory, nothing but this machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote

from ..errors import ConfigurationError

LARGEST_UPLOAD = 32 * 1024 * 1024
"""Bytes of a picture that is dropped on the playground."""

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif")
VIEWS = ("300x200/smart", "fit-in/400x400/filters:grayscale()", "-200x200/filters:quality(60)")
"""What the URLs show, one view each: a crop, a whole picture in grey, a mirrored square."""


def samples() -> Path:
    """The folder of the samples. Raises `ConfigurationError` if it holds no picture."""
    folder = Path(str(files("thumborlike.web"))) / "samples"
    if not any(_pictures(folder)):
        raise ConfigurationError("the sample pictures are not installed")
    return folder


def overrides() -> Mapping[str, object]:
    """The keys that make a demonstration of any configuration."""
    return {
        "LOADER": "file",
        "FILE_LOADER_ROOT_PATH": str(samples()),
        "STORAGE": "memory",
        "ALLOW_UNSAFE_URL": True,
        "UPLOAD_ENABLED": True,
        "UPLOAD_PHOTO_STORAGE": "memory",
        "UPLOAD_MAX_SIZE": LARGEST_UPLOAD,
        "PLAYGROUND": True,
        "EXPLAIN": "all",
        "ERROR_PAGES": True,
        "SERVER_TIMING": True,
        "PLAYGROUND_PICTURES": [path.name for path in _pictures(samples())],
    }


def playground(address: str) -> str:
    """Where the playground is, on a server at `address`."""
    return f"{address}/playground"


def urls(address: str) -> Iterator[str]:
    """One URL for each view, on a server at `address` (`http://host:port`)."""
    names = [path.name for path in _pictures(samples())]
    for number, view in enumerate(VIEWS):
        yield f"{address}/unsafe/{view}/{quote(names[number % len(names)])}"


def _pictures(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
