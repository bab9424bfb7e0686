"""The stack: linted, and what it lets whom do."""

from __future__ import annotations

import ast
import configparser
import copy
import dataclasses
import json
import re

import pytest
from lambda_runtime import HANDLER
from stack_template import (
    EDGE,
    TEMPLATE,
    Short,
    statements,
    template,
    without_what_moto_skips,
    yaml,
)

from thumborlike.aws_lambda import vision
from thumborlike.aws_lambda.configuration import loaded_from
from thumborlike.aws_lambda.filing import NOTES, RESULTS
from thumborlike.aws_lambda.outgoing import TAGS
from thumborlike.settings.sections import Settings

BALANCER = TEMPLATE.parents[3] / "conf" / "aws" / "balancer.yaml"
LARGEST = 51_200
"""Bytes of a template that is sent along with the call."""


@pytest.fixture
def made():
    return template()


def of_kind(made, kind):
    return {name: each for name, each in made["Resources"].items() if each["Type"] == kind}


def listed(value):
    return value if isinstance(value, list) else [value]


def test_it_is_clean_for_cfn_lint():
    api = pytest.importorskip("cfnlint.api")
    rules = api.ManualArgs(regions=["us-east-1", "eu-west-1", "eu-south-2"])
    assert api.lint(TEMPLATE.read_text(encoding="utf-8"), config=rules) == []


def test_the_load_balancer_s_is_clean_too_and_takes_what_the_function_answers():
    api = pytest.importorskip("cfnlint.api")
    text = BALANCER.read_text(encoding="utf-8")
    assert api.lint(text, config=api.ManualArgs(regions=["us-east-1", "eu-west-1"])) == []
    made = yaml.load(text, Short)["Resources"]
    assert made["Pictures"]["Properties"]["TargetType"] == "lambda"
    assert made["Listener"]["Properties"]["Protocol"] == "HTTPS"
    assert made["Permission"]["Properties"]["SourceAccount"] == {"Ref": "AWS::AccountId"}


@pytest.mark.parametrize("front, condition", [("Api", "IsRest"), ("HttpApi", "IsHttp")])
def test_an_api_may_stand_in_for_the_url(front, condition, made):
    permission = made["Resources"][f"{front}Permission"]
    assert permission["Condition"] == made["Resources"][front]["Condition"] == condition
    assert f"${{{front}}}" in permission["Properties"]["SourceArn"]["Fn::Sub"]
    origin = made["Resources"]["Distribution"]["Properties"]["DistributionConfig"]["Origins"][1]
    name, given = origin["DomainName"]["Fn::If"][2]["Fn::Sub"]
    assert name.startswith("${Id}.execute-api.")
    assert {"Ref": front} in given["Id"]["Fn::If"]


