"""The ECS work pool of one environment, written to Prefect: `python infra/prefect/pool.py --help`.

Its defaults come from Terraform: `terraform -chdir=infra/terraform output -json | python infra/prefect/pool.py -`.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
from prefect.exceptions import ObjectNotFound
from rich.console import Console

from flows.prefect_.trouble import PrefectDown, asking
from tasks.errors import BadInput

TEMPLATE = Path(__file__).with_name("base_job_template.json")
PUSH, WORKER = "ecs:push", "ecs"
KEY = "CBBD_API_KEY"
NEEDED = (
    "region",
    "environment",
    "lake_location",
    "database_prefix",
    "cluster_arn",
    "cpu_architecture",
    "task_role_arn",
    "execution_role_arn",
    "vpc_id",
    "subnet_ids",
    "security_group_id",
    "log_group_name",
    "api_key_secret_arn",
)
# The template's variable for each credential for Prefect: read from the secret, no run has it in plain text.
CREDENTIALS = {
    "PREFECT_API_AUTH_STRING": "prefect_api_auth_string_secret_arn",
    "PREFECT_API_KEY": "prefect_api_key_secret_arn",
}
HEARTBEAT_SECONDS = 60  # the automation for zombie runs waits for several of these


class Refused(BadInput):
    """The pool cannot be written as asked."""


def outputs(text: str) -> dict[str, Any]:
    """Values of `terraform output -json`.

    Raises:
        Refused: naming the outputs that are missing or empty.
    """
    try:
        values = {name: item["value"] for name, item in json.loads(text).items()}
    except (ValueError, AttributeError, KeyError, TypeError):
        raise Refused("this is not what `terraform output -json` prints") from None
    if missing := [name for name in NEEDED if not values.get(name)]:
        raise Refused(f"Terraform's outputs lack {', '.join(missing)}: run `terraform apply` first")
    return values


def defaults(made: dict[str, Any], extra: dict[str, str]) -> dict[str, Any]:
    """Defaults of the pool's variables for one environment.

    Args:
        made: Terraform's outputs.
        extra: further environment variables of every run.
    """
    secret = made["api_key_secret_arn"]
    published = {"CBBD_REPORT_URL": made["report_url"]} if made.get("report_url") else {}
    public = "ENABLED" if made.get("assign_public_ip") else "DISABLED"
    credential = made.get("prefect_credential")
    signs_in = {CREDENTIALS[credential["name"]]: credential["valueFrom"]} if credential else {}
    return {
        "family_prefix": f"cbbd-{made['environment']}",
        "cluster": made["cluster_arn"],
        "cpu_architecture": made["cpu_architecture"],
        "task_role_arn": made["task_role_arn"],
        "execution_role_arn": made["execution_role_arn"],
        "vpc_id": made["vpc_id"],
        "network_configuration": {
            "subnets": made["subnet_ids"],
            "securityGroups": [made["security_group_id"]],
            "assignPublicIp": public,
        },
        "secrets": [{"name": KEY, "valueFrom": f"{secret}:{KEY}::"}],
        "configure_cloudwatch_logs": True,
        "cloudwatch_logs_options": {"awslogs-group": made["log_group_name"], "awslogs-create-group": "false"},
        "labels": {"project": "cbbd-etl", "environment": made["environment"]},
        "env": {
            "AWS_REGION": made["region"],
            "CBBD_SOURCE": "api",  # without its key a run is refused; the sandbox's data would be taken for real
            "CBBD_LAKE": made["lake_location"],
            "CBBD_DATABASE_PREFIX": made["database_prefix"],
            "CBBD_METRICS": "emf",
            "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT_SECONDS),
            # SIGTERM ends the flow in order and puts the run back on the schedule: it goes on where it stopped.
            "PREFECT_FLOW_RUN_EXECUTE_SIGTERM_BEHAVIOR": "reschedule",
        }
        | published
        | extra,
    } | signs_in


def template(made: dict[str, Any], extra: dict[str, str]) -> dict[str, Any]:
    """The base job template with the defaults of one environment.

    Raises:
        Refused: when the template has no such variable.
    """
    found: dict[str, Any] = json.loads(TEMPLATE.read_text())
    variables = found["variables"]["properties"]
    for name, value in defaults(made, extra).items():
        if name not in variables:
            raise Refused(f"{TEMPLATE.name} has no variable {name}: `python infra/prefect/template.py` writes it again")
        variables[name]["default"] = value
    return found


def with_credentials(found: dict[str, Any], name: str) -> dict[str, Any]:
    """The template with an AwsCredentials block, with which Prefect Cloud starts the tasks.

    Raises:
        Refused: when there is no such block.
    """
    with asking(f"for the block aws-credentials/{name}"), get_client(sync_client=True) as client:
        try:
            block = client.read_block_document_by_name(name, "aws-credentials")
        except ObjectNotFound:
            raise Refused(f"no block aws-credentials/{name}: make it in Prefect first, with the push role") from None
    reference = {"$ref": {"block_document_id": str(block.id)}}
    found["variables"]["properties"]["aws_credentials"]["default"] = reference
    return found


def write(name: str, kind: str, found: dict[str, Any]) -> str:
    """Make the pool, or bring it up to date; what was done.

    Raises:
        Refused: when there is a pool of that name and another type.
    """
    with asking(f"to write the work pool {name}"), get_client(sync_client=True) as client:
        try:
            pool = client.read_work_pool(name)
        except ObjectNotFound:
            client.create_work_pool(WorkPoolCreate(name=name, type=kind, base_job_template=found))
            return f"work pool {name} of type {kind} made"
        if pool.type != kind:
            raise Refused(f"work pool {name} is of type {pool.type}: name another one, or say --type {pool.type}")
        client.update_work_pool(name, WorkPoolUpdate(base_job_template=found))
        return f"work pool {name} of type {kind} brought up to date"


def _variable(text: str) -> tuple[str, str]:
    name, given, value = text.partition("=")
    if not (given and name and value):
        raise argparse.ArgumentTypeError(f"{text!r}: valid is NAME=VALUE")
    return name, value


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Write the ECS work pool of one environment to Prefect.")
    parser.add_argument("outputs", help="file with what `terraform output -json` prints; - is standard input")
    parser.add_argument("--name", default="cbbd-ecs", help="name of the pool; default: cbbd-ecs")
    parser.add_argument("--type", choices=(PUSH, WORKER), default=PUSH, help=f"default: {PUSH}; {WORKER} has a worker")
    parser.add_argument("--credentials", metavar="BLOCK", help="name of the AwsCredentials block of the push role")
    parser.add_argument("--env", type=_variable, action="append", default=[], metavar="NAME=VALUE", help="for each run")
    parser.add_argument("--print", action="store_true", help="print the base job template; write nothing")
    return parser.parse_args()


def main() -> int:
    """A line that says why, when the pool cannot be written, and exit code 2; 1 when the server is why."""
    options, console = _options(), Console(soft_wrap=True, highlight=False)
    try:
        text = sys.stdin.read() if options.outputs == "-" else Path(options.outputs).read_text()
        found = template(outputs(text), dict(options.env))
        if options.credentials:
            found = with_credentials(found, options.credentials)
        if options.print:
            sys.stdout.write(json.dumps(found, indent=2) + "\n")
            return 0
        console.print(write(options.name, options.type, found), markup=False)
    except (Refused, OSError, PrefectDown) as error:
        Console(stderr=True, soft_wrap=True).print(f"error: {error}", markup=False, highlight=False)
        return 1 if isinstance(error, PrefectDown) else 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
