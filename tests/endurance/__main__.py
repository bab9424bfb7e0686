"""`python -m tests.endurance soak|chaos|overload [amount]`: minutes, seconds, requests."""

from __future__ import annotations

import argparse
import sys

from .chaos import chaos
from .overload import overload
from .soak import soak

AMOUNTS = {"soak": 10.0, "chaos": 60.0, "overload": 500.0}


def main() -> int:
    """Run one of them; its exit status says whether it passed."""
    parser = argparse.ArgumentParser(prog="python -m tests.endurance", description=__doc__)
    parser.add_argument("what", choices=tuple(AMOUNTS))
    parser.add_argument("amount", type=float, nargs="?", help="minutes, seconds, requests")
    given = parser.parse_args()
    amount = AMOUNTS[given.what] if given.amount is None else given.amount
    if given.what == "soak":
        return soak(amount)
    return chaos(amount) if given.what == "chaos" else overload(int(amount))


if __name__ == "__main__":
    sys.exit(main())
