"""URLs of pictures on a server, one by one and in sets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any, cast

from ..errors import MalformedRequest
from ..signing import resolve_signer
from ..url.compose import signed_path, unsafe_path
from .options import Options, request

WIDTHS = (320, 640, 960, 1280, 1920)
FORMATS = ("avif", "webp")


class Images:
    """The pictures of one server.

    `server`: where clients find it, `https://img.example.com` or with a prefix behind it.
    `key`: its SECURITY_KEY, None for `unsafe` URLs; `signer`: its URL_SIGNER. Options of all
    methods are those of `Options`, by the names of libthumbor. They raise `MalformedRequest` for
    what no URL can say.
    """

    def __init__(
        self, server: str, key: str | bytes | None = None, signer: str = "hmac_sha1"
    ) -> None:
        self._server = server.rstrip("/")
        self._key = key
        self._signer = resolve_signer(signer)

    def __repr__(self) -> str:
        return f"Images({self._server!r})"

    def url(self, source: str, **options: Any) -> str:
        """The URL of one picture. `source` is not yet escaped."""
        wanted = request(source, cast(Options, options))
        if self._key is None:
            return self._server + unsafe_path(wanted)
        return self._server + signed_path(wanted, self._signer, self._key)

    def srcset(self, source: str, widths: Sequence[int] = WIDTHS, **options: Any) -> str:
        """The value of a `srcset`, a URL for each width.

        Where the options have width and height, their ratio is kept.
        """
        return ", ".join(f"{url} {width}w" for width, url in self._row(source, widths, options))

    def densities(self, source: str, densities: Sequence[float] = (1, 2), **options: Any) -> str:
        """The same for a picture of one size: a URL for each density of the screen (`1x`, `2x`)."""
        row = ((each, _times(options, each)) for each in densities)
        return ", ".join(f"{self.url(source, **wanted)} {each:g}x" for each, wanted in row)

    def picture(
        self,
        source: str,
        widths: Sequence[int] = WIDTHS,
        *,
        sizes: str = "100vw",
        formats: Sequence[str] = FORMATS,
        alt: str = "",
        attributes: dict[str, str] | None = None,
        **options: Any,
    ) -> str:
        """A `<picture>`: a `<source>` for each format, best first, and an `<img>` for the rest.

        All is escaped. `attributes` are further ones of the `<img>`: `{"loading": "lazy"}`.
        """
        sources = "".join(
            f'<source type="image/{each}" sizes="{escape(sizes)}" '
            f'srcset="{escape(self.srcset(source, widths, **_in_format(options, each)))}">'
            for each in formats
        )
        row = list(self._row(source, widths, options))
        traits = {
            "src": row[-1][1],
            "srcset": ", ".join(f"{url} {width}w" for width, url in row),
            "sizes": sizes,
            "alt": alt,
            **(attributes or {}),
        }
        written = "".join(f' {name}="{escape(value)}"' for name, value in traits.items())
        return f"<picture>{sources}<img{written}></picture>"

    def _row(
        self, source: str, widths: Sequence[int], options: dict[str, Any]
    ) -> Iterator[tuple[int, str]]:
        if not widths:
            raise MalformedRequest("at least one width is needed")
        for width in sorted(set(widths)):
            yield width, self.url(source, **_as_wide(options, width))


def _as_wide(options: dict[str, Any], width: int) -> dict[str, Any]:
    """The options for another width, at the ratio that they have."""
    own, high = options.get("width", 0), options.get("height", 0)
    if not isinstance(own, int) or not isinstance(high, int):
        raise MalformedRequest("pictures of several widths have no side 'orig'")
    height = max(1, round(abs(high) * width / abs(own))) if own and high else 0
    return {
        **options,
        "width": -width if own < 0 else width,
        "height": -height if high < 0 else height,
    }


def _times(options: dict[str, Any], density: float) -> dict[str, Any]:
    sides = {name: options[name] for name in ("width", "height") if options.get(name)}
    if not sides or not all(isinstance(each, int) for each in sides.values()):
        raise MalformedRequest("densities need a width or a height in pixels")
    return {**options, **{name: round(each * density) for name, each in sides.items()}}


def _in_format(options: dict[str, Any], name: str) -> dict[str, Any]:
    return {**options, "filters": (*options.get("filters", ()), f"format({name})")}
