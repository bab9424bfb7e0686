"""Reading calls as Thumbor 7.8 does: `golden_calls.json` is what it made of each call."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from thumborlike.filtering import Overlay, bind

ROWS = json.loads((Path(__file__).parent / "golden_calls.json").read_text())["rows"]


def expected(declared, texts):
    """Thumbor hands some arguments on as text that ours are already converted from."""
    if texts is None:
        return None
    pairs = zip(declared.parameters, texts, strict=False)
    try:
        return [
            each.type.convert(value) if isinstance(value, str) else value for each, value in pairs
        ]
    except ValueError:
        return None


@pytest.mark.parametrize(("call", "name", "arguments"), ROWS)
def test_arguments_are_those_of_thumbor(registry, call, name, arguments):
    bound = bind(call, registry)
    found = [value for _, value in bound[0].arguments] if bound else None
    assert found == expected(registry.get(name), arguments)


def test_overlays_are_compared_by_name():
    assert Overlay("a") == Overlay("a")
    assert Overlay("a") != Overlay("b")
