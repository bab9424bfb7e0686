"""What others build upon: plugins, service files and scripts. Taking a name away is a decision."""

from __future__ import annotations

import configparser
import importlib
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

OPEN_TO_PLUGINS = {
    "thumborlike": {"__version__"},
    "thumborlike.interfaces": {
        "Address", "AnswersAtOnce", "Closes", "Detector", "Environment", "ErrorReporter",
        "FocalPoint", "Redirects", "Seen",
        "Gauges", "Holding", "KeepsTimes", "Key", "Kind", "Listens", "Loader", "LoadsAtOnce",
        "Locks", "MakesVideo", "Metrics",
        "Optimizer", "Purges", "Share", "Signer", "Source",
        "SourceRequest", "Storage", "Stored", "Tended", "VERSION",
        "no_headers",
    },
    "thumborlike.filtering": {
        "BoundFilter", "Color", "Filter", "Frame", "Job", "Natural", "Overlay", "Parameter",
        "Pattern", "Percent", "Positive", "Processed", "Range", "Region", "Trim", "bind", "collect",
        "pixel_filter", "request_filter", "split_calls", "whole_number",
    },
    "thumborlike.settings.fields": {"Setting", "setting"},
    "thumborlike.errors": {
        "BadFilterArgument", "BadSignature", "BrokenImage", "ConfigurationError", "Expired",
        "ImageError",
        "MalformedRequest", "MethodNotAllowed", "NotAPicture", "NotAnImage", "NotSigned",
        "Overloaded", "PayloadTooLarge", "PayloadTooSmall", "ProcessingTimeout", "RequestError",
        "ServerError", "ShuttingDown", "SourceBlocked", "SourceEmpty", "SourceError",
        "SourceFailed", "SourceNotAllowed", "SourceNotFound", "SourceRefused", "SourceTimeout",
        "SourceBusy", "SourceForbidden",
        "SourceTooLarge", "StorageError", "ThumborlikeError", "TooManyPixels",
        "UnsafeNotAllowed", "UnsupportedFormat", "UploadNotFound", "UrlTooLong", "WorkerCrashed",
        "CannotPurge", "TooManyRequests", "AnswerTooLarge", "DetectionFailed", "DetectionQueued",
        "NoSuchPage", "SigningRefused",
    },
}  # fmt: skip

METHODS = {
    "Loader": ["allows", "load"],
    "LoadsAtOnce": ["load_at_once"],
    "Storage": ["delete", "get", "put"],
    "Closes": ["close"],
    "KeepsTimes": ["put_as_of"],
    "Locks": ["acquire", "extend", "release"],
    "Redirects": ["address", "look"],
    "Tended": ["prune", "stats"],
    "Signer": ["sign"],
    "Detector": ["detect"],
    "Optimizer": ["optimize"],
    "MakesVideo": ["video"],
    "Metrics": ["incr", "timing"],
    "Gauges": ["gauge"],
    "Listens": ["listened"],
    "ErrorReporter": ["report"],
    "Environment": ["loader", "max_source_size", "metrics", "quirks", "section", "storage"],
}

FLAGS = {
    "serve": "-p -i -f -c -k -l -a -d --port --ip --fd --conf --keyfile --log-level --app "
    "--debug --use-environment --processes --version --demo",
    "config": "--check",
}


@pytest.mark.parametrize("module", OPEN_TO_PLUGINS)
def test_plugins_find_these_names_and_no_others(module: str) -> None:
    assert _public(importlib.import_module(module)) == OPEN_TO_PLUGINS[module]


@pytest.mark.parametrize("protocol", METHODS)
def test_an_interface_asks_for_these_methods(protocol: str) -> None:
    kind = getattr(importlib.import_module("thumborlike.interfaces"), protocol)
    assert sorted(name for name in vars(kind) if not name.startswith("_")) == METHODS[protocol]


@pytest.mark.parametrize("command", FLAGS)
def test_commands_keep_their_flags(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    from thumborlike.cli import main

    with pytest.raises(SystemExit, match="0"):
        main([command, "--help"])
    told = capsys.readouterr().out.replace(",", " ").split()
    assert not [flag for flag in FLAGS[command].split() if flag not in told]


def test_the_command_and_the_extras_keep_their_names() -> None:
    setup = configparser.ConfigParser(interpolation=None)
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    scripts = setup["options.entry_points"]["console_scripts"].split("\n")
    assert "thumborlike = thumborlike.cli:main" in scripts
    assert {"s3", "sentry", "test", "dev"} <= set(setup["options.extras_require"])


def test_the_package_says_that_it_is_typed() -> None:
    assert (ROOT / "thumborlike" / "py.typed").exists()


def _public(module: types.ModuleType) -> set[str]:
    """`__all__`, or what the module defines itself and calls neither private nor foreign."""
    if hasattr(module, "__all__"):
        return set(module.__all__)
    return {
        name
        for name, value in vars(module).items()
        if (not name.startswith("_") and _is_own(value, module.__name__)) or name == "VERSION"
    }


def _is_own(value: object, module: str) -> bool:
    return getattr(value, "__module__", None) == module and isinstance(
        value, (type, types.FunctionType)
    )
