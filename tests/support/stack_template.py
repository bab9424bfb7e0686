"""The stack's template as a dictionary, and what its policies come to."""

from __future__ import annotations

from pathlib import Path

import pytest

yaml = pytest.importorskip("yaml")
FOLDER = Path(__file__).parents[2] / "thumborlike" / "deploying" / "stack"
TEMPLATE = FOLDER / "template.yaml"
EDGE = FOLDER / "edge.js"


class Short(yaml.SafeLoader):
    """Knows the short forms of CloudFormation's functions."""


def _long(loader, suffix, node):
    kinds = {
        yaml.ScalarNode: loader.construct_scalar,
        yaml.SequenceNode: lambda each: loader.construct_sequence(each, deep=True),
        yaml.MappingNode: lambda each: loader.construct_mapping(each, deep=True),
    }
    value = kinds[type(node)](node)
    if suffix == "GetAtt":
        return {"Fn::GetAtt": value.split(".", 1)}
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


Short.add_multi_constructor("!", _long)


def template():
    return yaml.load(TEMPLATE.read_text(encoding="utf-8"), Short)


def edge_code(**parameters):
    """The function's code as CloudFormation makes it."""
    code = template()["Resources"]["EdgeFunction"]["Properties"]["FunctionCode"]["Fn::Sub"]
    for name, value in {
        "Links": "thumbor", "AllowUnsafeUrl": "No", "AutoFormats": "avif", **parameters,
    }.items():  # fmt: skip
        code = code.replace("${" + name + "}", value)
    return code


def statements(made):
    """(resource, statement) of all policies; both branches of conditions."""
    for name, resource in made["Resources"].items():
        properties = resource["Properties"]
        documents = [properties[each] for each in ("PolicyDocument",) if each in properties]
        documents += [each["PolicyDocument"] for each in properties.get("Policies", ())]
        for document in documents:
            for each in document["Statement"]:
                branches = each["Fn::If"][1:] if "Fn::If" in each else [each]
                for branch in branches:
                    if "Effect" in branch:
                        yield name, branch
