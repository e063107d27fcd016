"""Least privilege, both ways: each call that the flows make is allowed, and nothing is allowed that none makes."""

from __future__ import annotations

import inspect
import re
from collections import defaultdict

import pytest
from prefect_aws.workers import ecs_worker

from tests.terraform.calls import ACCOUNT, GLUE, REGION
from tests.terraform.conftest import FLOWS, Applied, Driven
from tests.terraform.iam import Call, allows, grants, matches

pytestmark = pytest.mark.xdist_group("terraform")

BUCKET = f"arn:aws:s3:::cbbd-etl-test-{ACCOUNT}"
RESULTS = f"{BUCKET}/athena-results/*"
# Rights that no recorded call shows, each with its reason.
UNSEEN = {
    ("s3:GetBucketLocation", BUCKET): "Athena looks where its results go, with the rights of who asks",
    ("s3:GetObject", RESULTS): "Athena reads its results with the rights of who asks; moto's has none",
    ("s3:PutObject", RESULTS): "Athena writes its results with the rights of who asks",
    ("s3:AbortMultipartUpload", RESULTS): "Athena gives up a large result",
    ("s3:AbortMultipartUpload", f"{BUCKET}/lake/raw/*"): "a large upload that fails is given up",
    ("s3:AbortMultipartUpload", f"{BUCKET}/lake/warehouse/*"): "a large upload that fails is given up",
    ("s3:AbortMultipartUpload", f"{BUCKET}/lake/export/*"): "a large upload that fails is given up",
    ("s3:DeleteObject", f"{BUCKET}/lake/export/*"): "a season that a table no longer has leaves the export",
    ("s3:AbortMultipartUpload", f"{BUCKET}/lake/report/*"): "a large upload that fails is given up",
    ("s3:DeleteObject", f"{BUCKET}/lake/ops/leases/*"): "files of leases that were replaced ten minutes before",
    ("s3:DeleteObject", f"{BUCKET}/lake/report/*"): "a page that a season no longer has leaves the report",
}
# The sandbox's season has no row to put aside and no correction, so nothing is written there; else it would be as in
# the other layers.
UNSEEN |= {
    (f"glue:{operation}", f"{GLUE}:{place}"): "written when rows are put aside or the source corrects itself"
    for operation, places in {
        "GetDatabase": ["database/cbbd_ops"],
        "CreateTable": ["database/cbbd_ops", "table/cbbd_ops/*"],
        "UpdateTable": ["database/cbbd_ops", "table/cbbd_ops/*"],
    }.items()
    for place in places
}
# The rights that Prefect's own set-up of a push pool asks for beside what its worker calls.
PREFECT_CLOUD = {"ecs:DescribeTasks", "ecs:DescribeClusters", "ecs:DeregisterTaskDefinition"}
IMPLIED = {"iam:PassRole": "RunTask hands over two roles", "ecs:TagResource": "tasks and definitions get tags at birth"}

Users = dict[Call, set[str]]


@pytest.fixture(scope="module")
def made(driven: Driven) -> Users:
    """Every call, with the flows that make it."""
    users: Users = defaultdict(set)
    for flow, asked in driven.account.asked.items():
        for one in asked:
            for call in one.calls():
                users[call].add(flow)
    return users


@pytest.mark.slow
def test_the_task_role_may_make_every_call_of_every_flow(applied: Applied, driven: Driven, made: Users) -> None:
    policy = applied.policy("aws_iam_role_policy.task")
    assert driven.account.asked.keys() >= FLOWS | {"views deploy"}
    calls = [call for asked in driven.account.asked.values() for one in asked for call in one.calls()]
    refused = {f"{call.action} {call.resource} {dict(call.context)}" for call in calls if not allows(policy, call)}
    assert refused == set()


@pytest.mark.slow
def test_the_task_role_may_do_nothing_that_no_flow_does(
    applied: Applied, made: Users, capsys: pytest.CaptureFixture[str]
) -> None:
    rows, unused = [], []
    for action, pattern in grants(applied.policy("aws_iam_role_policy.task")):
        calls = [call for call in made if call.action == action and matches(pattern, call.resource)]
        flows = {flow for call in calls for flow in made[call]}
        why = UNSEEN.get((action, pattern))
        rows.append(f"{action:<28} {pattern.removeprefix('arn:aws:'):<66} {', '.join(sorted(flows)) or why}")
        if not flows and not why:
            unused.append((action, pattern))
    with capsys.disabled():
        print("\n" + "\n".join(rows))  # noqa: T201
    assert unused == []
    assert [key for key in UNSEEN if key not in set(grants(applied.policy("aws_iam_role_policy.task")))] == []


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:DeleteObject", f"{BUCKET}/lake/raw/games/season=2025/x.json.zst"),
        ("s3:DeleteObjectVersion", f"{BUCKET}/lake/warehouse/x.parquet"),
        ("s3:DeleteObject", f"{BUCKET}/lake/ops/runs/x.json"),
        ("s3:PutObject", f"{BUCKET}/elsewhere"),
        ("s3:GetObject", "arn:aws:s3:::another/lake/raw/x"),
        ("s3:PutBucketPolicy", BUCKET),
        ("glue:CreateDatabase", f"{GLUE}:database/cbbd_gold"),
        ("glue:DeleteTable", f"{GLUE}:table/cbbd_gold/games"),
        ("glue:UpdateTable", f"{GLUE}:table/others/games"),
        ("athena:StartQueryExecution", f"arn:aws:athena:{REGION}:{ACCOUNT}:workgroup/primary"),
        ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:cbbd-etl/test-abc"),
    ],
)
def test_what_the_task_role_may_not_do(applied: Applied, action: str, resource: str) -> None:
    assert not allows(applied.policy("aws_iam_role_policy.task"), Call(action, resource))


