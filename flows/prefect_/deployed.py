"""Checks of what is deployed to Prefect: pool, credentials, worker, deployments, limit, automations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_REQUEST_TIMEOUT, PREFECT_CLIENT_MAX_RETRIES, temporary_settings

from flows.prefect_.call_limit import require
from flows.prefect_.reachable import SECONDS, address
from flows.prefect_.reachable import server as reachable
from flows.prefect_.trouble import asking
from tasks.doctor.environment import GUIDE, Environment, step
from tasks.doctor.finding import Finding, NotChecked, doubtful, fine, wrong
from tasks.errors import PipelineError
from tasks.settings import load_settings

PUSH, WORKER = "ecs:push", "ecs"
ROOT = Path(__file__).parents[2]
DEPLOYMENTS = ROOT / "prefect.yaml"
AUTOMATIONS = ROOT / "infra" / "prefect" / "automations.yaml"
POOL = step(9, "write the work pool with infra/prefect/pool.py")
DEPLOY = step(10, "infra/image/deploy")
# Variables of the pool's template by the output that they must have.
FROM_OUTPUTS = {
    "cluster": "cluster_arn",
    "task_role_arn": "task_role_arn",
    "execution_role_arn": "execution_role_arn",
    "vpc_id": "vpc_id",
}
MOST = 200


def server(environment: Environment) -> Finding:
    """Whether a server is set, and responds."""
    if not address():
        return wrong("PREFECT_API_URL is not set", step(8, "sign in to Prefect Cloud or name your server"))
    return reachable(environment)


def pool(environment: Environment) -> Finding:
    """Whether the work pool is there, of a type for ECS, not paused, and for this environment."""
    found = _pool(environment)
    if found.type not in {PUSH, WORKER}:
        return wrong(f"{found.name} is of type {found.type}, not {PUSH} or {WORKER}", POOL)
    outputs = environment.outputs()
    differing = [name for name, output in FROM_OUTPUTS.items() if _default(found, name) != outputs.get(output)]
    if differing:
        return wrong(f"{found.name} has another environment's {', '.join(differing)}", POOL)
    if found.is_paused:
        return wrong(f"{found.name} is paused: no run starts", f"`prefect work-pool resume {found.name}`")
    return fine(f"{found.name} of type {found.type}")


def starter(environment: Environment) -> Finding:
    """What starts the runs: for a push pool the credentials block, otherwise a worker that is online."""
    try:
        found = _pool(environment)
    except NotFound:
        raise NotChecked("not checked: see pool") from None
    if found.type == PUSH:
        named = (_default(found, "aws_credentials") or {}).get("$ref")
        cure = step(8, "save the credentials block, then name it in step 9")
        return fine("the pool has a credentials block") if named else wrong("the pool has no credentials block", cure)
    with _client("for the workers of the pool") as client:
        workers = client.read_workers_for_work_pool(found.name)
    online = [worker.name for worker in workers if worker.status == "ONLINE"]
    cure = f"start the worker: {GUIDE}, section of a Prefect server of your own"
    return fine(f"worker {', '.join(online)}") if online else wrong("no worker of the pool is online", cure)


def limit(_: Environment) -> Finding:
    """Whether the server has the limit of calls that the deployments use, and it limits a rate."""
    (build,) = _file()["build"]
    name = build["flows.deploy.release.release"]["limit"]
    with _client("for the limit of calls"):
        return fine(f"{name}, {require(name, load_settings().requests_per_second):g} calls per second")


def deployments(environment: Environment) -> Finding:
    """Whether each deployment of prefect.yaml is there, in this pool, with this image."""
    wanted = [item["name"] for item in _file()["deployments"]]
    with _client("for the deployments") as client:
        found = {item.name: item for item in client.read_deployments(limit=MOST)}
    absent = [name for name in wanted if name not in found]
    if absent:
        return wrong(f"{len(absent)} of {len(wanted)} deployments are missing: {', '.join(absent)}", DEPLOY)
    elsewhere = [name for name in wanted if found[name].work_pool_name != environment.pool]
    if elsewhere:
        return wrong(f"in another pool than {environment.pool}: {', '.join(elsewhere)}", DEPLOY)
    images = {str((found[name].job_variables or {}).get("image")) for name in wanted}
    if environment.image and images != {environment.image}:
        return doubtful(f"{len(wanted)}, with {len(images)} images, not all CBBD_IMAGE", DEPLOY)
    paused = [name for name in wanted if found[name].paused]
    if paused:
        return doubtful(f"{len(wanted)}; paused: {', '.join(paused)}", "`prefect deployment resume NAME`")
    return fine(f"{len(wanted)}, all with one image")


def automations(_: Environment) -> Finding:
    """Whether the automations are there: without them failed runs are reported to nobody."""
    wanted = [item["name"] for item in yaml.safe_load(AUTOMATIONS.read_text(encoding="utf-8"))["automations"]]
    with _client("for the automations") as client:
        found = {item.name for item in client.read_automations()}
    absent = [name for name in wanted if name not in found]
    cure = step(14, "create a notification block and run infra/prefect/automations.py")
    return doubtful(f"missing: {', '.join(absent)}", cure) if absent else fine(f"{len(wanted)}")


def _file() -> dict[str, Any]:
    """The content of prefect.yaml."""
    found: dict[str, Any] = yaml.safe_load(DEPLOYMENTS.read_text(encoding="utf-8"))
    return found


class NotFound(PipelineError):
    """Prefect has no such pool."""


def _pool(environment: Environment) -> Any:
    with _client(f"for the work pool {environment.pool}") as client:
        try:
            return client.read_work_pool(environment.pool)
        except ObjectNotFound:
            raise NotFound(f"Prefect has no work pool {environment.pool}; {POOL}") from None


def _default(found: Any, variable: str) -> Any:
    return found.base_job_template.get("variables", {}).get("properties", {}).get(variable, {}).get("default")


@contextmanager
def _client(wanted: str) -> Iterator[SyncPrefectClient]:
    """The server that is set, which gets seconds for each answer, not the minutes of a run.

    Args:
        wanted: what it is asked for.

    Raises:
        NotChecked: when none is set or it does not respond; the check `Prefect` says which.
        PrefectDown: when it responds, but not to this.
    """
    if not address() or reachable(None).state == "wrong":
        raise NotChecked("not checked: see Prefect")
    seconds = min(SECONDS, PREFECT_API_REQUEST_TIMEOUT.value())
    brief = {
        PREFECT_API_REQUEST_TIMEOUT: seconds,
        PREFECT_CLIENT_MAX_RETRIES: min(1, PREFECT_CLIENT_MAX_RETRIES.value()),
    }
    with temporary_settings(brief), asking(wanted), get_client(sync_client=True) as client:
        yield client
