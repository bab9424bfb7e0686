"""A picture that is made to tell how: the facts of its source, its plan, its format, its stages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..errors import ThumborlikeError
from ..formats import BY_WORD
from ..geometry import Plan, SourceInfo
from ..interfaces import Optimizer, Source
from ..job import Job, Output, Result
from .choice import encodes, own_format
from .picture import Picture
from .render import render
from .watching import Stopwatch


def explain_picture(
    source: Source,
    overlays: Mapping[str, Source],
    job: Job,
    optimizers: tuple[Optimizer, ...] = (),
) -> Result:
    """A JSON document about the picture that the job describes, instead of the picture.

    Keys `source`, `plan`, `format`, `result`, `stages`, and `error` (`kind`, `reason`) where it
    could not be made, then without what was not found out.
    """
    notes = _Notes()
    try:
        made = render(source, overlays, job, optimizers, watch=notes)
        notes.told["result"] = {"bytes": len(made.body), "media_type": made.media_type}
        notes.told["result"] |= notes.size
    except ThumborlikeError as error:
        notes.told["error"] = {"kind": type(error).__name__, "reason": str(error)}
    notes.told["stages"] = dict(notes.stages)
    return Result(json.dumps(notes.told).encode(), "application/json")


class _Notes(Stopwatch):
    """Keeps what it is told, as plain values."""

    def __init__(self) -> None:
        super().__init__()
        self.told: dict[str, Any] = {}
        self.size: dict[str, Any] = {}

    def planned(self, info: SourceInfo, orders: Plan) -> None:
        self.told["source"] = {
            "format": info.format,
            "width": info.width,
            "height": info.height,
            "mode": info.mode,
            "orientation": info.orientation,
            "frames": info.frames,
        }
        self.told["plan"] = _plan(orders)

    def chosen(self, picture: Picture, name: str, job: Job, output: Output) -> None:
        width, height = picture.size
        self.size = {"width": width, "height": height, "frames": len(picture.frames)}
        self.told["format"] = {"chosen": name, "why": _why(name, picture, job, output)}


def _plan(orders: Plan) -> dict[str, Any]:
    left, top, right, bottom = orders.box
    width, height = orders.size
    return {
        "box": {"left": left, "top": top, "right": right, "bottom": bottom},
        "size": {"width": width, "height": height},
        "scale": {
            "across": round(width / (right - left), 6),
            "down": round(height / (bottom - top), 6),
        },
        "orientation": orders.orientation,
        "flip": {"horizontal": orders.flip_horizontal, "vertical": orders.flip_vertical},
        "reduced_decode_possible": orders.reducible,
        "operations": [{"type": each.type, **dict(each.values)} for each in orders.operations],
        "focal_points": [
            {"x": each.x, "y": each.y, "weight": each.weight, "origin": each.origin}
            for each in orders.focal_points
        ],
    }


def _why(name: str, picture: Picture, job: Job, output: Output) -> str:
    """Why the result has this format, in words."""
    asked = output.format
    if asked == name:
        return "format() asks for it"
    instead = f"; format({asked}) was asked for, but nothing here writes that" if asked else ""
    own = picture.origin.format
    if name in job.negotiated.formats and name != own_format(own):
        return f"the client accepts it, and settings prefer it to {own}{instead}"
    if name == "jpeg" and own in ("png", "svg") and not picture.animated:
        return f"an opaque picture becomes JPEG by AUTO_PNG_TO_JPG or autojpg(){instead}"
    if name == own:
        return f"it is the source's own{instead}"
    known = own in BY_WORD and encodes(own)
    reason = "is not sent as it is" if known else "is not written here"
    return f"{own} {reason}{instead}"
