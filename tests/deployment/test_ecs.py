"""Prefect's own ECS worker against moto: what it registers and runs, and the container's command run as ECS runs it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from sandbox import SandboxConfig
from tests.deployment.containers import KEY, Container, Environment, environment
from tests.deployment.orchestration import PATIENCE, ROOT, Prefect, wait_for
from tests.deployment.scripts import script
from tests.deployment.stack import IMAGE, printed

pytestmark = [pytest.mark.xdist_group("deployment"), pytest.mark.slow]

POOL = "cbbd-ecs-with-worker"
INGESTED = ["games", "game_teams"]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The simulated API behind HTTP. It knows one key."""
    config = tmp_path_factory.mktemp("api") / "sandbox.json"
    config.write_text(SandboxConfig(keys=(KEY,)).to_json())
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--config", str(config)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield process.stdout.readline().split()[-1]
    process.terminate()
    process.communicate(timeout=PATIENCE)


@pytest.fixture(scope="module")
def aws() -> Iterator[Environment]:
    with environment() as made:
        yield made


@dataclass
class Tasks:
    """Runs of a deployment as ECS tasks."""

    prefect: Prefect
    aws: Environment
    deployment_id: str

    def order(self, **parameters: Any) -> str:
        """A flow run, as `prefect deployment run` makes one; its id."""
        run = self.prefect.ask(f"/deployments/{self.deployment_id}/create_flow_run", parameters=parameters)
        return str(run["id"])

    def poll(self) -> dict[str, Any]:
        """Let the worker look for work once; the RunTask call that it makes."""
        before = len(self.aws.aws.asked("RunTask"))
        said = self.prefect.done("worker", "start", "--pool", POOL, "--run-once", **self.aws.variables)
        calls = self.aws.aws.asked("RunTask")
        assert len(calls) == before + 1, said
        return calls[-1]

    def definition(self, request: dict[str, Any]) -> dict[str, Any]:
        """The task definition of a RunTask call."""
        found = boto3.client("ecs").describe_task_definition(taskDefinition=request["taskDefinition"])
        return dict(found["taskDefinition"])

    def container(self, request: dict[str, Any]) -> Container:
        return Container.of(request, self.definition(request), self.aws.variables)


@pytest.fixture(scope="module")
def tasks(prefect: Prefect, aws: Environment, api: str) -> Tasks:
    """The deployment `ingest` on a pool of type ecs, whose defaults come from Terraform's outputs."""
    extra = ("--env", f"CBBD_BASE_URL={api}", "--env", f"AWS_ENDPOINT_URL={aws.aws.url}")
    written = ("pool.py", "-", "--name", POOL, "--type", "ecs", *extra)
    done = script(*written, text=printed(aws.outputs), url=prefect.url)
    assert done.code == 0, done.err
    prefect.done("deploy", "--name", "ingest", CBBD_POOL=POOL, CBBD_IMAGE=IMAGE)
    return Tasks(prefect, aws, prefect.get("/deployments/name/ingest/ingest")["id"])


@dataclass
class Story:
    """One flow run: its first task is ended by SIGTERM, the second one goes on."""

    run_id: str
    requests: list[dict[str, Any]]
    code_of_first: int
    state_after_first: str
    kept_by_first: int
    log: str


