"""Answers that are of the moment: every capture is kept with the day it was taken."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from polars.testing import assert_frame_equal

from quality.contracts.ratings import FCT_RATINGS_ADJUSTED, FCT_RATINGS_ELO, RATINGS_ADJUSTED, RATINGS_ELO
from quality.contracts.recruiting import FCT_RECRUITING_PORTAL, PORTAL
from quality.contracts.scoreboard import SCOREBOARD, SNAP_SCOREBOARD
from quality.contracts.shooting import FCT_STATS_TEAM_SHOOTING, STATS_TEAM_SHOOTING
from tasks.lake.lake import Lake
from tasks.requests import season_requests
from tests.support.lakes import build, built, content, keep, new_lake, request_of, rows
from tests.support.records import record

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
EVENING = datetime(2025, 1, 31, 23, tzinfo=UTC)  # 6 pm in New York


def rated(team: int, net: float) -> dict[str, Any]:
    return record(RATINGS_ADJUSTED.record, team, netRating=net)


def capture(lake: Lake, at: datetime, *ratings: tuple[int, float]) -> None:
    keep(lake, request_of(RATINGS_ADJUSTED, 2025), [rated(*item) for item in ratings], at)


def history(lake: Lake) -> list[Any]:
    return rows(lake, FCT_RATINGS_ADJUSTED, "as_of", "team_id", "net_rating")


def test_history_is_kept_day_by_day(lake: Lake):
    """Trap: ratings were season-final, and features of November knew of March."""
    for days, net in ((0, 10.0), (1, 11.0), (30, 12.0)):
        capture(lake, EVENING + days * DAY, (1, net))
        built(lake, RATINGS_ADJUSTED)
    days = [date(2025, 1, 31), date(2025, 2, 1), date(2025, 3, 2)]
    assert history(lake) == [(day, 1, net) for day, net in zip(days, (10.0, 11.0, 12.0), strict=True)]
    assert build(lake, RATINGS_ADJUSTED).reports == []


def test_a_new_capture_rebuilds_its_month_only(lake: Lake):
    """150 captures a season: a daily run must not read them all again."""
    for days in (0, 1):
        capture(lake, EVENING + days * DAY, (1, 1.0))
    built(lake, RATINGS_ADJUSTED)
    capture(lake, EVENING + 2 * DAY, (1, 2.0))
    assert list(built(lake, RATINGS_ADJUSTED)) == [
        f"{table} season=2025/month=2025-02" for table in ("bronze.ratings_adjusted", "silver.fct_ratings_adjusted")
    ]
    assert len(history(lake)) == 3


@pytest.mark.parametrize(
    ("later", "days"),
    [(5 * HOUR, [date(2025, 1, 31)]), (6 * HOUR, [date(2025, 1, 31), date(2025, 2, 1)])],
    ids=["still that evening in New York", "past midnight in New York"],
)
def test_the_last_answer_of_a_day_stands_for_it(lake: Lake, later: timedelta, days: list[date]):
    capture(lake, EVENING, (1, 10.0), (2, 20.0))
    capture(lake, EVENING + later - HOUR, (1, 10.5), (2, 20.5))
    report = built(lake, RATINGS_ADJUSTED)
    assert [(day, team) for day, team, _ in history(lake)] == [(days[0], 1), (days[0], 2)]
    capture(lake, EVENING + later, (1, 11.0), (2, 21.0))
    report = built(lake, RATINGS_ADJUSTED)
    assert [item for item in history(lake) if item[1] == 1][-1] == (days[-1], 1, 11.0)
    assert sorted({day for day, _, _ in history(lake)}) == days
    assert sum(item.deduplicated for item in report.values()) == (0 if len(days) > 1 else 4)


def test_an_empty_capture_is_no_capture(lake: Lake):
    """The simple ratings of a running season came back empty for months."""
    capture(lake, EVENING, (1, 1.0))
    capture(lake, EVENING + DAY)
    built(lake, RATINGS_ADJUSTED)
    assert len(history(lake)) == 1


def test_conferences_of_a_day_are_captured_one_by_one(lake: Lake):
    """A fan-out of captures: an answer replaces its own conference's rows of the day, not the others'."""
    first, second = season_requests(STATS_TEAM_SHOOTING, 2025, values=[("AC", None), ("BC", None)])
    for request, team, at in ((first, 1, EVENING), (second, 2, EVENING + HOUR), (first, 1, EVENING + 2 * HOUR)):
        keep(lake, request, [record(STATS_TEAM_SHOOTING.record, team)], at)
    built(lake, STATS_TEAM_SHOOTING)
    assert rows(lake, FCT_STATS_TEAM_SHOOTING, "team_id", "fetched_at") == [
        (1, EVENING + 2 * HOUR), (2, EVENING + HOUR),
    ]  # fmt: skip


def test_every_poll_of_the_scoreboard_is_a_row(lake: Lake):
    for minutes in (0, 1):
        game = record(SCOREBOARD.record, 5, clock=f"10:0{minutes}")
        keep(lake, request_of(SCOREBOARD, None), [game], EVENING + timedelta(minutes=minutes))
    built(lake, SCOREBOARD, None)
    found = rows(lake, SNAP_SCOREBOARD, "game_id", "captured_at", "clock")
    assert [(game, clock) for game, _, clock in found] == [(5, "10:00"), (5, "10:01")]
    assert lake.inputs(SNAP_SCOREBOARD).keys() == {"month=2025-01"}


def test_captures_in_any_order_are_the_same_history(tmp_path: Path):
    lakes = [new_lake(tmp_path / name) for name in ("forth", "back")]
    captures = [(EVENING + hours * HOUR, (1, float(hours))) for hours in range(0, 60, 7)]
    for lake, order in zip(lakes, (captures, captures[::-1]), strict=True):
        for at, rating in order:
            capture(lake, at, rating)
            built(lake, RATINGS_ADJUSTED)
    one, other = (content(lake) for lake in lakes)
    for name, frame in one.items():
        assert_frame_equal(frame, other[name])


def test_a_team_that_is_sent_twice_keeps_one_elo(lake: Lake):
    """Trap: two games at one start make the API send a team twice, with two ratings."""
    body = [record(RATINGS_ELO.record, 1, elo=elo) for elo in (1480, 1520, None)]
    keep(lake, request_of(RATINGS_ELO, 2025), body, EVENING)
    report = built(lake, RATINGS_ELO)["silver.fct_ratings_elo season=2025/month=2025-01"]
    assert rows(lake, FCT_RATINGS_ELO, "elo") == [1520]
    assert (report.rows_in, report.deduplicated, report.quarantined) == (3, 2, 0)


def test_rows_of_another_year_are_refused(lake: Lake):
    """Trap: /recruiting/portal?season=2025 answered with the whole table, 6,679 rows instead of 1,611."""
    good = [record(PORTAL.record, number, year=2025) for number in range(30)]
    keep(lake, request_of(PORTAL, 2025), [*good, record(PORTAL.record, 77, year=2024)])
    reports = built(lake, PORTAL)
    assert reports["bronze.recruiting_portal season=2025"].by_rule == {"year is the one asked for": 1}
    assert 77 not in rows(lake, FCT_RECRUITING_PORTAL, "transfer_id")
    keep(lake, request_of(PORTAL, 2026), [record(PORTAL.record, 78, year=2026)])
    built(lake, PORTAL, 2026)
    assert rows(lake, FCT_RECRUITING_PORTAL, "year", "transfer_id")[-1] == (2026, 78)
