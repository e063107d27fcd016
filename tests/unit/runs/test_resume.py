"""Resuming a run does exactly what it left undone, and nothing that somebody has done since."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from quality.contracts.games import GAMES
from quality.contracts.lines import LINES
from quality.contracts.reference import VENUES
from quality.dataset import Endpoint
from tasks.completeness.due import Todo, todo
from tasks.errors import BadInput
from tasks.lake.lake import Lake
from tasks.runs.resume import SEASON, Resumption, children
from tasks.runs.summary import DatasetSummary, RunSummary
from tests.support.lakes import NOON, keep, request_of

NOW = NOON + timedelta(hours=1)


def saved(lake: Lake, *datasets: DatasetSummary, run_id: str = "20250601T120000Z-0001", **values: Any) -> RunSummary:
    usual: dict[str, Any] = {"flow": "ingest", "status": "failed", "parameters": {"season": 2025}}
    told = {"run_id": run_id, "started_at": NOON, "lake": "x", "source": {}, "datasets": list(datasets)}
    run = RunSummary(**usual | told | values)
    run.save(lake)
    return run


def part(endpoint: Endpoint | str, season: int | None, *failed: str, left: tuple[str, ...] = ()) -> DatasetSummary:
    name = endpoint if isinstance(endpoint, str) else endpoint.name
    done = DatasetSummary(dataset=name, season=season, left=list(left), not_asked=len(left))
    for key in failed:
        done.fail(key, "HTTP 500")
    return done


def plan(lake: Lake, endpoint: Endpoint, season: int | None = 2025) -> Todo:
    return todo(lake, endpoint, season, NOW)


def due(lake: Lake, rest: Resumption, endpoint: Endpoint, season: int | None = 2025) -> list[str]:
    return [request.key for request in rest.rest_of(plan(lake, endpoint, season), lake).due]


def key(window: int, endpoint: Endpoint = GAMES) -> str:
    return request_of(endpoint, 2025, window=window).key


def test_exactly_the_failed_and_the_unasked_keys_are_due(lake: Lake):
    """Everything else is due as well, by the plan, and is left alone."""
    run = saved(lake, part(GAMES, 2025, key(2), left=(key(4),)), part(LINES, 2025))
    rest = Resumption.of(lake, run.run_id)
    assert len(plan(lake, GAMES).due) > 2
    assert due(lake, rest, GAMES) == [key(2), key(4)]
    assert due(lake, rest, LINES) == due(lake, rest, GAMES, 2024) == due(lake, rest, VENUES, None) == []
    assert (rest.seasons, rest.datasets) == ([2025], ["games"])


def test_what_another_run_has_answered_since_is_not_requested_again(lake: Lake):
    """A settled key that failed is asked for although it has an older answer; a newer one settles it."""
    run = saved(lake, part(GAMES, 2025, key(2), key(3)))
    keep(lake, request_of(GAMES, 2025, window=2), [], NOON - timedelta(days=200))
    keep(lake, request_of(GAMES, 2025, window=3), [], NOON + timedelta(minutes=5))
    assert due(lake, Resumption.of(lake, run.run_id), GAMES) == [key(2)]


def test_a_run_that_was_cut_short_is_due_whole(lake: Lake):
    """Nobody wrote down what it did not get to."""
    run = saved(lake, part(GAMES, 2025, key(2)), status="interrupted")
    rest = Resumption.of(lake, run.run_id)
    assert due(lake, rest, GAMES) == [request.key for request in plan(lake, GAMES).due]
    assert (rest.keys, rest.datasets, rest.parameters) == (None, [], {"season": 2025})


def test_a_backfill_is_resumed_with_its_seasons(lake: Lake):
    """Failed keys of its parts, seasons that it did not begin, and none that are done."""
    parent = saved(lake, part(SEASON, 2023, left=(SEASON,)), flow="backfill", parameters={"season": "2023-2025"})
    saved(lake, part(GAMES, 2025, key(1)), run_id="20250601T120001Z-0002", parent=parent.run_id)
    saved(lake, part(GAMES, 2024), run_id="20250601T120002Z-0003", parent=parent.run_id, status="completed")
    saved(lake, part(GAMES, 2022, key(1)), run_id="20250601T120003Z-0004")
    assert [run.run_id[-1] for run in children(lake, parent.run_id)] == ["2", "3"]
    rest = Resumption.of(lake, parent.run_id)
    assert (rest.seasons, rest.datasets) == ([2025, 2023], [])
    assert due(lake, rest, GAMES) == [key(1)]
    assert due(lake, rest, GAMES, 2024) == []
    assert due(lake, rest, GAMES, 2023) == [request.key for request in plan(lake, GAMES, 2023).due]


def test_a_failed_build_brings_its_dataset_back_without_a_call(lake: Lake):
    run = saved(lake, part(GAMES, 2025, "silver.fct_games season=2025"))
    rest = Resumption.of(lake, run.run_id)
    assert (rest.datasets, due(lake, rest, GAMES)) == (["games"], [])


@pytest.mark.parametrize("run_id", ["20250601T120000Z-9999", "", "../lake", "x y"])
def test_an_unknown_run_is_refused_with_those_that_are_known(lake: Lake, run_id: str):
    saved(lake)
    with pytest.raises(BadInput, match="known are: 20250601T120000Z-0001"):
        Resumption.of(lake, run_id)


def test_nothing_to_resume_is_said(lake: Lake):
    run = saved(lake, part(GAMES, 2025), status="completed")
    with pytest.raises(BadInput, match=r"\(ingest\) completed and left nothing"):
        Resumption.of(lake, run.run_id)
    with pytest.raises(BadInput, match="known are: none yet"):
        Resumption.of(None, run.run_id)
    other = saved(lake, run_id="20250601T120000Z-0005", flow="maintenance")
    with pytest.raises(BadInput, match="is a maintenance: only backfill"):
        Resumption.of(lake, other.run_id)
