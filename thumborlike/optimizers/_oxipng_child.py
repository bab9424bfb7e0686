"""The process that `oxipng` starts: PNG on standard input, effort as argument. Imports no ours."""

from __future__ import annotations

import sys


def main() -> None:
    """Read, optimise, write."""
    import oxipng  # noqa: PLC0415

    body = sys.stdin.buffer.read()
    smaller = oxipng.optimize_from_memory(body, level=int(sys.argv[1]))
    sys.stdout.buffer.write(smaller)


if __name__ == "__main__":
    main()
