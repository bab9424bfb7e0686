"""Filters: a typed function and a phase. Parsing, validation and docs read the signature.

    @pixel_filter
    def vignette(frame: Frame, strength: Percent = 40) -> Frame: ...

    @request_filter
    def quality(job: Job, value: Natural) -> Job: ...

The decorated object is still the function: `vignette(frame, strength=80)`. A URL's calls are
bound to their filters by `bind` before anything is loaded; an unknown name or arguments that
do not fit drop the call silently, as in Thumbor 7.8.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, ParamSpec, TypeVar, overload

from .errors import BadFilterArgument, MalformedRequest
from .filter_calls import CallGrammar, joined, name_of, split_calls
from .filter_parameters import (
    INT_LIMIT,
    Color,
    Overlay,
    Parameter,
    Pattern,
    Processed,
    Range,
    Region,
    parameters_of,
    whole_number,
)
from .frame import Frame
from .job import Job
from .records import dataclass, replace
from .url.values import Trim

if TYPE_CHECKING:
    from PIL import Image

__all__ = [
    "BoundFilter",
    "Color",
    "Filter",
    "Frame",
    "Job",
    "Natural",
    "Overlay",
    "Parameter",
    "Pattern",
    "Percent",
    "Positive",
    "Processed",
    "Range",
    "Region",
    "Trim",
    "bind",
    "collect",
    "pixel_filter",
    "request_filter",
    "split_calls",
    "whole_number",
]

P = ParamSpec("P")
T = TypeVar("T")
Phase = Literal["request", "pixels"]

Size = tuple[int, int]
InnerPictures = Callable[[str, Size], "Image.Image"]
"""Path of a processed picture and the size of the picture that asks for it, to that picture."""

NO_OVERLAYS: Mapping[str, Image.Image] = MappingProxyType({})


class Filter(Generic[P, T]):
    """A declared filter: still callable and typed, and able to read its own arguments.

    `phase` is "request" (`Job -> Job`, pure, before loading) or "pixels" (`Frame -> Frame`,
    in a worker, per frame). Pickled by reference, so it must be found in its module under the
    function's name. `ours`: comes with the server and is unknown to Thumbor, so that
    THUMBOR_QUIRKS switches it off. `amplifies`: makes differences of a level visible, so that
    what comes before must be exact. `seeks`: what detection is to find for it, a kind or the name
    of the parameter that has the kind; it then runs before all others, so that it finds things
    where they are. `strict`: a call that does not fit is refused, where it would be dropped.
    """

    def __init__(
        self,
        function: Callable[P, T],
        phase: Phase,
        *,
        name: str = "",
        ours: bool = False,
        amplifies: bool = False,
        seeks: str = "",
        strict: bool = False,
    ) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.phase = phase
        self.name = name or function.__name__
        self.ours = ours
        self.amplifies = amplifies
        self.seeks = seeks
        self.strict = strict

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call the function itself."""
        return self.function(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<filter {self.name}, {self.phase}>"

    def __reduce__(self) -> str:
        return self.function.__qualname__

    @functools.cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """What follows the frame or job. Raises TypeError for types no URL can carry."""
        return parameters_of(self.function)

    @functools.cached_property
    def _grammar(self) -> CallGrammar:
        return CallGrammar(self.parameters, gaps=self.ours)

    @functools.cached_property
    def nests(self) -> bool:
        """Whether an argument may hold calls itself."""
        return any(each.type.nests for each in self.parameters)

    def parse(self, call: str) -> tuple[tuple[str, Any], ...] | None:
        """(name, value) of the arguments of `name(arguments)` as far as given.

        None if they do not fit in number, type or range. `call` must be of this filter.
        """
        texts = self._grammar.match(call)
        if texts is None:
            return None
        given = zip(self.parameters, texts, strict=False)
        try:
            return tuple(
                (each.name, each.type.convert(text))
                for each, text in given
                if text or not self.ours
            )
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class BoundFilter:
    """A filter with its arguments, as one URL calls it. Picklable."""

    filter: Filter[Any, Any]
    arguments: tuple[tuple[str, Any], ...]

    def overlays(self) -> tuple[str, ...]:
        """Names of the pictures that the arguments ask for."""
        return tuple(value.name for _, value in self.arguments if isinstance(value, Overlay))

    def processed(self) -> tuple[str, ...]:
        """Paths of the pictures that are to be made before the filter runs."""
        return tuple(value.path for _, value in self.arguments if isinstance(value, Processed))

    def sought(self) -> str:
        """What detection is to find for it: a kind, ALL or ANYTHING; empty for nothing."""
        values = {each.name: each.default for each in self.filter.parameters}
        values |= dict(self.arguments)
        return str(values.get(self.filter.seeks, self.filter.seeks))

    def apply(
        self,
        subject: T,
        overlays: Mapping[str, Image.Image] = NO_OVERLAYS,
        inner: InnerPictures | None = None,
    ) -> T:
        """Run on a `Frame` or `Job`, by `filter.phase`.

        `overlays` has the decoded picture of each name in `overlays()`; `inner` gives those of
        `processed()`. Raises what the filter raises: `BadFilterArgument`, `TooManyPixels`.
        """
        arguments = {name: _filled(value, overlays) for name, value in self.arguments}
        if isinstance(subject, Frame):
            arguments = {name: _made(value, subject, inner) for name, value in arguments.items()}
        changed: T = self.filter(subject, **arguments)
        return changed


def _filled(value: Any, overlays: Mapping[str, Image.Image]) -> Any:
    if not isinstance(value, Overlay):
        return value
    if value.name not in overlays:
        raise BadFilterArgument("the filter's picture is missing")
    return replace(value, image=overlays[value.name])


def _made(value: Any, frame: Frame, inner: InnerPictures | None) -> Any:
    if not isinstance(value, Processed):
        return value
    if inner is None:
        raise BadFilterArgument("the filter's picture is missing")
    return replace(value, image=inner(value.path, frame.image.size))


def calls_of(
    text: str, registry: Mapping[str, Filter[Any, Any]], *, quirks: bool = False
) -> list[str]:
    """The calls of a filter text; what stands in the brackets of one that nests stays there."""

    def nests(name: str) -> bool:
        found = registry.get(name)
        return found is not None and found.nests and not (quirks and found.ours)

    return joined(split_calls(text), nests)


def bind(
    text: str, registry: Mapping[str, Filter[Any, Any]], most: int = 0, *, quirks: bool = False
) -> tuple[BoundFilter, ...]:
    """The filters that a URL's filter text calls, in its order.

    `text` is percent-decoded, without `filters:`. Calls of unknown filters and calls whose
    arguments do not fit are left out; with `quirks` also those of filters that Thumbor does
    not know. Strict filters are not left out. Linear in the length of `text`. Raises
    `MalformedRequest` for more than `most` calls of any kind, before reading one, 0 for no limit;
    and `BadFilterArgument` for a call of a strict filter that cannot be run.
    """
    calls = calls_of(text, registry, quirks=quirks)
    if most and len(calls) > most:
        raise MalformedRequest(f"too many filters: {len(calls)}, allowed are {most}")
    bound: list[BoundFilter] = []
    for call in calls:
        found = registry.get(name_of(call))
        unknown = found is None or (quirks and found.ours)
        arguments = None if found is None or unknown else found.parse(call)
        if found is not None and arguments is not None:
            bound.append(BoundFilter(found, arguments))
        elif found is not None and found.strict:
            off = "is off with THUMBOR_QUIRKS" if unknown else "has arguments that do not fit"
            raise BadFilterArgument(f"{found.name}() {off}")
    return tuple(bound)


def collect(modules: Iterable[ModuleType]) -> Mapping[str, Filter[Any, Any]]:
    """Registry of the filters that these modules declare (not of those they import)."""
    return MappingProxyType(
        {
            value.name: value
            for module in modules
            for value in vars(module).values()
            if isinstance(value, Filter) and value.__module__ == module.__name__
        }
    )


Natural = Annotated[int, Range(0, INT_LIMIT)]
Positive = Annotated[int, Range(1, INT_LIMIT)]
Percent = Annotated[int, Range(0, 100)]


@overload
def pixel_filter(function: Callable[P, Frame], /) -> Filter[P, Frame]: ...
@overload
def pixel_filter(**traits: str | bool) -> Callable[[Callable[P, Frame]], Filter[P, Frame]]: ...
def pixel_filter(function: Callable[..., Frame] | None = None, /, **traits: str | bool) -> Any:
    """Declare a filter that changes pixels: `Frame -> Frame`, in a worker, per frame.

    `@pixel_filter`, or `@pixel_filter(name="...")` where URLs use another name;
    `@pixel_filter(amplifies=True)` where it makes small differences of its picture large. The
    other traits are those of `Filter`.
    """
    return _declare(function, "pixels", **traits)


@overload
def request_filter(function: Callable[P, Job]) -> Filter[P, Job]: ...
@overload
def request_filter(
    *, name: str = ..., ours: bool = ...
) -> Callable[[Callable[P, Job]], Filter[P, Job]]: ...
def request_filter(
    function: Callable[..., Job] | None = None, *, name: str = "", ours: bool = False
) -> Any:
    """Declare a filter that changes the request: `Job -> Job`, pure, before loading.

    `@request_filter`, or `@request_filter(name="...")` where URLs use another name.
    """
    return _declare(function, "request", name=name, ours=ours)


def _declare(function: Callable[..., Any] | None, phase: Phase, **traits: Any) -> Any:
    if function is None:
        return functools.partial(Filter, phase=phase, **traits)
    return Filter(function, phase, **traits)
