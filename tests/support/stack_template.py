"""The stack's template as a dictionary, and what its policies come to."""

from __future__ import annotations

import json
import re
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


SKIPPED_BY_MOTO = (
    "AWS::S3::BucketPolicy", "AWS::Lambda::Url", "AWS::CloudFront::", "AWS::CloudWatch::Alarm",
    "AWS::SecretsManager::Secret", "AWS::Logs::MetricFilter", "AWS::ApiGateway::Stage",
    "AWS::ApiGatewayV2::",
)  # fmt: skip
"""What moto's CloudFormation does not make: left out there, with all that needs it."""


def without_what_moto_skips(made):
    """The template without resources that moto does not make, and without what needs them."""
    resources = {
        name: each
        for name, each in made["Resources"].items()
        if not each["Type"].startswith(SKIPPED_BY_MOTO)
    }
    gone = set(made["Resources"]) - set(resources)
    kept = {name: _pruned(each, gone) for name, each in resources.items()}
    kept = {name: each for name, each in kept.items() if each is not GONE}
    kept = {name: each for name, each in kept.items() if each["Properties"]}
    outputs = {
        name: each
        for name, each in made["Outputs"].items()
        if _pruned(each, gone | (set(made["Resources"]) - set(kept))) == each
    }
    made = {name: each for name, each in made.items() if name not in ("Rules", "Metadata")}
    return _without_unused({**made, "Resources": kept, "Outputs": outputs})


def _without_unused(made):
    """Without conditions and parameters that nothing asks for any longer."""
    for _ in range(3):
        for part in ("Conditions", "Parameters"):
            names = {
                name: each
                for name, each in made[part].items()
                if len(re.findall(rf"\b{name}\b", json.dumps(made))) > 1
            }
            made = {**made, part: names}
    return made


GONE = object()


def _pruned(value, gone):
    if isinstance(value, dict):
        if _names(value) & gone:
            return GONE
        pairs = {name: _pruned(each, gone) for name, each in value.items()}
        return {name: each for name, each in pairs.items() if each is not GONE}
    if isinstance(value, list):
        return [each for each in (_pruned(each, gone) for each in value) if each is not GONE]
    return value


def _names(value):
    if isinstance(value.get("Ref"), str):
        return {value["Ref"]}
    if "Fn::GetAtt" in value:
        return {value["Fn::GetAtt"][0]}
    if "Fn::If" in value:
        return set().union(*(_names(each) for each in value["Fn::If"] if isinstance(each, dict)))
    if "Fn::Sub" in value:
        text = value["Fn::Sub"] if isinstance(value["Fn::Sub"], str) else value["Fn::Sub"][0]
        return set(re.findall(r"\$\{([A-Za-z]+)", text))
    return set()
