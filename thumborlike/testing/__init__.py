"""Proof for plugins: named checks of all that a loader, a storage or a filter promises.

    @pytest.mark.parametrize("check", storage_checks(), ids=str)
    def test_it_keeps_its_promises(check, tmp_path):
        check(lambda: create(environment(MY_FOLDER=str(tmp_path))))

A check that fails raises `Broken`, an AssertionError that says what was promised. Nothing here
needs pytest. See docs/extending.md.
"""

from __future__ import annotations

from .checks import Broken, Check
from .environments import environment
from .expiry import expiry_checks, too_old_checks
from .filters import filter_checks
from .loaders import dead_loader_checks, loader_checks, size_checks
from .purges import age_checks, purge_checks, tended_checks
from .servers import dead_storage_checks, lock_checks
from .storages import storage_checks

__all__ = [
    "Broken",
    "Check",
    "age_checks",
    "dead_loader_checks",
    "dead_storage_checks",
    "environment",
    "expiry_checks",
    "filter_checks",
    "loader_checks",
    "lock_checks",
    "purge_checks",
    "size_checks",
    "storage_checks",
    "tended_checks",
    "too_old_checks",
]
