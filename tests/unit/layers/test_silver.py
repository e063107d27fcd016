"""Bronze to silver: one row per key, the newest version of each, in the right partition, everything counted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from quality.contracts.game_players import FCT_GAME_PLAYERS, GAME_PLAYERS
from quality.contracts.game_teams import FCT_GAME_TEAMS, GAME_TEAMS
from quality.contracts.games import FCT_GAMES, GAMES
from quality.contracts.lines import FCT_LINES, LINES
from quality.contracts.plays import FCT_PLAYS, PLAYS
from quality.contracts.teams import TEAM_SEASONS, TEAMS
from tasks.lake.iceberg import PartitionKey, month_of, next_month
from tasks.lake.lake import Lake
from tasks.layers._days import Plan
from tasks.layers.guard import BELIEVED
from tests.support.lakes import NOON, build, built, content, keep, new_lake, request_of, rows
from tests.support.records import record

DAY = timedelta(days=1)
SEASON = "season=2025"


def game(number: int, **values: Any) -> dict[str, Any]:
    return record(GAMES.record, number, **{"homeTeamId": 1, "awayTeamId": 2} | values)


def play(number: int, at: str, game_id: int = 1, **values: Any) -> dict[str, Any]:
    return record(PLAYS.record, number, gameStartDate=at, gameId=game_id, **values)


def lines(number: int, *providers: str | None, **values: Any) -> dict[str, Any]:
    quoted = [{"provider": provider, "spread": -float(number)} for provider in providers]
    return record(LINES.record, number, lines=quoted, **values)


def put_plays(lake: Lake, day: date, *plays: dict[str, Any], at: datetime = NOON) -> None:
    keep(lake, request_of(PLAYS, 2025, day), list(plays), at)


# -- versions and duplicates ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("second", [NOON + DAY, NOON - DAY])
def test_of_a_row_in_two_answers_the_newer_wins(lake: Lake, second: datetime):
    """A game that was moved is in its old window's answer and in its new one's: order of arrival decides."""
    keep(lake, request_of(GAMES, 2025, window=0), [game(1, status="scheduled"), game(2)], NOON)
    keep(lake, request_of(GAMES, 2025, window=1), [game(1, status="final"), game(3)], second)
    report = built(lake, GAMES)[f"silver.fct_games {SEASON}"]
    assert (report.rows_in, report.rows_out, report.deduplicated) == (4, 3, 1)
    wanted = "final" if second > NOON else "scheduled"
    assert rows(lake, FCT_GAMES, "game_id", "status")[0] == (1, wanted)


def test_a_game_is_replaced_as_a_whole(lake: Lake):
    """A play deleted at the source goes away; an older answer, listed later, brings nothing back."""
    evening, midnight = "2025-01-15T18:30:00.000Z", "2025-01-16T00:00:00.000Z"
    put_plays(lake, date(2025, 1, 15), play(1, evening, 1), *(play(n, midnight, 2) for n in (11, 12, 13)))
    put_plays(lake, date(2025, 1, 16), play(11, midnight, 2), play(14, midnight, 2), at=NOON + DAY)
    report = built(lake, PLAYS)[f"silver.fct_plays {SEASON}/month=2025-01"]
    assert rows(lake, FCT_PLAYS, "play_id") == [1, 11, 14]
    assert (report.rows_in, report.rows_out, report.deduplicated) == (6, 3, 3)


def test_equal_repeats_are_counted_and_dropped(lake: Lake):
    """Trap: 18 % of the rows of a date come twice; two runs of the same backfill double a season."""
    keep(lake, request_of(GAMES, 2025), [game(1), game(1), game(2), game(1)])
    report = built(lake, GAMES)[f"silver.fct_games {SEASON}"]
    assert (report.rows_in, report.rows_out, report.deduplicated, report.quarantined) == (4, 2, 2, 0)


def test_repeats_that_contradict_each_other_are_quarantined(lake: Lake):
    """Neither both, nor one by chance without a word: the first stays, the other is told."""
    body = [*(game(number) for number in range(20)), game(7, homePoints=99), game(7)]
    keep(lake, request_of(GAMES, 2025), body)
    report = built(lake, GAMES)[f"silver.fct_games {SEASON}"]
    assert (report.by_rule, report.rows_out, report.deduplicated) == ({"unique": 1}, 20, 1)
    assert rows(lake, FCT_GAMES, "game_id", "home_points")[7] == (7, 7)
    assert rows(lake, "ops.quarantine", "table_name", "column_name", "value") == [("silver.fct_games", "game_id", "7")]


def test_null_keys_are_quarantined_not_merged(lake: Lake):
    """Trap: rows without their key fell together to one per file."""
    keep(lake, request_of(LINES, 2025), [lines(1, None, "A", None), *(lines(n, "A") for n in range(2, 30))])
    report = built(lake, LINES)[f"silver.fct_lines {SEASON}"]
    assert (report.rows_out, report.by_rule, report.deduplicated) == (29, {"not_nullable": 1}, 1)


def test_each_line_is_a_row_and_a_game_without_any_has_none(lake: Lake):
    keep(lake, request_of(LINES, 2025), [lines(1), lines(2, "A", "B"), lines(3, "B")])
    report = built(lake, LINES)[f"silver.fct_lines {SEASON}"]
    assert rows(lake, FCT_LINES, "game_id", "provider", "spread") == [(2, "A", -2.0), (2, "B", -2.0), (3, "B", -3.0)]
    assert (report.rows_in, report.rows_out) == (3, 3)


def test_a_provider_that_withdraws_its_line_goes_away(lake: Lake):
    keep(lake, request_of(LINES, 2025), [lines(1, "A", "B"), lines(2, "A")])
    built(lake, LINES)
    for day in range(1, 1 + BELIEVED):
        keep(lake, request_of(LINES, 2025), [lines(1, "B"), lines(2)], NOON + day * DAY)
    built(lake, LINES)
    assert rows(lake, FCT_LINES, "game_id", "provider") == [(1, "B")]


def test_a_season_without_a_single_line_is_an_empty_table(lake: Lake):
    keep(lake, request_of(LINES, 2025), [lines(1), lines(2)])
    built(lake, LINES)
    assert rows(lake, FCT_LINES, "game_id") == []
    assert build(lake, LINES).reports == [], "and not stale for ever"


# -- values -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "home", "away", "has_result"),
    [
        ("final", 70, 68, True),
        ("final", 70, 0, True),
        ("final", 0, 0, False),
        ("final", None, None, False),
        ("scheduled", 0, 0, False),
        ("postponed", 0, 0, False),
        ("cancelled", 12, 10, False),
        ("in_progress", 35, 30, False),
    ],
)
def test_only_final_games_with_points_have_a_result(
    tmp_path: Path, status: str, home: int | None, away: int | None, has_result: bool
):
    """Trap: 1,646 scheduled 0-0 games that counted as losses."""
    lake = new_lake(tmp_path / "one")
    keep(lake, request_of(GAMES, 2025), [game(1, status=status, homePoints=home, awayPoints=away)])
    built(lake, GAMES)
    assert rows(lake, FCT_GAMES, "has_result") == [has_result]


def test_percents_are_fractions_and_rates_stay(lake: Lake):
    body = record(GAME_TEAMS.record, 1)
    body["teamStats"] |= {
        "trueShooting": 54.6,
        "rating": 107.7,
        "fieldGoals": {"pct": 45.0, "attempted": 60, "made": 27},
    }
    keep(lake, request_of(GAME_TEAMS, 2025), [body])
    built(lake, GAME_TEAMS)
    columns = (
        "team_stats_true_shooting",
        "team_stats_field_goals_pct",
        "team_stats_rating",
        "team_stats_field_goals_made",
    )
    assert rows(lake, FCT_GAME_TEAMS, *columns) == [(pytest.approx(0.546), pytest.approx(0.45), 107.7, 27)]


def test_players_are_rows_that_know_their_game(lake: Lake):
    players = [record(GAME_PLAYERS.record, 1)["players"][0] | {"athleteSourceId": source} for source in ("7", "8")]
    keep(lake, request_of(GAME_PLAYERS, 2025), [record(GAME_PLAYERS.record, 5, players=players)])
    built(lake, GAME_PLAYERS)
    assert rows(lake, FCT_GAME_PLAYERS, "game_id", "team_id", "athlete_source_id") == [(5, 5, "7"), (5, 5, "8")]


def test_teams_of_a_season_know_their_season(lake: Lake):
    """`/teams?season=` does not say which season it is of; the request does."""
    for season in (2024, 2025):
        keep(lake, request_of(TEAM_SEASONS, season), [record(TEAM_SEASONS.record, 1)])
        built(lake, TEAM_SEASONS, season)
    keep(lake, request_of(TEAMS, None), [record(TEAMS.record, 1)])
    built(lake, TEAMS, None)
    assert rows(lake, "silver.dim_team_seasons", "season", "team_id") == [(2024, 1), (2025, 1)]
    assert rows(lake, "silver.dim_teams", "team_id") == [1]


# -- dates and months -------------------------------------------------------------------------------------------------


def answers(lake: Lake, starts: dict[int, str]) -> None:
    """Answers for every UTC date as the API gives them: BETWEEN 00:00 and 00:00 of the next day, both included."""
    moments = {number: datetime.fromisoformat(text) for number, text in starts.items()}
    dates = {moment.date() for moment in moments.values()} | {(moment - DAY).date() for moment in moments.values()}
    for day in sorted(dates):
        opening = datetime.combine(day, datetime.min.time(), UTC)
        inside = [number for number, moment in moments.items() if opening <= moment <= opening + DAY]
        put_plays(lake, day, *(play(number, starts[number], number) for number in inside))


def test_games_at_midnight_utc_come_once_and_in_their_eastern_month(lake: Lake):
    """Traps: 22 % of all games start at 00:00:00Z and come on two dates; their day in the US is the one before."""
    starts = {
        1: "2025-01-31T23:59:59+00:00",
        2: "2025-02-01T00:00:00+00:00",
        3: "2025-02-01T04:59:59+00:00",
        4: "2025-02-01T05:00:00+00:00",
        5: "2025-02-02T00:00:00+00:00",
        6: "2025-01-01T00:00:00+00:00",
    }
    answers(lake, starts)
    built(lake, PLAYS)
    dates = {1: "2025-01-31", 2: "2025-01-31", 3: "2025-01-31", 4: "2025-02-01", 5: "2025-02-01", 6: "2024-12-31"}
    wanted = [(number, date.fromisoformat(day)) for number, day in sorted(dates.items())]
    assert rows(lake, FCT_PLAYS, "play_id", "game_date") == wanted
    assert {"season=2025/month=2024-12", "season=2025/month=2025-01", "season=2025/month=2025-02"} <= set(
        lake.inputs(FCT_PLAYS)
    )


@pytest.mark.parametrize("night", [date(2024, 11, 3), date(2025, 3, 9), date(2024, 10, 31), date(2025, 3, 31)])
def test_nights_when_clocks_change_and_months_end(tmp_path: Path, night: date):
    """Every hour around the night, on the half and the full one: each play once, on the calendar day in New York."""
    lake = new_lake(tmp_path / "night")
    opening = datetime.combine(night, datetime.min.time(), UTC)
    starts = {hour: (opening + timedelta(minutes=30 * hour)).isoformat() for hour in range(-4, 64)}
    answers(lake, starts)
    built(lake, PLAYS)
    eastern = ZoneInfo("America/New_York")
    wanted = [(n, datetime.fromisoformat(text).astimezone(eastern).date()) for n, text in sorted(starts.items())]
    assert rows(lake, FCT_PLAYS, "play_id", "game_date") == wanted


def test_a_correction_on_the_first_rebuilds_the_month_before(lake: Lake):
    """The evening of 31 January is in the answer for 1 February."""
    answers(lake, {1: "2025-01-31T20:00:00+00:00", 2: "2025-02-01T01:00:00+00:00"})
    built(lake, PLAYS)
    put_plays(lake, date(2025, 2, 1), play(3, "2025-02-01T01:00:00.000Z", 2), at=NOON + DAY)
    reports = built(lake, PLAYS)
    assert f"silver.fct_plays {SEASON}/month=2025-01" in reports
    assert rows(lake, FCT_PLAYS, "play_id") == [1, 3]


@given(
    month=st.dates(date(2003, 1, 1), date(2099, 12, 31)).map(month_of),
    sizes=st.dictionaries(st.integers(-1, 32), st.integers(1, 60 << 20), max_size=34),
)
def test_a_month_is_cut_into_days_without_gap_or_overlap(month: date, sizes: dict[int, int]):
    days = [month + n * DAY for n in range((next_month(month) - month).days)]
    plan = Plan(PartitionKey(2025, month), dict.fromkeys(days, "changed"))

    def size(span: tuple[date, date]) -> int:
        return sum(sizes.get(n, 0) for n in range((span[0] - month).days, (span[1] - month).days + 1))

    spans = plan.spans(size, 32 << 20)
    assert [first + n * DAY for first, last in spans for n in range((last - first).days + 1)] == days
    assert all(size(span) <= max(32 << 20, size((span[0], span[0])), size((span[1], span[1]))) for span in spans)


# -- the whole --------------------------------------------------------------------------------------------------------


def test_a_partition_that_would_be_worse_is_not_published(lake: Lake):
    keep(lake, request_of(GAMES, 2025), [game(number) for number in range(10)])
    built(lake, GAMES)
    same_keys = [game(number % 5, homePoints=number) for number in range(10)]
    keep(lake, request_of(GAMES, 2025), same_keys, NOON + DAY)
    done = build(lake, GAMES)
    assert [(name, "5 of 10 rows break the contract (unique (5))" in why) for name, why in done.failed] == [
        (f"silver.fct_games {SEASON}", True)
    ]
    assert rows(lake, FCT_GAMES, "game_id") == list(range(10))


def test_a_rebuild_gives_what_the_increments_gave(tmp_path: Path):
    """silver = f(raw): the same answers in one go or one by one, in another order of listing, are the same lake."""
    step, once = new_lake(tmp_path / "step"), new_lake(tmp_path / "once")
    story = [
        (GAMES, request_of(GAMES, 2025), [game(1, status="scheduled"), game(2)]),
        (PLAYS, request_of(PLAYS, 2025, date(2025, 1, 31)), [play(1, "2025-02-01T00:00:00.000Z")]),
        (GAMES, request_of(GAMES, 2025, window=1), [game(3), game(3), game(1)]),
        (PLAYS, request_of(PLAYS, 2025, date(2025, 2, 1)), [play(n, "2025-02-01T00:00:00.000Z") for n in (2, 3)]),
        (GAMES, request_of(GAMES, 2025), [game(1), game(4)]),
        (GAMES, request_of(GAMES, 2025), []),
        (LINES, request_of(LINES, 2025), [lines(1, "A", "B")]),
    ]
    moments = [NOON + number * DAY for number in range(len(story))]
    for (endpoint, request, body), at in zip(story, moments, strict=True):
        keep(step, request, body, at)
        built(step, endpoint)
    for (_, request, body), at in reversed(list(zip(story, moments, strict=True))):
        keep(once, request, body, at)
    for endpoint in (LINES, PLAYS, GAMES):
        built(once, endpoint)
    one, other = content(step), content(once)
    assert list(one) == list(other)
    for name, frame in one.items():
        assert_frame_equal(frame, other[name])
