"""`prefect deploy --all` for the ECS push pool, on a real server: what gets deployed, and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from orchestration import ROOT, Prefect
from stack import IMAGE, OUTPUTS
from surface import FILE, committed, surface, write_if_asked

pytestmark = pytest.mark.xdist_group("deployment")

POOL = "cbbd-ecs"


def pool_script(prefect: Prefect, outputs: dict[str, Any], *args: str) -> subprocess.CompletedProcess[str]:
    """`python infra/prefect/pool.py -` with outputs as Terraform prints them."""
    return subprocess.run(
        [sys.executable, str(ROOT / "infra/prefect/pool.py"), "-", *args],
        input=json.dumps({name: {"value": value} for name, value in outputs.items()}),
        env=prefect.environment(),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def push_pool(prefect: Prefect) -> dict[str, Any]:
    done = pool_script(prefect, OUTPUTS)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = prefect.get(f"/work_pools/{POOL}")
    return found


@pytest.fixture(scope="module")
def deployed(prefect: Prefect, push_pool: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Everything of prefect.yaml, accepted by the server for a pool of type ecs:push."""
    prefect.done("deploy", "--all", CBBD_POOL=POOL, CBBD_IMAGE=IMAGE)
    found = {item["name"]: item for item in prefect.ask("/deployments/filter")}
    found_surface = surface(prefect)
    write_if_asked(found_surface)
    yield {"surface": found_surface, "deployments": found}


def test_the_deployed_surface_is_the_committed_one(deployed: dict[str, Any]) -> None:
    """A schedule, parameter, limit or trigger that changes by accident changes what runs at night."""
    assert deployed["surface"] == committed(), f"if this is meant, CBBD_UPDATE_SURFACE=1 writes {FILE.name}"


def test_every_job_variable_is_one_that_the_template_knows(
    deployed: dict[str, Any], push_pool: dict[str, Any]
) -> None:
    """Trap: Prefect takes an unknown job variable without a word, and the task gets the default."""
    known = set(push_pool["base_job_template"]["variables"]["properties"])
    for name, item in deployed["deployments"].items():
        assert set(item["job_variables"]) <= known, name


def test_nothing_is_empty_and_the_image_is_pinned(deployed: dict[str, Any]) -> None:
    """Trap: a variable that is not set becomes an empty string, and the task gets the default image."""
    for name, item in deployed["deployments"].items():
        assert "" not in _leaves([item["job_variables"], item["parameters"], item["version"], item["tags"]]), name
        assert item["job_variables"]["image"] == IMAGE
        assert item["work_pool_name"] == POOL
        assert len(item["version"].removesuffix("-dirty")) == 40


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in _leaves(item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in _leaves(item)]
    return [value]


def test_every_parameter_and_every_triggered_one_is_the_flows(deployed: dict[str, Any]) -> None:
    for name, item in deployed["surface"].items():
        given = set(item["parameters"]).union(*(trigger["parameters"] for trigger in item["triggers"]))
        assert given <= set(item["form"]), name
        assert item["enforce_parameter_schema"], name


def test_deploying_again_adds_no_second_trigger(prefect: Prefect, deployed: dict[str, Any]) -> None:
    """Trap: two triggers build gold twice."""
    prefect.done("deploy", "--name", "gold-daily", CBBD_POOL=POOL, CBBD_IMAGE=IMAGE)
    assert surface(prefect)["gold/gold-daily"] == deployed["surface"]["gold/gold-daily"]


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "CBBD_POOL"),
        ({"CBBD_POOL": "cbbd-nowhere"}, "cbbd-nowhere"),
        ({"CBBD_POOL": POOL}, "CBBD_IMAGE is not set"),
        ({"CBBD_POOL": POOL, "CBBD_IMAGE": "registry/cbbd-etl:latest"}, "CBBD_IMAGE is registry/cbbd-etl:latest"),
    ],
)
def test_a_deployment_without_its_pool_or_image_is_refused_by_name(
    prefect: Prefect, push_pool: dict[str, Any], environment: dict[str, str], said: str
) -> None:
    done = prefect.run("deploy", "--all", **environment)
    assert done.returncode != 0
    assert said in done.stdout
    assert "Traceback" not in done.stdout


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"max_calls": -1}, "max_calls"),
        ({"source": "espn"}, "source"),
        ({"seasons": "2025"}, "seasons"),
        ({"since": "yesterday"}, "since"),
    ],
)
def test_a_wrong_parameter_is_refused_before_anything_starts(
    prefect: Prefect, deployed: dict[str, Any], parameters: dict[str, Any], said: str
) -> None:
    url = f"{prefect.url}/deployments/{deployed['deployments']['ingest']['id']}/create_flow_run"
    reply = httpx.post(url, json={"parameters": parameters, "state": {"type": "SCHEDULED"}}, timeout=60)
    assert (reply.status_code, said in reply.text) == (422, True) or (reply.status_code, said in reply.text) == (409, True)
    assert prefect.runs_of("ingest") == []


def test_the_automations_are_written_once_by_name(prefect: Prefect, tmp_path: Path) -> None:
    """The server takes each one's trigger and actions; written again, they are brought up to date."""
    command = [sys.executable, str(ROOT / "infra/prefect/automations.py"), "--notify", "slack-webhook/cbbd"]

    def write() -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, env=prefect.environment(), capture_output=True, text=True, check=False)

    before = write()
    assert (before.returncode, "no block slack-webhook/cbbd" in before.stderr) == (2, True), before.stderr
    _slack_block(prefect)
    made, again = write(), write()
    assert (made.returncode, made.stdout.count(": made")) == (0, 4), made.stdout + made.stderr
    assert (again.returncode, again.stdout.count(": brought up to date")) == (0, 4), again.stdout + again.stderr
    names = [item["name"] for item in prefect.ask("/automations/filter")]
    assert len(names) == len(set(names))


def _slack_block(prefect: Prefect) -> None:
    kind = prefect.get("/block_types/slug/slack-webhook")
    (schema,) = prefect.ask("/block_schemas/filter", block_schemas={"block_type_id": {"any_": [kind["id"]]}})
    prefect.ask(
        "/block_documents/",
        name="cbbd",
        block_type_id=kind["id"],
        block_schema_id=schema["id"],
        data={"url": "http://127.0.0.1:9/nobody"},
    )


def test_a_pool_that_cannot_be_written_says_why(prefect: Prefect, push_pool: dict[str, Any]) -> None:
    lacking = pool_script(prefect, OUTPUTS | {"cluster_arn": ""})
    assert (lacking.returncode, "lack cluster_arn" in lacking.stderr) == (2, True), lacking.stderr
    other = pool_script(prefect, OUTPUTS, "--type", "ecs")
    assert (other.returncode, "is of type ecs:push" in other.stderr) == (2, True), other.stderr
