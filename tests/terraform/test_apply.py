"""infra/terraform: well-formed, applied to moto, and nothing left to do afterwards."""

from __future__ import annotations

import json
import re
import subprocess

import pytest

from quality.dataset import registry
from quality.pages.infrastructure import LAYERS
from tests.terraform.conftest import MODULE, Applied, Terraform

pytestmark = pytest.mark.xdist_group("terraform")

VARIABLE = re.compile(r'^variable "(\w+)" \{\n(.*?)^\}', re.MULTILINE | re.DOTALL)


def test_format_and_validity(terraform: Terraform) -> None:
    terraform.run("fmt", "-check", "-recursive", str(MODULE))
    assert "The configuration is valid" in terraform.run("validate", "-no-color")


def test_a_second_plan_has_nothing_to_do(applied: Applied) -> None:
    """A resource that never settles is changed by every deployment, and hides the change that matters."""
    plan = applied.terraform.run("plan", "-input=false", "-no-color", "-detailed-exitcode")
    assert "No changes. Your infrastructure matches the configuration." in plan


def test_the_bucket_is_closed_versioned_encrypted_and_keeps_raw(applied: Applied) -> None:
    found = applied.resources
    block = found["aws_s3_bucket_public_access_block.lake"]
    assert all(block[name] for name in block if name.startswith(("block_", "ignore_", "restrict_")))
    assert found["aws_s3_bucket_versioning.lake"]["versioning_configuration"][0]["status"] == "Enabled"
    (rule,) = found["aws_s3_bucket_server_side_encryption_configuration.lake"]["rule"]
    assert rule["apply_server_side_encryption_by_default"][0]["sse_algorithm"] == "AES256"
    rules = {item["id"]: item for item in found["aws_s3_bucket_lifecycle_configuration.lake"]["rule"]}
    assert rules["raw-history"]["filter"][0]["prefix"] == "lake/raw/"
    assert not rules["raw-history"]["expiration"], "the newest version of a raw object never goes"
    assert rules["athena-results"]["expiration"][0]["days"] == 30


def test_the_report_is_read_by_its_distribution_alone(applied: Applied) -> None:
    """Trap: a bucket that is opened for a website shows the lake as well."""
    site = applied.resources["aws_cloudfront_distribution.report[0]"]
    (origin,), bucket = site["origin"], applied.resources["aws_s3_bucket.lake"]["arn"]
    assert origin["origin_path"] == "/lake/report"
    assert origin["origin_access_control_id"]
    assert site["default_cache_behavior"][0]["viewer_protocol_policy"] == "redirect-to-https"
    allowed = [part for part in applied.policy("aws_s3_bucket_policy.lake")["Statement"] if part["Effect"] == "Allow"]
    assert allowed == [
        {
            "Sid": "TheReportIsPublished",
            "Effect": "Allow",
            "Principal": {"Service": "cloudfront.amazonaws.com"},
            "Action": "s3:GetObject",
            "Resource": f"{bucket}/lake/report/*",
            "Condition": {"StringEquals": {"AWS:SourceArn": site["arn"]}},
        }
    ]
    assert applied.outputs["report_url"] == f"https://{site['domain_name']}"


def test_databases_are_the_layers_and_hold_no_tables(applied: Applied) -> None:
    made = {item["name"] for address, item in applied.resources.items() if "glue_catalog_database" in address}
    assert made == {f"cbbd_{layer}" for layer in LAYERS}
    tables = [*(endpoint.table for endpoint in registry()), *registry().tables.values()]
    assert {table.layer for table in tables} == LAYERS.keys()
    assert not [address for address in applied.resources if "glue_catalog_table" in address]


def test_tasks_connect_out_by_tls_and_nothing_connects_in(applied: Applied) -> None:
    rules = {address: item for address, item in applied.resources.items() if "security_group_" in address}
    ports = {"443": 443, "4200": 4200}  # AWS, and the Prefect server
    addresses = {
        f'aws_vpc_security_group_egress_rule.{name}["{port}"]' for name in ("task", "worker") for port in ports
    }
    assert rules.keys() == addresses
    for address, rule in rules.items():
        port = ports[address.split('"')[1]]
        assert (rule["from_port"], rule["to_port"], rule["ip_protocol"]) == (port, port, "tcp")
    assert applied.outputs["assign_public_ip"] is False


def test_no_value_of_a_secret_is_in_the_state(applied: Applied) -> None:
    kinds = {address.split(".")[0] for address in applied.resources}
    assert "aws_secretsmanager_secret" in kinds
    assert kinds & {"aws_secretsmanager_secret_version", "aws_iam_access_key", "aws_ssm_parameter"} == set()


def test_wrong_variables_are_refused_before_anything_is_made(terraform: Terraform) -> None:
    wrong = {
        "environment=Prod!": "environment is 2 to 12",
        "database_prefix=cbbd": "ends with an underscore",
        "alarm_thresholds={nothing=1}": "names an alarm that docs/metrics.md",
        "raw_infrequent_after_days=7": "before it is 30 days old",
    }
    given = [f"-var={option}" for option in wrong]
    out = terraform.run(
        "plan", "-input=false", "-no-color", "-refresh=false", "-state=none.tfstate", *given, fails=True
    )
    said = " ".join(out.replace("│", " ").split())
    assert [text for text in wrong.values() if text not in said] == []


# -- without terraform ------------------------------------------------------------------------------------------------


def test_every_variable_and_output_is_described() -> None:
    text = (MODULE / "variables.tf").read_text()
    blocks = VARIABLE.findall(text)
    assert len(blocks) == text.count('variable "') > 20
    assert [name for name, body in blocks if not re.search(r'description = "[A-Z].*\."', body)] == []
    outputs = (MODULE / "outputs.tf").read_text()
    assert outputs.count("description = ") == outputs.count('output "')


def test_examples_set_only_variables_that_there_are() -> None:
    known = set(re.findall(r'variable "(\w+)"', (MODULE / "variables.tf").read_text()))
    examples = list(MODULE.glob("*.tfvars.example"))
    assert {path.name for path in examples} == {"dev.tfvars.example", "prod.tfvars.example"}
    for path in examples:
        assert set(re.findall(r"^(\w+)\s+=", path.read_text(), re.MULTILINE)) <= known, path.name


def test_a_check_that_is_left_out_says_why() -> None:
    skips = [line for path in MODULE.glob("*.tf") for line in path.read_text().splitlines() if "checkov:skip" in line]
    assert len(skips) > 5
    assert [line for line in skips if not re.search(r"#checkov:skip=CKV2?_AWS_\d+:.{20,}", line)] == []


def test_what_is_copied_and_filled_in_is_not_committed() -> None:
    names = ["backend.tf", "prod.tfvars", "terraform.tfstate", ".terraform/x"]
    paths = [str(MODULE / name) for name in names]
    found = subprocess.run(["git", "check-ignore", *paths], cwd=MODULE, capture_output=True, text=True, check=False)
    assert len(found.stdout.splitlines()) == len(paths)
    assert json.loads((MODULE / "catalog.json").read_text())
