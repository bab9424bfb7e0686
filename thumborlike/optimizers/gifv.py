"""Animated GIFs as video for URLs with `gifv()` or `gifv(webm)`, by the program ffmpeg.

Thumbor 7.8: H.264 for MP4, even sides, no sound, white under transparent pixels. Frames come
every 20 ms, the least that browsers show in a GIF: so each, also the last, lasts as long as in
the GIF; by itself ffmpeg ends a video soon after its last frame begins.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from thumborlike.interfaces import Environment

from ._programs import is_there, run
from .settings import SETTINGS as SETTINGS  # noqa: PLC0414
from .settings import OptimizerSettings

PICTURE = (
    "[0:v]fps=50:round=near,scale=trunc(iw/2)*2:trunc(ih/2)*2,format=rgba,split[under][over];"
    "[under]lutrgb=r=255:g=255:b=255:a=255[white];[white][over]overlay,format=yuv420p"
)
RATE = ("-crf", "23", "-qmin", "10", "-qmax", "42")
CODECS = {
    "mp4": (
        "-c:v", "libx264", "-profile:v", "baseline", "-level", "4.0", "-maxrate", "500k",
        "-bufsize", "1000k", "-movflags", "+faststart",
    ),
    "webm": ("-c:v", "libvpx-vp9", "-b:v", "500k", "-deadline", "realtime", "-cpu-used", "5"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gifv:
    """`program` is ffmpeg, "" if it is not there."""

    program: str
    seconds: float

    def optimize(self, media_type: str, body: bytes) -> bytes | None:
        """Nothing: pictures stay pictures unless the URL asks."""
        return None

    def video(self, body: bytes, kind: str) -> bytes | None:
        """The animated GIF as `mp4` or `webm`; None for other kinds and at failures."""
        if not self.program or kind not in CODECS:
            return None
        # the index of an MP4 comes first and is written last: that takes a file
        with tempfile.TemporaryDirectory(prefix="gifv-") as folder:
            result = Path(folder, f"video.{kind}")
            if run(self._command(kind, result), body, self.seconds) is None:
                return None
            return result.read_bytes() or None

    def _command(self, kind: str, result: Path) -> list[str]:
        quiet = ("-v", "error", "-nostats", "-threads", "1")
        source = ("-protocol_whitelist", "pipe", "-f", "gif", "-i", "pipe:0")
        wanted = ("-an", "-filter_complex", PICTURE, *CODECS[kind], *RATE, "-threads", "1")
        return [self.program, *quiet, *source, *wanted, "-f", kind, str(result)]


def create(env: Environment) -> Gifv:
    """The optimizer; without effect if the program is missing (Thumbor 7.8)."""
    keys = env.section(OptimizerSettings)
    found = is_there(keys.ffmpeg_path)
    return Gifv(keys.ffmpeg_path if found else "", keys.optimizer_timeout_seconds)
