"""What the documentation promises exists."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DIFFERENCES = (ROOT / "docs" / "thumbor-differences.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([a-z0-9-]+) \|.*\| `(\S+\.py)::(\w+)` \|$", DIFFERENCES, re.MULTILINE)
LINK = re.compile(r"\]\(([^)#:\s]+)\)")


def test_every_rule_has_one_name():
    names = [name for name, _, _ in ROWS]
    assert len(names) == len(set(names)) > 40


@pytest.mark.parametrize(("rule", "file", "test"), ROWS, ids=[row[0] for row in ROWS])
def test_every_rule_names_a_test_that_exists(rule, file, test):
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    assert test in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_the_rules_of_the_parity_tool_are_documented():
    files = [ROOT / "tests/parity/rules.py", *(ROOT / "thumborlike/comparing").glob("known*.py")]
    source = "".join(each.read_text(encoding="utf-8") for each in files)
    rules = set(re.findall(r'Rule\(\s*"([a-z0-9-]+)"', source))
    assert len(rules) > 40
    documented = {name for name, _, _ in ROWS} | {"extra-formats"}
    assert rules <= documented


@pytest.mark.parametrize(
    "page", [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")], ids=lambda page: page.name
)
def test_links_between_pages_lead_somewhere(page):
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / link).exists(), link
