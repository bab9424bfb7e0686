"""What an old Serverless Image Handler's settings become."""

from __future__ import annotations

import json

import pytest
from stack_template import template

from thumborlike.aws_lambda import environment
from thumborlike.cli import main
from thumborlike.deploying.errors import DeployError
from thumborlike.deploying.moving import (
    MOVES,
    PARAMETERS,
    generation,
    moves,
    parameters,
    trouble,
    variables_of,
)

V3 = {
    "TC_AWS_LOADER_BUCKET": "pictures", "TC_AWS_REGION": "eu-west-1", "ENABLE_CORS": "YES",
    "CORS_ORIGIN": "*", "ALLOW_UNSAFE_URL": "True", "AUTO_WEBP": "True", "UUID": "u",
    "SEND_ANONYMOUS_DATA": "Yes", "SECURITY_KEY": "hush", "QUALITY": "80",
    "REWRITE_ENABLED": "YES", "REWRITE_PATTERNS": "[('^/old/', '/new/')]",
}  # fmt: skip
V6 = {
    "SOURCE_BUCKETS": "one, two", "CORS_ENABLED": "No", "AUTO_WEBP": "No",
    "ENABLE_SIGNATURE": "Yes", "SECRETS_MANAGER": "arn:aws:secretsmanager:x", "SECRET_KEY": "field",
}  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"Environment": {"Variables": V6}}),
        json.dumps({"Configuration": {"Environment": {"Variables": V6}}}),
        json.dumps(V6),
        "\n".join(f"{name}={value}" for name, value in V6.items()),
        "\n".join(f'export {name}="{value}"' for name, value in V6.items()),
    ],
)
def test_all_that_awss_command_prints_is_read(text):
    assert variables_of(text) == V6


def test_parameters_of_stacks_are_read():
    given = {"SourceBucketsParameter": "one", "CorsEnabled": "Yes", "LogRetentionPeriod": 180}
    listed = [{"ParameterKey": k, "ParameterValue": v} for k, v in given.items()]
    expected = {"SOURCE_BUCKETS": "one", "CORS_ENABLED": "Yes", "LOG_RETENTION": "180"}
    assert variables_of(json.dumps({"Stacks": [{"Parameters": listed}]})) == expected
    assert variables_of(json.dumps(listed)) == expected


@pytest.mark.parametrize("text", ["", "nothing", "7", '"x"'])
def test_what_is_neither_is_told(text):
    with pytest.raises(DeployError):
        variables_of(text)


def test_generations_are_told_apart():
    assert generation(V3) == "sih3"
    assert generation({**V3, "ALLOW_UNSAFE_URL": "False"}) == "thumbor"
    assert generation(V6) == "sih"


def test_every_variable_of_both_generations_has_its_line():
    assert {each.name for each in moves(V3)} == set(V3)
    assert set(PARAMETERS.values()) <= set(MOVES)
    assert set(environment.OLD) | set(environment.WITHOUT_EFFECT) - {"METRICS_ENDPOINT"} <= set(
        MOVES
    )
    (quality,) = (each for each in moves(V3) if each.name == "QUALITY")
    assert "key of Thumbor's" in quality.becomes


def test_parameters_of_ours_do_the_same_and_exist():
    assert parameters(V3) == {
        "Links": "sih3", "SourceBuckets": "pictures", "CorsOrigin": "*", "CorsEnabled": "Yes",
        "SecuritySecretArn": "<its ARN>", "AutoFormats": "webp",
    }  # fmt: skip
    assert parameters(V6) == {
        "Links": "sih", "SourceBuckets": "one,two", "CorsEnabled": "No", "EnableSignature": "Yes",
        "SecretsManagerSecretArn": "arn:aws:secretsmanager:x", "SecretsManagerKey": "field",
        "AutoFormats": "off",
    }  # fmt: skip
    everything = {**dict.fromkeys(MOVES, "Yes"), **V6}
    assert set(parameters(everything)) <= set(template()["Parameters"])


def test_what_cannot_be_taken_over_is_told():
    assert trouble(V3) is None
    assert "pattern" in (trouble({**V3, "REWRITE_PATTERNS": "[('(', 'x')]"}) or "")
    assert trouble({**V3, "REWRITE_PATTERNS": "[("})


def test_the_command_prints_the_migration_and_no_key(tmp_path, capsys):
    path = tmp_path / "old.json"
    path.write_text(json.dumps({"Environment": {"Variables": V3}}))
    assert main(["doctor", "--from-sih", str(path)]) == 0
    said = capsys.readouterr().out
    assert "version 3.1" in said
    assert "hush" not in said
    assert "--set Links=sih3" in said
    assert said.index("create-secret") < said.index("--set SecuritySecretArn='<its ARN>'")
    assert all(name in said for name in V3)


def test_the_environment_and_what_is_none(tmp_path, capsys, monkeypatch):
    for name, value in V6.items():
        monkeypatch.setenv(name, value)
    assert main(["doctor", "--env"]) == 0
    assert "versions 4 to 7" in capsys.readouterr().out
    path = tmp_path / "x"
    path.write_text("A=1")
    assert main(["doctor", "--from-sih", str(path)]) == 1
    assert main(["doctor", "--from-sih", str(tmp_path / "missing")]) == 1
    assert capsys.readouterr().err.count("Error:") == 2
