"""The kit's commands at a pipe, and the plan of a backfill that a task names."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.checkouts import ROOT
from tests.kit.played import run

pytestmark = pytest.mark.xdist_group("kit")


def test_a_reader_that_stops_after_a_line_ends_the_check_quietly(kit_only: Path):
    """Trap: `kit check | head -1` printed a traceback. The kit alone has hundreds of names that are not there."""
    read, write = os.pipe()
    os.close(read)  # the reader is gone before the first line
    command = [sys.executable, "-m", "flows.commands.cli", "kit", "check", "--root", str(kit_only)]
    done = subprocess.run(
        command, cwd=ROOT, stdout=write, stderr=subprocess.PIPE, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    os.close(write)
    assert done.stderr == ""
    assert done.returncode == 141


@pytest.mark.parametrize(("order", "wanted"), [("oldest", [2023, 2024]), ("newest", [2024, 2023])])
def test_the_plan_of_a_backfill_lists_seasons_in_the_order_of_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, order: str, wanted: list[int]
):
    monkeypatch.setenv("CBBD_SANDBOX_SIZE", "tiny")
    said = run(
        "backfill", "--season", "2023-2024", "--endpoints", "rankings", "--order", order, "--dry-run",
        "--lake", str(tmp_path / "lake"), "--source", "sandbox",
    )  # fmt: skip
    assert said.code == 0, said.text
    rows = [line.split() for line in said.text.splitlines() if line.split()[:1] == ["rankings"]]
    assert [int(row[1]) for row in rows] == wanted
