"""The real command line, run as a user would."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.support import finished, warm
from tests.support.prefect_server import clean_environment

ROOT = Path(__file__).parents[2]
INGEST = ROOT / "flows" / "ingest.py"
SEASON = 2025
HUNG_SECONDS = 1200  # on a machine that does other things; nothing here takes a tenth of it alone
BOXES = "games,game_teams,lines"  # enough for most tests; plays are the slow part


@dataclass
class Running:
    """A run under way; its output goes to a file, since a pipe stays open as long as any process of the run."""

    process: subprocess.Popen[bytes]
    err: Path

    def end(self, sent: signal.Signals) -> int:
        """Send a signal and wait for the exit code."""
        self.process.send_signal(sent)
        return self.process.wait(timeout=HUNG_SECONDS)


@dataclass
class Cli:
    """Runs `python flows/ingest.py` and `cbbd-etl` as a user would, in a folder of its own.

    Attributes:
        server: address of the Prefect server that runs are reported to; none means as on a laptop. Runs with a server
            are forked from a process that has loaded the packages, those of a laptop start as a user starts them.
        size: size of the simulated season; "" is a user's default.
        now: simulated time; "" is a user's default.
    """

    folder: Path
    prefect_home: Path
    server: str | None = None
    size: str = "tiny"
    now: str = finished.NOW.isoformat()

    @property
    def lake(self) -> Path:
        return self.folder / "lake"

    def environment(self, **extra: str) -> dict[str, str]:
        told = {"PREFECT_API_URL": self.server} if self.server else {}
        own = {"PREFECT_HOME": str(self.prefect_home), "CBBD_LAKE": str(self.lake)}
        own |= {"CBBD_SANDBOX_SIZE": self.size, "CBBD_SANDBOX_NOW": self.now}
        return clean_environment(**(own | told | extra))

    def ingest(self, *args: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return self._run([sys.executable, str(INGEST), *args], environment)

    def flow(self, name: str, *args: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return self._run([sys.executable, str(ROOT / "flows" / f"{name}.py"), *args], environment)

    @contextmanager
    def running_ingest(self, *args: str, **environment: str) -> Iterator[Running]:
        """A run to disturb. Whatever it leaves behind, Prefect's temporary server included, is ended with it."""
        out, err = self.folder / "stdout", self.folder / "stderr"
        with out.open("w") as stdout, err.open("w") as stderr:
            process = subprocess.Popen(
                [sys.executable, str(INGEST), *args],
                cwd=self.folder,
                env=self.environment(**environment),
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
        try:
            yield Running(process, err)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=30)

    def etl(self, *args: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return self._run([sys.executable, str(Path(sys.executable).parent / "cbbd-etl"), *args], environment)

    def query(self, sql: str) -> list[str]:
        """Lines of a query's CSV without its header."""
        done = self.etl("query", sql, "--format", "csv")
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()[1:]

    def _run(self, command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        given = {"cwd": self.folder, "env": self.environment(**environment), "timeout": HUNG_SECONDS}
        if self.server is None:
            return subprocess.run(command, **given, capture_output=True, text=True, check=False)
        return warm.run(command, **given)

    def raw_objects(self) -> list[str]:
        return sorted(str(path.relative_to(self.lake)) for path in (self.lake / "raw").rglob("*.zst"))


@dataclass
class Finished:
    """A lake after one whole ingest, and what that printed."""

    cli: Cli
    first: subprocess.CompletedProcess[str]
