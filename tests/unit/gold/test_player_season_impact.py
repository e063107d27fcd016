"""Totals, rates and history of players: worked by hand on frames of a few rows."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from quality.contracts.gold_players import PLAYER_SEASON_IMPACT, TOTALS
from quality.validate import check
from tasks.gold.player_season_impact import player_season_impact

SEASON, TEAM, OTHER, ATHLETE = 2025, 1, 2, 100
NAMES = ("boxes", "games", "possessions", "stats", "shooting", "rosters", "recruits", "portal")
INPUTS = dict(zip(NAMES, PLAYER_SEASON_IMPACT.derivation.inputs, strict=True))  # type: ignore[union-attr]
GAMES = [{"game_id": n, "has_result": n != 9, "game_date": date(2025, 1, n)} for n in (1, 2, 9)]


def box(game: int = 1, athlete: int | None = ATHLETE, team: int = TEAM, **values: object) -> dict[str, object]:
    row: dict[str, object] = {"game_id": game, "season": SEASON, "team_id": team, "team": "T", "athlete_id": athlete}
    row["name"] = "A"
    return (
        row
        | {"position": "G", "starter": True, "minutes": 20.0, "game_minutes": 40.0}
        | dict.fromkeys(TOTALS, 0)
        | values
    )


def impact(**rows: list[dict[str, object]]) -> pl.DataFrame:
    given = {"games": GAMES} | rows
    frames = [pl.LazyFrame(given.get(name, []), item.schema, orient="row") for name, item in INPUTS.items()]
    made = player_season_impact(*frames, season=SEASON).select(list(PLAYER_SEASON_IMPACT.by_name)).collect()
    checked = check(made, PLAYER_SEASON_IMPACT)
    assert checked.report.quarantined == 0, checked.quarantined
    return checked.good.sort("team_id", "athlete_id")


def test_rates_are_sums_over_sums():
    """20 minutes of 40 at 70 possessions are 35; the game without possessions counts on neither side."""
    rows = impact(
        boxes=[box(points=10), box(game=2, points=4, minutes=10.0)],
        possessions=[{"game_id": 1, "rating_possessions": 70.0}],
    )
    row = rows.row(0, named=True)
    assert (row["games"], row["points"], row["points_per_game"], row["minutes_per_game"]) == (2, 14, 7, 15)
    assert row["points_per40"] == pytest.approx(14 * 40 / 30)
    assert (row["possessions_on_floor"], row["points_per100"]) == (35, pytest.approx(1000 / 35))


def test_usage_is_a_fifth_where_all_do_the_same():
    boxes = [box(athlete=n, minutes=40.0, field_goals_attempted=10, turnovers=2) for n in range(5)]
    assert impact(boxes=boxes)["usage_pct"].to_list() == pytest.approx([0.2] * 5)


def test_no_minutes_and_no_attempts_are_null_not_nan():
    row = impact(boxes=[box(minutes=0.0)]).row(0, named=True)
    rates = ("points_per40", "points_per100", "usage_pct", "field_goals_pct", "true_shooting_pct")
    assert [row[name] for name in rates] == [None] * 5
    assert row["flag"] == "few_minutes"


def test_a_game_without_a_result_does_not_count():
    """Trap: 0-0 rows of games that were never played."""
    assert impact(boxes=[box(game=9, points=5)]).is_empty()


def test_a_player_on_two_teams_has_two_rows():
    rows = impact(boxes=[box(points=3), box(game=2, team=OTHER, points=5)])
    assert rows.select("team_id", "points", "teams_in_season").rows() == [(TEAM, 3, 2), (OTHER, 5, 2)]


def test_box_rows_without_an_athlete_are_counted():
    rows = impact(boxes=[box(), box(athlete=None)])
    assert rows.select("athlete_id", "unidentified_box_rows").rows() == [(ATHLETE, 1)]


def test_recruits_are_found_by_athlete_id():
    """Trap: the recruit's own id is another person's athlete id."""
    recruits = [
        {"recruit_id": ATHLETE, "athlete_id": 5, "year": 2024, "stars": 5, "rating": 0.99, "ranking": 1},
        {"recruit_id": 8, "athlete_id": ATHLETE, "year": 2024, "stars": 3, "rating": 0.8, "ranking": None},
    ]
    row = impact(boxes=[box()], recruits=recruits).row(0, named=True)
    assert (row["recruit_stars"], row["recruit_rating"], row["recruit_ranking"]) == (3, 0.8, None)


def roster(team: int, season: int = SEASON - 1, athlete: int = ATHLETE) -> dict[str, object]:
    return {"season": season, "team_id": team, "athlete_id": athlete}


def entry(number: int, destination: int | None = TEAM, year: int = SEASON - 1) -> dict[str, object]:
    ids = {"transfer_id": number, "origin_id": OTHER, "destination_id": destination}
    return ids | {"year": year, "stars": 4, "rating": 0.9}


def test_a_transfer_is_found_by_rosters_and_the_only_entry_of_the_way_is_his():
    rosters = [roster(OTHER), roster(TEAM, SEASON - 2), roster(TEAM, SEASON)]
    row = impact(boxes=[box()], rosters=rosters, portal=[entry(1), entry(2, None), entry(3, year=SEASON)]).row(
        0, named=True
    )
    assert (row["previous_team_id"], row["is_transfer"], row["portal_entries"], row["portal_stars"]) == (
        OTHER,
        True,
        1,
        4,
    )


def test_two_who_moved_the_same_way_have_no_portal_rating():
    rows = impact(
        boxes=[box(), box(athlete=101)], rosters=[roster(OTHER), roster(OTHER, athlete=101)], portal=[entry(1)]
    )
    assert rows["portal_stars"].to_list() == [None, None]
    assert rows["portal_entries"].to_list() == [1, 1]


def test_who_was_on_two_rosters_and_stayed_on_one_did_not_move():
    row = impact(boxes=[box(team=OTHER)], rosters=[roster(TEAM), roster(OTHER)]).row(0, named=True)
    assert (row["previous_team_id"], row["is_transfer"]) == (OTHER, False)


def test_a_newcomer_has_no_previous_team():
    row = impact(boxes=[box()], rosters=[roster(TEAM, SEASON)]).row(0, named=True)
    assert (row["previous_team_id"], row["is_transfer"]) == (None, None)
