"""Keys of Thumbor's optimizers, which start other programs."""

from __future__ import annotations

from dataclasses import dataclass

from thumborlike.settings.fields import setting

NO_OPTIMIZER = "no optimizer comes with this version"


@dataclass(frozen=True, slots=True)
class OptimizerSettings:
    """Where the programs are."""

    jpegtran_path: str = setting(
        "JPEGTRAN_PATH",
        "/usr/bin/jpegtran",
        "The program that makes JPEG smaller without loss.",
        ignored=NO_OPTIMIZER,
    )
    jpegtran_scans_file: str = setting(
        "JPEGTRAN_SCANS_FILE",
        "",
        "Script of scans for jpegtran; empty for its own.",
        ignored=NO_OPTIMIZER,
    )
    ffmpeg_path: str = setting(
        "FFMPEG_PATH",
        "/usr/local/bin/ffmpeg",
        "The program that makes videos of animations.",
        ignored=NO_OPTIMIZER,
    )


SETTINGS = OptimizerSettings
