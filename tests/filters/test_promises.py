"""Our filters, proved by the kit that others prove theirs with."""

from __future__ import annotations

import pytest
from thumborlike.filters import BUILTIN

from thumborlike.filter_calls import name_of
from thumborlike.filter_examples import EXAMPLES
from thumborlike.filtering import calls_of
from thumborlike.plugins import resolve_filters
from thumborlike.testing import filter_checks

REGISTRY = resolve_filters(BUILTIN)
CALLS = {
    name: next(call for call in calls_of(text, REGISTRY) if name_of(call) == name)
    for name, text in EXAMPLES.items()
}
CALLS |= {"quality": "quality(80)", "format": "format(webp)", "max_age": "max_age(60)"}


@pytest.mark.parametrize("check", filter_checks(), ids=str)
@pytest.mark.parametrize("name", sorted(CALLS))
def test_promises(check, name):
    check(lambda: REGISTRY[name], CALLS[name])
