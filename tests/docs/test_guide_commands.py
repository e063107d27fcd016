"""Every command of the docs is one that its program takes. The guides are run dry: see `dry_shell`.

A line that was wrapped inside a command once gave `terraform output -raw` without a name, and `rm` without a file.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import botocore.session
import click
import cyclopts
import pytest
import yaml
from botocore import xform_name
from prefect.cli._app import _app

from flows.commands.parsers import our_commands, our_options
from kit.checkout import Checkout
from kit.commands import Commands
from kit.names import Names
from kit.plan import load_plan
from tests.docs.dry_shell import ROOT, Dry, blocks, dry

GUIDE = "docs/deployment.md"
PAGES = [
    path.relative_to(ROOT).as_posix()
    for path in sorted([ROOT / "README.md", *ROOT.glob("docs/*.md"), *ROOT.glob("docs/read/*.md")])
    if any(blocks(path.read_text()))
]
REGION = re.compile(r"\b[a-z]{2}-(?:north|south|east|west|central)+-\d\b")
# Options by command of Terraform, without the dash; `-help` of 1.10 lists them.
TERRAFORM = {
    "init": {"reconfigure", "backend-config", "backend", "input", "upgrade"},
    "plan": {"var-file", "out", "var"},
    "apply": {"var-file", "var", "auto-approve"},
    "output": {"raw", "json"},
    "destroy": {"var-file", "var"},
    "state": set[str](),
}
STATE = ("list", "show", "rm", "mv")
# Commands of the AWS CLI that are no operation of the service.
AWS_OWN = {("ecr", "get-login-password"), ("logs", "tail"), ("s3", "mb"), ("s3", "rm"), ("s3", "ls"), ("s3", "sync")}
AWS_GLOBAL = {"region", "profile", "output", "query", "no-cli-pager"}
PREFECT_GLOBAL = {"--no-prompt"}
INVENTED = {"docs/new-endpoint.md": "game_weather"}  # the endpoint that the page adds
GH = {("variable", "set"), ("secret", "set"), ("workflow", "run"), ("run", "watch"), ("run", "view")}
DOCKER = {"build", "run", "login", "pull", "compose", "push"}
DASK = {"scheduler", "worker"}
FREE = {"curl", "claude", "git", "pip", "pipx", "uv", "uvx"}  # of other projects; git is checked by the kit


@pytest.fixture(scope="module")
def commands() -> Commands:
    """The parsers with which the kit checks its own command lines."""
    checkout = Checkout(ROOT)
    return our_commands(Names(checkout, load_plan(checkout), our_options()))


@pytest.fixture(scope="module", params=PAGES)
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Dry]:
    """A page and what its commands are."""
    name: str = request.param
    return name, dry((ROOT / name).read_text(), tmp_path_factory.mktemp("dry"))


def test_commands_are_taken_by_their_programs(page: tuple[str, Dry], commands: Commands):
    name, found = page
    assert found.failed == []
    assert found.commands
    known = [words for words in found.commands if INVENTED.get(name) not in words]
    problems = [f"{shlex.join(words)}: {wrong}" for words in known if (wrong := _wrong(words, commands))]
    assert problems == [], name


def test_the_region_is_one_variable():
    """Trap: a guide for one region, with a command that says another one's name."""
    text = "\n".join(blocks((ROOT / GUIDE).read_text()))
    assert [line for line in text.splitlines() if REGION.search(line)] == ["export AWS_REGION=us-east-1"]
    ours = [path for path in (ROOT / "infra/image").iterdir() if REGION.search(path.read_text())]
    assert ours == []


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ('aws iam delete-access-key --user-name "$(terraform output -raw\npush_user_name)"', "output"),
        ("aws s3api create-buckett --bucket B", "create-buckett"),
        ("aws s3api create-bucket --buckett B", "--buckett"),
        ("aws ecs wait services-stabel --services worker", "services-stabel"),
        ("terraform plan -varfile=x", "-varfile"),
        ("terraform output -raw no_such_output", "no_such_output"),
        ("dask workers", "workers"),
        ("docker compose up no-such-service", "no-such-service"),
        ("gh workflow run no-such.yml", "no-such.yml"),
        ("prefect work-pool creates x", "work-pool creates"),
        ("cbbd-etl ingest --seazon 2024", "--seazon"),
        ("python infra/prefect/pool.py - --no-such", "--no-such"),
        ('echo "$NEVER_SET"', "NEVER_SET"),
        ("aws sts get-caller-identity |\nrm", "rm"),
    ],
)
def test_a_wrong_command_is_found(tmp_path: Path, commands: Commands, block: str, message: str):
    found = dry(f"```bash\n{block}\n```\n", tmp_path)
    problems = [*found.failed, *(wrong for words in found.commands if (wrong := _wrong(words, commands)))]
    assert any(message in problem for problem in problems), problems


