"""Crash detection of Prefect's ECS worker: an event of a dead container, from the queue to the state of its run."""

from __future__ import annotations

import json
from collections.abc import Iterator

import boto3
import pytest

from tests.deployment.containers import Environment, environment
from tests.deployment.orchestration import Prefect, wait_for
from tests.deployment.scripts import script
from tests.deployment.stack import IMAGE, REGION, printed

pytestmark = [pytest.mark.xdist_group("deployment"), pytest.mark.slow]

POOL = "cbbd-ecs-that-crashes"
QUEUE = "cbbd-etl-test-ecs-events"


@pytest.fixture(scope="module")
def aws() -> Iterator[Environment]:
    with environment() as made:
        boto3.client("sqs").create_queue(QueueName=QUEUE)
        yield made


def stopped(task: str, cluster: str, exit_code: int) -> str:
    """The event that EventBridge sends when a task has ended."""
    detail = {
        "taskArn": task,
        "clusterArn": cluster,
        "lastStatus": "STOPPED",
        "stopCode": "EssentialContainerExited",
        "stoppedReason": "OutOfMemoryError: Container killed due to memory usage",
        "containers": [{"name": "prefect", "exitCode": exit_code}],
    }
    return json.dumps(
        {
            "id": "315c1398-40ff-a850-213b-158f73e60175",
            "detail-type": "ECS Task State Change",
            "source": "aws.ecs",
            "time": "2026-11-29T12:00:00Z",
            "detail": detail,
        }
    )


def test_a_container_that_dies_before_its_run_begins_ends_the_run_as_crashed(
    prefect: Prefect, aws: Environment
) -> None:
    """Trap: without the queue the worker only warns, and such a run stays Pending for ever."""
    written = script("pool.py", "-", "--name", POOL, "--type", "ecs", text=printed(aws.outputs), url=prefect.url)
    assert written.code == 0, written.err
    prefect.done("deploy", "--name", "ingest", CBBD_POOL=POOL, CBBD_IMAGE=IMAGE)
    deployment = prefect.get("/deployments/name/ingest/ingest")["id"]
    run = prefect.ask(f"/deployments/{deployment}/create_flow_run", parameters={"season": "2025"})["id"]
    command = ["prefect", "worker", "start", "--type", "ecs", "--pool", POOL, "--no-create-pool-if-not-found"]
    observed = {
        "AWS_DEFAULT_REGION": REGION,
        "PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_SQS_QUEUE_NAME": QUEUE,
        "PREFECT_WORKER_QUERY_SECONDS": "1",
    }
    with prefect.started("worker-on-ecs", command, **aws.variables | observed):
        ecs, sqs = boto3.client("ecs"), boto3.client("sqs")
        cluster = aws.outputs["cluster_arn"]
        (task,) = wait_for("the task", lambda: ecs.list_tasks(cluster=cluster)["taskArns"])
        assert prefect.state(run) != "Crashed"
        url = sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=stopped(task, cluster, 137))
        wait_for("the worker to notice", lambda: prefect.state(run) == "Crashed", seconds=180)
    log = (prefect.home / "worker-on-ecs.log").read_text()
    assert "does not exist" not in log, log
    state = prefect.get(f"/flow_runs/{run}")["state"]
    assert "non-zero exit code: ['prefect']" in state["message"]
