"""What docs/aws.md promises exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "aws.md").read_text(encoding="utf-8")
NAMED = re.findall(r"\| `([\w/]+\.py)::(\w+)` \|$", PAGE, re.MULTILINE)


def test_most_features_have_a_test():
    assert len(NAMED) > 20


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_the_tests_that_the_table_names_exist(file, name):
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    assert name in {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}


def test_parameters_that_are_named_exist():
    pytest.importorskip("yaml")
    from stack_template import template

    made = template()
    for name in re.findall(r"--set (\w+)=", PAGE):
        assert name in made["Parameters"]
    for name in ("DomainNames", "CertificateArn", "WebAclArn", "ReservedConcurrency", "ResultDays"):
        assert name in made["Parameters"]
        assert name in PAGE
    for name in re.findall(r"<(\w+)>", PAGE.split("## The package")[0]):
        assert name in made["Outputs"], name
