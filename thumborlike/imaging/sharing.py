"""Decoded pictures that several results are made of: a srcset ladder decodes its source once.

Kept for a short time are, of each still source, its pixels at the decoder's scales (whole, 1/2,
1/4, 1/8) and the finished pictures that formats and filters are made of. A smaller scale is
derived from a larger one where that is there: its pixels then differ from the decoder's own by
rounding (structural similarity 0.996 and more), while crops and sizes are exactly the same.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Sequence
from functools import partial

from PIL import Image

from ..errors import ImageError
from ..geometry import Plan, SourceInfo, plan
from ..job import Layout
from .deferred import Drawing
from .kept import Key, Shared, bytes_of, view
from .resize import carried_out, draft, made, reduce_decoding, reduction, turn_of

HALVES = (8.0, 4.0, 2.0, 1.0)
"""Scales that are derived from each other by averaging whole pixels."""

SCALE, MADE = "scale", "made"
"""What a kept picture is: the source's pixels, or a frame as a plan orders it."""

DECODE = "decode"


class Pixels:
    """What makes the frames of one result. This one keeps nothing."""

    reused = False
    """Whether nothing had to be decoded."""

    def made(
        self, image: Image.Image, orders: Plan, resample: int, icc: bytes | None
    ) -> Image.Image:
        """As `resize.made`: a picture that may be the caller's own, not to be drawn on."""
        return made(image, orders, resample, icc)


class SharedPixels(Pixels):
    """Looks among what is kept first, and keeps what it makes.

    `waiting`: what others are about to ask of the same source.
    """

    def __init__(
        self, shared: Shared, body: bytes, info: SourceInfo, waiting: Sequence[Layout]
    ) -> None:
        self._shared = shared
        self._body = body
        self._info = info
        self._waiting = waiting

    def made(
        self, image: Image.Image, orders: Plan, resample: int, icc: bytes | None
    ) -> Image.Image:
        """As `resize.made`; equal requests at the same time are one piece of work.

        Exact ones are made alone: what is kept may be derived from another scale.
        """
        if orders.exact:
            return made(image, orders, resample, icc)
        self.reused = True  # until something is decoded here
        self._known = self._shared.known(self._body)
        turn = turn_of(orders)
        key = (MADE, orders.box, orders.size, turn, orders.reducible, resample)
        work = partial(self._made, key, image, orders, resample, icc)
        return view(self._shared.flights.run((self._known.content, *key), work))

    def _made(
        self, key: Key, image: Image.Image, orders: Plan, resample: int, icc: bytes | None
    ) -> Image.Image:
        if found := self._shared.found(self._known, key):
            return found
        whole = image.size
        pixels = self._decoded(image, orders)
        done = carried_out(pixels, whole, orders, resample, icc)
        if done is not pixels:
            self._shared.keep(self._known, key, view(done))
        return done

    def _decoded(self, image: Image.Image, orders: Plan) -> Image.Image:
        """The source at a scale that suffices."""
        if isinstance(image, Drawing):
            reduce_decoding(image, orders)
            self.reused = False
            return image
        wanted = reduction(image, orders)
        least = math.ceil(image.width / wanted)
        if found := self._kept(wanted):
            return found
        decode = partial(self._decode, image, wanted)
        got = self._shared.flights.run((self._known.content, DECODE), decode)
        if got.width >= least:
            return self._kept(wanted) or view(got)
        return self._decode(image, wanted)  # another thread decoded less meanwhile

    def _decode(self, image: Image.Image, wanted: float) -> Image.Image:
        if found := self._kept(wanted):
            return found
        scale = self._worthwhile(image, wanted)
        draft(image, scale)
        image.load()
        self.reused = False
        pixels = view(image)
        self._shared.keep(self._known, (SCALE, scale), pixels)
        return self._kept(wanted) or view(pixels)

    def _kept(self, wanted: float) -> Image.Image | None:
        """The picture at this scale, as it is kept or derived from a larger one that is."""
        nearest = max(each for each in HALVES if each <= wanted)
        for scale in dict.fromkeys((wanted, *(each for each in HALVES if each <= wanted))):
            if found := self._shared.found(self._known, (SCALE, scale)):
                if scale in (wanted, nearest):
                    return view(found)
                smaller = found.reduce(int(nearest / scale))
                self._shared.keep(self._known, (SCALE, nearest), smaller)
                return view(smaller)
        return None

    def _worthwhile(self, image: Image.Image, wanted: float) -> float:
        """The scale to decode at: the largest that anybody waits for, if it can be kept.

        Where a smaller one is kept already, somebody climbs a ladder: then it is the whole.
        """
        climbing = any(key[0] is SCALE for key in tuple(self._known.pictures))
        least = 1.0 if climbing else min((wanted, *self._others(image)))
        larger = (each for each in reversed(HALVES) if least <= each < wanted)
        return next((each for each in larger if self._fits(image, each)), wanted)

    def _fits(self, image: Image.Image, scale: float) -> bool:
        size = math.ceil(image.width / scale), math.ceil(image.height / scale)
        return self._shared.fits(self._known, bytes_of(image.mode, size))

    def _others(self, image: Image.Image) -> Iterator[float]:
        for layout in tuple(self._waiting):
            with contextlib.suppress(ImageError):
                yield reduction(image, plan(layout, self._info))
