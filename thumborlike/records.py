"""`dataclass(frozen=True, slots=True)`, made at a tenth of the time.

The standard one writes and compiles the source of six methods for each class, which was a third
of the server's start. Here only `__init__` is compiled, when the first instance is made; the
other methods are shared. To type checkers, `fields`, `replace`, `pickle` and readers the classes
are dataclasses. It can do what the core needs: fields with defaults, factories, `init`, `repr`
and `compare`; no inheritance of fields, no `__post_init__`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from operator import attrgetter
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass", "field", "replace"]

_TAKEN: dict[type[Any], tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]] = {}
"""Of each kind of record the fields that its `__init__` takes, and what gives their values."""

if TYPE_CHECKING:
    from dataclasses import dataclass, replace
else:

    def dataclass(*, frozen: bool, slots: bool) -> Callable[[type[Any]], type[Any]]:
        """Decorate a class as the standard `dataclass` does; both must be True."""
        if not (frozen and slots):
            raise TypeError("records are frozen and have slots")
        return _record

    def replace(record: Any, /, **changes: Any) -> Any:
        """As the standard one, which asks each field what it is: six times the work."""
        kind = type(record)
        if kind not in _TAKEN:
            return dataclasses.replace(record, **changes)
        names, values_of = _TAKEN[kind]
        taken = dict(zip(names, values_of(record), strict=True))
        taken.update(changes)
        return kind(**taken)


def _record(plain: type[Any]) -> type[Any]:
    if not plain.__doc__:  # else the standard one writes the signature there: a millisecond each
        plain.__doc__ = plain.__name__
    told = plain.__annotations__
    plain.__annotations__ = dict.fromkeys(told, object)  # texts would be searched for ClassVar
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(plain)
    made.__annotations__ = told
    for trait in ("init", "repr", "eq", "frozen"):  # which it has, though not from there
        setattr(made.__dataclass_params__, trait, True)
    fields = dataclasses.fields(made)
    for each in fields:
        each.type = told[each.name]
    _share(made, fields)
    made.__init__ = _compiled_when_needed(made, fields)
    taken = tuple(each.name for each in fields if each.init)
    _TAKEN[made] = taken, _values_of(list(taken))
    kind: type[Any] = made
    return kind


def _share(made: Any, fields: tuple[dataclasses.Field[Any], ...]) -> None:
    """The methods that need no code of their own."""
    compared = _values_of([each.name for each in fields if each.compare])
    state = _values_of([each.name for each in fields])
    shown = [each.name for each in fields if each.repr]

    def equal(self: Any, other: object) -> Any:
        return compared(self) == compared(other) if type(other) is type(self) else NotImplemented

    def hashed(self: Any) -> int:
        return hash(compared(self))

    def shown_as(self: Any) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
        return f"{type(self).__qualname__}({values})"

    if all(each.init for each in fields):

        def reduced(self: Any) -> tuple[Any, ...]:
            return made, state(self)

    else:
        names = tuple(each.name for each in fields)

        def reduced(self: Any) -> tuple[Any, ...]:
            return _revived, (made, names, state(self))

    own = vars(made)
    methods = {
        "__eq__": equal,
        "__hash__": hashed,
        "__repr__": shown_as,
        "__reduce__": reduced,
    }
    for name, method in methods.items():
        if name not in own:
            setattr(made, name, method)
    made.__setattr__, made.__delattr__ = _refuse_change, _refuse_removal


def _revived(kind: type[Any], names: Sequence[str], values: Sequence[Any]) -> Any:
    """One with fields that its `__init__` does not take."""
    record = object.__new__(kind)
    for name, value in zip(names, values, strict=True):
        object.__setattr__(record, name, value)
    return record


def _values_of(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    if len(names) > 1:
        return attrgetter(*names)
    if names:
        one = attrgetter(names[0])
        return lambda self: (one(self),)
    return lambda _: ()


def _setters(
    made: Any, fields: tuple[dataclasses.Field[Any], ...]
) -> list[Callable[[Any, Any], None]]:
    return [vars(made)[each.name].__set__ for each in fields]


def _compiled_when_needed(
    made: Any, fields: tuple[dataclasses.Field[Any], ...]
) -> Callable[..., None]:
    def first(self: Any, *arguments: Any, **named: Any) -> None:
        made.__init__ = _compiled(made, fields)
        self.__init__(*arguments, **named)

    return first


def _compiled(made: Any, fields: tuple[dataclasses.Field[Any], ...]) -> Any:
    names: dict[str, Any] = {"_missing": dataclasses.MISSING}
    names |= {
        f"_set_{each.name}": put for each, put in zip(fields, _setters(made, fields), strict=True)
    }
    parameters = ", ".join(_parameter(each, names) for each in fields if each.init)
    body = "\n ".join(_statements(fields, names))
    exec(f"def __init__(self, {parameters}):\n {body or 'pass'}", names)  # noqa: S102
    init = names["__init__"]
    init.__qualname__ = f"{made.__qualname__}.__init__"
    init.__module__ = made.__module__
    return init


def _parameter(each: dataclasses.Field[Any], names: dict[str, Any]) -> str:
    """One parameter; what it stands for if not given is put among `names`."""
    if each.default is not dataclasses.MISSING:
        names[f"_default_{each.name}"] = each.default
        return f"{each.name}=_default_{each.name}"
    if each.default_factory is not dataclasses.MISSING:
        return f"{each.name}=_missing"
    return each.name


def _statements(fields: tuple[dataclasses.Field[Any], ...], names: dict[str, Any]) -> Iterator[str]:
    for each in fields:
        value = each.name
        if each.default_factory is not dataclasses.MISSING:
            names[f"_make_{value}"] = each.default_factory
            made = f"_make_{value}()"
            value = f"{made} if {value} is _missing else {value}" if each.init else made
        elif not each.init:
            names[f"_default_{value}"] = each.default
            value = f"_default_{value}"
        yield f"_set_{each.name}(self, {value})"


def _refuse_change(self: object, name: str, value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_removal(self: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
