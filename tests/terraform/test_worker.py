"""The Prefect worker on ECS as applied: service, queue of task events, dead letters, rule, and least privilege."""

from __future__ import annotations

import inspect
import json
import re
import sys
from typing import Any

import boto3
import pytest
from prefect_aws.observers import ecs as observer
from prefect_aws.settings import EcsObserverSettings

from quality.metrics import QUEUE_ALARMS
from tests.terraform.calls import ACCOUNT, REGION
from tests.terraform.conftest import Applied, Terraform
from tests.terraform.iam import Call, allows, grants

pytestmark = pytest.mark.xdist_group("terraform")

OWN = ("worker", "events", "dead", "tasks[0]", "metric_alarm.queue")  # parts of the addresses of what is optional
KEYS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": REGION}
EVENT = {
    "id": "315c1398-40ff-a850-213b-158f73e60175",
    "detail-type": "ECS Task State Change",
    "source": "aws.ecs",
    "detail": {"lastStatus": "STOPPED", "stopCode": "EssentialContainerExited"},
}


def client(applied: Applied, service: str) -> Any:
    return boto3.client(service, endpoint_url=applied.account.url, **KEYS)


@pytest.fixture(scope="module")
def container(applied: Applied) -> dict[str, Any]:
    """The container of the worker's task definition, as AWS has it."""
    definition = applied.resources["aws_ecs_task_definition.worker[0]"]["arn"]
    found = client(applied, "ecs").describe_task_definition(taskDefinition=definition)["taskDefinition"]
    (only,) = found["containerDefinitions"]
    return dict(only)


def test_the_service_keeps_one_worker_and_undoes_a_bad_deployment(applied: Applied) -> None:
    outputs = applied.outputs
    services = client(applied, "ecs").describe_services(cluster=outputs["cluster_arn"], services=["worker"])
    (service,) = services["services"]
    assert (service["desiredCount"], service["launchType"]) == (1, "FARGATE")
    made = applied.resources["aws_ecs_service.worker[0]"]
    assert made["deployment_circuit_breaker"] == [{"enable": True, "rollback": True}]
    (network,) = made["network_configuration"]
    group = applied.resources["aws_security_group.worker[0]"]["id"]
    assert (sorted(network["subnets"]), network["assign_public_ip"]) == (sorted(outputs["subnet_ids"]), False)
    assert network["security_groups"] == [group]


def test_the_worker_runs_the_pinned_image_read_only_and_without_a_secret_in_its_definition(
    applied: Applied, container: dict[str, Any]
) -> None:
    assert re.search(r"@sha256:[0-9a-f]{64}$", container["image"])
    assert container["readonlyRootFilesystem"] is True
    assert container["linuxParameters"]["tmpfs"] == [{"containerPath": "/tmp", "size": 64}]
    assert container["stopTimeout"] <= 120, "more than Fargate takes"
    name, secret = "PREFECT_API_AUTH_STRING", applied.outputs["api_key_secret_arn"]
    assert container["secrets"] == [{"name": name, "valueFrom": f"{secret}:{name}::"}]
    assert applied.outputs["prefect_credential"] == container["secrets"][0]
    assert name not in {item["name"] for item in container["environment"]}
    assert container["logConfiguration"]["options"]["awslogs-group"] == applied.outputs["worker_log_group_name"]


def test_the_worker_never_creates_its_pool(container: dict[str, Any]) -> None:
    """Trap: started before the pool is there, it would create one with Prefect's defaults, in no network of ours."""
    assert container["command"][:3] == ["prefect", "worker", "start"]
    assert container["command"][3:7] == ["--type", "ecs", "--pool", "cbbd-ecs"]
    assert "--no-create-pool-if-not-found" in container["command"]


