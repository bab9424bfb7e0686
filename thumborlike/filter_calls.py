"""Reads the calls in a URL's filter segment, by Thumbor 7.8's rules, in linear time.

Thumbor matches a call against one regular expression per filter; two neighbouring digit groups
and lazy texts make it cubic. Here everything but free text is joined to expressions that match
in one way only. Free text is where Thumbor's matching is ambiguous: it ends at the first place
from which the remaining arguments match. Each closing quote is tried at most once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from .filter_parameters import Parameter

_BLANKS = re.compile(r"\s*")
_MARKS = re.compile(r"[(),]")


def split_calls(text: str) -> list[str]:
    """The calls of a filter segment, each with its closing bracket if it had one.

    Thumbor 7.8: the text is cut at `):` wherever that stands, in quotes too.
    """
    *closed, last = text.split("):")
    return [f"{call})" for call in closed] + [last]


def joined(calls: Sequence[str], nests: Callable[[str], bool]) -> list[str]:
    """The calls, where one whose name `nests` goes on until its brackets are closed.

    One that is never closed goes on to the end. Linear in the length of the calls.
    """
    whole: list[str] = []
    parts: list[str] = []
    depth = 0
    for call in calls:
        if not parts and not nests(name_of(call)):
            whole.append(call)
            continue
        parts.append(call)
        depth += open_brackets(call)
        if depth <= 0:
            whole.append(":".join(parts))
            parts, depth = [], 0
    return [*whole, ":".join(parts)] if parts else whole


def open_brackets(text: str) -> int:
    """Brackets that are opened, less those that are closed."""
    return text.count("(") - text.count(")")


def name_of(call: str) -> str:
    """The text before the first bracket, exactly: case and blanks count."""
    return call.partition("(")[0]


class CallGrammar:
    """The arguments of one filter: parameters in, the texts of a call's arguments out.

    `gaps`: optional arguments between commas may be left empty, as imagor has it.

    Runs of parameters between free texts are one expression each, a segment, which starts
    behind a text and ends behind the closing bracket or the comma before the next text.
    """

    def __init__(self, parameters: Sequence[Parameter], gaps: bool = False) -> None:
        self.nesting = frozenset(i for i, each in enumerate(parameters) if each.type.nests)
        self._gaps = gaps
        self.required = sum(each.required for each in parameters)
        self._expressions = [each.type.expression for each in parameters]
        self.texts = [i for i, each in enumerate(self._expressions) if each is None]
        built = list(self._build())
        self.segments = [re.compile(each) for each in built]
        self.closings = [re.compile(f".+?'(?={each})") for each in built[1:]]

    def match(self, call: str) -> list[str] | None:
        """Texts of the arguments of `name(arguments)`, None if they do not fit.

        What follows the closing bracket is ignored. Missing optional arguments are left out.
        """
        start = call.find("(") + 1
        return _Match(self, call).segment(0, start) if start else None

    def _build(self) -> Iterator[str]:
        count = len(self._expressions)
        for begin, end in zip([0, *(i + 1 for i in self.texts)], [*self.texts, count], strict=True):
            yield ("" if begin == 0 else r"\s*") + self._segment(begin, end)

    def _segment(self, begin: int, end: int) -> str:
        expression = self._end_of_segment(end)
        for i in reversed(range(begin, end)):
            comma = "," if i else ""
            wanted = self._expressions[i]
            if self._gaps and i >= max(self.required, 1):
                wanted = f"{wanted}|(?<=,)"
            expression = rf"{comma}\s*({wanted})\s*{expression}"
            if i >= self.required:
                expression = rf"(?:{expression}|\))"
        return expression

    def _end_of_segment(self, end: int) -> str:
        if end == len(self._expressions):
            return r"\)"
        if end == 0:
            return ""
        return "," if end < self.required else r"(?:,|\))"


class _Match:
    """One attempt. Remembers what failed, so that nothing is tried twice."""

    def __init__(self, grammar: CallGrammar, call: str) -> None:
        self._grammar = grammar
        self._call = call
        self._failed: set[tuple[int, int]] = set()
        self._unclosed: dict[int, tuple[int, int]] = {}

    def segment(self, number: int, start: int) -> list[str] | None:
        """Arguments from `start`, where the segment of that number begins."""
        found = self._grammar.segments[number].match(self._call, start)
        if not found:
            return None
        values = [each for each in found.groups() if each is not None]
        if self._call.startswith(")", found.end() - 1) and found.end() > start:
            return values
        rest = self._text(number, found.end())
        if rest is None and self._may_be_empty(number, found.end()):
            return []
        return None if rest is None else values + rest

    def _may_be_empty(self, number: int, position: int) -> bool:
        """Whether the call is `name()` of a filter that begins with an optional text."""
        grammar = self._grammar
        first = number == 0 and grammar.texts[0] == 0 and grammar.required == 0
        return first and self._call.startswith(")", position)

    def _text(self, number: int, start: int) -> list[str] | None:
        """A free text, quoted or bare, and what follows it."""
        if (number, start) in self._failed:
            return None
        begin = _blank_end(self._call, start)
        values = self._quoted(number, begin) or self._bare(number, begin)
        if values is None and begin > start:
            # A blank is a text too, if nothing else fits.
            values = self._followed_by(number, self._call[begin - 1], begin)
        if values is None:
            self._failed.add((number, start))
        return values

    def _quoted(self, number: int, begin: int) -> list[str] | None:
        """Up to the first closing quote, in the same line, that something fitting follows."""
        unclosed = self._unclosed.get(number, (0, 0))
        if not self._call.startswith("'", begin) or unclosed[0] <= begin < unclosed[1]:
            return None
        closing = self._grammar.closings[number]
        found = closing.match(self._call, begin + 1)
        while found:
            rest = self.segment(number + 1, found.end())
            if rest is not None:
                return [self._call[begin + 1 : found.end() - 1], *rest]
            found = closing.match(self._call, found.end() - 1)
        end_of_line = self._call.find("\n", begin)
        self._unclosed[number] = begin, end_of_line if end_of_line >= 0 else len(self._call)
        return None

    def _bare(self, number: int, begin: int) -> list[str] | None:
        """Up to the next comma, or the next closing bracket if nothing more is required."""
        call = self._call
        if begin >= len(call) or call[begin] == ",":
            return None
        if self._grammar.texts[number] in self._grammar.nesting:
            value = call[begin : _closed(call, begin)].rstrip()
            return self._followed_by(number, value, begin + len(value)) if value else None
        comma = call.find(",", begin + 1)
        end = comma if comma >= 0 else len(call)
        if self._grammar.texts[number] + 1 >= self._grammar.required:
            bracket = call.find(")", begin + 1, end)
            end = bracket if bracket >= 0 else end
        value = call[begin] + call[begin + 1 : end].rstrip()
        return self._followed_by(number, value, begin + len(value))

    def _followed_by(self, number: int, value: str, position: int) -> list[str] | None:
        rest = self.segment(number + 1, position)
        return None if rest is None else [value, *rest]


def _closed(text: str, start: int) -> int:
    """Where a comma or a closing bracket stands that belongs to no bracket opened since."""
    depth = 0
    for found in _MARKS.finditer(text, start):
        mark = found.group()
        if not depth and mark != "(":
            return found.start()
        depth += {"(": 1, ")": -1}.get(mark, 0)
    return len(text)


def _blank_end(text: str, start: int) -> int:
    found = _BLANKS.match(text, start)
    return found.end() if found else start
