"""Thumbor's answers as data for the ordinary tests, which run without it."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Mapping

from thumborlike.batch.answers import Answer
from thumborlike.comparing.judging import LOSSY_TYPES, Verdict
from thumborlike.comparing.likeness import fingerprint, open_picture

from .cases import COMMON, CONFIGURATIONS, Case
from .servers import ROOT, VERSION

FILE = ROOT / "tests" / "golden" / "thumbor.json"
NOTE = "Written by `make golden` from the real Thumbor's answers; not to be edited."
TOLERANCES = {"lossy": {"mean": 3.0, "worst": 40}, "lossless": {"mean": 1.0, "worst": 8}}
"""Of fingerprints, 0 to 255: mean over a picture's bands, and of the worst value."""


HEADERS = frozenset({"vary", "cache-control", "etag", "expires", "last-modified"})


def telling(verdict: Verdict) -> bool:
    """Whether an answer is one that ours must be equal to: nothing in it differs on purpose."""
    if verdict.old.status != 200:
        return verdict.old.status != 0
    if any(each.field not in HEADERS for each in verdict.differences):
        return False
    alike = verdict.likeness
    bounds = TOLERANCES["lossy" if verdict.old.type in LOSSY_TYPES else "lossless"]
    return alike is None or (alike.mean <= bounds["mean"] / 2 and alike.worst <= bounds["worst"])


def write(answers: Iterable[tuple[Case, Answer]]) -> None:
    """Replace the golden file."""
    data = {
        "note": NOTE,
        "thumbor": VERSION,
        "tolerances": TOLERANCES,
        "common": dict(COMMON),
        "configurations": {name: dict(keys) for name, keys in CONFIGURATIONS.items()},
        "cases": {case.name: _record(case, answer) for case, answer in answers},
    }
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(data, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(f"{len(data['cases'])} answers, {FILE.stat().st_size // 1024} KB")


def _record(case: Case, answer: Answer) -> Mapping[str, object]:
    record: dict[str, object] = {
        "configuration": case.configuration,
        "path": case.path,
        "headers": dict(case.headers),
        "status": answer.status,
        "type": answer.type,
    }
    if answer.status == 200 and answer.type.startswith("image/"):
        return {**record, **_picture(answer)}
    if answer.status == 200 and answer.type == "application/json":
        record["json"] = json.loads(answer.body)
    return record


def _picture(answer: Answer) -> Mapping[str, object]:
    picture = open_picture(answer.body)
    small = fingerprint(picture)
    pixels = base64.b85encode(zlib.compress(small.tobytes(), 9)).decode("ascii")
    return {"size": picture.size, "mode": picture.mode, "small": small.size, "pixels": pixels}
