"""An ingest as a person sees it: in a terminal of 80 columns and 24 lines."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from infra.docs.terminal import record
from tests.flows.runs import Cli

pytestmark = pytest.mark.slow
MOST_BYTES = 150_000  # a redrawn table per event once took 4 MB


def test_the_live_lines_stay_on_a_small_screen(cli: Cli) -> None:
    """Trap: frames taller than the screen, so that what runs is off screen and each stays in the history."""
    command = str(Path(sys.executable).with_name("cbbd-etl"))
    run = record([command, "ingest", "--season", "2025"], cli.environment(), cli.folder)
    ended = [line.rstrip() for line in run.screen().display]
    assert run.code == 0, ended
    assert run.bytes < MOST_BYTES
    while_plays_come = [line.rstrip() for line in run.screen(b"plays 2025").display]
    assert any(" calls · " in line for line in while_plays_come), while_plays_come
    assert not any(" calls · " in line for line in ended), "the live lines go when the run has ended"
