"""What workflows, image, compose.yaml and docs/deployment.md name is there: targets, paths, commands, parameters.

In an earlier pipeline the image lacked files that the job needs, and its documents promised folders that never came.
"""

from __future__ import annotations

import fnmatch
import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.cli._app import _app

import tasks.settings
import tasks.sql.views

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
GUIDE = ROOT / "docs/deployment.md"
BLOCK = re.compile(r"```(?:console|bash)\n(.*?)```", re.DOTALL)
FOLDERS = "flows|tasks|quality|infra|tests|docs|benchmarks"
MADE = {"infra/terraform/backend.tf", "infra/terraform/prod.tfvars", "infra/terraform/dev.tfvars"}


def jobs(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text())["jobs"]
    return found


def scripts() -> Iterator[tuple[str, str]]:
    """Everything that is run, and where it stands."""
    for path in WORKFLOWS:
        for job in jobs(path).values():
            yield from ((path.name, step["run"]) for step in job.get("steps", []) if "run" in step)
    for name, service in yaml.safe_load((ROOT / "compose.yaml").read_text())["services"].items():
        yield f"compose.yaml, {name}", " ".join(service.get("command", []))
    yield from (("docs/deployment.md", body.replace("\\\n", " ")) for body in BLOCK.findall(GUIDE.read_text()))
    yield "Dockerfile", (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    for path in sorted((ROOT / "infra/image").iterdir()):
        yield path.name, path.read_text()


def named(pattern: str) -> set[tuple[str, str]]:
    """What a pattern finds in them, as (what, where)."""
    return {(what, where) for where, text in scripts() for what in re.findall(pattern, text)}


def missing(found: set[tuple[str, str]], known: set[str]) -> list[str]:
    assert found  # a pattern that finds nothing checks nothing
    return sorted(f"{what} ({where})" for what, where in found if what not in known)


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert missing(named(r"(?<![\w/-])make ([a-z][a-z-]*)"), targets) == []


def test_every_path_exists() -> None:
    found = named(rf"(?<![\w./-])((?:{FOLDERS})/[\w./-]*\w)")
    there = {what for what, _ in found if (ROOT / what).exists()}
    assert missing(found, there | MADE) == []


def test_every_command_of_the_environment_exists() -> None:
    installed = {path.name for path in Path(sys.executable).parent.iterdir()}
    assert missing(named(r"\.venv/bin/([\w-]+)"), installed) == []


def test_every_command_of_prefect_exists() -> None:
    found = named(r"prefect (?:--no-prompt )?((?:[a-z][a-z-]+ ){0,1}[a-z][a-z-]+)(?=[ '\"\n`]|$)")
    chains = {what: _app.parse_commands(what.split())[0] for what, _ in found}
    known = {
        what
        for what, chain in chains.items()
        if len(chain) == len(what.split()) or chain in {("deploy",), ("version",)}
    }
    assert missing(found, known) == []


def test_every_deployment_and_parameter_exists() -> None:
    deployments = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
    flows = {}
    for deployment in deployments:
        module, _, function = deployment["entrypoint"].rpartition(".")
        flow = getattr(importlib.import_module(module), function)
        flows[f"{flow.name}/{deployment['name']}"] = set(inspect.signature(flow.fn).parameters)
    runs = named(r"prefect deployment run '?([\w-]+/[\w-]+)'?")
    assert missing(runs, set(flows)) == []
    for where, text in scripts():
        for name, rest in re.findall(r"prefect deployment run '?([\w-]+/[\w-]+)'?(.*)", text):
            given = set(re.findall(r"--param '?\"?(\w+)=", rest)) | set(re.findall(r"-p (\w+)=", rest))
            assert given <= flows[name], where
    given = {what for what, where in named(r"--param \"(\w+)=") if where == "backfill.yml"}
    assert given == {"season", "endpoints", "max_calls", "dry_run"}
    assert given <= flows["backfill/backfill"]


def test_the_guide_has_the_sizes_that_are_deployed() -> None:
    deployed = {}
    for deployment in yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]:
        given = deployment["work_pool"]["job_variables"]
        deployed[deployment["name"]] = (given["cpu"] / 1024, given["memory"] / 1024)
    told = {}
    for names, cpu, memory in re.findall(
        r"^\| (`.*`) \|.*\| ([\d.]+) \| ([\d.]+) \|$", GUIDE.read_text(), re.MULTILINE
    ):
        told |= {name: (float(cpu), float(memory)) for name in re.findall(r"`([\w-]+)`", names)}
    assert told == deployed


