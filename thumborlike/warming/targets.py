"""From names and URLs to what is asked for: a path, and who asks. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from ..batch.asking import fit
from ..errors import ConfigurationError
from ..records import dataclass
from ..url.grammar import split

Sign = Callable[[str], str]
"""From the part that a signature covers to a path."""

_ABSOLUTE = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
_PROBE = "a.jpg"

BROWSERS = {
    "avif": "image/avif,image/webp,image/apng,image/*,*/*;q=0.8",
    "webp": "image/webp,image/*,*/*;q=0.8",
    "heif": "image/heif,image/webp,image/*,*/*;q=0.8",
    "png": "image/png,image/*,*/*;q=0.8",
    "jpeg": "image/jpeg,*/*;q=0.8",
    "plain": "*/*",
}
"""What those send as Accept that read a format, and the older ones."""

SPELLINGS = {"jpg": "jpeg", "heic": "heif"}


@dataclass(frozen=True, slots=True)
class Target:
    """One request: its path with leading slash, query included, and its Accept."""

    path: str
    accept: str = "*/*"

    @property
    def name(self) -> str:
        """A short name of its own."""
        text = f"{self.accept}\n{self.path}".encode("utf-8", "surrogateescape")
        return hashlib.blake2b(text, digest_size=9).hexdigest()


def accepts_of(text: str) -> tuple[str, ...]:
    """The Accept headers for `webp,avif`, or for a header itself. Raises `ConfigurationError`."""
    found = []
    for each in filter(None, (part.strip().lower() for part in text.split(","))):
        name = SPELLINGS.get(each, each)
        if name not in BROWSERS:
            raise ConfigurationError(f"--formats {each!r}: one of {', '.join(BROWSERS)} is meant")
        found.append(BROWSERS[name])
    return tuple(dict.fromkeys(found)) or (BROWSERS["plain"],)


def path_of(line: str, sign: Sign) -> str:
    """The path that a line of a list means.

    Of a URL its path and query; what begins with a slash as it is; all else is signed.
    """
    found = _ABSOLUTE.match(line)
    text = fit(line[found.end() :] if found else line)
    if not found and not text.startswith("/"):
        return sign(text)
    return text if text.startswith("/") else f"/{text}"


def check_template(template: str) -> str:
    """`300x200/smart`, without slashes around. Raises `ConfigurationError`."""
    text = template.strip().strip("/")
    for word in ("unsafe/", "http://", "https://"):
        if text.startswith(word):
            raise ConfigurationError(f"--path {template!r}: only sizes, crops and filters, please")
    groups = split(f"/unsafe/{text}/{_PROBE}" if text else f"/unsafe/{_PROBE}")
    image = (groups or {}).get("image", "")
    if image != _PROBE:
        part = image.removesuffix(f"/{_PROBE}")
        raise ConfigurationError(f"--path {template!r}: {part!r} would be a part of the name")
    return text


def crossed(sources: Iterable[str], templates: Sequence[str], sign: Sign) -> Iterator[str]:
    """A path for each source in each shape. `templates` have been checked."""
    for source in sources:
        for template in templates:
            name = _shielded(fit(source).replace("?", "%3F"))
            yield sign(f"{template}/{name}" if template else name)


def targets(paths: Iterable[str], accepts: Sequence[str]) -> Iterator[Target]:
    """Each path as each kind of browser asks for it, once."""
    seen: set[str] = set()
    for path in paths:
        for accept in accepts:
            target = Target(path, accept)
            if target.name not in seen:
                seen.add(target.name)
                yield target


def _shielded(source: str) -> str:
    """A source that begins like an option, `smart/a.jpg`, gets its first slash escaped."""
    groups = split(f"/unsafe/{source}") or {}
    return source if groups.get("image") == source else source.replace("/", "%2F", 1)
