"""H9: `[]` for a key that should have data is evidence with a date, and asked again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from quality.dataset import registry
from sandbox import SandboxConfig
from sandbox.atlas.config import FaultRule
from tasks.completeness.due import GRACE
from tasks.completeness.filling import coverage_of
from tasks.completeness.gaps import Gap
from tasks.completeness.season import SeasonView
from tasks.settings import Settings
from tests.support.engine import SEASON, fill_gaps, ingest, open_lake, sandbox_settings
from tests.support.lakes import copy_lake

FIRST, SECOND = datetime(2025, 4, 20, tzinfo=UTC), datetime(2025, 5, 2, tzinfo=UTC)
WINDOW = "startDateRange=2025-03-21"
EMPTY = SandboxConfig(faults=(FaultRule("body", path="/games/teams", contains=WINDOW, body="[]"),))
WHOLE = SandboxConfig()
BOXES = registry().endpoints["game_teams"]


def gaps(settings: Settings) -> list[Gap]:
    (boxes,) = coverage_of(SeasonView(open_lake(settings), SEASON, settings.clock()()), BOXES)
    return boxes.gaps


def test_h9_an_empty_answer_is_dated_evidence_and_requested_again(tmp_path: Path):
    once = sandbox_settings(tmp_path, FIRST, EMPTY)
    ingest(once, "games", "game_teams")
    missing = gaps(once)
    assert missing
    assert {(gap.state, gap.times_requested, gap.responses[-1].fetched_at.date()) for gap in missing} == {
        ("unexplained", 1, FIRST.date())
    }
    assert all(WINDOW in gap.evidence for gap in missing)

    (tmp_path / "never").mkdir()
    copy_lake(tmp_path / "lake", tmp_path / "never" / "lake")
    healed = sandbox_settings(tmp_path, SECOND, WHOLE)
    before = len(open_lake(healed).list_files("raw"))
    (results, boxes) = sorted(fill_gaps(healed, "game_teams"), key=lambda item: item.found)[-2:]
    assert (boxes.filled, results.found) == (len(missing), 0)
    assert len(open_lake(healed).list_files("raw")) == before + 1
    assert gaps(healed) == []

    twice = sandbox_settings(tmp_path / "never", SECOND, EMPTY)
    fill_gaps(twice, "game_teams")
    assert {(gap.state, gap.times_requested, gap.responses[-1].fetched_at.date()) for gap in gaps(twice)} == {
        ("known absent", 2, SECOND.date())
    }
    soon = sandbox_settings(tmp_path / "never", SECOND + GRACE / 2, WHOLE)
    assert sum(item.asked for item in fill_gaps(soon, "game_teams")) == 0
    later = sandbox_settings(tmp_path / "never", SECOND + 1.1 * GRACE, WHOLE)
    assert sum(item.filled for item in fill_gaps(later, "game_teams")) == len(missing)
