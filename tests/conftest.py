"""Options of the whole suite."""

import sys

FAST = ("cykooz_resizer", "zlib_ng", "numpy", "pyjpegxl")
"""Packages of the extra `fast`, and one of another extra that needs numpy."""


def pytest_addoption(parser):
    parser.addoption(
        "--plain",
        action="store_true",
        help="as if the extra `fast` were not installed: Pillow alone makes the pictures",
    )


def pytest_configure(config):
    if config.getoption("plain"):
        for name in FAST:
            sys.modules[name] = None  # neither found nor imported
