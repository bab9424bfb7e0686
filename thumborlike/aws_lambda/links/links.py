"""From a link of the Serverless Image Handler to a request of ours."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal

from ...errors import RequestError, UnsafeNotAllowed
from ...http.message import Request
from ...records import dataclass, field, replace
from ...url.compose import unsafe_path
from ...url.grammar import parse
from ...url.values import CropBox, ImageRequest
from .edits import Wanted, wanted_of
from .looks import Look, look_of
from .payload import Payload, payload_of
from .places import Places
from .rewrites import Rewrite, rewritten
from .signed import check_signature, fields_of, seconds_left
from .thumbor import image_of

Dialect = Literal["thumbor", "sih3", "sih"]
Signs = Callable[[str, str], bool]
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
SIZES = ("width", "height", "fit")
SWITCHES = ("rotate", "flip", "flop", "grayscale", "greyscale")
BRIEFLY = "max-age=60,public"
OVERRIDABLE = ("cache-control", "expires", "last-modified", "content-disposition",
               "content-language")  # fmt: skip
"""Headers that a link may set on its answer."""


@dataclass(frozen=True, slots=True)
class Translated:
    """`request` for the service; or `original`, the name of a source to be sent as it is.

    `headers` go onto a good answer. `look`: what is to be found out first, and then goes into
    `image`, of which `request` is made.
    """

    request: Request
    original: str | None = None
    headers: Mapping[str, str] = field(default_factory=lambda: NO_HEADERS)
    look: Look | None = None
    image: ImageRequest | None = None


@dataclass(frozen=True, slots=True)
class Links:
    """How links are read. `secret` signs them in the query, if there is one.

    `sih3` is Thumbor's language in which `/unsafe` may be left out, `sih` all of v4 to v7.
    """

    dialect: Dialect
    places: Places
    rewrites: tuple[Rewrite, ...] = ()
    secret: str | None = field(default=None, repr=False)
    unsafe: bool = True
    clock: Callable[[], float] = time.time

    def translated(self, request: Request, signs: Signs) -> Translated:
        """What is asked for. `signs` knows signatures of paths. Raises `RequestError`s."""
        if request.method not in ("GET", "HEAD"):
            return Translated(request)
        if self.dialect == "sih3":
            return Translated(self._implicit(request, signs))
        fields = fields_of(request.query)
        self._authorise(request, fields, signs)
        left = seconds_left(fields, self.clock())
        made = self._second(request, fields, signs)
        if left is None:
            return made
        headers = {**made.headers, "Cache-Control": f"max-age={left},public"}
        return replace(made, headers=headers)

    def _authorise(self, request: Request, fields: Mapping[str, str], signs: Signs) -> None:
        """By the path's signature or the query's; ALLOW_UNSAFE_URL does without either."""
        if _signed_part(request.path, signs) is not None:
            return
        if self.secret is not None:
            check_signature(request, fields, self.secret)
        elif not self.unsafe:
            raise UnsafeNotAllowed("unsafe URLs are switched off, sign this one")

    def _implicit(self, request: Request, signs: Signs) -> Request:
        """v3.1: with ALLOW_UNSAFE_URL no path has a signature or says `unsafe`."""
        path = rewritten(request.path, self.rewrites)
        if self.unsafe and not _is_explicit(path, signs):
            path = "/unsafe" + path
        return replace(request, path=path)

    def _second(self, request: Request, fields: Mapping[str, str], signs: Signs) -> Translated:
        payload = payload_of(request.path)
        if payload:
            return self._edited(request, payload, fields)
        path = rewritten(request.path, self.rewrites)
        signed = _signed_part(path, signs)
        image = image_of(path if signed is None else signed, self.places)
        edits = _from_query(fields)
        if edits:
            image = _combined(image, self._wanted(edits, fields.get("format")))
        return self._asking(request, image)

    def _edited(self, request: Request, payload: Payload, fields: Mapping[str, str]) -> Translated:
        name = self.places.name(payload.bucket, payload.key)
        more = _from_query(fields)
        resize = {**(payload.edits.get("resize") or {}), **more.pop("resize", {})}
        edits = {**payload.edits, **more, **({"resize": resize} if resize else {})}
        output = fields.get("format") or payload.output_format
        headers = {
            each.title(): value
            for each, value in payload.headers.items()
            if each.lower() in OVERRIDABLE and value.isprintable()
        }
        if not edits and not output:
            return Translated(request, name, headers)
        image = _combined(_plain(name), self._wanted(edits, output))
        made = replace(self._asking(request, image), headers=headers)
        return replace(made, look=look_of(edits, name), image=image)

    def _wanted(self, edits: Mapping[str, Any], output: str | None) -> Wanted:
        return wanted_of(edits, output, self.places.name)

    def _asking(self, request: Request, image: ImageRequest) -> Translated:
        return Translated(replace(request, path=unsafe_path(image), trusted=True))


def looked(
    translated: Translated, box: Sequence[int] | None, blur: float | None, *, lasts: bool = True
) -> Translated:
    """The same with what was found: a box to cut to, and how much is to be blurred.

    `lasts` False: it may be found out better in a moment.
    """
    image = translated.image
    assert image is not None
    if box is not None:
        image = replace(image, crop=CropBox(*box), smart=False)
    if blur is not None:
        call = f"blur({min(150, max(1, round(3 * blur)))},{blur:g})"
        image = replace(image, filters=":".join(filter(None, (image.filters, call))))
    headers = translated.headers if lasts else {**translated.headers, "Cache-Control": BRIEFLY}
    request = replace(translated.request, path=unsafe_path(image))
    return replace(translated, request=request, headers=headers, look=None)


def _plain(name: str) -> ImageRequest:
    return ImageRequest(path="", signature=None, unsafe=True, signed_part="", source=name)


def _combined(image: ImageRequest, wanted: Wanted) -> ImageRequest:
    """The image with what is wanted besides; sizes of it count more."""
    calls = ":".join(filter(None, (image.filters, *wanted.filters)))
    sized = wanted.width or wanted.height
    return replace(
        image,
        trim=wanted.trim or image.trim,
        crop=wanted.crop or image.crop,
        fit=wanted.fit if sized else image.fit,
        width=wanted.width if sized else image.width,
        height=wanted.height if sized else image.height,
        flip_horizontal=wanted.flip_horizontal or image.flip_horizontal,
        flip_vertical=wanted.flip_vertical or image.flip_vertical,
        halign=wanted.halign if sized else image.halign,
        valign=wanted.valign if sized else image.valign,
        smart=wanted.smart or image.smart,
        filters=calls,
    )


def _from_query(fields: Mapping[str, str]) -> dict[str, Any]:
    """v7's edits in the query."""
    edits: dict[str, Any] = {name: fields[name] for name in SWITCHES if name in fields}
    for name in ("flip", "flop", "grayscale", "greyscale"):
        if name in edits:
            edits[name] = edits[name].lower() in ("", "true", "1")
    resize = {name: fields[name] for name in SIZES if fields.get(name)}
    if resize:
        edits["resize"] = resize
    if fields.get("format"):
        edits["toFormat"] = fields["format"]
    return edits


def _is_explicit(path: str, signs: Signs) -> bool:
    try:
        image = parse(path)
    except RequestError:
        return False
    return image.unsafe or (
        image.signature is not None and signs(image.signature, image.signed_part)
    )


def _signed_part(path: str, signs: Signs) -> str | None:
    """What is signed in Thumbor's way; None if nothing is."""
    try:
        image = parse(path)
    except RequestError:
        return None
    signed = image.signature is not None and signs(image.signature, image.signed_part)
    return image.signed_part if signed else None