def test_sam_translates_it(made, monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    translator = pytest.importorskip("samtranslator.translator.transform")
    found = translator.transform(
        {**copy.deepcopy(made), "Transform": "AWS::Serverless-2016-10-31"}, {}, _NoPolicies()
    )
    assert set(found["Resources"]) == set(made["Resources"])


class _NoPolicies:
    def load(self):
        return {}


def test_the_image_has_the_same_handler_and_extras_that_exist(made):
    lines = (TEMPLATE.parents[3] / "conf" / "aws" / "Dockerfile").read_text(encoding="utf-8")
    handler = made["Resources"]["Function"]["Properties"]["Handler"]
    assert f'CMD ["{handler}"]' in lines
    assert handler == HANDLER
    setup = configparser.ConfigParser()
    setup.read(TEMPLATE.parents[3] / "setup.cfg", encoding="utf-8")
    (extras,) = re.findall(r"^ARG EXTRAS=(.+)$", lines, re.MULTILINE)
    assert set(extras.split(",")) <= set(setup["options.extras_require"])


def test_it_can_be_sent_along_with_the_call():
    assert len(TEMPLATE.read_bytes()) <= LARGEST
    assert len(EDGE.read_bytes()) <= 10_240


def test_the_code_in_it_is_the_file_beside_it(made):
    code = made["Resources"]["EdgeFunction"]["Properties"]["FunctionCode"]["Fn::Sub"]
    assert code == EDGE.read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{(\w+)\}", code)) == {"Links", "AllowUnsafeUrl", "AutoFormats"}


def test_actions_are_named_one_by_one(made):
    allowed = [each for _, each in statements(made) if each["Effect"] == "Allow"]
    assert len(allowed) >= 10
    for each in allowed:
        assert not any("*" in action for action in listed(each["Action"])), each


def test_resources_are_named_but_for_rekognition_which_has_none(made):
    """Detections have no resource that could be named."""
    wild = [
        each["Sid"]
        for _, each in statements(made)
        if each["Effect"] == "Allow" and "*" in listed(each.get("Resource", "x"))
    ]
    assert wild == ["LooksForFaces"]


def test_the_function_may_do_what_it_does_and_no_more(made):
    actions = {
        action
        for name, each in statements(made)
        if name == "Role"
        for action in listed(each["Action"])
    }
    assert actions == {
        "logs:CreateLogStream", "logs:PutLogEvents", "s3:GetObject", "s3:ListBucket",
        "s3:PutObject", "s3:DeleteObject", "secretsmanager:GetSecretValue", "kms:Decrypt",
        "rekognition:DetectFaces", "rekognition:DetectModerationLabels",
    }  # fmt: skip


def test_what_costs_or_is_rarely_needed_is_granted_by_parameters_alone(made):
    policy = made["Resources"]["Role"]["Properties"]["Policies"][0]["PolicyDocument"]
    conditional = {each["Fn::If"][0] for each in policy["Statement"] if "Fn::If" in each}
    assert conditional == {
        "HasKms", "HasRekognition", "HasFallbackBucket", "HasLinkSecret", "HasPurge",
    }  # fmt: skip


def test_writing_is_for_results_alone(made):
    writing = [
        each
        for name, each in statements(made)
        if name == "Role" and {"s3:PutObject", "s3:DeleteObject"} & set(listed(each["Action"]))
    ]
    resources = {each["Fn::Sub"] for found in writing for each in listed(found["Resource"])}
    assert resources == {f"${{Results.Arn}}/{each}/*" for each in ("r", "large", "i", "seen")}
    (deleting,) = (each for each in writing if each["Action"] == "s3:DeleteObject")
    assert deleting["Resource"] == {"Fn::Sub": "${Results.Arn}/r/*"}


def test_the_places_in_the_bucket_are_those_of_the_code(made):
    policy = made["Resources"]["Role"]["Properties"]["Policies"][0]["PolicyDocument"]
    places = set(re.findall(r"\$\{Results\.Arn\}/(\w+/)", json.dumps(policy)))
    large = Settings().function.lambda_large_prefix
    assert places == {RESULTS, NOTES, large, vision._place("").partition("/")[0] + "/"}


def test_buckets_are_private_encrypted_kept_and_reached_by_tls(made):
    buckets = of_kind(made, "AWS::S3::Bucket")
    assert set(buckets) == {"Originals", "Results"}
    for bucket in buckets.values():
        properties = bucket["Properties"]
        assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
        assert len(properties["PublicAccessBlockConfiguration"]) == 4
        assert properties["OwnershipControls"]["Rules"] == [
            {"ObjectOwnership": "BucketOwnerEnforced"}
        ]
        assert properties["BucketEncryption"]
        assert bucket["DeletionPolicy"] == bucket["UpdateReplacePolicy"] == "Retain"
    refusing = {name: each for name, each in statements(made) if each["Effect"] == "Deny"}
    assert set(refusing) == {"OriginalsPolicy", "ResultsPolicy"}
    for each in refusing.values():
        assert each["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        assert len(each["Resource"]) == 2


def test_cloudfront_reads_results_by_origin_access_control_and_sees_which_are_missing(made):
    granted = {
        each["Action"]: each
        for name, each in statements(made)
        if name == "ResultsPolicy" and each["Effect"] == "Allow"
    }
    assert set(granted) == {"s3:GetObject", "s3:ListBucket"}
    for each in granted.values():
        assert each["Principal"] == {"Service": "cloudfront.amazonaws.com"}
        assert "${Distribution}" in each["Condition"]["StringEquals"]["AWS:SourceArn"]["Fn::Sub"]
    kinds = {
        each["Properties"]["OriginAccessControlConfig"]["OriginAccessControlOriginType"]: each[
            "Properties"
        ]["OriginAccessControlConfig"]
        for each in of_kind(made, "AWS::CloudFront::OriginAccessControl").values()
    }
    assert set(kinds) == {"s3", "lambda"}
    assert {each["SigningBehavior"] for each in kinds.values()} == {"always"}


def test_the_url_is_for_cloudfront_alone_by_both_permissions(made):
    assert made["Resources"]["Url"]["Properties"]["AuthType"] == "AWS_IAM"
    permissions = {
        each["Properties"]["Action"]: each["Properties"]
        for each in of_kind(made, "AWS::Lambda::Permission").values()
        if each["Condition"] == "IsUrl"
    }
    assert set(permissions) == {"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"}
    assert permissions["lambda:InvokeFunction"]["InvokedViaFunctionUrl"] is True
    for each in permissions.values():
        assert each["Principal"] == "cloudfront.amazonaws.com"
        assert "${Distribution}" in each["SourceArn"]["Fn::Sub"]


def test_a_hit_never_reaches_the_function(made):
    config = made["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
    assert [each["Id"] for each in config["Origins"]] == ["results", "function"]
    (group,) = config["OriginGroups"]["Items"]
    assert [each["OriginId"] for each in group["Members"]["Items"]] == ["results", "function"]
    assert {403, 404} <= set(group["FailoverCriteria"]["StatusCodes"]["Items"])
    behavior = config["DefaultCacheBehavior"]
    assert behavior["TargetOriginId"] == group["Id"]
    assert behavior["ViewerProtocolPolicy"] == "redirect-to-https"
    assert not set(behavior["AllowedMethods"]) - {"GET", "HEAD", "OPTIONS"}


def test_whoever_keeps_copies_behind_cloudfront_is_told_that_they_differ_by_accept(made):
    policy = made["Resources"]["ResponseHeadersPolicy"]["Properties"]
    condition, told, otherwise = policy["ResponseHeadersPolicyConfig"]["CustomHeadersConfig"][
        "Fn::If"
    ]
    assert (condition, otherwise) == ("HasFormats", {"Ref": "AWS::NoValue"})
    assert told["Items"] == [
        {
            "Header": "Vary",
            "Value": {"Fn::If": ["HasCors", "Accept, Origin", "Accept"]},
            "Override": True,
        }
    ]
    config = made["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
    for each in (config["DefaultCacheBehavior"], *config["CacheBehaviors"]["Fn::If"][1]):
        assert each["ResponseHeadersPolicyId"] == {"Ref": "ResponseHeadersPolicy"}


def test_what_is_purged_by_tag_has_the_tags_that_s3_brings_back(made):
    config = made["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
    assert config["CacheTagConfig"] == {"HeaderName": TAGS}


def test_no_header_cookie_or_query_divides_the_cache(made):
    config = made["Resources"]["CachePolicy"]["Properties"]["CachePolicyConfig"]
    key = config["ParametersInCacheKeyAndForwardedToOrigin"]
    assert key["CookiesConfig"]["CookieBehavior"] == "none"
    assert key["HeadersConfig"]["HeaderBehavior"] == "none"
    assert key["QueryStringsConfig"]["QueryStringBehavior"] == "none"


def test_no_secret_is_in_the_template_or_the_environment(made):
    variables = made["Resources"]["Function"]["Properties"]["Environment"]["Variables"]
    assert "SECURITY_KEY" not in variables
    assert "resolve:secretsmanager" not in TEMPLATE.read_text(encoding="utf-8")


def test_every_variable_is_a_key_or_a_known_name(made):
    settings = Settings()
    known = {
        each.name.upper()
        for section in dataclasses.fields(settings)
        for each in dataclasses.fields(getattr(settings, section.name))
    }
    others = {
        "S3_REGION", "S3_LOADER_BUCKET", "SOURCE_BUCKETS", "ENABLE_SIGNATURE", "SECRETS_MANAGER",
        "SECRET_KEY", "ENABLE_DEFAULT_FALLBACK_IMAGE", "DEFAULT_FALLBACK_IMAGE_BUCKET",
        "DEFAULT_FALLBACK_IMAGE_KEY", "LOG_LEVEL",
    }  # fmt: skip
    variables = made["Resources"]["Function"]["Properties"]["Environment"]["Variables"]
    assert not set(variables) - known - others


def test_parameters_of_the_old_template_have_their_names(made):
    assert {
        "SourceBuckets", "CorsEnabled", "CorsOrigin", "DeployDemoUI", "LogRetentionPeriod",
        "EnableSignature", "SecretsManagerKey", "EnableDefaultFallbackImage",
        "FallbackImageS3Bucket", "FallbackImageS3Key", "CloudFrontPriceClass", "OriginShieldRegion",
    } <= set(made["Parameters"])  # fmt: skip
    days = set(made["Parameters"]["LogRetentionPeriod"]["AllowedValues"])
    assert {1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 3653} <= days


def test_names_carry_that_of_the_stack(made):
    for name, each in made["Resources"].items():
        if each["Type"].startswith("AWS::CloudFront::") and name != "Distribution":
            assert "${AWS::StackName}" in str(each["Properties"]), name


def test_an_http_api_calls_this_function_and_may_call_no_other(made):
    """What moto does not make of `FrontEnd=http`."""
    resources = made["Resources"]
    api, permission = resources["HttpApi"], resources["HttpApiPermission"]
    assert (api["Condition"], permission["Condition"]) == ("IsHttp", "IsHttp")
    assert api["Properties"]["ProtocolType"] == "HTTP"
    assert api["Properties"]["Target"] == permission["Properties"]["FunctionName"]
    assert permission["Properties"]["Principal"] == "apigateway.amazonaws.com"
    assert "${HttpApi}/*/$default" in str(permission["Properties"]["SourceArn"])


@pytest.mark.parametrize("sources, front", [("", "url"), ("one,two", "http"), ("", "rest")])
def test_what_moto_can_deploy_it_deploys(made, sources, front, monkeypatch):
    moto = pytest.importorskip("moto")
    import boto3

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    kept = without_what_moto_skips(made)
    with moto.mock_aws(config={"lambda": {"use_docker": False}}):
        region = {"region_name": "eu-west-1"}
        s3 = boto3.client("s3", **region)
        s3.create_bucket(
            Bucket="code", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        s3.put_object(Bucket="code", Key="f.zip", Body=b"PK\x05\x06" + bytes(18))
        client = boto3.client("cloudformation", **region)
        parameters = {"CodeBucket": "code", "CodeKey": "f.zip", "SourceBuckets": sources}
        parameters["FrontEnd"] = front
        client.create_stack(
            StackName="pictures", TemplateBody=json.dumps(kept), Capabilities=["CAPABILITY_IAM"],
            Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
        )  # fmt: skip
        (stack,) = client.describe_stacks(StackName="pictures")["Stacks"]
        assert stack["StackStatus"] == "CREATE_COMPLETE"
        names = {
            each.get("LogicalResourceId")
            for each in client.describe_stack_resources(StackName="pictures")["StackResources"]
        }
        assert {"Results", "Role", "Function", "LogGroup"} <= names
        assert ("Originals" in names) == (not sources)
        assert {"Api", "ApiResource", "ApiMethod", "ApiDeployment"} <= names or front != "rest"
        if front == "rest":
            (api,) = boto3.client("apigateway", **region).get_rest_apis()["items"]
            assert api["name"] == "pictures-pictures"
        (function,) = boto3.client("lambda", **region).list_functions()["Functions"]
        assert function["Handler"] == "thumborlike.aws_lambda.function.handler"
        variables = function["Environment"]["Variables"]
        if sources:
            assert variables["S3_LOADER_BUCKET"] == "one"
        assert variables["ALLOW_UNSAFE_URL"] == "False"
        role = boto3.client("iam").get_role_policy(
            RoleName=function["Role"].rpartition("/")[2], PolicyName="function"
        )
        document = ast.literal_eval(role["PolicyDocument"])  # the text of a dictionary, in moto
        granted = {each["Sid"]: each for each in document["Statement"] if each}
        if sources:
            assert granted["ReadsOriginals"]["Resource"] == [
                "arn:aws:s3:::one/*", "arn:aws:s3:::two/*",
            ]  # fmt: skip
            assert granted["SeesWhichOriginalsAreMissing"]["Resource"] == [
                "arn:aws:s3:::one", "arn:aws:s3:::two",
            ]  # fmt: skip
        assert "LooksForFaces" not in granted


@pytest.mark.parametrize("branch", [1, 2])
def test_the_function_starts_with_the_stack_s_environment(made, branch):
    """Both branches of each condition; names of resources stand for their values."""
    variables = made["Resources"]["Function"]["Properties"]["Environment"]["Variables"]
    environ = {name: _resolved(value, branch, made) for name, value in variables.items()}
    environ = {name: value for name, value in environ.items() if value is not None}
    for name in ("LAMBDA_SECRET", "SECRETS_MANAGER", "ENABLE_SIGNATURE"):  # they would be read
        environ.pop(name, None)
    loaded = loaded_from({**environ, "SECURITY_KEY": "k" * 40})
    assert not [each for each in loaded.warnings if "SECURITY_KEY" not in each], loaded.warnings
    assert loaded.settings.function.lambda_results_bucket == "Results"
    assert loaded.settings.storage.loader == "s3"
    assert loaded.settings.security.allow_unsafe_url is (branch == 1)


def _resolved(value, branch, made):
    if isinstance(value, str):
        return value
    if "Fn::If" in value:
        return _resolved(value["Fn::If"][branch], branch, made)
    if "Fn::Select" in value:
        return "bucket"
    name = value["Ref"]
    if name == "AWS::NoValue":
        return None
    return str(made["Parameters"].get(name, {}).get("Default", name)) or "bucket"
