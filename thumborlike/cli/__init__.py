"""The command `thumborlike`. Heavy modules are imported by the subcommand that needs them."""

from .main import main

__all__ = ["main"]
