"""The flow `export`: its summary in the lake, and what leaves none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flows import export as module
from flows.jobs.export import ExportJob
from tasks.errors import BadInput
from tasks.lake.lake import Lake
from tasks.runs.history import Runs
from tasks.runs.summary import RUNS, RunSummary
from tests.faults.drive import plain_tasks
from tests.support.tables import S2024, S2025, replace, toys


@pytest.fixture
def small(lake: Lake) -> Lake:
    replace(lake, S2024, toys(2024, 1, 2, 3))
    replace(lake, S2025, toys(2025, 4, 5))
    return lake


def run(lake: Lake, **given: Any) -> RunSummary:
    with plain_tasks(module):
        return module.run_export(ExportJob.of(lake=lake.location, **given))


def summaries(lake: Lake) -> list[str]:
    return lake.list_files(RUNS)


def test_a_run_counts_rows_and_files_in_its_summary(small: Lake):
    done = run(small, season="2025")
    place = f"{small.location}/export"
    assert (done.status, done.flow, done.tables) == ("completed", "export", {"silver.toys": 2})
    assert done.parameters == {"season": "2025"}
    assert "1 file written, 0 kept; 2 rows" in done.notes[0]
    assert f"in {place} (parquet)" in done.notes[0]
    assert (Path(place) / "silver/toys/2025.parquet").is_file()
    assert "1 file written, 1 kept; 5 rows" in run(small).notes[0]
    assert [found.status for found in Runs.of(small).found] == ["completed", "completed"]


def test_bad_input_leaves_no_run(small: Lake):
    with pytest.raises(BadInput, match="there is no season 2019"):
        run(small, season="2019")
    assert summaries(small) == []


def test_a_file_that_cannot_be_written_fails_the_run(small: Lake, tmp_path: Path):
    (tmp_path / "files/silver/toys").mkdir(parents=True)
    (tmp_path / "files/silver/toys/2025.parquet").mkdir()
    done = run(small, out=str(tmp_path / "files"))
    assert (done.status, len(done.failed)) == ("failed", 1)
    assert "could not be written" in done.failed[0].error
    assert (tmp_path / "files/silver/toys/2024.parquet").is_file()
