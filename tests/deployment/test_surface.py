"""`prefect deploy --all` for the ECS push pool, on a real server: what gets deployed, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.deploy.release import release
from tests.deployment.orchestration import Prefect, wait_for
from tests.deployment.scripts import script
from tests.deployment.stack import IMAGE, OUTPUTS, printed
from tests.deployment.surface import FILE, committed, surface, write_if_asked

pytestmark = pytest.mark.xdist_group("deployment")

POOL = "cbbd-ecs"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def push_pool(prefect: Prefect) -> dict[str, Any]:
    done = script("pool.py", "-", text=printed(OUTPUTS), url=prefect.url)
    assert done.code == 0, done.err
    found: dict[str, Any] = prefect.get(f"/work_pools/{POOL}")
    return found


@pytest.fixture(scope="module")
def deployed(prefect: Prefect, push_pool: dict[str, Any]) -> dict[str, Any]:
    """Everything of prefect.yaml, accepted by the server for a pool of type ecs:push."""
    prefect.done("deploy", "--all", CBBD_POOL=POOL, CBBD_IMAGE=IMAGE)
    found = {item["name"]: item for item in prefect.ask("/deployments/filter")}
    found_surface = surface(prefect)
    write_if_asked(found_surface)
    return {"surface": found_surface, "deployments": found}


def test_the_project_names_the_version_of_prefect_that_is_locked() -> None:
    """Trap: a new lock beside a prefect.yaml that was written for the version before."""
    named = yaml.safe_load((ROOT / "prefect.yaml").read_text())["prefect-version"]
    assert f"prefect=={named} \\\n" in (ROOT / "requirements.lock").read_text()


def test_the_deployment_makes_the_limit_that_all_calls_share(prefect: Prefect, deployed: dict[str, Any]) -> None:
    """Trap: runs that name a limit which nobody made."""
    found = prefect.get("/v2/concurrency_limits/cbbd-calls")
    assert (found["limit"], found["slot_decay_per_second"], found["active"]) == (1, 3.0, True)
    users = {name: item["job_variables"].get("env", {}) for name, item in deployed["surface"].items()}
    sharing = {name.partition("/")[2] for name, env in users.items() if env == {"CBBD_CALL_LIMIT": "cbbd-calls"}}
    assert sharing == {"ingest-daily", "ingest", "backfill", "backfill-season", "gap-fill-weekly"}


def test_the_deployed_surface_is_the_committed_one(deployed: dict[str, Any]) -> None:
    """A schedule, parameter, limit or trigger that changes by accident changes what runs at night."""
    assert deployed["surface"] == committed(), f"if this is meant, CBBD_UPDATE_SURFACE=1 writes {FILE.name}"


def test_every_job_variable_is_one_that_the_template_knows(deployed: dict[str, Any], push_pool: dict[str, Any]) -> None:
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


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "CBBD_POOL"),
        ({"CBBD_POOL": POOL}, "CBBD_IMAGE is not set"),
    ],
)
def test_deploying_without_its_pool_or_image_is_refused_by_name(
    prefect: Prefect, push_pool: dict[str, Any], environment: dict[str, str], said: str
) -> None:
    done = prefect.run("deploy", "--all", **environment)
    assert done.returncode != 0
    assert said in done.stdout
    assert "Traceback" not in done.stdout


def test_an_image_by_its_tag_is_refused(
    prefect: Prefect, push_pool: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """Trap: a tag can be moved under a deployment."""
    with temporary_settings({PREFECT_API_URL: prefect.url}), pytest.raises(SystemExit) as refused:
        release(POOL, "registry/cbbd-etl:latest")
    assert refused.value.code == 2
    assert "CBBD_IMAGE is registry/cbbd-etl:latest" in capsys.readouterr().err


def created(prefect: Prefect, deployed: dict[str, Any], name: str, parameters: dict[str, Any]) -> httpx.Response:
    """The server's reply to a new run of a deployment, as the UI's form asks for one."""
    url = f"{prefect.url}/deployments/{deployed['deployments'][name]['id']}/create_flow_run"

    def reply() -> httpx.Response | None:
        found = httpx.post(url, json={"parameters": parameters}, timeout=60)
        return None if found.is_server_error else found  # a busy server's database may be locked

    return wait_for("the server's reply", reply)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("ingest", {"season": "1999"}),
        ("ingest", {"season": 1999}),
        ("ingest", {"season": "2025-1999"}),
        ("ingest", {"season": ""}),
        ("ingest", {"endpoints": "gamez"}),
        ("ingest", {"endpoints": ["games", "gamez"]}),
        ("ingest", {"since": "tomorrow"}),
        ("ingest", {"since": "2025-13-01"}),
        ("ingest", {"source": "espn"}),
        ("ingest", {"max_calls": -1}),
        ("ingest", {"refresh": "often"}),
        ("ingest", {"lake": "ftp://host/lake"}),
        ("ingest", {"lake": " "}),
        ("gold-daily", {"tables": ["team_ratings"]}),
        ("gold-daily", {"as_of": "01/07/2025"}),
        ("backfill", {"order": "random"}),
        ("backfill", {"fan_out": "threads"}),
        ("backfill", {"resume": "yesterday"}),
        ("backfill", {"concurrency": 0}),
        ("backfill-season", {}),
        ("replay", {"check": 2}),
    ],
)
def test_a_wrong_parameter_is_refused_before_a_run_exists(
    prefect: Prefect, deployed: dict[str, Any], name: str, parameters: dict[str, Any]
) -> None:
    """Trap: a value that only the flow refuses costs a container and an alert."""
    before = len(prefect.runs_of(name))
    reply = created(prefect, deployed, name, parameters)
    named = next(iter(parameters), "season")
    assert (reply.status_code, named in reply.json()["detail"]) == (409, True), reply.text
    assert len(prefect.runs_of(name)) == before


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("ingest", {}),
        ("ingest", {"refresh": False, "dry_run": False}),
        ("ingest", {"season": "2025", "endpoints": ["games", "lines"], "since": "2025-01-01", "source": "sandbox"}),
        ("ingest", {"season": "2015-2020, 2023", "max_calls": 0, "lake": "s3://lakes/lake"}),
        ("ingest", {"season": None, "endpoints": None}),
        (
            "gold-daily",
            {"season": "2025", "tables": ["team_ratings_daily"], "as_of": "2025-02-28", "lake": "/data/lake"},
        ),
        ("backfill", {"season": "all", "order": "oldest", "resume": "20261128T143026Z-f462"}),
        ("backfill-season", {"season": "2024", "endpoints": ["fct_play_on_floor"]}),
    ],
)
def test_valid_parameters_make_a_run(
    prefect: Prefect, deployed: dict[str, Any], name: str, parameters: dict[str, Any]
) -> None:
    reply = created(prefect, deployed, name, parameters)
    assert reply.status_code == 201, reply.text
    assert parameters.items() <= reply.json()["parameters"].items()
    address = f"{prefect.url}/flow_runs/{reply.json()['id']}"
    # other tests count the runs of this deployment; a busy server's database may be locked
    wait_for("the run to be deleted", lambda: httpx.delete(address, timeout=60).status_code in {204, 404})


def test_a_parameter_that_the_flow_does_not_have_is_refused(prefect: Prefect, deployed: dict[str, Any]) -> None:
    before = len(prefect.runs_of("ingest"))
    done = prefect.run("deployment", "run", "ingest/ingest", "-p", "seasons=2025")
    assert (done.returncode, "seasons" in done.stdout) == (1, True), done.stdout
    assert len(prefect.runs_of("ingest")) == before


def test_the_automations_are_written_once_by_name(prefect: Prefect) -> None:
    """The server takes each one's trigger and actions; written again, they are brought up to date."""
    asked = ("automations.py", "--notify", "slack-webhook/cbbd")
    before = script(*asked, url=prefect.url)
    assert (before.code, "no block slack-webhook/cbbd" in before.err) == (2, True), before.err
    _slack_block(prefect)
    made, again = script(*asked, url=prefect.url), script(*asked, url=prefect.url)
    assert (made.code, made.out.count(": made")) == (0, 5), made
    assert (again.code, again.out.count(": brought up to date")) == (0, 5), again
    names = [item["name"] for item in prefect.ask("/automations/filter")]
    assert len(names) == len(set(names))


def _slack_block(prefect: Prefect) -> None:
    kind = prefect.get("/block_types/slug/slack-webhook")
    (schema,) = prefect.ask("/block_schemas/filter", block_schemas={"block_type_id": {"any_": [kind["id"]]}})
    told = {"name": "cbbd", "data": {"url": "http://127.0.0.1:9/nobody"}}
    prefect.ask("/block_documents/", block_type_id=kind["id"], block_schema_id=schema["id"], **told)


def test_a_pool_that_cannot_be_written_says_why(prefect: Prefect, push_pool: dict[str, Any]) -> None:
    lacking = script("pool.py", "-", text=printed(OUTPUTS | {"cluster_arn": ""}), url=prefect.url)
    assert (lacking.code, "lack cluster_arn" in lacking.err) == (2, True), lacking.err
    other = script("pool.py", "-", "--type", "ecs", text=printed(OUTPUTS), url=prefect.url)
    assert (other.code, "is of type ecs:push" in other.err) == (2, True), other.err
    nobody = script("pool.py", "-", "--credentials", "nobody", text=printed(OUTPUTS), url=prefect.url)
    assert (nobody.code, "no block aws-credentials/nobody" in nobody.err) == (2, True), nobody.err