def test_every_terraform_output_exists() -> None:
    outputs = set(re.findall(r'^output "(\w+)"', (ROOT / "infra/terraform/outputs.tf").read_text(), re.MULTILINE))
    assert missing(named(r"output -raw (\w+)"), outputs) == []


def test_variables_of_workflows_are_set_in_the_guide() -> None:
    used = {name for path in WORKFLOWS for name in re.findall(r"\b(?:vars|secrets)\.(\w+)", path.read_text())}
    told = set(re.findall(r"gh (?:variable|secret) set (\w+)", GUIDE.read_text()))
    assert used == told


def test_workflows_started_by_hand_have_the_inputs_of_the_guide() -> None:
    text = GUIDE.read_text().replace("\\\n", " ")
    runs = re.findall(r"gh workflow run (\S+)(.*)", text)
    assert {name for name, _ in runs} >= {"deploy.yml", "backfill.yml"}
    for name, rest in runs:
        # YAML reads the key `on` as the boolean
        inputs = yaml.safe_load((ROOT / ".github/workflows" / name).read_text())[True]["workflow_dispatch"]["inputs"]
        assert set(re.findall(r"-f (\w+)=", rest)) <= set(inputs), name


def test_compose_tells_the_deployments_their_version() -> None:
    """flows/deploy/release.py refuses to deploy without one, and asks git only in a checkout."""
    worker = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["worker"]
    assert {"CBBD_POOL", "CBBD_VERSION", "PREFECT_API_URL", "CBBD_LAKE"} <= set(worker["environment"])


def test_ci_tests_the_pythons_that_are_promised() -> None:
    promised = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text())
    assert jobs(ROOT / ".github/workflows/ci.yml")["test"]["strategy"]["matrix"]["python"] == promised
    (release,) = set(re.findall(r"python(3\.\d+)/site-packages", (ROOT / "Dockerfile").read_text()))
    assert release in promised


def test_what_code_reads_beside_itself_gets_into_the_image() -> None:
    """A default file that is absent would be taken for an empty one."""
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert [name for name in allowed if not (ROOT / name).exists()] == []
    for path in (tasks.settings.OVERRIDES, tasks.sql.views.FOLDER, ROOT / "prefect.yaml", ROOT / "flows/ingest.py"):
        name = str(path.relative_to(ROOT))
        assert any(fnmatch.fnmatch(name, pattern) or name.startswith(f"{pattern}/") for pattern in allowed), name
    places = subprocess.run(
        ["git", "grep", "-lE", r"__file__\)\.(resolve\(\)\.)?parents\[1\]", "--", "flows", "tasks", "quality"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    # flows/deploy/release.py looks for the checkout's commit; in the image CBBD_VERSION says it
    # flows/command_line/command.py reads nothing: it takes the folder of the scripts off the search path
    known = {"flows/command_line/command.py", "flows/deploy/release.py", "tasks/settings.py", "tasks/sql/views.py"}
    assert set(places) <= known, "is what it reads in .dockerignore, too?"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_job_has_no_rights_but_those_it_names(path: Path) -> None:
    assert yaml.safe_load(path.read_text())["permissions"] == {}
    for name, job in jobs(path).items():
        publishes = {"pages"} if (path.stem, name) == ("docs", "publish") else set()
        assert set(job["permissions"]) <= {"contents", "id-token"} | publishes
        assert job["permissions"]["contents"] == "read"
        assert "uses" in job or job["timeout-minutes"]


def test_the_cost_estimate_adds_up() -> None:
    table = GUIDE.read_text().partition("## Cost")[2]
    rows = re.findall(r"^\| ([^|]+) \|([^|]*)\| \**([\d.]+)\** \|$", table, re.MULTILINE)
    (end,) = (number for number, (what, _, _) in enumerate(rows) if what == "**total**")
    assert round(sum(float(usd) for _, _, usd in rows[:end]), 2) == float(rows[end][2])
    assert len(rows) > end + 1, "what is optional has its price, too"
    for what, arithmetic, usd in rows:
        sum_of = arithmetic.rpartition(": ")[2].replace("\N{MULTIPLICATION SIGN}", "*").strip()
        if sum_of:
            assert re.fullmatch(r"[\d.+*/() ]+", sum_of), what
            assert round(eval(sum_of), 2) == float(usd), what
