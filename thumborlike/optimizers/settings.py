"""Keys of the optimizers."""

from __future__ import annotations

from dataclasses import dataclass

from thumborlike.settings.fields import setting


@dataclass(frozen=True, slots=True)
class OptimizerSettings:
    """Where the programs are, and how hard they try."""

    optimizer_timeout_seconds: float = setting(
        "OPTIMIZER_TIMEOUT_SECONDS",
        5.0,
        "Seconds an optimizer's program may take for one picture; then it is served as it was.",
        low=0.01,
        ours=True,
    )
    jpegtran_path: str = setting(
        "JPEGTRAN_PATH",
        "/usr/bin/jpegtran",
        "The program that makes JPEG smaller without loss.",
    )
    jpegtran_scans_file: str = setting(
        "JPEGTRAN_SCANS_FILE", "", "Script of scans for jpegtran; empty for its own."
    )
    oxipng_level: int = setting(
        "OXIPNG_LEVEL", 2, "Effort of oxipng: 0 is fastest, 6 smallest.", low=0, high=6, ours=True
    )
    pngquant_path: str = setting(
        "PNGQUANT_PATH",
        "/usr/bin/pngquant",
        "The program that gives PNG a palette.",
        ours=True,
    )
    pngquant_quality: int = setting(
        "PNGQUANT_QUALITY",
        80,
        "Quality that a palette must reach; pictures that cannot stay as they are.",
        low=0,
        high=100,
        ours=True,
    )
    pngquant_speed: int = setting(
        "PNGQUANT_SPEED", 3, "Speed of pngquant: 1 is best, 11 fastest.", low=1, high=11, ours=True
    )
    gifsicle_path: str = setting(
        "GIFSICLE_PATH",
        "/usr/bin/gifsicle",
        "The program that makes GIFs smaller.",
        ours=True,
    )
    gifsicle_lossy: int = setting(
        "GIFSICLE_LOSSY",
        0,
        "How much gifsicle may change GIFs to make them smaller; 0 for not at all.",
        low=0,
        high=1000,
        ours=True,
    )
    ffmpeg_path: str = setting(
        "FFMPEG_PATH",
        "/usr/local/bin/ffmpeg",
        "The program that makes videos of animations.",
    )


SETTINGS = OptimizerSettings
