"""`cbbd-etl deploy doctor` on a real Prefect server: what is missing, step by step, until nothing is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deployment.orchestration import PATIENCE, ROOT, Prefect
from tests.deployment.stack import IMAGE, OUTPUTS, printed

pytestmark = [pytest.mark.xdist_group("deployment"), pytest.mark.slow]

POOL = "cbbd-ecs-of-doctor"


def doctor(prefect: Prefect, outputs: Path, **environment: str) -> dict[str, tuple[str, str]]:
    """State and cure of each check."""
    done = subprocess.run(
        [sys.executable, "-m", "flows.commands.cli", "deploy", "doctor", str(outputs), "--pool", POOL, "--json"],
        cwd=ROOT,
        env=prefect.environment(CBBD_IMAGE=IMAGE, AWS_EC2_METADATA_DISABLED="true") | environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    return {item["name"]: (item["state"], item["cure"]) for item in json.loads(done.stdout)["checks"]}


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    file = tmp_path / "outputs.json"
    file.write_text(printed(OUTPUTS))
    return file


def write_pool(prefect: Prefect, outputs: Path, *args: str) -> None:
    subprocess.run(
        [sys.executable, "infra/prefect/pool.py", str(outputs), "--name", POOL, "--type", "ecs", *args],
        cwd=ROOT, env=prefect.environment(), check=True, timeout=PATIENCE,
    )  # fmt: skip


def limit_is_there(prefect: Prefect) -> bool:
    """Another test may have deployed to the server, which makes the limit."""
    return "cbbd-calls" in prefect.done("global-concurrency-limit", "ls")


def test_each_step_of_the_guide_cures_its_check(prefect: Prefect, outputs: Path):
    found = doctor(prefect, outputs)
    assert found["Prefect"][0] == "ok"
    assert found["pool"][0] == found["deployed"][0] == "wrong"
    assert "step 9" in found["pool"][1]
    assert found["starter"][0] == "skipped"

    other = outputs.with_name("other.json")
    other.write_text(printed(OUTPUTS | {"cluster_arn": OUTPUTS["cluster_arn"] + "-of-another"}))
    write_pool(prefect, other)
    found = doctor(prefect, outputs)
    assert found["pool"][0] == "wrong", "a pool of another environment"
    write_pool(prefect, outputs)
    found = doctor(prefect, outputs)
    assert found["pool"][0] == "ok"
    assert found["starter"][0] == "wrong"
    assert "step 10" in found["deployed"][1]
    assert found["limit"][0] == ("ok" if limit_is_there(prefect) else "wrong")

    prefect.done("deploy", "--all", CBBD_POOL=POOL, CBBD_IMAGE=IMAGE, CBBD_VERSION="1")
    found = doctor(prefect, outputs)
    assert found["deployed"] == found["limit"] == ("ok", "")
    assert doctor(prefect, outputs, CBBD_IMAGE=IMAGE.replace("0123", "4567"))["deployed"][0] == "warning"
    assert doctor(prefect, outputs)["alerts"][0] == "warning"


def test_without_an_address_of_a_server_none_is_started(prefect: Prefect, outputs: Path):
    """Trap: Prefect starts a temporary server where none is set, in which everything is missing."""
    found = doctor(prefect, outputs, PREFECT_API_URL="")
    assert found["Prefect"][0] == "wrong"
    assert {found[name][0] for name in ("pool", "starter", "deployed", "limit", "alerts")} == {"skipped"}