def _wrong(words: list[str], commands: Commands) -> str | None:
    """What is wrong with a command; None if nothing is."""
    program, args = words[0].removeprefix(".venv/bin/"), words[1:]
    checks = {"aws": _aws, "dask": _dask, "terraform": _terraform, "docker": _docker, "gh": _gh}
    if program in checks:
        return checks[program](args)
    if program in FREE or program.startswith("infra/image/"):
        return None
    if program == "prefect":
        return _prefect(args)
    if program in {"python", "python3"}:
        return _python(args, commands)
    return "; ".join(commands.wrong(shlex.join([program, *args]))) or None


def _prefect(args: list[str]) -> str | None:
    try:
        _app.parse_args([word for word in args if word not in PREFECT_GLOBAL], exit_on_error=False, print_error=False)
    except cyclopts.CycloptsError as error:
        return f"prefect {shlex.join(args)}: {error}"
    return None


def _python(args: list[str], commands: Commands) -> str | None:
    """A script that has options of its own is asked for them."""
    if args[0] == "-c":
        compile(args[1], "guide", "exec")
        return None
    if args[0].startswith("../"):  # in a copy of the kit
        return None
    if args[0].startswith("infra/"):
        given = {word.partition("=")[0] for word in args if word.startswith("--")}
        unknown = sorted(given - _options_of(args[0]))
        return f"{args[0]} has no option {', '.join(unknown)}" if unknown else None
    return "; ".join(commands.wrong(shlex.join(["python", *args]))) or None


@cache
def _options_of(script: str) -> frozenset[str]:
    done = subprocess.run(
        [sys.executable, script, "--help"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    return frozenset(re.findall(r"--[a-z][a-z-]*", done.stdout))


def _aws(args: list[str]) -> str | None:
    service, operation = args[:2]
    if (service, operation) in AWS_OWN:
        return None
    if operation == "wait":
        waiters = botocore.session.get_session().get_waiter_model(service).waiter_names
        return None if args[2] in {xform_name(name, "-") for name in waiters} else f"{service} has no waiter {args[2]}"
    known = _members(service)
    if operation not in known:
        return f"{service} has no operation {operation}"
    given = {word.removeprefix("--").partition("=")[0] for word in args[2:] if word.startswith("--")}
    unknown = sorted(given - known[operation] - AWS_GLOBAL)
    return f"{service} {operation} has no option --{', --'.join(unknown)}" if unknown else None


@cache
def _members(service: str) -> dict[str, set[str]]:
    """Options by operation, as the AWS CLI names them."""
    model = botocore.session.get_session().get_service_model({"s3api": "s3"}.get(service, service))
    shapes = {xform_name(name, "-"): model.operation_model(name).input_shape for name in model.operation_names}
    return {
        name: {xform_name(member, "-") for member in shape.members} if shape else set()
        for name, shape in shapes.items()
    }


def _terraform(args: list[str]) -> str | None:
    args = [word for word in args if not word.startswith("-chdir=")]
    command, rest = args[0], args[1:]
    if command not in TERRAFORM:
        return f"no command {command}"
    given = {word[1:].partition("=")[0] for word in rest if word.startswith("-")}
    if unknown := sorted(given - TERRAFORM[command]):
        return f"{command} has no option -{', -'.join(unknown)}"
    names = [word for word in rest if not word.startswith("-")]
    if command == "state" and names[:1] not in [[name] for name in STATE]:
        return f"state has no command {' '.join(names[:1])}"
    return _output(rest, names) if command == "output" else None


def _output(rest: list[str], names: list[str]) -> str | None:
    outputs = re.findall(r'^output "(\w+)"', (ROOT / "infra/terraform/outputs.tf").read_text(), re.MULTILINE)
    if "-raw" in rest and (len(names) != 1 or names[0] not in outputs):
        return f"output -raw needs the name of an output, not {names}"
    return None


def _dask(args: list[str]) -> str | None:
    if args[0] not in DASK:
        return f"no command {args[0]}"
    if find_spec("distributed") is None:  # an extra
        return None
    try:
        import_module(f"distributed.cli.dask_{args[0]}").main.make_context(args[0], args[1:])
    except click.UsageError as error:
        return error.format_message()
    return None


def _docker(args: list[str]) -> str | None:
    if args[0] not in DOCKER:
        return f"no command {args[0]}"
    if args[0] != "compose":
        return None
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    named = [word for word in args[2:] if not word.startswith("-")]
    unknown = [word for word in named if word not in services]
    return f"compose.yaml has no service {', '.join(unknown)}" if unknown else None


def _gh(args: list[str]) -> str | None:
    if tuple(args[:2]) not in GH:
        return f"no command {' '.join(args[:2])}"
    if args[:2] == ["workflow", "run"] and not (ROOT / ".github/workflows" / args[2]).is_file():
        return f"no workflow {args[2]}"
    return None


def test_programs_of_a_pipe_are_noted_one_after_the_other(tmp_path: Path):
    """Trap: both write at the same time, line by line, and the words of one stand in the other's."""
    pipes = "\n".join(['python -c "$script" | python -c "$script" | python3 -c "$script"'] * 10)
    found = dry(f"```bash\nscript=$(seq 5000)\n{pipes}\n```\n", tmp_path)
    script = "\n".join(str(number) for number in range(1, 5001))
    assert [words[1:] for words in found.commands] == [["-c", script]] * 30
