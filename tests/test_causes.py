"""What the log tells of a failure, and clients do not learn."""

import itertools

import pytest

from thumborlike.causes import LONGEST, why
from thumborlike.errors import SourceFailed, StorageError
from thumborlike.s3.failures import Misconfigured, trouble


def caused(*chain):
    """The first error, each caused by the next."""
    for one, other in itertools.pairwise(chain):
        one.__cause__ = other
    return chain[0]


@pytest.mark.parametrize(
    "error, told",
    [
        (SourceFailed("x"), ""),
        (caused(SourceFailed("x"), OSError("no route")), "OSError: no route"),
        (caused(SourceFailed("x"), KeyError()), "KeyError"),
        (caused(SourceFailed("x"), OSError(28, "No space")), "OSError: No space"),
        (caused(SourceFailed("x: No space"), OSError(28, "No space")), ""),
        (caused(StorageError("x"), trouble(Misconfigured, "403 InvalidToken")),
         "Misconfigured: 403 InvalidToken"),
        (caused(StorageError("x"), trouble(Misconfigured), OSError("a"), OSError("a")),
         f"Misconfigured: {trouble(Misconfigured)}; OSError: a"),
    ],
)  # fmt: skip
def test_causes_are_told_in_order_and_once(error, told):
    assert why(error) == told


def test_endless_chains_end():
    one, other = OSError("a" * 999), OSError("b")
    assert len(why(caused(one, other, one))) <= LONGEST
    assert why(caused(one, other, OSError("c"), *map(OSError, "defghi"))).endswith("OSError: e")
