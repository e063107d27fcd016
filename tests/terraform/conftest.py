"""infra/terraform applied to moto once for all tests here, and every flow run once on what that made."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.support import finished
from tests.terraform.calls import MARK, Recorder

ROOT = Path(__file__).parents[2]
FLOWS = {"ingest", "gap-fill", "audit", "gold", "replay", "maintenance", "export", "report"}  # what drive.py runs
DRIVE = Path(__file__).with_name("drive.py")
MODULE = ROOT / "infra" / "terraform"
# Where providers are kept as files: TF_PLUGIN_DIR, else the folders that Terraform itself looks into, else /opt.
HOMES = ("~/.terraform.d/plugins", "~/.local/share/terraform/plugins", "/usr/local/share/terraform/plugins")
VARIABLES = """
environment        = "test"
github_repository  = "owner/name"
alarm_emails       = ["data@example.com"]
publish_report     = true
create_worker      = true
worker_image       = "123456789012.dkr.ecr.us-east-1.amazonaws.com/cbbd-etl@sha256:DIGEST"
prefect_api_url    = "http://prefect.internal:4200/api"
prefect_credential = "PREFECT_API_AUTH_STRING"
monthly_budget_usd = null # moto cannot tell who is told of a budget, and the provider would ask for ever
""".replace("DIGEST", "0123456789abcdef" * 4)
ON_MOTO = """
provider "aws" {
  s3_use_path_style           = true
  skip_credentials_validation = true
}

resource "aws_sqs_queue_redrive_allow_policy" "dead" {
  count = 0 # moto does not know this attribute, and the provider would wait for it
}

resource "aws_sqs_queue" "events" {
  lifecycle {
    ignore_changes = [redrive_policy] # moto puts blanks into it
  }
}

resource "aws_ecs_service" "worker" {
  lifecycle {
    ignore_changes = [availability_zone_rebalancing] # moto does not know it
  }
}

resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  lifecycle {
    ignore_changes = [description] # moto forgets it where the source is a group
  }
}

resource "aws_cloudfront_distribution" "report" {
  lifecycle {
    ignore_changes = all # moto forgets a part of it, which a second plan would put back
  }
}
"""


def plugins() -> Path | None:
    """The folder with the AWS provider, or None: then `terraform init` has to find it."""
    if given := os.environ.get("TF_PLUGIN_DIR"):
        return Path(given)
    folders = [Path(home).expanduser() for home in HOMES] + sorted(Path("/opt").glob("*"))
    found = (folder for folder in folders if any(folder.glob("*/hashicorp/aws/*/*/terraform-provider-aws*")))
    return next(found, None)


@dataclass
class Terraform:
    """Terraform in a copy of the module, so that nothing is left in the checkout."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *args: str, fails: bool = False) -> str:
        """A command's standard output.

        Raises:
            AssertionError: with what it said, when it fails and was not to, or the other way round.
        """
        done = subprocess.run(
            ["terraform", *args],
            cwd=self.folder,
            env=os.environ | self.environment | {"TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert (done.returncode != 0) == fails, f"terraform {args[0]}: {done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout + (done.stderr if fails else "")


@pytest.fixture(scope="session")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    """The module, initialised."""
    if shutil.which("terraform") is None:
        pytest.skip("needs terraform on PATH")
    made = Terraform(tmp_path_factory.mktemp("terraform"))
    for path in [*MODULE.glob("*.tf"), *MODULE.glob("*.json")]:
        shutil.copy(path, made.folder)
    (made.folder / "moto_override.tf").write_text(ON_MOTO)
    (made.folder / "terraform.tfvars").write_text(VARIABLES)
    # A command-line configuration that is named but absent would fill every output with a warning.
    (made.folder / "cli.tfrc").touch()
    made.environment["TF_CLI_CONFIG_FILE"] = str(made.folder / "cli.tfrc")
    found = plugins()
    try:
        made.run("init", "-backend=false", "-input=false", "-no-color", *([f"-plugin-dir={found}"] if found else []))
    except AssertionError as error:
        if found:
            raise
        pytest.skip(f"needs Terraform's AWS provider, in a folder named by TF_PLUGIN_DIR or downloaded ({error})")
    return made


@dataclass
class Applied:
    """An environment on moto."""

    terraform: Terraform
    account: Recorder
    outputs: dict[str, Any]
    resources: dict[str, dict[str, Any]]

    def policy(self, address: str, key: str = "policy") -> dict[str, Any]:
        """A policy as it was applied."""
        document: dict[str, Any] = json.loads(self.resources[address][key])
        return document


@pytest.fixture(scope="session")
def applied(terraform: Terraform) -> Iterator[Applied]:
    """Everything, applied."""
    with Recorder() as account:
        terraform.environment |= {
            "AWS_ENDPOINT_URL": account.url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": "us-east-1",
        }
        terraform.run("apply", "-auto-approve", "-input=false", "-no-color", "-parallelism=20")
        state = json.loads(terraform.run("show", "-json"))["values"]
        outputs = {name: item["value"] for name, item in state["outputs"].items()}
        made = state["root_module"]["resources"]
        resources = {item["address"]: item["values"] for item in made if item["mode"] == "managed"}
        yield Applied(terraform, account, outputs, resources)


@dataclass
class Driven:
    """What the flows asked of AWS, by flow, and the lines that they ended with."""

    account: Recorder
    metrics: list[dict[str, Any]]


@contextmanager
def without_bucket_policy(applied: Applied) -> Iterator[None]:
    """moto takes the policy's "deny what is not encrypted" for "deny everything": it looks at no condition."""
    found = applied.resources["aws_s3_bucket_policy.lake"]
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "us-east-1"}
    s3 = boto3.client("s3", endpoint_url=applied.account.url, **keys)
    s3.delete_bucket_policy(Bucket=found["bucket"])
    yield
    s3.put_bucket_policy(Bucket=found["bucket"], Policy=found["policy"])


@pytest.fixture(scope="session")
def driven(applied: Applied, tmp_path_factory: pytest.TempPathFactory) -> Driven:
    """Every flow, run once on the applied environment, as a task would: all it knows is its environment."""
    folder = tmp_path_factory.mktemp("driven")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CBBD_", "PREFECT_", "AWS_"))}
    settings = finished.ENVIRONMENT | {
        "CBBD_LAKE": applied.outputs["lake_location"],
        "CBBD_DATABASE_PREFIX": applied.outputs["database_prefix"],
        "CBBD_SOURCE": "sandbox",
        "CBBD_SANDBOX_SIZE": "tiny",
        "CBBD_METRICS": "emf",
        "PREFECT_HOME": str(folder / "prefect"),
    }
    aws = {name: value for name, value in applied.terraform.environment.items() if name.startswith("AWS_")}
    with without_bucket_policy(applied):
        done = subprocess.run(
            [sys.executable, str(DRIVE), applied.outputs["athena_workgroup"], "reports", applied.account.url + MARK],
            cwd=folder,
            env=kept | aws | settings,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-6000:]
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"_aws"')]
    return Driven(applied.account, lines)
