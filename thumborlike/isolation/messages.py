"""What crosses between the server and a worker.

Requests are pickled: the worker trusts the server. Replies are JSON and bytes, checked value by
value: the server does not trust a worker that has met a stranger's picture.
"""

from __future__ import annotations

import json
import pickle
import struct
from collections.abc import Callable
from functools import partial
from typing import Any

from .. import errors
from ..interfaces import FocalPoint, Source
from ..job import Result, Sighting
from ..records import dataclass
from ..stages import IN_WORKER
from .passage import Passage

REQUEST = struct.Struct("<QQ")
"""Size of the passage, and number of lengths at its beginning; 0: forget what is kept."""

REPLY = struct.Struct("<QQQ")
"""Size of the passage, of the JSON at its beginning, and of the body that follows."""

GREETING = struct.Struct("<Q")
"""The process id of a worker that is ready."""

Size = tuple[int, int]


class Garbled(Exception):
    """A worker's reply is none."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a worker says: a value, or an error. `kept`: bytes of its decoded pictures.

    `spent`: it will take no more calls. `unexpected`: the trace of an error that nobody raises on
    purpose.
    """

    value: Result | Size | None = None
    error: errors.ThumborlikeError | None = None
    unexpected: str | None = None
    kept: int = 0
    spent: bool = False


@dataclass(frozen=True, slots=True)
class _Apart:
    """Stands for a source whose bytes are copied once, into the passage: their place in the row."""

    name: str
    modified: float | None
    number: int


def write_request(
    passage: Passage, function: Callable[..., Any], arguments: tuple[Any, ...]
) -> bytes:
    """Put a call into the passage; gives what tells the worker of it.

    Raises OSError if there is no memory for it, and what pickling raises.
    """
    bodies: list[bytes] = []
    apart = tuple(_without_bodies(each, bodies) for each in arguments)
    parts = [pickle.dumps((function, apart), protocol=5), *bodies]
    lengths = struct.pack(f"<{len(parts)}Q", *map(len, parts))
    passage.make_room(len(lengths) + sum(map(len, parts)))
    passage.write([lengths, *parts])
    return REQUEST.pack(passage.size, len(parts))


def read_request(
    passage: Passage, size: int, count: int
) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """The call that `write_request` has put there: function and arguments."""
    passage.reach(size)
    lengths = struct.unpack(f"<{count}Q", passage.read(0, 8 * count))
    parts, place = [], 8 * count
    for length in lengths:
        parts.append(passage.read(place, length))
        place += length
    function, apart = pickle.loads(parts[0])  # noqa: S301  (the server's own)
    return function, tuple(_with_bodies(each, parts[1:]) for each in apart)


def _without_bodies(argument: Any, bodies: list[bytes]) -> Any:
    """The argument with its sources, or those in it if it is a mapping, set apart."""
    if isinstance(argument, Source):
        bodies.append(argument.body)
        return _Apart(argument.name, argument.modified, len(bodies) - 1)
    if isinstance(argument, dict):
        return {name: _without_bodies(each, bodies) for name, each in argument.items()}
    return argument


def _with_bodies(argument: Any, bodies: list[bytes]) -> Any:
    if isinstance(argument, _Apart):
        return Source(argument.name, bodies[argument.number], argument.modified)
    if isinstance(argument, dict):
        return {name: _with_bodies(each, bodies) for name, each in argument.items()}
    return argument


def write_reply(passage: Passage, reply: Reply) -> bytes:
    """Put a reply into the passage; gives what tells the server of it."""
    body = reply.value.body if isinstance(reply.value, Result) else b""
    told = json.dumps({**_plain(reply), "kept": reply.kept, "spent": reply.spent}).encode()
    passage.make_room(len(told) + len(body))
    passage.write([told, body])
    return REPLY.pack(passage.size, len(told), len(body))


def read_reply(passage: Passage, head: bytes) -> Reply:
    """The reply that the worker says is there. Raises `Garbled`."""
    try:
        size, told, body = REPLY.unpack(head)
        passage.reach(size)
        values = json.loads(passage.read(0, told))
        return _reply(values, passage.read(told, body))
    except (struct.error, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Garbled("a worker's reply cannot be read") from error


def _plain(reply: Reply) -> dict[str, Any]:
    if reply.error is not None:
        said = [type(reply.error).__name__, str(reply.error), _cause(reply.error)]
        return {"error": said}
    if reply.unexpected is not None:
        return {"unexpected": reply.unexpected}
    if not isinstance(reply.value, Result):
        return {"size": reply.value}
    made = reply.value
    found = None if made.found is None else _seen(made.found)
    values = [made.media_type, made.animated, made.temporary, made.etag, made.reused, found]
    values += [[list(each) for each in times] for times in (made.stages, made.filters)]
    return {"result": values}


def _seen(found: Sighting) -> list[Any]:
    return [list(found.asked), list(found.size), [_told(each) for each in found.points]]


def _told(point: FocalPoint) -> list[Any]:
    sides = [point.x, point.y, point.weight, point.width, point.height]
    return [*sides, point.confidence, point.origin]


def _cause(error: BaseException) -> str | None:
    return repr(error.__cause__)[:500] if error.__cause__ else None


def _reply(values: dict[str, Any], body: bytes) -> Reply:
    read = partial(Reply, kept=_is(int, values["kept"]), spent=_is(bool, values["spent"]))
    if "error" in values:
        return read(error=_error(*values["error"]))
    if "unexpected" in values:
        return read(unexpected=_is(str, values["unexpected"]))
    if "size" in values:
        width, height = values["size"]
        return read((_is(int, width), _is(int, height)))
    return read(_result(body, *values["result"]))


def _result(body: bytes, *values: Any) -> Result:
    media_type, animated, temporary, etag, reused, found, stages, filters = values
    return Result(
        body,
        _is(str, media_type),
        animated=_is(bool, animated),
        temporary=_is(bool, temporary),
        found=None if found is None else _sighting(*found),
        etag=None if etag is None else _is(str, etag),
        reused=_is(bool, reused),
        stages=tuple(_stage(*each) for each in stages[: len(IN_WORKER)]),
        filters=tuple((_is(str, name), float(_is(float, took))) for name, took in filters),
    )


def _stage(name: Any, milliseconds: Any) -> tuple[str, float]:
    """Of the known names alone: they become part of a header."""
    if name not in IN_WORKER:
        raise ValueError("no stage of ours")
    return name, float(_is(float, milliseconds))


def _sighting(asked: Any, size: Any, points: Any) -> Sighting:
    width, height = size
    return Sighting(
        tuple(_point(*each) for each in points),
        tuple(_is(str, each) for each in asked),
        (_is(int, width), _is(int, height)),
    )


def _point(*values: Any) -> FocalPoint:
    *numbers, origin = values
    x, y, weight, width, height, confidence = map(float, numbers)
    return FocalPoint(x, y, weight, width, height, _is(str, origin), confidence)


class _InWorker(Exception):
    """Stands for the cause that an error has in the worker."""


def _error(name: Any, text: Any, cause: Any) -> errors.ThumborlikeError:
    kind = getattr(errors, _is(str, name), None)
    if not (isinstance(kind, type) and issubclass(kind, errors.ThumborlikeError)):
        raise ValueError("no error of ours")
    error = kind(_is(str, text))
    if cause is not None:
        error.__cause__ = _InWorker(_is(str, cause))
    return error


def _is(kind: type[Any], value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value
