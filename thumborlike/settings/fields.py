"""How a setting is declared: one dataclass field carries key, default, range, doc and aliases.

    @dataclass(frozen=True, slots=True)
    class HttpSettings:
        max_age: int = setting("MAX_AGE", 86400, "Seconds a client may keep a picture.", low=0)

The attribute is always the key in lower case. The annotation is the allowed type
(`int | None` allows None). The reader, `--check`, the reference configuration and the docs
page all read these fields.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from ..records import dataclass, field

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known of a key besides its type.

    `choices`: allowed values, if few. `low`, `high`: allowed numbers, both included.
    `check`: raises ValueError saying what is allowed. `aliases`: older names of the key.
    `ignored`: why the key has no effect here; a warning says so when it is set.
    `secret`: never printed.
    """

    key: str
    doc: str
    choices: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None
    check: Callable[[Any], None] | None = None
    aliases: tuple[str, ...] = ()
    ignored: str = ""
    secret: bool = False
    ours: bool = False


def setting(
    key: str,
    default: T,
    doc: str,
    *,
    choices: Sequence[Any] = (),
    low: float | None = None,
    high: float | None = None,
    check: Callable[[Any], None] | None = None,
    aliases: Sequence[str] = (),
    ignored: str = "",
    secret: bool = False,
    ours: bool = False,
) -> T:
    """Declare a dataclass field for a configuration key. `ours`: not a key of Thumbor's."""
    described = Setting(
        key, doc, tuple(choices), low, high, check, tuple(aliases), ignored, secret, ours
    )
    made: T = field(default=default, repr=not secret, metadata={"setting": described})
    return made
