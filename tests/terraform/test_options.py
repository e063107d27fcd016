"""What is optional and has a price, applied together: a key of one's own, private endpoints, an external id, ARM64."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from prefect_aws import AwsCredentials

from tests.terraform.calls import ACCOUNT, REGION
from tests.terraform.conftest import Applied
from tests.terraform.iam import Call, allows, grants

pytestmark = [pytest.mark.xdist_group("terraform"), pytest.mark.slow]

EXTERNAL_ID = "a-long-external-id"
VARIABLES = f"""
environment       = "full"
database_prefix   = "full_cbbd_"
github_repository = null
repository_name   = "full"
private_subnets   = false
kms_key           = true
vpc_endpoints     = true
cpu_architecture  = "ARM64"
push_external_id  = "{EXTERNAL_ID}"
"""
CALL = f"{REGION}.amazonaws.com"


@pytest.fixture(scope="module")
def full(applied: Applied) -> Applied:
    """A second environment in the same account, with every option."""
    terraform = applied.terraform
    (terraform.folder / "full.tfvars").write_text(VARIABLES)
    given = ("-input=false", "-no-color", "-parallelism=20", "-state=full.tfstate", "-var-file=full.tfvars")
    terraform.run("apply", "-auto-approve", *given)
    values = json.loads(terraform.run("show", "-json", "full.tfstate"))["values"]
    made = values["root_module"]["resources"]
    resources = {item["address"]: item["values"] for item in made if item["mode"] == "managed"}
    outputs = {name: item["value"] for name, item in values["outputs"].items()}
    return replace(applied, outputs=outputs, resources=resources)


def test_the_options_settle(full: Applied) -> None:
    given = ("-input=false", "-no-color", "-detailed-exitcode", "-state=full.tfstate", "-var-file=full.tfvars")
    assert "No changes." in full.terraform.run("plan", *given)


def test_bucket_logs_secret_queues_and_results_have_the_key(full: Applied) -> None:
    found = full.resources
    key = found["aws_kms_key.lake[0]"]["arn"]
    (rule,) = found["aws_s3_bucket_server_side_encryption_configuration.lake"]["rule"]
    (default,) = rule["apply_server_side_encryption_by_default"]
    assert (default["sse_algorithm"], default["kms_master_key_id"], rule["bucket_key_enabled"]) == (
        "aws:kms",
        key,
        True,
    )
    logs = [
        found[name]["kms_key_id"] for name in ("aws_cloudwatch_log_group.runs", "aws_cloudwatch_log_group.worker[0]")
    ]
    assert [*logs, found["aws_secretsmanager_secret.pipeline"]["kms_key_id"]] == [key] * 3
    queues = [found[f"aws_sqs_queue.{name}[0]"]["kms_master_key_id"] for name in ("events", "dead")]
    assert queues == [key, key]
    assert found["aws_kms_key.lake[0]"]["enable_key_rotation"] is True


@pytest.mark.parametrize(
    ("user", "service", "writes"),
    [("task", "s3", True), ("execution", "secretsmanager", False), ("worker", "sqs", False),
     ("worker-execution", "secretsmanager", False)],
)  # fmt: skip
def test_a_role_uses_the_key_through_its_service_alone(full: Applied, user: str, service: str, writes: bool) -> None:
    """Trap: without this right, a bucket under a key of one's own refuses every object; the error names KMS."""
    policy, key = full.policy(f'aws_iam_role_policy.use_key["{user}"]'), full.resources["aws_kms_key.lake[0]"]["arn"]
    assert allows(policy, Call("kms:Decrypt", key, {"kms:ViaService": f"{service}.{CALL}"}))
    assert allows(policy, Call("kms:GenerateDataKey", key, {"kms:ViaService": f"{service}.{CALL}"})) is writes
    assert not allows(policy, Call("kms:Decrypt", key, {"kms:ViaService": f"ec2.{CALL}"}))
    assert not allows(policy, Call("kms:Decrypt", key))
    assert {resource for _, resource in grants(policy)} == {key}


def test_services_use_the_key_for_this_environment_only(full: Applied) -> None:
    statements = {part["Sid"]: part for part in full.policy("aws_kms_key.lake[0]")["Statement"]}
    assert statements.keys() == {
        "TheAccountDecides", "LogsOfThisEnvironment", "EventsIntoTheQueue", "TheReportIsPublished",
    }  # fmt: skip
    assert statements["TheAccountDecides"]["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    assert [sid for sid, part in statements.items() if sid != "TheAccountDecides" and not part.get("Condition")] == []


def test_endpoints_take_connections_from_tasks_and_the_worker_alone(full: Applied) -> None:
    endpoints = [item for address, item in full.resources.items() if "aws_vpc_endpoint.interface" in address]
    names = {item["service_name"].removeprefix(f"com.amazonaws.{REGION}.") for item in endpoints}
    assert names == {"ec2", "ecr.api", "ecr.dkr", "ecs", "glue", "logs", "secretsmanager", "sqs"}
    assert {len(item["subnet_ids"]) for item in endpoints} == {1}, "each zone costs as much again"
    rules = [item for address, item in full.resources.items() if "ingress_rule" in address]
    groups = {full.resources[f"aws_security_group.{name}"]["id"] for name in ("task", "worker[0]")}
    assert {rule["referenced_security_group_id"] for rule in rules} == groups
    assert {(rule["from_port"], rule["to_port"], rule["cidr_ipv4"]) for rule in rules} == {(443, 443, None)}


def test_arm64_reaches_the_worker_and_the_image(full: Applied) -> None:
    definition: dict[str, Any] = full.resources["aws_ecs_task_definition.worker[0]"]
    assert definition["runtime_platform"] == [{"cpu_architecture": "ARM64", "operating_system_family": "LINUX"}]
    assert (full.outputs["cpu_architecture"], full.outputs["image_platform"]) == ("ARM64", "linux/arm64")


def test_the_push_role_asks_for_the_external_id_that_prefects_block_names(full: Applied, applied: Applied) -> None:
    trust = full.policy("aws_iam_role.push", "assume_role_policy")["Statement"][0]
    assert trust["Condition"] == {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}}
    assert "Condition" not in applied.policy("aws_iam_role.push", "assume_role_policy")["Statement"][0]
    block = AwsCredentials(assume_role_arn="arn", assume_role_kwargs={"ExternalId": EXTERNAL_ID})
    assert block.assume_role_kwargs.get_params_override() == {"ExternalId": EXTERNAL_ID}
