"""The ECS template and the sizes of tasks, by the files alone."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

from tests.deployment.orchestration import ROOT
from tests.deployment.scripts import script
from tests.deployment.stack import OUTPUTS, printed

CONFIGURED = yaml.safe_load((ROOT / "prefect.yaml").read_text())
DEPLOYMENTS: dict[str, dict[str, Any]] = {item["name"]: item for item in CONFIGURED["deployments"]}
FARGATE = {256: (512, 2048), 512: (1024, 4096), 1024: (2048, 8192), 2048: (4096, 16384)}  # MB for units of CPU
PARALLEL_BACKFILLS = 2


def test_the_committed_template_is_what_prefect_aws_gives_with_our_additions() -> None:
    done = script("template.py", "--check")
    assert done.code == 0, done.out


def test_an_environments_defaults_are_in_the_printed_template() -> None:
    done = script("pool.py", "-", "--print", "--env", "CBBD_QUOTA_RESERVE=300", text=printed(OUTPUTS))
    assert done.code == 0, done.err
    variables = json.loads(done.out)["variables"]["properties"]
    assert variables["env"]["default"]["CBBD_QUOTA_RESERVE"] == "300"
    assert variables["cluster"]["default"] == OUTPUTS["cluster_arn"]
    assert variables["network_configuration"]["default"]["assignPublicIp"] == "DISABLED"
    assert variables["cpu_architecture"]["default"] == "X86_64"
    assert variables["prefect_api_auth_string_secret_arn"]["default"] is None
    refused = script("pool.py", "-", text="{}")
    assert (refused.code, "lack region" in refused.err) == (2, True)


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("PREFECT_API_AUTH_STRING", "prefect_api_auth_string_secret_arn"),
        ("PREFECT_API_KEY", "prefect_api_key_secret_arn"),
    ],
)
def test_runs_take_the_credential_for_prefect_from_the_secret(name: str, variable: str) -> None:
    """Trap: Prefect's worker puts its own credential into each task in plain text, unless the pool names a secret."""
    entry = {"name": name, "valueFrom": f"{OUTPUTS['api_key_secret_arn']}:{name}::"}
    done = script("pool.py", "-", "--print", text=printed(OUTPUTS | {"prefect_credential": entry}))
    assert done.code == 0, done.err
    template = json.loads(done.out)
    assert template["variables"]["properties"][variable]["default"] == entry["valueFrom"]
    assert name not in template["variables"]["properties"]["env"]["default"]


def test_arm64_reaches_the_task_definition() -> None:
    done = script("pool.py", "-", "--print", text=printed(OUTPUTS | {"cpu_architecture": "ARM64"}))
    template = json.loads(done.out)
    assert template["variables"]["properties"]["cpu_architecture"]["default"] == "ARM64"
    platform = template["job_configuration"]["task_definition"]["runtimePlatform"]
    assert platform == {"cpuArchitecture": "{{ cpu_architecture }}", "operatingSystemFamily": "LINUX"}


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_a_task_size_is_one_that_fargate_offers(name: str) -> None:
    variables = DEPLOYMENTS[name]["work_pool"]["job_variables"]
    low, high = FARGATE[variables["cpu"]]
    assert low <= variables["memory"] <= high
    assert variables["memory"] % 1024 == 0


def test_each_deployment_has_a_family_of_its_own() -> None:
    """Trap: AWS throttles registrations within one family."""
    families = [item["work_pool"]["job_variables"]["family"] for item in DEPLOYMENTS.values()]
    assert families == list(DEPLOYMENTS)


@pytest.mark.parametrize("name", [name for name, item in DEPLOYMENTS.items() if "schedules" in item])
def test_no_schedule_lies_in_the_hours_that_a_change_of_the_clock_skips_or_repeats(name: str) -> None:
    for schedule in DEPLOYMENTS[name]["schedules"]:
        assert schedule["timezone"] == "America/New_York"
        hour = re.match(r"\d+ (\d+) ", schedule["cron"])
        assert hour is not None
        assert int(hour[1]) not in {1, 2}


def test_seasons_of_a_backfill_share_the_limit_of_calls() -> None:
    """Trap: seasons that run at once, each with a rate of its own."""
    season = DEPLOYMENTS["backfill-season"]
    assert season["concurrency_limit"]["limit"] == PARALLEL_BACKFILLS
    env = season["work_pool"]["job_variables"]["env"]
    assert env["CBBD_CALL_LIMIT"] == "{{ release.limit }}"
    assert "CBBD_REQUESTS_PER_SECOND" not in env