@pytest.fixture(scope="module")
def story(tasks: Tasks, tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("container")
    run_id = tasks.order(season="2025", endpoints=INGESTED)
    first = tasks.poll()
    process = tasks.container(first).start(folder)
    try:
        wait_for("the first answers", lambda: process.poll() is not None or tasks.aws.raw_objects() >= 2)
        process.send_signal(signal.SIGTERM)  # as tini passes on what ECS sends
        code = process.wait(timeout=PATIENCE)
    finally:
        process.kill()
    state, kept = tasks.prefect.state(run_id), tasks.aws.raw_objects()
    second = tasks.poll()
    again = tasks.container(second).start(folder)
    try:
        again.wait(timeout=PATIENCE)
    finally:
        again.kill()
    return Story(run_id, [first, second], code, state, kept, (folder / "container.log").read_text())


def test_the_task_definition_has_what_the_environment_and_the_deployment_say(tasks: Tasks, story: Story) -> None:
    definition = tasks.definition(story.requests[0])
    (container,) = definition["containerDefinitions"]
    outputs = tasks.aws.outputs
    tasks.prefect.said(json.dumps(definition, indent=1, default=str))
    assert container["image"] == IMAGE
    assert (definition["cpu"], definition["memory"], container["memory"]) == ("1024", "3072", 3072)
    assert definition["runtimePlatform"] == {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"}
    assert definition["executionRoleArn"] == outputs["execution_role_arn"]
    assert (definition["family"], definition["networkMode"]) == ("cbbd-test-ingest", "awsvpc")
    assert container["secrets"] == [
        {"name": "CBBD_API_KEY", "valueFrom": f"{outputs['api_key_secret_arn']}:CBBD_API_KEY::"}
    ]
    assert container["logConfiguration"]["logDriver"] == "awslogs"
    assert container["logConfiguration"]["options"]["awslogs-group"] == outputs["log_group_name"]
    assert container["logConfiguration"]["options"]["awslogs-create-group"] == "false"


def test_the_task_runs_in_its_role_and_network_and_carries_no_secret(tasks: Tasks, story: Story) -> None:
    request, outputs = story.requests[0], tasks.aws.outputs
    assert request["cluster"] == outputs["cluster_arn"]
    assert request["launchType"] == "FARGATE"
    assert request["overrides"]["taskRoleArn"] == outputs["task_role_arn"]
    assert request["networkConfiguration"]["awsvpcConfiguration"] == {
        "subnets": outputs["subnet_ids"],
        "securityGroups": [outputs["security_group_id"]],
        "assignPublicIp": "DISABLED",
    }
    tags = {item["key"]: item["value"] for item in request["tags"]}
    assert tags["project"] == "cbbd-etl"
    assert tags["environment"] == "test"
    assert tags["prefect.io/deployment-name"] == "ingest"
    (override,) = request["overrides"]["containerOverrides"]
    plain = {item["name"]: item["value"] for item in override["environment"]}
    assert plain["CBBD_LAKE"] == outputs["lake_location"]
    assert plain["CBBD_SOURCE"] == "api"
    assert "CBBD_API_KEY" not in plain
    assert KEY not in json.dumps(tasks.aws.aws.calls)


def test_one_revision_serves_every_run_of_a_deployment(tasks: Tasks, story: Story) -> None:
    """Trap: AWS throttles registrations; a revision per run piles up thousands."""
    assert story.requests[1]["taskDefinition"] == story.requests[0]["taskDefinition"]
    assert len(tasks.aws.aws.asked("RegisterTaskDefinition")) == 1


def test_sigterm_ends_the_flow_in_order_and_puts_the_run_back(tasks: Tasks, story: Story) -> None:
    """Trap: by default `prefect flow-run execute` dies at once and takes the flow with it."""
    assert (story.code_of_first, story.state_after_first) == (0, "AwaitingRetry"), story.log
    first, second = tasks.aws.summaries()
    assert (first["status"], second["status"]) == ("interrupted", "completed")
    # The first run reports its interruption itself if it has the time to write its summary; otherwise the second does.
    reported_by_second = [] if first["finished_at"] else [first["run_id"]]
    assert second["unfinished_before"] == reported_by_second
    assert 2 <= story.kept_by_first < tasks.aws.raw_objects()


def test_the_second_task_completes_the_run_and_asks_only_for_the_rest(tasks: Tasks, story: Story) -> None:
    assert tasks.prefect.state(story.run_id) == "Completed", story.log
    _, second = tasks.aws.summaries()
    assert sum(item["calls"] for item in second["datasets"]) == tasks.aws.raw_objects() - story.kept_by_first
    assert second["tables"]["silver.fct_games"] > 400


@pytest.fixture(scope="module")
def flow_alone(tasks: Tasks, story: Story) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`python flows/ingest.py` in a container's environment, less or otherwise than it should be."""
    whole = tasks.container(story.requests[0]).environment

    def run(folder: Path, lacking: str = "", **otherwise: str) -> subprocess.CompletedProcess[str]:
        given = {name: value for name, value in (whole | otherwise).items() if name != lacking}
        command = [sys.executable, str(ROOT / "flows/ingest.py"), "--season", "2025", "--endpoints", "games"]
        return subprocess.run(
            command, cwd=folder, env=given, capture_output=True, text=True, timeout=PATIENCE, check=False
        )

    return run


def test_without_its_secret_a_run_is_refused_by_name(
    flow_alone: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    """Trap: without a key the sandbox would be the source, and its games would be taken for real ones."""
    done = flow_alone(tmp_path, lacking="CBBD_API_KEY")
    assert (done.returncode, "set CBBD_API_KEY" in done.stderr) == (2, True), done.stderr


def test_a_bucket_that_is_not_there_is_named(
    flow_alone: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    done = flow_alone(tmp_path, CBBD_LAKE="s3://nowhere/lake")
    assert (done.returncode, "there is no bucket nowhere" in done.stderr) == (2, True), done.stderr
    assert done.stderr.count("\n") < 4
