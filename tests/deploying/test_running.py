"""Deploying into a mock of AWS."""

from __future__ import annotations

import json
import sys
import zipfile

import pytest

boto3 = pytest.importorskip("boto3")
moto = pytest.importorskip("moto")
from stack_template import template, without_what_moto_skips  # noqa: E402

from thumborlike.cli import main  # noqa: E402
from thumborlike.deploying.edge_key import publish_key  # noqa: E402
from thumborlike.deploying.errors import DeployError  # noqa: E402
from thumborlike.deploying.running import Wish, deploy  # noqa: E402
from thumborlike.deploying.stacks import Stack  # noqa: E402
from thumborlike.deploying.upload import upload  # noqa: E402

REGION = "eu-west-1"


@pytest.fixture
def session(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with moto.mock_aws(config={"lambda": {"use_docker": False}}):
        yield boto3.Session(region_name=REGION)


@pytest.fixture
def wish(tmp_path):
    package = tmp_path / "thumborlike-1-arm64.zip"
    with zipfile.ZipFile(package, "w") as made:
        made.writestr("a.py", "")
    path = tmp_path / "template.json"
    path.write_text(json.dumps(without_what_moto_skips(template())))
    return Wish("pictures", package, {}, template=path)


def test_a_first_deployment_makes_the_bucket_uploads_and_tells_the_outputs(session, wish):
    said = []
    deploy(wish, session, said.append, dry=False, every=0)
    (uploaded,) = session.client("s3").list_objects_v2(
        Bucket="thumborlike-code-123456789012-eu-west-1"
    )["Contents"]
    assert uploaded["Key"].startswith("thumborlike/thumborlike-1-arm64-")
    block = session.client("s3").get_public_access_block(
        Bucket="thumborlike-code-123456789012-eu-west-1"
    )["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    assert any("add     Function" in line for line in said)
    assert said[0].startswith("package uploaded")


def test_a_bucket_of_somebody_else_is_not_used(session, wish):
    bucket = "thumborlike-code-123456789012-eu-west-1"
    with pytest.raises(DeployError, match="not allowed to call HeadBucket"):
        upload(Squatted(), bucket, wish.package, "123456789012")


class Squatted:
    """S3, where the bucket is another account's."""

    region_name = REGION

    def client(self, _name, **_):
        return self

    def head_bucket(self, **asked):
        from botocore.exceptions import ClientError

        assert asked["ExpectedBucketOwner"] == "123456789012"
        raise ClientError({"Error": {"Code": "403"}}, "HeadBucket")


def test_a_dry_run_changes_nothing(session, wish):
    said = []
    assert deploy(wish, session, said.append, dry=True, every=0) == {}
    assert any("add     Results" in line for line in said)
    assert session.client("s3").list_buckets()["Buckets"] == []
    assert session.client("lambda").list_functions()["Functions"] == []
    stacks = session.client("cloudformation").list_stacks()["StackSummaries"]
    assert all(each["StackStatus"] == "DELETE_COMPLETE" for each in stacks)


def test_parameters_that_are_not_given_stay_as_they_are():
    client = Scripted()
    client.stack = {"StackStatus": "UPDATE_COMPLETE", "Parameters": [
        {"ParameterKey": "MemorySize", "ParameterValue": "1024"},
        {"ParameterKey": "TimeoutSeconds", "ParameterValue": "60"},
        {"ParameterKey": "Dropped", "ParameterValue": "x"},
    ]}  # fmt: skip
    Stack(client, "pictures", 0).plan("{}", {"TimeoutSeconds": "30"})
    assert client.asked["Parameters"] == [
        {"ParameterKey": "TimeoutSeconds", "ParameterValue": "30"},
        {"ParameterKey": "MemorySize", "UsePreviousValue": True},
    ]
    assert client.asked["ChangeSetType"] == "UPDATE"


class Scripted:
    """CloudFormation, which says what it is told to."""

    def __init__(self):
        self.stack = {"StackStatus": "UPDATE_COMPLETE"}
        self.set = {"Status": "CREATE_COMPLETE", "Changes": []}
        self.asked = {}
        self.events = []

    def describe_stacks(self, **_):
        return {"Stacks": [self.stack]}

    def get_template_summary(self, **_):
        return {"Parameters": [{"ParameterKey": "MemorySize"}, {"ParameterKey": "TimeoutSeconds"}]}

    def create_change_set(self, **asked):
        self.asked = asked

    def describe_change_set(self, **_):
        return self.set

    def describe_stack_events(self, **_):
        return {"StackEvents": self.events}

    def execute_change_set(self, **_):
        self.events = [
            {"EventId": "2", "ResourceStatus": "UPDATE_ROLLBACK_COMPLETE", "LogicalResourceId": "p"},  # noqa: E501
            {"EventId": "1", "ResourceStatus": "CREATE_FAILED", "LogicalResourceId": "Url",
             "ResourceStatusReason": "no such region"},
        ]  # fmt: skip
        self.stack = {"StackStatus": "UPDATE_ROLLBACK_COMPLETE"}


def test_a_failure_is_told_with_its_first_reason():
    said = []
    stack = Stack(Scripted(), "pictures", 0)
    with pytest.raises(DeployError, match="UPDATE_ROLLBACK_COMPLETE: Url: no such region"):
        stack.carry_out(stack.plan("{}", {}), said.append)
    assert said == ["create failed: Url (no such region)", "update rollback complete: p"]


def test_what_cloudformation_refuses_is_told():
    client = Scripted()
    client.set = {"Status": "FAILED", "StatusReason": "Template error: x"}
    with pytest.raises(DeployError, match="refuses the stack: Template error: x"):
        Stack(client, "pictures", 0).plan("{}", {})
    client.set = {
        "Status": "FAILED",
        "StatusReason": "The submitted information didn't contain changes.",
    }
    assert Stack(client, "pictures", 0).plan("{}", {}).changes == ()


def test_a_stack_that_is_stuck_is_said_to_be():
    client = Scripted()
    client.stack = {"StackStatus": "ROLLBACK_COMPLETE"}
    with pytest.raises(DeployError, match="ROLLBACK_COMPLETE: delete it first"):
        Stack(client, "pictures", 0).plan("{}", {})


class Keys:
    """Secrets Manager and CloudFront's key-value store."""

    region_name = REGION

    def __init__(self, secret, stored=None):
        self.secret, self.stored, self.matched = secret, stored, None

    def client(self, _name, **_):
        return self

    def get_secret_value(self, **_):
        return {"SecretString": self.secret}

    def get_key(self, **_):
        from botocore.exceptions import ClientError

        if self.stored is None:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "GetKey")
        return {"Value": self.stored}

    def describe_key_value_store(self, **_):
        return {"ETag": "E1"}

    def put_key(self, **given):
        self.stored, self.matched = given["Value"], given["IfMatch"]


def test_the_key_goes_from_its_secret_into_cloudfronts_store_once():
    keys = Keys('{"SECURITY_KEY": "abc"}')
    assert publish_key(keys, "arn", "store")
    assert (keys.stored, keys.matched) == ("abc", "E1")
    assert not publish_key(keys, "arn", "store")


@pytest.mark.parametrize("secret", ["abc", "{}", "[]"])
def test_a_secret_without_the_field_is_told_and_not_shown(secret):
    with pytest.raises(DeployError, match="the secret arn has no field SECURITY_KEY") as found:
        publish_key(Keys(secret), "arn", "store")
    assert "abc" not in str(found.value)


def _with(wish, parameters):
    return Wish(wish.stack, wish.package, parameters, template=wish.template)


def test_the_same_again_changes_nothing(session, wish):
    deploy(wish, session, print, dry=False, every=0)
    said = []
    deploy(wish, session, said.append, dry=False, every=0)
    assert said[0].startswith("package is already in")
    assert "nothing would change" in said


def test_a_parameter_that_does_not_exist_is_named(session, wish):
    with pytest.raises(DeployError, match="no such parameter: Memory; known: AllowUnsafeUrl, Arch"):
        deploy(_with(wish, {"Memory": "1"}), session, print, dry=False, every=0)


def test_a_package_that_is_missing_is_told(session, wish, tmp_path):
    with pytest.raises(DeployError, match="there is no package"):
        deploy(Wish("p", tmp_path / "no.zip", {}), session, print, dry=False)


def test_the_command_tells_errors_in_a_line(session, wish, capsys, monkeypatch):
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    assert main(["deploy", "--package", str(wish.package)]) == 1
    assert "which region?" in capsys.readouterr().err
    assert main(["deploy", "--region", REGION, "--set", "x", "--package", "p"]) == 1
    assert "--set takes NAME=VALUE, not 'x'" in capsys.readouterr().err
    assert main(["deploy", "--region", REGION, "--profile", "nobody", "--package", "p"]) == 1
    assert "nobody" in capsys.readouterr().err
    assert main(["deploy", "--region", REGION, "--package", "no.zip"]) == 1
    assert "there is no package no.zip" in capsys.readouterr().err


def test_the_command_deploys(session, wish, capsys, monkeypatch):
    running = sys.modules["thumborlike.deploying.running"]
    monkeypatch.setattr(running, "Wish", lambda *given: Wish(*given, template=wish.template))
    given = ["deploy", "--region", REGION, "--package", str(wish.package)]
    assert main([*given, "--dry-run"]) == 0
    assert capsys.readouterr().out == ""
    assert main([*given, "--set", "AllowUnsafeUrl=Yes"]) == 0
    assert "create complete: thumborlike" in capsys.readouterr().err
    (function,) = session.client("lambda").list_functions()["Functions"]
    assert function["Environment"]["Variables"]["ALLOW_UNSAFE_URL"] == "True"
