"""The report as one HTML page that needs nothing else. Pure.

Whatever servers and logs said is escaped. Pictures are those of `outcomes.thumbnails`, drawn
anew here: no byte of an answer stands in the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from .outcomes import Outcome
from .report import Report, Row, Sort, values_of

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
STYLE = """
:root{color-scheme:light dark;--line:#8885;--soft:#8881;--bad:#d33;--known:#27c;--good:#293}
body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:1280px;padding:1.5em}
h1{font-size:1.6em;margin:0}h2{font-size:1.2em;margin:2em 0 .5em}
h3{font-size:1em;margin:1.5em 0 .3em}
p{margin:.3em 0}.tiles{display:flex;flex-wrap:wrap;gap:.8em;margin:1.2em 0}
.tile{border:1px solid var(--line);border-radius:8px;padding:.6em 1em;min-width:7em}
.tile b{display:block;font-size:1.5em}.bad b,.bad{color:var(--bad)}.known b{color:var(--known)}
.good b{color:var(--good)}.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{border-bottom:1px solid var(--line);padding:.3em .6em;text-align:right;white-space:nowrap}
th:first-child,td:first-child{text-align:left;white-space:normal;overflow-wrap:anywhere}
td.rule:first-child{white-space:nowrap}th{font-weight:600;background:var(--soft)}th.text,td.text{text-align:left;white-space:normal}
code{font-size:.9em;overflow-wrap:anywhere}.case{border:1px solid var(--line);border-radius:8px;
padding:.8em 1em;margin:.8em 0}.case p{overflow-wrap:anywhere}.pictures{display:flex;flex-wrap:wrap;
gap:1em;margin-top:.6em}figure{margin:0}figcaption{font-size:.85em;opacity:.75}
img{display:block;max-width:100%;border:1px solid var(--line);
background:repeating-conic-gradient(#ccc 0 25%,#fff 0 50%) 0/16px 16px}
.none{padding:2em;border:1px dashed var(--line)}
"""
HEADS = (
    "kind of URL: size | filters | source | accepted", "URLs", "requests", "equal", "known",
    "differ", "lowest SSIM", "bytes", "old ms", "new ms",
)  # fmt: skip
CAPTIONS = ("old", "new", "what differs, 8 times as strong")


def page(
    report: Report, reasons: Mapping[str, str], title: str, facts: Sequence[tuple[str, str]]
) -> str:
    """The page. `facts`: what is told about the run, name and value."""
    parts = (
        "<!doctype html><html lang=en><meta charset=utf-8>",
        f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">',
        "<meta name=viewport content='width=device-width'>",
        f"<title>{escape(title)}</title><style>{STYLE}</style>",
        f"<h1>{escape(title)}</h1>",
        *(f"<p>{escape(name)}: <code>{escape(value)}</code></p>" for name, value in facts),
        _tiles(report),
        *_differences(report),
        *_known(report, reasons),
        "<h2>Kinds of URLs</h2><div class=wide>",
        _table(report),
        "</div></html>\n",
    )
    return "\n".join(parts)


def _tiles(report: Report) -> str:
    total = report.total
    differ = total.kinds["different"]
    tiles = (
        ("", total.addresses, "URLs"),
        ("", total.requests, "requests in the log"),
        ("good", total.kinds["equal"], "equal"),
        ("known", total.kinds["known"], "differ as is meant"),
        ("bad" if differ else "good", differ, "differ"),
    )
    shown = "".join(
        f"<div class='tile {kind}'><b>{count}</b>{text}</div>" for kind, count, text in tiles
    )
    return f"<div class=tiles>{shown}</div>"


def _differences(report: Report) -> Iterator[str]:
    found = list(report.sorts(known=False))
    if not found:
        yield "<h2>Differences</h2><p>None that is not known.</p>"
        return
    yield "<h2>Differences that no rule knows</h2>"
    for sort, count, examples in found:
        yield f"<h3 class=bad>{count} × {escape(sort.title)}</h3>"
        yield from (_case(each, sort) for each in examples)


def _known(report: Report, reasons: Mapping[str, str]) -> Iterator[str]:
    rules = report.rules()
    if not rules:
        return
    yield "<h2>Known differences</h2><p>Each is described in docs/thumbor-differences.md.</p>"
    rows = "".join(
        f"<tr><td class=rule>{escape(name)}</td><td>{count}</td>"
        f"<td class=text>{escape(reasons.get(name, ''))}</td></tr>"
        for name, count in rules.items()
    )
    yield f"<table><tr><th>rule</th><th>URLs</th><th class=text>why</th></tr>{rows}</table>"
    told: set[tuple[str, str]] = set()
    for sort, _, examples in report.sorts(known=True):
        example = next((each for each in examples if each.pictures), None)
        if example and sort.rule not in {rule for rule, _ in told}:
            told.add((sort.rule, sort.field))
            yield f"<h3>{escape(sort.rule)}</h3>" + _case(example, sort)


def _case(outcome: Outcome, sort: Sort) -> str:
    old, new = values_of(outcome, sort)
    values = f"{escape(sort.field)}: {escape(old) or 'none'} → {escape(new) or 'none'}"
    others = ", ".join(
        escape(f"{each.field} ({each.rule})" if each.rule else each.field)
        for each in outcome.findings
        if (each.field, each.rule) != (sort.field, sort.rule)
    )
    alike = f" · SSIM {outcome.ssim:.4f}" if outcome.ssim is not None else ""
    told = f"<p>also: {others}</p>" if others else ""
    sides = " · ".join(
        f"{name} {side.status or 'no answer'} {escape(side.error or side.type)}, "
        f"{side.size} bytes, {side.milliseconds:.0f} ms"
        for name, side in (("old", outcome.old), ("new", outcome.new))
    )
    return (
        f"<div class=case><p><code>{escape(outcome.path)}</code></p>"
        f"<p>Accept: <code>{escape(outcome.accept)}</code></p>"
        f"<p>{values}{alike}</p>{told}<p>{sides}</p>{_pictures(outcome)}</div>"
    )


def _pictures(outcome: Outcome) -> str:
    if not any(outcome.pictures):
        return ""
    figures = "".join(
        f"<figure>{_image(uri, caption)}<figcaption>{caption}</figcaption></figure>"
        for uri, caption in zip(outcome.pictures, CAPTIONS, strict=False)
    )
    return f"<div class=pictures>{figures}</div>"


def _image(uri: str, caption: str) -> str:
    if not uri:
        return "<div class=none>no picture</div>"
    return f'<img alt="{caption}" src="{escape(uri)}">'


def _table(report: Report) -> str:
    heads = "".join(f"<th>{each}</th>" for each in HEADS)
    rows = "".join(_row(each) for each in (*report.rows(), report.total))
    return f"<table><tr>{heads}</tr>{rows}</table>"


def _row(row: Row) -> str:
    differ = row.kinds["different"]
    lowest = f"{min(row.ssim):.4f}" if row.ssim else "–"
    growth = f"{100 * row.growth:.0f}%" if row.growth is not None else "–"
    cells = (
        row.addresses, row.requests, row.kinds["equal"], row.kinds["known"],
        f"<span class=bad>{differ}</span>" if differ else 0, lowest, growth,
        *(f"{median:.0f} / {high:.0f}" for median, high in map(row.latency, (0, 1))),
    )  # fmt: skip
    return f"<tr><td>{escape(row.name)}</td>" + "".join(f"<td>{each}</td>" for each in cells)