def test_prefects_observer_finds_the_queue_by_the_workers_environment(
    applied: Applied, container: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trap: a name that the observer does not read leaves crash detection off, and the worker only warns."""
    for item in container["environment"]:
        monkeypatch.setenv(item["name"], item["value"])
    found = EcsObserverSettings()
    assert found.enabled
    assert (found.sqs.queue_name, found.sqs.queue_region) == (applied.outputs["events_queue_name"], REGION)
    assert client(applied, "sqs").get_queue_url(QueueName=found.sqs.queue_name)


def attributes(applied: Applied, address: str) -> dict[str, str]:
    """Attributes of a queue, as AWS has them."""
    url = applied.resources[address]["url"]
    found = client(applied, "sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    return dict(found["Attributes"])


def test_what_cannot_be_processed_is_kept_for_two_weeks(applied: Applied) -> None:
    events, dead = attributes(applied, "aws_sqs_queue.events[0]"), attributes(applied, "aws_sqs_queue.dead[0]")
    assert json.loads(events["RedrivePolicy"]) == {"deadLetterTargetArn": dead["QueueArn"], "maxReceiveCount": 3}
    assert (int(events["MessageRetentionPeriod"]), int(dead["MessageRetentionPeriod"])) == (4 * 86400, 14 * 86400)
    assert int(events["VisibilityTimeout"]) >= observer.SQS_MESSAGE_VISIBILITY_TIMEOUT_SECONDS
    encrypted = [
        applied.resources[f"aws_sqs_queue.{name}[0]"]["sqs_managed_sse_enabled"] for name in ("events", "dead")
    ]
    assert encrypted == [True, True]


def test_an_event_of_a_task_of_this_cluster_reaches_the_queue_and_others_do_not(applied: Applied) -> None:
    events, sqs = client(applied, "events"), client(applied, "sqs")
    ours = applied.outputs["cluster_arn"]
    for cluster in (f"{ours}-other", ours):
        detail = EVENT["detail"] | {"clusterArn": cluster}  # type: ignore[operator]
        entry = {"Source": EVENT["source"], "DetailType": EVENT["detail-type"], "Detail": json.dumps(detail)}
        events.put_events(Entries=[entry])
    url = applied.resources["aws_sqs_queue.events[0]"]["url"]
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    bodies = [json.loads(message["Body"]) for message in found]
    assert [body["detail"]["clusterArn"] for body in bodies] == [ours]
    assert bodies[0]["detail-type"] in observer._ECS_EVENT_DETAIL_MAP
    for message in found:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    (target,) = events.list_targets_by_rule(Rule=applied.resources["aws_cloudwatch_event_rule.tasks[0]"]["name"])[
        "Targets"
    ]
    assert target["DeadLetterConfig"]["Arn"] == attributes(applied, "aws_sqs_queue.dead[0]")["QueueArn"]


@pytest.mark.parametrize("name", ["events", "dead"])
def test_only_the_rule_sends(applied: Applied, name: str) -> None:
    """Trap: who can send to the queue can report any run as crashed."""
    policy = applied.policy(f"aws_sqs_queue_policy.{name}[0]")
    queue = attributes(applied, f"aws_sqs_queue.{name}[0]")["QueueArn"]
    rule = applied.resources["aws_cloudwatch_event_rule.tasks[0]"]["arn"]
    tls = {"aws:SecureTransport": "true"}
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    admin = {"Statement": [everything, *policy["Statement"]]}
    assert allows(policy, Call("sqs:SendMessage", queue, tls | {"aws:SourceArn": rule}))
    for sent in ({}, {"aws:SourceArn": f"{rule}-other"}):
        assert not allows(admin, Call("sqs:SendMessage", queue, tls | sent))
    assert allows(admin, Call("sqs:ReceiveMessage", queue, tls))
    assert not allows(admin, Call("sqs:ReceiveMessage", queue, {"aws:SecureTransport": "false"}))
    services = {part["Principal"]["Service"] for part in policy["Statement"] if part["Effect"] == "Allow"}
    assert services == {"events.amazonaws.com"}


def test_the_worker_may_make_the_calls_of_prefects_observer_and_no_others(applied: Applied) -> None:
    source = inspect.getsource(observer)
    words = set(re.findall(r"\b(sqs|ecs|logs)_client\.([a-z]+_[a-z_]+)\(", source))
    called = {f"{service}:{word.title().replace('_', '')}" for service, word in words}
    assert {"sqs:ReceiveMessage", "logs:GetLogEvents", "ecs:DescribeTasks"} <= called
    reads, runs = (applied.policy(f"aws_iam_role_policy.worker_{name}[0]") for name in ("events", "run"))
    granted = {action for action, _ in grants(reads)}
    assert called - granted == {"ecs:DescribeTasks", "ecs:DescribeTaskDefinition", "ecs:DeregisterTaskDefinition"}
    assert called - granted <= {action for action, _ in grants(runs)}
    assert granted <= called, "the role may do what nobody calls"
    assert runs == applied.policy("aws_iam_role_policy.push")
    queue = attributes(applied, "aws_sqs_queue.events[0]")["QueueArn"]
    stream = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{applied.outputs['log_group_name']}:log-stream:a/b/c"
    assert allows(reads, Call("sqs:ReceiveMessage", queue))
    assert allows(reads, Call("logs:GetLogEvents", stream))
    assert not allows(reads, Call("sqs:ReceiveMessage", f"{queue}-dead"))
    assert not allows(reads, Call("logs:GetLogEvents", stream.replace("/test:", "/prod:")))


def test_the_workers_start_reads_the_secret_and_writes_its_own_log(applied: Applied) -> None:
    policy = applied.policy("aws_iam_role_policy.worker_execution[0]")
    log = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{applied.outputs['worker_log_group_name']}"
    assert allows(policy, Call("logs:PutLogEvents", f"{log}:log-stream:worker/worker/1"))
    assert not allows(policy, Call("logs:PutLogEvents", f"{log.removesuffix('/worker')}:log-stream:x"))
    assert allows(policy, Call("secretsmanager:GetSecretValue", applied.outputs["api_key_secret_arn"]))
    trusted = applied.policy("aws_iam_role.worker[0]", "assume_role_policy")["Statement"][0]
    assert trusted["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}


@pytest.mark.parametrize("name", QUEUE_ALARMS)
def test_an_alarm_reads_a_queue_that_exists(applied: Applied, name: str) -> None:
    alarm = applied.resources[f'aws_cloudwatch_metric_alarm.queue["{name}"]']
    queue = applied.resources[f"aws_sqs_queue.{QUEUE_ALARMS[name].queue}[0]"]["name"]
    assert (alarm["namespace"], alarm["dimensions"]) == ("AWS/SQS", {"QueueName": queue})
    assert (alarm["metric_name"], alarm["threshold"]) == (QUEUE_ALARMS[name].metric, QUEUE_ALARMS[name].threshold)
    assert alarm["alarm_actions"] == [applied.outputs["alarm_topic_arn"]]
    assert alarm["alarm_description"].endswith(f"runbook.md#{name}")


def test_worker_and_runs_reach_the_prefect_server(applied: Applied) -> None:
    rules = [f'aws_vpc_security_group_egress_rule.{name}["4200"]' for name in ("task", "worker")]
    assert [applied.resources[rule]["from_port"] for rule in rules] == [4200, 4200]


def test_without_create_worker_there_is_none_of_it(terraform: Terraform, applied: Applied) -> None:
    (terraform.folder / "none.tfvars").write_text("create_worker = false\nprefect_api_url = null\n")
    options = ("-var-file=none.tfvars", "-state=none.tfstate", "-out=none.plan")
    terraform.run("plan", "-input=false", "-no-color", *options)
    planned = json.loads(terraform.run("show", "-json", "none.plan"))["planned_values"]["root_module"]["resources"]
    without = {item["address"] for item in planned if item["mode"] == "managed"}
    added = applied.resources.keys() - without
    sys.stdout.write(f"{len(without)} resources, {len(applied.resources)} with the worker\n")
    assert without < applied.resources.keys()
    assert [address for address in without if any(part in address for part in OWN)] == []
    assert [address for address in added if not any(part in address for part in (*OWN, '"4200"'))] == []


def test_a_worker_without_its_image_or_server_is_refused(terraform: Terraform) -> None:
    wrong = {
        "worker_image=cbbd-etl:latest": "a tag can be moved",
        "prefect_api_url=https://user:secret@host/api": "without a user name or password",
        "prefect_credential=PASSWORD": "prefect_credential is PREFECT_API_AUTH_STRING or PREFECT_API_KEY",
        "push_external_id=short": "push_external_id is 8 to 256",
        "cpu_architecture=amd64": "cpu_architecture is X86_64 or ARM64",
    }
    common = ("plan", "-input=false", "-no-color", "-refresh=false", "-state=none.tfstate")
    out = terraform.run(*common, *(f"-var={option}" for option in wrong), fails=True)
    (terraform.folder / "lacking.tfvars").write_text("worker_image = null\n")
    out += terraform.run(*common, "-var-file=lacking.tfvars", fails=True)
    said = " ".join(out.replace("│", " ").split())
    expected = [*wrong.values(), "create_worker needs worker_image and prefect_api_url"]
    assert [text for text in expected if text not in said] == []
