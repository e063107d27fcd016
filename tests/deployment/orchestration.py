"""A Prefect server and its command line, as an operator has them. What was started is ended with the block."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

from tests.support.prefect_server import clean_environment

ROOT = Path(__file__).parents[2]
PATIENCE = 600  # seconds that a step may take on a machine that does other things
PAGE = 200

T = TypeVar("T")


@dataclass
class Prefect:
    """Commands go to the server at `url`; `home` has its database and the logs of what runs."""

    url: str
    home: Path
    said: Callable[[str], None]

    def environment(self, **extra: str) -> dict[str, str]:
        """What a command, a worker or a container of this server has in its environment."""
        return clean_environment(PREFECT_HOME=str(self.home), PREFECT_API_URL=self.url, **extra)

    def run(self, *args: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """`prefect …` from the checkout, standard error in its output."""
        self.said(f"$ prefect {' '.join(args)}")
        return subprocess.run(
            [sys.executable, "-m", "prefect", "--no-prompt", *args],
            cwd=ROOT,
            env=self.environment(**environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def done(self, *args: str, **environment: str) -> str:
        """What a command that must succeed says."""
        result = self.run(*args, **environment)
        assert result.returncode == 0, result.stdout
        return result.stdout

    def ask(self, path: str, **body: Any) -> Any:
        """A POST to the server's REST API."""
        reply = httpx.post(f"{self.url}{path}", json=body, timeout=60)
        assert reply.is_success, reply.text
        return reply.json()

    def get(self, path: str) -> Any:
        """A GET of the server's REST API."""
        reply = httpx.get(f"{self.url}{path}", timeout=60)
        assert reply.is_success, reply.text
        return reply.json()

    def runs_of(self, deployment: str) -> list[dict[str, Any]]:
        """Flow runs of a deployment, the oldest first."""
        found: list[dict[str, Any]] = self.ask(
            "/flow_runs/filter", deployments={"name": {"any_": [deployment]}}, sort="START_TIME_ASC", limit=PAGE
        )
        return found

    def state(self, run_id: str) -> str:
        """Name of a flow run's state."""
        name: str = self.get(f"/flow_runs/{run_id}")["state"]["name"]
        return name

    def logs(self, run_id: str) -> str:
        """What a flow run has logged, to say why something failed."""
        found = self.ask("/logs/filter", logs={"flow_run_id": {"any_": [run_id]}}, limit=PAGE)
        return "\n".join(item["message"] for item in found)

    @contextmanager
    def started(self, name: str, command: list[str], **environment: str) -> Iterator[subprocess.Popen[bytes]]:
        """A process of its own session; its output goes to `<name>.log`. It and what it starts end with the block."""
        self.said(f"$ {' '.join(command)}")
        with (self.home / f"{name}.log").open("w") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=self.home,
                env=self.environment(**environment),
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=PATIENCE)
            self.said(f"ended {name}")

    @contextmanager
    def worker(self, name: str, pool: str, limit: int, **environment: str) -> Iterator[Path]:
        """A worker of a process pool; the file with its output."""
        command = ["prefect", "worker", "start", "--name", name, "--pool", pool, "--limit", str(limit)]
        quick = {"PREFECT_WORKER_QUERY_SECONDS": "1"}
        with self.started(name, command, **quick | environment):
            yield self.home / f"{name}.log"


def wait_for(what: str, look: Callable[[], T | None], seconds: float = PATIENCE) -> T:
    """The first answer that is not None or False.

    Raises:
        AssertionError: when it does not come.
    """
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"waited {seconds:.0f} seconds for {what}"
        time.sleep(0.3)
    return found


def submitted(log: Path) -> set[str]:
    """Ids of the flow runs that a worker has taken."""
    return set(re.findall(r"submitting flow run '([0-9a-f-]{36})'", log.read_text()))


def processes_of(url: str) -> dict[int, str]:
    """Processes that have this server's address in their environment, but for this one: what was left running."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (
                int(folder.name) != os.getpid()
                and f"PREFECT_API_URL={url}".encode() in (folder / "environ").read_bytes()
            ):
                found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    return found
