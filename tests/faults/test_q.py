"""Q: contracts violated in a few, some or all rows."""

from __future__ import annotations

import pytest

from flows.terminal.reporting import summary_lines
from sandbox import FaultRule
from tasks.runs.summary import RunSummary
from tests.faults.invariants import Hashes, column, conserved, hashes
from tests.faults.scene import TWO_DAYS, Scene

NO_GAME = {"gameId": None}


def plays(run: RunSummary) -> list[str]:
    return [text for text in run.warnings if text.startswith("bronze.plays")]


@pytest.mark.parametrize(
    ("every", "warned"), [(900, False), (20, True)], ids=["0.1 percent is quarantined", "5 percent warns"]
)
def test_q1_bad_rows_below_the_limit_are_quarantined(scene: Scene, every: int, warned: bool):
    scene.api.script(FaultRule("edit", path="/plays", edit={"every": every, "set": NO_GAME}))
    run = scene.ingest(**TWO_DAYS)
    assert run.status == "completed", run.failed
    conserved(run)
    aside = column(scene, "ops.quarantine", "rule").len()
    assert aside == run.quarantined > 0
    assert bool(plays(run)) is warned
    assert any(line.startswith("warning:") for line in summary_lines(run)) is warned


def test_q1_bad_rows_everywhere_block_and_the_old_version_stays(scene: Scene, two_days: tuple[Hashes, int]):
    """I12. The rows are in quarantine, the run fails, and what was published is what readers still get."""
    scene.ingest(**TWO_DAYS)
    scene.api.script(FaultRule("edit", path="/plays", edit={"set": NO_GAME}))
    run = scene.ingest(**TWO_DAYS, refresh=True)
    assert run.status == "failed"
    assert "the previous version stays" in " ".join(key.error for key in run.failed)
    assert hashes(scene.lake) == two_days[0]
    scene.api.script()
    healed = scene.ingest(**TWO_DAYS, refresh=True)
    assert healed.status == "completed", healed.failed
    assert hashes(scene.lake) == two_days[0]
