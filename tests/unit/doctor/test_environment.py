"""`cbbd-etl deploy doctor` on AWS: each thing that is missing is found, with the step that makes it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tasks.doctor.checks import ON_AWS
from tasks.doctor.environment import GUIDE, NEEDED, Environment
from tasks.doctor.finding import Finding, examine
from tests.deployment.stack import OUTPUTS, REGION, printed

ROOT = Path(__file__).parents[3]
KEY = "k" * 20
KIND = "application/vnd.oci.image.manifest.v1+json"
CONFIG = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": f"sha256:{'0' * 64}", "size": 2}
MANIFEST = json.dumps({"schemaVersion": 2, "mediaType": KIND, "config": CONFIG, "layers": []})


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A simulated account that this shell is signed in to."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, REGION)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield


def made() -> tuple[dict[str, Any], str]:
    """Everything that the guide makes on AWS: outputs, and the image."""
    boto3.client("s3").create_bucket(Bucket="lakes")
    for layer in ("bronze", "silver", "gold", "ops"):
        boto3.client("glue").create_database(DatabaseInput={"Name": f"{OUTPUTS['database_prefix']}{layer}"})
    cluster = boto3.client("ecs").create_cluster(clusterName="cbbd-test")["cluster"]["clusterArn"]
    boto3.client("logs").create_log_group(logGroupName=OUTPUTS["log_group_name"])
    value = json.dumps({"CBBD_API_KEY": KEY})
    secret = boto3.client("secretsmanager").create_secret(Name="cbbd-test-api-key", SecretString=value)["ARN"]
    ecr = boto3.client("ecr")
    address = ecr.create_repository(repositoryName="cbbd-etl")["repository"]["repositoryUri"]
    pushed = ecr.put_image(repositoryName="cbbd-etl", imageManifest=MANIFEST, imageTag="x")["image"]["imageId"]
    return OUTPUTS | {"cluster_arn": cluster, "api_key_secret_arn": secret}, f"{address}@{pushed['imageDigest']}"


def found(outputs: dict[str, Any], image: str) -> dict[str, Finding]:
    return {item.name: item for item in examine(ON_AWS, Environment(printed(outputs), image=image))}


@pytest.mark.usefixtures("aws")
def test_nothing_is_wrong_with_a_whole_environment():
    outputs, image = made()
    findings = found(outputs, image)
    assert {name: (item.state, item.cure) for name, item in findings.items()} == dict.fromkeys(findings, ("ok", ""))
    assert KEY not in str(findings)


def no_key(outputs: dict[str, Any]) -> None:
    boto3.client("secretsmanager").put_secret_value(SecretId=outputs["api_key_secret_arn"], SecretString='{"A": 1}')


def dots(outputs: dict[str, Any]) -> None:
    value = json.dumps({"CBBD_API_KEY": "..."})
    boto3.client("secretsmanager").put_secret_value(SecretId=outputs["api_key_secret_arn"], SecretString=value)


def no_secret(outputs: dict[str, Any]) -> None:
    boto3.client("secretsmanager").delete_secret(
        SecretId=outputs["api_key_secret_arn"], ForceDeleteWithoutRecovery=True
    )


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    ("breaks", "name", "step"),
    [
        (lambda _: boto3.client("s3").delete_bucket(Bucket="lakes"), "bucket", 5),
        (lambda _: boto3.client("glue").delete_database(Name="cbbd_test_gold"), "databases", 5),
        (lambda outputs: boto3.client("ecs").delete_cluster(cluster=outputs["cluster_arn"]), "cluster", 5),
        (lambda outputs: boto3.client("logs").delete_log_group(logGroupName=outputs["log_group_name"]), "logs", 5),
        (no_key, "secret", 6),
        (dots, "secret", 6),
        (no_secret, "secret", 6),
        (lambda _: boto3.client("ecr").delete_repository(repositoryName="cbbd-etl", force=True), "image", 7),
    ],
)
def test_what_is_missing_is_found_and_nothing_else(breaks: Callable[[dict[str, Any]], Any], name: str, step: int):
    outputs, image = made()
    breaks(outputs)
    findings = found(outputs, image)
    assert [item.name for item in findings.values() if item.state != "ok"] == [name]
    assert findings[name].state == "wrong"
    assert f"step {step} of docs/deployment.md" in findings[name].cure


@pytest.mark.usefixtures("aws")
def test_an_image_by_tag_or_without_a_name_is_refused():
    outputs, image = made()
    for given in ("", image.partition("@")[0] + ":latest"):
        assert found(outputs, given)["image"].state == "wrong"


@pytest.mark.usefixtures("aws")
def test_another_region_and_account_are_found(monkeypatch: pytest.MonkeyPatch):
    outputs, image = made()
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert found(outputs, image)["region"].state == "wrong"
    other = outputs | {"cluster_arn": outputs["cluster_arn"].replace("123456789012", "999999999999")}
    assert found(other, image)["account"].state == "wrong"


def test_without_credentials_the_cure_is_to_sign_in(monkeypatch: pytest.MonkeyPatch):
    """Trap: a doctor that ends with the trace of boto3 in the one environment that needs it."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    findings = found(OUTPUTS, "")
    assert findings["account"].state == "wrong"
    assert "step 2" in findings["account"].cure


@pytest.mark.parametrize(
    ("number", "command"),
    [
        (2, "aws sts get-caller-identity"),
        (5, "terraform -chdir=infra/terraform apply"),
        (6, "aws secretsmanager put-secret-value"),
        (7, "infra/image/publish"),
        (8, "prefect cloud login"),
        (9, "infra/prefect/pool.py"),
        (10, "infra/image/deploy"),
        (14, "infra/prefect/automations.py"),
    ],
)
def test_the_steps_that_cures_name_are_those_of_the_guide(number: int, command: str):
    """Trap: a step that is added to the guide moves all that follow."""
    guide = (ROOT / GUIDE).read_text().partition("## AWS with Prefect Cloud")[2]
    assert command in guide.partition(f"\n{number}. ")[2].partition(f"\n{number + 1}. ")[0]


@pytest.mark.parametrize("text", ["", "[]", "no JSON", "{}", printed(dict.fromkeys(NEEDED, ""))])
def test_without_outputs_the_rest_is_not_checked(text: str):
    first, *others = examine(ON_AWS, Environment(text, image="x@sha256:0"))
    assert first.state == "wrong"
    assert "step 5" in first.cure
    assert {item.state for item in others if item.name != "image"} == {"skipped"}
