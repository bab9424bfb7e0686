"""Pictures that filters put into others: made when their turn comes, each size once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PIL import Image

from ..errors import BadFilterArgument, ImageError, TooManyPixels
from ..interfaces import Source
from ..job import InnerJob, Job, Layout
from ..records import replace
from .color import displayable
from .picture import Picture

Size = tuple[int, int]


class Budget:
    """The pixels that all inner pictures of one result may have together; 0 for no limit."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._spent = 0

    def spend(self, size: Size) -> None:
        """Raises `TooManyPixels` once more than the budget is spent."""
        self._spent += size[0] * size[1]
        if self._most and self._spent > self._most:
            raise TooManyPixels("the pictures in the picture have more pixels than allowed")


Draw = Callable[[Source, Mapping[str, Source], Job, Budget], Picture]


class InnerPictures:
    """Gives the picture of a path to a filter, for an outer picture of some size.

    `draw` makes a job's picture out of its source. Raises `BadFilterArgument` where it cannot,
    and `TooManyPixels`.
    """

    def __init__(self, job: Job, sources: Mapping[str, Source], draw: Draw, budget: Budget) -> None:
        self._jobs = {each.path: each for each in job.inner}
        self._sources = sources
        self._draw = draw
        self._budget = budget
        self._made: dict[tuple[str, Layout], Image.Image] = {}

    def __call__(self, path: str, outer: Size) -> Image.Image:
        """The picture, with alpha as it has it, in a mode that filters take."""
        job = _for_size(self._jobs[path], outer)
        key = (path, job.layout)
        if key not in self._made:
            self._made[key] = self._picture(job)
        return self._made[key]

    def _picture(self, job: Job) -> Image.Image:
        try:
            source = self._sources[job.source.name]
            picture = self._draw(source, self._sources, job, self._budget)
        except TooManyPixels:
            raise
        except (ImageError, KeyError) as error:
            raise BadFilterArgument("a picture that a filter names cannot be read") from error
        self._budget.spend(picture.size)
        return displayable(picture.frames[0], picture.origin.icc)


def _for_size(inner: InnerJob, outer: Size) -> Job:
    """The job with its `full` sides in pixels, 1 at least."""
    layout = inner.job.layout
    if inner.less_width is not None:
        layout = replace(layout, width=max(outer[0] - inner.less_width, 1))
    if inner.less_height is not None:
        layout = replace(layout, height=max(outer[1] - inner.less_height, 1))
    return replace(inner.job, layout=layout)