def test_raw_is_kept_from_everybody_and_plain_http_is_refused(applied: Applied) -> None:
    policy = applied.policy("aws_s3_bucket_policy.lake")
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    admin = {"Statement": [everything, *policy["Statement"]]}
    tls, plain = {"aws:SecureTransport": "true"}, {"aws:SecureTransport": "false"}
    assert allows(admin, Call("s3:GetObject", f"{BUCKET}/lake/raw/x", tls))
    assert not allows(admin, Call("s3:GetObject", f"{BUCKET}/lake/raw/x", plain))
    for action, resource in [("s3:DeleteObjectVersion", f"{BUCKET}/lake/raw/x"), ("s3:DeleteBucket", BUCKET)]:
        assert not allows(admin, Call(action, resource, tls))
    assert allows(admin, Call("s3:DeleteObject", f"{BUCKET}/lake/warehouse/x", tls))


@pytest.mark.slow
def test_raw_is_never_overwritten_by_anybody(applied: Applied, driven: Driven) -> None:
    """Every put of a flow into raw carries If-None-Match, and the bucket refuses any other."""
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    bucket = {"Statement": [everything, *applied.policy("aws_s3_bucket_policy.lake")["Statement"]]}
    raw = f"{BUCKET}/lake/raw/"
    asked = [call for found in driven.account.asked.values() for one in found for call in one.calls()]
    puts = [call for call in asked if call.action == "s3:PutObject" and call.resource.startswith(raw)]
    assert puts, "the flows store responses"
    assert all(allows(bucket, call) for call in puts)
    tls, whole = {"aws:SecureTransport": "true"}, {"s3:ObjectCreationOperation": "true"}
    assert not allows(bucket, Call("s3:PutObject", f"{raw}x", tls | whole))
    assert allows(bucket, Call("s3:PutObject", f"{raw}x", tls | whole | {"s3:if-none-match": "*"}))
    assert allows(bucket, Call("s3:PutObject", f"{raw}x", tls | {"s3:ObjectCreationOperation": "false"}))
    assert allows(bucket, Call("s3:PutObject", f"{BUCKET}/lake/warehouse/x", tls | whole))


def test_only_the_start_of_a_task_reads_the_secret_and_only_that_one(applied: Applied) -> None:
    policy = applied.policy("aws_iam_role_policy.execution")
    secret = applied.outputs["api_key_secret_arn"]
    assert allows(policy, Call("secretsmanager:GetSecretValue", secret))
    assert not allows(policy, Call("secretsmanager:GetSecretValue", secret.replace("cbbd-etl/test", "cbbd-etl/prod")))
    assert not allows(policy, Call("s3:GetObject", f"{BUCKET}/lake/raw/x"))


def test_prefect_may_do_what_its_ecs_worker_calls_and_only_on_this_cluster(applied: Applied) -> None:
    source = inspect.getsource(ecs_worker)
    words = set(re.findall(r"\b(ecs|ec2)_client\.([a-z]+_[a-z_]+)\(", source))
    called = {f"{service}:{word.title().replace('_', '')}" for service, word in words}
    assert {"ecs:RunTask", "ecs:RegisterTaskDefinition", "ec2:DescribeSubnets"} <= called
    policy = applied.policy("aws_iam_role_policy.push")
    granted = {action for action, _ in grants(policy)}
    assert called - granted == set(), "the worker calls what the role may not do"
    assert granted - called - PREFECT_CLOUD - IMPLIED.keys() == set(), "the role may do what nobody calls"
    family = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/cbbd-test-ingest-daily:3"
    ours = {"ecs:cluster": applied.outputs["cluster_arn"]}
    assert allows(policy, Call("ecs:RunTask", family, ours))
    assert not allows(policy, Call("ecs:RunTask", family, {"ecs:cluster": f"{ours['ecs:cluster']}-other"}))
    assert not allows(policy, Call("ecs:RunTask", family.replace("cbbd-test", "cbbd-prod"), ours))
    service = {"iam:PassedToService": "ecs-tasks.amazonaws.com"}
    assert allows(policy, Call("iam:PassRole", applied.outputs["task_role_arn"], service))
    assert not allows(policy, Call("iam:PassRole", applied.outputs["deploy_role_arn"], service))


def test_github_deploys_from_one_repository_and_environment_and_only_images(applied: Applied) -> None:
    trust = applied.policy("aws_iam_role.deploy[0]", "assume_role_policy")
    conditions = trust["Statement"][0]["Condition"]["StringEquals"]
    assert "repo:owner/name:environment:test" in conditions.values()
    granted = grants(applied.policy("aws_iam_role_policy.deploy[0]"))
    assert {action.partition(":")[0] for action, _ in granted} == {"ecr"}
