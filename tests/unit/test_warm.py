"""Processes that tests fork from one with the packages loaded behave as started ones."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.support import warm
from tests.support.prefect_server import clean_environment

SHOWS = """
import os, random, sys
print(sys.argv, os.getcwd(), os.environ["TOLD"], "PATH" in os.environ, sys.path[0], __name__, "polars" in sys.modules)
print("to the other", file=sys.stderr)
print(random.random())
sys.exit(int(sys.argv[1]))
"""
WAITS = "import time\nprint('here', flush=True)\ntime.sleep(600)\n"


def shown(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    environment = clean_environment(TOLD="told") | {"PREFECT_HOME": str(warm.prefect_home())}
    return warm.run([sys.executable, *args], cwd=folder, env=environment, timeout=600)


@pytest.mark.parametrize("how", [["-m", "shows"], ["{}/shows.py"]], ids=["module", "script"])
def test_arguments_folder_environment_output_and_exit_code_are_its_own(tmp_path: Path, how: list[str]) -> None:
    (tmp_path / "shows.py").write_text(SHOWS)
    given = [part.format(tmp_path) for part in how]
    program = str(tmp_path / "shows.py")
    done = shown(tmp_path, *given, "3", "x y")
    plain = subprocess.run(
        [sys.executable, *given, "3", "x y"],
        cwd=tmp_path,
        env=clean_environment(TOLD="told"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == plain.returncode == 3
    assert done.stdout.splitlines()[0] == plain.stdout.splitlines()[0]
    assert done.stdout.startswith(f"['{program}', '3', 'x y'] {tmp_path} told True {tmp_path} __main__ False")
    assert done.stderr == plain.stderr == "to the other\n"


def test_two_have_no_random_numbers_in_common(tmp_path: Path) -> None:
    """Trap: names and waits of runs at the same time would be equal."""
    (tmp_path / "shows.py").write_text(SHOWS)
    numbers = {shown(tmp_path, "-m", "shows", "0").stdout.splitlines()[1] for _ in range(2)}
    assert len(numbers) == 2


def test_a_signal_ends_it_and_is_its_exit_code(tmp_path: Path) -> None:
    (tmp_path / "waits.py").write_text(WAITS)
    environment = clean_environment() | {"PREFECT_HOME": str(warm.prefect_home())}
    with tempfile.TemporaryFile() as out:
        process = warm.start([sys.executable, "-m", "waits"], cwd=tmp_path, env=environment, stdout=out, stderr=out)
        assert process.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(600) == process.returncode == -signal.SIGTERM
        process.kill()


def test_a_signal_to_a_process_that_has_ended_is_no_error(tmp_path: Path) -> None:
    """Trap: its number is free as soon as its parent knows of the end, and a signal goes to whoever has it next."""
    (tmp_path / "waits.py").write_text(WAITS)
    environment = clean_environment() | {"PREFECT_HOME": str(warm.prefect_home())}
    with tempfile.TemporaryFile() as out:
        process = warm.start([sys.executable, "-m", "waits"], cwd=tmp_path, env=environment, stdout=out, stderr=out)
        while process.poll() is None:
            process.send_signal(signal.SIGTERM)
        assert process.returncode == -signal.SIGTERM
