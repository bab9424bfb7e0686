"""The HTML page: every case that differs, with both pictures beside each other."""

from __future__ import annotations

import html
import shutil
from collections.abc import Sequence
from pathlib import Path

from thumborlike.batch.answers import Answer
from thumborlike.comparing.judging import Verdict

from .rules import excuse

STYLE = (
    "body{font:14px/1.4 sans-serif;margin:2em}table{border-collapse:collapse}"
    "td,th{border:1px solid #ccc;padding:.4em;vertical-align:top;text-align:left}"
    "img{max-width:420px;background:repeating-conic-gradient(#ddd 0 25%,#fff 0 50%) 0/16px 16px}"
    ".bad{background:#fdd}.known{background:#eef}code{word-break:break-all}"
)
ENDINGS = {"image/jpeg": "jpg", "image/svg+xml": "svg"}


def write(verdicts: Sequence[Verdict], folder: Path) -> Path:
    """Write the page and its pictures into `folder`, which is emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    differing = [verdict for verdict in verdicts if verdict.differences]
    rows = "".join(_row(number, verdict, folder) for number, verdict in enumerate(differing))
    head = "<tr><th>case</th><th>field: Thumbor | ours</th><th>Thumbor</th><th>ours</th></tr>"
    page = folder / "index.html"
    page.write_text(
        f"<!doctype html><meta charset=utf-8><title>Parity</title><style>{STYLE}</style>"
        f"<h1>{len(differing)} of {len(verdicts)} cases differ</h1><table>{head}{rows}</table>",
        encoding="utf-8",
    )
    return page


def _row(number: int, verdict: Verdict, folder: Path) -> str:
    excuses = [excuse(verdict, difference) for difference in verdict.differences]
    told = "<br>".join(
        f"{each.field}: {html.escape(each.old)} | {html.escape(each.new)}"
        + (f" <i>({rule.name})</i>" if rule else "")
        for each, rule in zip(verdict.differences, excuses, strict=True)
    )
    pictures = "".join(
        f"<td>{_picture(answer, folder / f'{number}-{side}')}</td>"
        for side, answer in (("thumbor", verdict.old), ("ours", verdict.new))
    )
    kind = "known" if all(excuses) else "bad"
    name = html.escape(verdict.asked.name[:300])
    return f"<tr class={kind}><td><code>{name}</code></td><td>{told}</td>{pictures}</tr>\n"


def _picture(answer: Answer, stem: Path) -> str:
    if answer.status != 200 or not answer.type.startswith("image/") or not answer.body:
        return f"{answer.status} {html.escape(answer.body[:300].decode('utf-8', 'replace'))}"
    name = f"{stem.name}.{ENDINGS.get(answer.type, answer.type.partition('/')[2])}"
    stem.with_name(name).write_bytes(answer.body)
    return f"<img src='{name}'><br>{answer.type}, {len(answer.body)} bytes"
