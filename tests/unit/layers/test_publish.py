"""Diff before publish: a version that lacks too much of what is served is refused, with the way to allow it."""

from __future__ import annotations

from typing import Any

import pytest

from quality.contracts.games import FCT_GAMES, GAMES
from quality.validate import check
from tasks.completeness.due import REFRESH
from tasks.errors import ContractViolation
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake
from tasks.layers._publish import publishing
from tasks.layers.policy import BuildPolicy
from tasks.layers.report import CODE_VERSION
from tests.support.lakes import NOON, build, built, keep, request_of, rows
from tests.support.records import record

SEASON = "silver.fct_games season=2025"


def games(*numbers: int, **values: Any) -> list[dict[str, Any]]:
    return [record(GAMES.record, number, **values) for number in numbers]


def served(lake: Lake) -> list[int]:
    return rows(lake, FCT_GAMES, "game_id")


def test_rows_added_removed_and_changed_are_counted(lake: Lake):
    keep(lake, request_of(GAMES, 2025), games(*range(100)), NOON)
    first = built(lake, GAMES)[SEASON]
    assert (first.added, first.removed, first.changed) == (100, 0, 0)
    keep(lake, request_of(GAMES, 2025), games(*range(5, 98)) + games(98, 99, attendance=1) + games(100), NOON + REFRESH)
    second = built(lake, GAMES)[SEASON]
    assert (second.rows_out, second.added, second.removed, second.changed) == (96, 1, 5, 2)


def test_a_fetch_that_brings_the_same_changes_nothing(lake: Lake):
    """Where a row comes from is not what it says."""
    for number in range(2):
        keep(lake, request_of(GAMES, 2025), games(*range(20)), NOON + number * REFRESH)
        report = built(lake, GAMES)[SEASON]
    assert (report.added, report.removed, report.changed) == (0, 0, 0)


def test_too_many_rows_gone_block_until_they_are_allowed(lake: Lake, monkeypatch: pytest.MonkeyPatch):
    """I12: what is published never gets worse on bad input; a source that means it is taken once it is said so."""
    keep(lake, request_of(GAMES, 2025), games(*range(60)), NOON)
    built(lake, GAMES)
    keep(lake, request_of(GAMES, 2025), games(*range(10, 61)), NOON + REFRESH)
    for _ in range(2):  # a second run says so again
        [(name, why)] = build(lake, GAMES).failed
        assert name == SEASON
        assert "10 of 60 rows would be removed, 16.7% where 10.0% is allowed (1 added, 0 changed)" in why
        assert "game_id=0; game_id=1; game_id=2. The previous version stays" in why
        assert "CBBD_MAX_REMOVED_SHARE=1" in why
        assert served(lake) == list(range(60))
    monkeypatch.setenv("CBBD_MAX_REMOVED_SHARE", "1")
    assert built(lake, GAMES)[SEASON].removed == 10
    assert served(lake) == list(range(10, 61))


def test_a_handful_of_rows_may_always_go(lake: Lake):
    keep(lake, request_of(GAMES, 2025), games(*range(6)), NOON)
    built(lake, GAMES)
    keep(lake, request_of(GAMES, 2025), games(5), NOON + REFRESH)
    assert built(lake, GAMES)[SEASON].removed == 5


def test_new_code_over_the_same_rows_changes_nothing(lake: Lake, monkeypatch: pytest.MonkeyPatch):
    keep(lake, request_of(GAMES, 2025), games(*range(30)), NOON)
    built(lake, GAMES)
    monkeypatch.setattr("tasks.layers.report.CODE_VERSION", f"{CODE_VERSION} and more")
    report = built(lake, GAMES)[SEASON]
    assert (report.rows_out, report.added, report.removed, report.changed) == (30, 0, 0, 0)


def test_the_last_rows_of_a_partition_go_only_when_all_rows_may(lake: Lake):
    """Trap: the only game of a month moved to the next one, and no setting let the month become empty."""
    keep(lake, request_of(GAMES, 2025), games(1, 2), NOON)
    built(lake, GAMES)
    none = check(lake.scan(FCT_GAMES.qualified).collect().clear(), FCT_GAMES)
    with (
        pytest.raises(ContractViolation, match=r"2 of 2 rows would be removed.*CBBD_MAX_REMOVED_SHARE=1"),
        publishing(lake, FCT_GAMES, PartitionKey(2025), "now") as out,
    ):
        out.add(none)
    assert served(lake) == [1, 2]
    with publishing(lake, FCT_GAMES, PartitionKey(2025), "now", BuildPolicy(max_removed_share=1.0)) as out:
        out.add(none)
    assert served(lake) == []


def test_as_of_an_earlier_date_a_table_may_be_empty(lake: Lake):
    """Trap: the lines of a season that was fetched later are unknown then; today's lines stayed served."""
    keep(lake, request_of(GAMES, 2025), games(1, 2), NOON)
    built(lake, GAMES)
    none = check(lake.scan(FCT_GAMES.qualified).collect().clear(), FCT_GAMES)
    with publishing(lake, FCT_GAMES, PartitionKey(2025), "then", may_shrink=True) as out:
        out.add(none)
    assert served(lake) == []
