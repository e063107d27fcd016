"""Every command of the README is run, and what the tour shows is what is printed.

`README_UPDATE=1 pytest tests/flows/test_readme.py` writes the output of today into the README.
"""

from __future__ import annotations

import importlib
import inspect
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.flows.runs import HUNG_SECONDS, ROOT, Cli, Finished

pytestmark = pytest.mark.xdist_group("ingest")

README = ROOT / "README.md"
BLOCK = re.compile(r"```(console|python)\n(.*?)```", re.DOTALL)
BIN = Path(sys.executable).parent
TOUR, _, REST = README.read_text().partition("## With a key")


def blocks(kind: str, text: str = README.read_text()) -> list[str]:
    return [body for found, body in BLOCK.findall(text) if found == kind]


def commands(text: str = README.read_text()) -> list[str]:
    return [line[2:] for body in blocks("console", text) for line in body.splitlines() if line.startswith("$ ")]


def run(command: str, cli: Cli, **environment: str) -> subprocess.CompletedProcess[str]:
    """A README command, with this environment's Python and the repository's files."""
    assignments, words = {}, shlex.split(command)
    while "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        assignments[name] = value
    words[0] = words[0].replace(".venv/bin", str(BIN)) if ".venv/" in words[0] else str(BIN / words[0])
    words = [str(ROOT / word) if word.startswith("flows/") else word for word in words]
    return subprocess.run(
        words,
        cwd=cli.folder,
        env=cli.environment(**(assignments | environment)),
        capture_output=True,
        text=True,
        timeout=HUNG_SECONDS,
        check=False,
    )


def shown(cli: Cli, body: str) -> str:
    """A console block with the output of today."""
    lines = []
    for command in (line for line in body.splitlines() if line.startswith("$ ")):
        done = run(command[2:], cli)
        assert done.returncode == 0, done.stderr
        lines += [command, *done.stdout.rstrip().splitlines()]
    return "\n".join(lines) + "\n"


def test_the_tour_prints_what_it_shows(newcomer: Cli) -> None:
    text = README.read_text()
    for body in blocks("console", TOUR):
        if body.startswith("$ make"):
            continue
        today = shown(newcomer, body)
        if os.environ.get("README_UPDATE"):
            text = text.replace(body, today)
        else:
            assert body == today
    if os.environ.get("README_UPDATE"):
        README.write_text(text)


def test_the_python_of_the_tour_runs(finished: Finished) -> None:
    (snippet,) = blocks("python", TOUR)
    done = subprocess.run(
        [sys.executable, "-c", snippet], cwd=finished.cli.folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"share of threes made: 0\.3\d", done.stdout)


def test_make_ingest_and_ci_are_the_commands_of_the_readme(finished: Finished) -> None:
    first = blocks("console")[0]
    assert first == "$ make ingest\n$ make test\n"
    script = (ROOT / ".ci" / "run").read_text()
    assert "\nmake test\n" in script
    done = subprocess.run(
        ["make", "-n", "ingest"], cwd=ROOT, env=finished.cli.environment(), capture_output=True, text=True, check=False
    )
    assert "flows/ingest.py" in done.stdout


@contextmanager
def server(command: str, cli: Cli) -> Iterator[str]:
    """The README's server on a free port; gives its address."""
    words = shlex.split(command.replace("--port 8000", "--port 0"))[1:]
    process = subprocess.Popen(
        [sys.executable, *words], cwd=cli.folder, env=cli.environment(), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()[-1]
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def test_the_commands_with_a_key_work_against_a_server(cli: Cli) -> None:
    with_key, audit, serve, from_http = commands(REST)
    assert "audit" in audit
    with server(serve, cli) as url:
        done = run(f"{with_key} --endpoints games,teams", cli, CBBD_BASE_URL=url)
        assert done.returncode == 0, done.stderr
        done = run(from_http.replace("http://127.0.0.1:8000", url) + " --endpoints games,teams", cli)
        assert done.returncode == 0, done.stderr
    assert (cli.folder / "from-http" / "lake.json").is_file()


def test_the_audit_finds_nothing_missing_in_a_finished_lake(finished: Finished) -> None:
    (command,) = (line for line in commands(REST) if "audit" in line)
    done = run(command, finished.cli)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (finished.cli.folder / "reports" / "data_audit.md").is_file()


def options_of(flow: str) -> set[str]:
    """Options of `python flows/<flow>.py`, which are the parameters of the flow with that name."""
    function = getattr(importlib.import_module(f"flows.{flow}"), flow)
    return {f"--{name.replace('_', '-')}" for name in inspect.signature(function.fn).parameters}


FLOWS = {"ingest", "audit", "gap_fill", "backfill", "replay", "maintenance", "gold", "export", "report"}


def test_every_flow_and_option_of_the_readme_exists() -> None:
    text = README.read_text()
    files, commands = (set(re.findall(pattern, text)) for pattern in (r"flows/(\w+)\.py", r"cbbd-etl ([a-z-]+)"))
    assert files <= FLOWS <= files | {name.replace("-", "_") for name in commands}
    known = {option for flow in FLOWS for option in options_of(flow)}
    named = set(re.findall(r"`(--[a-z-]+)", text))
    assert named
    assert named - known - {"--help"} == set()


def test_every_path_of_the_readme_exists() -> None:
    folders = re.findall(r"^\| `(\w+[/\w]*/)` \|", README.read_text(), re.MULTILINE)
    assert len(folders) >= 4
    assert [name for name in folders if not (ROOT / name).is_dir()] == []
