"""compose.yaml, started: server, worker, an ingest. Run by `make image-test`, which sets CBBD_TEST_COMPOSE."""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import yaml

ROOT = Path(__file__).parents[2]
ENGINE = shlex.split(os.environ.get("CBBD_TEST_ENGINE", ""))
COMPOSE = shlex.split(os.environ.get("CBBD_TEST_COMPOSE", ""))
URL = "http://127.0.0.1:4200"
PATIENCE = 600
ASKED = ("python", "flows/ingest.py", "--season", "2025", "--endpoints", "games,teams")

pytestmark = pytest.mark.skipif(not COMPOSE, reason="needs images and Docker or podman-compose: make image-test")


def engine(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*ENGINE, *args], capture_output=True, text=True, timeout=PATIENCE, check=False)


@dataclass
class Project:
    """The services of compose.yaml under a name of their own."""

    name: str

    def run(self, *args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMPOSE, "-p", self.name, *args], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False
        )

    def done(self, *args: str) -> str:
        """What a command has printed; it has to end well."""
        result = self.run(*args)
        assert result.returncode == 0, result.stdout[-4000:] + result.stderr[-4000:]
        return result.stdout

    def in_worker(self, *command: str) -> str:
        return self.done("exec", "-T", "worker", *command)

    def containers(self, *filters: str) -> list[str]:
        """Ids of this project's containers, stopped ones included."""
        ours = ["--filter", f"label=com.docker.compose.project={self.name}"]
        return engine("ps", "-aq", *ours, *filters).stdout.split()

    def is_healthy(self) -> bool:
        """Whether the health check of the server passes. Podman runs it by systemd, so without that we do."""
        (server,) = self.containers("--filter", "label=com.docker.compose.service=server")
        if ENGINE[0] == "podman":
            return engine("healthcheck", "run", server).returncode == 0
        return engine("inspect", "--format", "{{.State.Health.Status}}", server).stdout.strip() == "healthy"

    def deployed(self) -> list[str]:
        """Names of the deployments that the server has."""
        return sorted(item["name"] for item in httpx.post(f"{URL}/api/deployments/filter", json={}, timeout=60).json())


def wait_until(what: str, project: Project, ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not ready():
        assert time.monotonic() < deadline, f"{what}\n{project.run('logs').stdout[-4000:]}"
        time.sleep(1)


@pytest.fixture(scope="module")
def project() -> Iterator[Project]:
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", 4200)) == 0:
            pytest.skip("port 4200, which compose.yaml publishes, is in use here")
    made = Project(f"cbbd-test-{os.getpid()}")
    try:
        made.done("up", "--no-build", "--detach", "server", "worker")
        wait_until("the server is not healthy", made, made.is_healthy)
        wanted = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
        wait_until("the worker has not deployed", made, lambda: len(made.deployed()) == len(wanted))
        yield made
    finally:
        made.run("down", "--volumes")


def test_the_server_shows_its_user_interface(project: Project) -> None:
    assert project.is_healthy()
    browser = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    page = httpx.get(URL, headers=browser, follow_redirects=True, timeout=60)
    assert (page.status_code, "<script" in page.text) == (200, True)


def test_an_ingest_and_a_run_of_the_worker_fill_one_lake(project: Project) -> None:
    """Both reach the server by its name, and write to the volume as a user that is not root."""
    said = project.done("--profile", "ingest", "run", "--rm", "ingest", *ASKED)
    assert "API calls made:    7" in said
    run = ("prefect", "deployment", "run", "ingest/ingest", "-p", 'season="2025"', "-p", 'endpoints=["venues"]')
    assert "Completed" in project.in_worker(*run, "--watch")
    sql = "select (select count(*) from silver.fct_games), (select count(*) from silver.dim_venues)"
    games, venues = project.in_worker("cbbd-etl", "query", sql, "--format", "csv").splitlines()[-1].split(",")
    assert int(games) > 1000
    assert int(venues) > 100


def test_nothing_can_be_written_but_to_the_volume(project: Project) -> None:
    assert project.run("exec", "-T", "worker", "touch", "/app/x").returncode != 0
    project.in_worker("touch", "/data/lake/x", "/tmp/x")


def test_down_leaves_no_container(project: Project) -> None:
    """The last: what was up is down."""
    assert len(project.containers()) >= 2
    project.done("down", "--volumes")
    assert project.containers() == []
