"""`python flows/<name>.py`, one per command that runs a flow."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from flows.command_line.command import FLOWS

ROOT = Path(__file__).parents[3]


def script(name: str, *args: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "flows" / f"{name.replace('-', '_')}.py"), *args]
    kept = {key: value for key, value in os.environ.items() if not key.startswith("CBBD_")}
    return subprocess.run(command, cwd=folder, env=kept, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", FLOWS)
def test_a_script_has_the_options_of_its_command(name: str, tmp_path: Path) -> None:
    """Trap: the folder of a script is searched first, and flows/report.py hid the package report."""
    done = script(name, "--help", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "--lake" in done.stdout


def test_a_script_refuses_what_its_command_refuses(tmp_path: Path) -> None:
    done = script("report", "--lake", str(tmp_path / "nowhere"), "--out", str(tmp_path / "site"), folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: there is no lake at {tmp_path / 'nowhere'}"), done.stderr
