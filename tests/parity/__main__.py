"""`make parity` and `make golden`: the real Thumbor and ours, side by side.

python -m tests.parity [--only TEXT] [--self]     compare; exit 1 on unexpected differences
python -m tests.parity --golden                   write Thumbor's answers to tests/golden
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from thumborlike.batch.answers import Answer
from thumborlike.comparing.judging import Verdict, judge

from . import golden, page
from .cases import Case
from .rules import RULES, excuse
from .servers import ROOT, Server, Side, ours, running, thumbor
from .suite import cases


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.parity")
    parser.add_argument("--golden", action="store_true", help="write tests/golden and stop")
    parser.add_argument("--only", default="", help="only cases whose name contains this")
    parser.add_argument("--self", action="store_true", help="Thumbor on both sides: tests the tool")
    args = parser.parse_args()
    wanted = [case for case in cases() if args.only in case.name]
    with tempfile.TemporaryDirectory(prefix="parity-") as folder:
        if args.golden:
            kept = [case for case in wanted if case.golden]
            answers = _answers(kept, [thumbor(), ours()], Path(folder))
            golden.write([(case, theirs) for case, (theirs, mine) in answers
                          if golden.telling(judge(case, theirs, mine))])  # fmt: skip
            return 0
        other = Side("second", thumbor().command, {}) if args.self else ours()
        asked = _answers(wanted, [thumbor(), other], Path(folder))
        verdicts = [judge(case, theirs, mine) for case, (theirs, mine) in asked]
    return _report(verdicts)


def _answers(
    wanted: Sequence[Case], sides: Sequence[Side], folder: Path
) -> Iterator[tuple[Case, tuple[Answer, ...]]]:
    """Every case with the answers of all sides, one configuration after the other."""
    ordered = sorted(wanted, key=lambda case: case.configuration)
    for configuration, group in itertools.groupby(ordered, lambda case: case.configuration):
        yield from _of_one_configuration(configuration, list(group), sides, folder)


def _of_one_configuration(
    configuration: str, group: Sequence[Case], sides: Sequence[Side], folder: Path
) -> Iterator[tuple[Case, tuple[Answer, ...]]]:
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(len(sides)))
        servers = [stack.enter_context(running(side, configuration, folder)) for side in sides]
        for case in group:
            yield case, tuple(pool.map(Server.ask, servers, itertools.repeat(case)))


def _report(verdicts: Sequence[Verdict]) -> int:
    """Table, page and summary; 1 if something differs that no rule excuses."""
    known: Counter[str] = Counter()
    unexpected = 0
    for verdict in verdicts:
        for difference in verdict.differences:
            rule = excuse(verdict, difference)
            if rule:
                known[rule.name] += 1
                continue
            unexpected += 1
            shown = f"{difference.field:14} {difference.old[:60]} | {difference.new[:60]}"
            print(f"{verdict.asked.name[:110]}\n    {shown}")
    written = page.write(verdicts, ROOT / "build" / "parity")
    _summary(verdicts, known, unexpected)
    print(f"page: {written.relative_to(ROOT)}")
    return 1 if unexpected else 0


def _summary(verdicts: Sequence[Verdict], known: Counter[str], unexpected: int) -> None:
    per_configuration = Counter(verdict.asked.configuration for verdict in verdicts)
    equal = Counter(v.asked.configuration for v in verdicts if not v.differences)
    print(f"\n{'configuration':14} {'cases':>6} {'equal':>6}")
    for name, count in per_configuration.items():
        print(f"{name:14} {count:6} {equal[name]:6}")
    meant = [v for v in verdicts if any(excuse(v, each) for each in v.differences)]
    alike = [v.likeness for v in verdicts if v.likeness and v not in meant]
    if alike:
        lowest, farthest = min(each.ssim for each in alike), max(each.mean for each in alike)
        print(f"\n{len(alike)} pictures without a meant difference; lowest SSIM {lowest:.4f}, "
              f"largest mean difference {farthest:.2f}/255")  # fmt: skip
    print("\nmeant differences:")
    for name, reason in {rule.name: rule.reason for rule in RULES}.items():
        print(f"  {name:18} {known[name]:5}  {reason}")
    print(f"\n{len(verdicts)} cases, {unexpected} unexpected differences")


if __name__ == "__main__":
    sys.exit(main())
