"""The answer to `meta/`: what was done to the picture, as JSON."""

from __future__ import annotations

import json

from ..geometry import Operation, Plan
from ..interfaces import FocalPoint

PNG_TO_JPEG = Operation("auto_png_to_jpg_conversion")
"""An opaque PNG becomes a JPEG by AUTO_PNG_TO_JPG or `autojpg()`."""


def meta_json(
    source: str,
    size: tuple[int, int],
    plan: Plan,
    frames: int,
    own_size: tuple[int, int] | None = None,
    *,
    later: tuple[Operation, ...] = (),
    found: tuple[FocalPoint, ...] | None = None,
) -> bytes:
    """The document of `meta/`. Thumbor 7.8: keys and numbers in this order and form.

    `source` is the source's name and `size` the result's size, which Thumbor tells as the
    source's. `own_size`, the source's true size, is added where it is given. `later` are
    operations after the plan's, of which Thumbor reports `PNG_TO_JPEG` alone. `found` is what
    detection found, in pixels of the oriented source; it is told as `detect`, if there is any.
    """
    described = {
        "url": source,
        "width": size[0],
        "height": size[1],
        "frameCount": frames,
    }
    if own_size:
        described |= {"originalWidth": own_size[0], "originalHeight": own_size[1]}
    sized = any(each.values for each in plan.operations)
    target = plan.target if sized else size
    document: dict[str, dict[str, object]] = {
        "thumbor": {
            "source": described,
            "operations": [_operation(each) for each in (*plan.operations, *later)],
            "target": {"width": target[0], "height": target[1]},
            "focal_points": [_point(each) for each in plan.focal_points],
        }
    }
    if found:
        document["thumbor"]["detect"] = [_detected(each) for each in found]
    return json.dumps(document).encode()


def _detected(point: FocalPoint) -> dict[str, object]:
    left, top = point.x - point.width / 2, point.y - point.height / 2
    sides = left, top, left + point.width, top + point.height
    box = dict(zip(("left", "top", "right", "bottom"), sides, strict=True))
    rounded = {name: round(side, 1) for name, side in box.items()}
    return {"kind": point.origin, "confidence": round(point.confidence, 3), "box": rounded}


def _operation(operation: Operation) -> dict[str, object]:
    return {"type": operation.type, **dict(operation.values)}


def _point(point: FocalPoint) -> dict[str, object]:
    return {
        "x": point.x,
        "y": point.y,
        "z": point.weight,
        "height": point.height,
        "width": point.width,
        "origin": point.origin,
    }
