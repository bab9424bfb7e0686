"""Builds the documentation as a site: `python docs/build.py [FOLDER]`, `make docs`.

The pages are plain Markdown that reads well where the code is browsed. For the site they are
laid into one folder with those that lie elsewhere in the repository, their links led there.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path

from sphinx.cmd.build import main as sphinx

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
ELSEWHERE = {
    "contributing.md": ROOT / "CONTRIBUTING.md",
    "changelog.md": ROOT / "CHANGELOG.md",
    "policy.md": ROOT / "SECURITY.md",
    "results.md": ROOT / "benchmarks" / "RESULTS.md",
    "filter-results.md": ROOT / "benchmarks" / "FILTERS.md",
    "animation-results.md": ROOT / "benchmarks" / "ANIMATION.md",
}
"""Page of the site to the file that it is made of."""

CHAPTERS = {
    "Start": ("quick-start", "from-thumbor", "from-aws", "faq"),
    "Pictures": ("urls", "filters", "images", "smart", "playground", "client", "explain"),
    "Serving": ("configuration", "loaders", "storages", "s3", "http", "errors", "caching"),
    "Running": (
        "deploying",
        "operations",
        "metrics",
        "logging",
        "traces",
        "warming",
        "compare",
        "security",
        "policy",
    ),
    "AWS": ("aws", "lambda", "aws-links", "aws-costs"),
    "Thumbor": ("thumbor-differences", "parity"),
    "Measured": ("performance", "results", "filter-results", "animation-results"),
    "Inside": ("design", "extending", "contributing", "changelog"),
}
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)#:\s]+)(#[^)]*)?\)")


def build(target: Path) -> int:
    """Build the site into the folder. 0, or 1 if there was so much as a warning."""
    with tempfile.TemporaryDirectory() as folder:
        stage = Path(folder)
        _lay_out(stage)
        doctrees = str(stage / ".doctrees")
        return sphinx(["-q", "-W", "--keep-going", "-n", "-d", doctrees, folder, str(target)])


def _lay_out(stage: Path) -> None:
    """Every page, the pictures, and a home page with the contents."""
    shutil.copy(DOCS / "conf.py", stage)
    for each in DOCS.iterdir():
        if each.is_dir() and each.name != "__pycache__":
            shutil.copytree(each, stage / each.name)
    pages = {page.name: page for page in DOCS.glob("*.md")} | ELSEWHERE
    for name, page in pages.items():
        text = _relinked(page.read_text(encoding="utf-8"), page.parent)
        (stage / name).write_text(text + (_contents(pages) if name == "index.md" else ""))


def _contents(pages: dict[str, Path]) -> str:
    chapters = {
        title: [name for name in names if f"{name}.md" in pages]
        for title, names in CHAPTERS.items()
    }
    listed = {name for names in chapters.values() for name in names}
    chapters["More"] = sorted({Path(name).stem for name in pages} - listed - {"index"})
    return "".join(
        "\n```{{toctree}}\n:hidden:\n:caption: {}\n\n{}\n```\n".format(title, "\n".join(names))
        for title, names in chapters.items()
        if names
    )


def _relinked(text: str, folder: Path) -> str:
    """Links to files of the repository lead to their pages, or are words where there is none."""
    names = {source: name for name, source in ELSEWHERE.items()}

    def link(found: re.Match[str]) -> str:
        picture, words, target, anchor = found.groups(default="")
        path = (folder / target).resolve()
        if path.is_relative_to(DOCS) and path.exists():
            name = path.relative_to(DOCS).as_posix()
        elif path == ROOT / "README.md":
            name = "index.md"
        elif path in names:
            name = names[path]
        else:
            return words if path.exists() else found[0]
        return f"{picture}[{words}]({name}{anchor})"

    return LINK.sub(link, text)


if __name__ == "__main__":
    where = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "site"
    sys.exit(build(where))
