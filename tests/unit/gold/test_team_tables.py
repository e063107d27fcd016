"""The team tables on small seasons worked out by hand: records, quadrants, resumes, standings, power rankings."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.contracts.gold_team_seasons import CONFERENCE_STANDINGS, TEAM_RESUME, TEAM_SEASON_SUMMARY
from quality.contracts.gold_teams import TEAM_POWER_RANKINGS
from quality.dataset import Table
from quality.validate import check
from tasks.gold.conference_standings import conference_standings, standings
from tasks.gold.team_power_rankings import team_power_rankings
from tasks.gold.team_resume import at_least, chances, team_resume
from tasks.gold.team_season_summary import team_season_summary

MARCH = date(2025, 3, 1)
A, B, C, D, OUTSIDER = 1, 2, 3, 4, 900


def inputs(table: Table, **rows: list[dict[str, Any]]) -> dict[str, pl.LazyFrame]:
    """Frames of a table's inputs by the name of their table, as the lake gives them; what a row lacks is null."""
    assert table.derivation is not None
    return {
        item.table.name: pl.LazyFrame(rows.get(item.table.name, []), schema=item.schema)
        for item in table.derivation.inputs
    }


def game(number: int, home: int, away: int, score: tuple[int, int], **changes: Any) -> dict[str, Any]:
    """A final, regular conference game on the home floor."""
    row = {
        "season": 2025, "game_id": number, "game_date": MARCH - timedelta(days=1), "season_type": "regular",
        "game_type": "STD", "neutral_site": False, "conference_game": True, "has_result": True,
        "home_team_id": home, "away_team_id": away, "home_points": score[0], "away_points": score[1],
        "home_period_points": [score[0] - 30, 30],
    }  # fmt: skip
    return row | changes


def member(team: int, conference: int | None = 7) -> dict[str, Any]:
    name = None if conference is None else f"C{conference}"
    return {"season": 2025, "team_id": team, "school": f"T{team}", "conference_id": conference, "conference": name}


def rating(team: int, rank: int, net: float, day: date = MARCH, variant: str = "predictive") -> dict[str, Any]:
    return {
        "season": 2025, "team_id": team, "as_of_date": day, "variant": variant, "adjusted_offence": 100 + net / 2,
        "adjusted_defence": 100 - net / 2, "net": net, "tempo": 68.0, "rank": rank, "strength_of_schedule": 0.0,
        "home_advantage": 5.0, "flag": "ok",
    }  # fmt: skip


MEMBERS = [member(A), member(B), member(C), member(D, None)]
RATINGS = [rating(A, 1, 20.0), rating(B, 31, 0.0), rating(C, 161, -20.0)]
GAMES = [
    game(1, A, B, (70, 60)),
    game(2, B, A, (80, 78)),  # close
    game(3, A, C, (90, 60), neutral_site=True, game_type="TRNMNT"),  # a conference tournament
    game(4, C, OUTSIDER, (50, 55), conference_game=False),
    game(5, B, C, (0, 0), has_result=False),  # a placeholder
    game(6, C, B, (71, 61), home_period_points=[20, 31, 20]),  # overtime
]


def made(table: Table, **rows: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Rows by team, each of which the contract takes."""
    maker = {
        TEAM_SEASON_SUMMARY: team_season_summary,
        TEAM_RESUME: team_resume,
        CONFERENCE_STANDINGS: conference_standings,
    }
    given_rows = {"dim_team_seasons": MEMBERS, "team_ratings_daily": RATINGS, "fct_games": GAMES} | rows
    more = {"season": 2025} if table is TEAM_SEASON_SUMMARY else {}
    frame = maker[table](*inputs(table, **given_rows).values(), **more).select(list(table.by_name)).collect()
    checked = check(frame, table)
    assert checked.good.height == frame.height
    return {row["team_id"]: row for row in frame.iter_rows(named=True)}


def record(row: dict[str, Any], kind: str) -> tuple[int, int]:
    return row[f"{kind}_wins"], row[f"{kind}_losses"]


# -- season summary ---------------------------------------------------------------------------------------------------


def test_records_by_kind():
    rows = made(TEAM_SEASON_SUMMARY)
    kinds = ("total", "division", "outside", "conference", "home", "away", "neutral", "close")
    found = {team: [record(row, kind) for kind in kinds] for team, row in rows.items()}
    assert found == {
        A: [(2, 1), (2, 1), (0, 0), (1, 1), (1, 0), (0, 1), (1, 0), (0, 1)],
        B: [(1, 2), (1, 2), (0, 0), (1, 2), (1, 0), (0, 2), (0, 0), (1, 1)],
        C: [(1, 2), (1, 1), (0, 1), (1, 0), (1, 0), (0, 0), (0, 1), (1, 0)],
        D: [(0, 0)] * 8,
    }
    assert rows[A]["average_margin"] == pytest.approx((10 - 2 + 30) / 3)
    assert (rows[D]["average_margin"], rows[D]["rank"], rows[D]["flag"]) == (None, None, "no_games")


def test_quadrants_go_by_site_and_rank():
    """B is 31st: quadrant 2 at home of A, 1 on its own floor (up to 75); C, 161st, is quadrant 3 on neutral ground."""
    row = made(TEAM_SEASON_SUMMARY)[A]
    assert [record(row, f"quadrant_{n}") for n in (1, 2, 3, 4)] == [(0, 1), (1, 0), (1, 0), (0, 0)]
    assert record(made(TEAM_SEASON_SUMMARY)[B], "quadrant_3") == (0, 1), "away to the 161st"


def test_four_factors_are_sums_by_sums_and_low_is_good_where_it_is():
    box = {
        "season": 2025, "game_id": 1, "game_minutes": 40.0, "team_stats_field_goals_made": 25,
        "team_stats_field_goals_attempted": 50, "team_stats_three_point_field_goals_made": 10,
        "team_stats_free_throws_attempted": 20, "team_stats_rebounds_offensive": 10.0,
        "team_stats_rebounds_defensive": 20.0, "team_stats_turnovers_total": 7.0, "team_stats_possessions": 70,
        "opponent_stats_field_goals_made": 20, "opponent_stats_field_goals_attempted": 50,
        "opponent_stats_three_point_field_goals_made": 0, "opponent_stats_free_throws_attempted": 10,
        "opponent_stats_rebounds_offensive": 5.0, "opponent_stats_rebounds_defensive": 30.0,
        "opponent_stats_turnovers_total": 14.0, "opponent_stats_possessions": 70,
    }  # fmt: skip
    mirrored = {
        ("opponent" + name[4:] if name.startswith("team_") else name.replace("opponent", "team")): value
        for name, value in box.items()
        if "_stats_" in name
    }
    boxes = [box | {"team_id": A}, box | mirrored | {"team_id": B}]
    rows = made(TEAM_SEASON_SUMMARY, fct_game_teams=boxes)
    row = rows[A]
    assert row["offence_effective_field_goal_pct"] == pytest.approx(0.6)
    assert row["offence_turnover_pct"] == pytest.approx(0.1)
    assert row["offence_offensive_rebound_pct"] == pytest.approx(0.25)
    assert row["defence_free_throw_rate"] == pytest.approx(0.2)
    assert row["possessions_per_40"] == pytest.approx(70)
    ranks = [name for name in row if name.startswith(("offence_", "defence_")) and name.endswith("_rank")]
    assert [row[name] for name in ranks] == [1] * 8
    assert [rows[B][name] for name in ranks] == [2] * 8
    assert rows[D]["offence_turnover_pct_rank"] is None


def test_the_class_that_joins_is_that_of_the_year_before():
    classes = [{"year": year, "team_id": A, "rating": 40.0 + year - 2024, "ranking": 5} for year in (2024, 2025)]
    roster = [{"season": 2025, "team_id": A, "athlete_id": number} for number in (1, 2)]
    row = made(TEAM_SEASON_SUMMARY, fct_recruiting_teams=classes, fct_rosters=roster)[A]
    assert (row["recruiting_class_rating"], row["roster_size"]) == (40.0, 2)


def test_ratings_of_later_mornings_and_without_garbage_time_are_not_read():
    later = [rating(A, 300, -9.0, MARCH + timedelta(days=1)), rating(A, 200, -5.0, variant="descriptive")]
    assert made(TEAM_SEASON_SUMMARY, team_ratings_daily=[*RATINGS, *later])[A]["rank"] == 1


# -- resume -----------------------------------------------------------------------------------------------------------


def test_wins_above_the_bubble_are_wins_less_expected_ones():
    """Of three rated teams the bubble is the last, C with net -20; its chances are those of net and site."""
    row = made(TEAM_RESUME)[A]
    met = pl.DataFrame({"opponent_net": [0.0, 0.0, -20.0], "site": ["home", "away", "neutral"]})
    expected = chances(-20.0, met, 5.0)
    assert expected[2] == 0.5
    assert expected[0] > expected[1]
    assert row["expected_bubble_wins"] == pytest.approx(expected.sum())
    assert row["wins_above_bubble"] == pytest.approx(2 - expected.sum())
    assert row["strength_of_record"] == pytest.approx(at_least(chances(0.0, met, 5.0), 2))
    assert made(TEAM_RESUME)[D]["wins_above_bubble"] is None


def test_the_chance_of_at_least_so_many_wins():
    half = pl.Series([0.5, 0.5]).to_numpy()
    assert [at_least(half, wins) for wins in (0, 1, 2)] == [1.0, 0.75, 0.25]


# -- standings --------------------------------------------------------------------------------------------------------


def test_tournament_games_and_games_of_other_conferences_do_not_count():
    rows = made(CONFERENCE_STANDINGS)
    assert [(rows[t]["conference_rank"], *record(rows[t], "conference")) for t in (C, A, B)] == [
        (1, 1, 0), (2, 1, 1), (3, 1, 2),
    ]  # fmt: skip
    assert rows[B]["games_behind"] == 1.0
    assert rows[D]["conference_rank"] is None
    guests = made(CONFERENCE_STANDINGS, dim_team_seasons=[member(A), member(B), member(C, 8)])
    assert record(guests[C], "conference") == (0, 0)


def test_head_to_head_parts_two_and_the_top_parts_the_next():
    nets = {1: 0.0, 2: 5.0, 3: 1.0, 4: 9.0}
    wins = {(1, 2): 1, (2, 1): 0, (1, 3): 1, (2, 3): 1, (2, 4): 1, (4, 1): 1, (3, 4): 0, (4, 3): 0}
    order = standings(nets, wins)  # 1: 2-1, 2: 2-1, 4: 1-1, 3: 0-2
    assert order == [(1, "head_to_head"), (2, "head_to_head"), (4, "none"), (3, "none")]


def test_who_won_against_the_first_is_ahead_of_the_equal():
    """1 and 2 are 2-2 and 1-1 with each other; only 1 has beaten 3, the first with 4-1."""
    wins = {(1, 2): 1, (2, 1): 1, (3, 2): 1, (1, 3): 1, (3, 4): 3, (4, 1): 1, (2, 4): 1}
    nets = {1: 0.0, 2: 50.0, 3: 0.0, 4: 0.0}
    assert standings(nets, wins) == [(3, "none"), (1, "record_against_top"), (2, "record_against_top"), (4, "none")]


def test_net_and_then_the_id_part_those_who_never_met():
    assert standings({3: 1.0, 1: 2.0, 2: 1.0}, {}) == [(1, "net"), (2, "team_id"), (3, "team_id")]


@given(st.lists(st.tuples(st.sampled_from(list(permutations(range(6), 2))), st.integers(1, 3)), max_size=25))
def test_every_team_has_one_place_and_more_wins_are_never_behind(results: list[tuple[tuple[int, int], int]]):
    wins: dict[tuple[int, int], int] = {}
    for pair, number in results:
        wins[pair] = wins.get(pair, 0) + number
    nets = dict.fromkeys(range(6), 0.0)
    order = [team for team, _ in standings(nets, wins)]
    assert sorted(order) == list(range(6))
    shares = []
    for team in order:
        won = sum(n for (winner, _), n in wins.items() if winner == team)
        lost = sum(n for (_, loser), n in wins.items() if loser == team)
        shares.append(won / (won + lost) if won + lost else 0.5)
    assert shares == sorted(shares, reverse=True)


# -- power rankings ---------------------------------------------------------------------------------------------------


def powers(**rows: list[dict[str, Any]]) -> dict[tuple[int, date], dict[str, Any]]:
    days = [MARCH + timedelta(days=n) for n in range(10)]
    rated = [
        rating(team, rank, net, day) for day in days for team, rank, net in ((A, 1, 9.0), (B, 2, 3.0), (C, 3, -12.0))
    ]
    frames = inputs(TEAM_POWER_RANKINGS, **{"dim_team_seasons": MEMBERS, "team_ratings_daily": rated} | rows)
    columns = [*frames["team_ratings_daily"].collect_schema()]
    frames["team_ratings_daily"] = pl.LazyFrame(
        [{name: row[name] for name in columns} for row in rated], schema=frames["team_ratings_daily"].collect_schema()
    )
    frame = team_power_rankings(*frames.values()).select(list(TEAM_POWER_RANKINGS.by_name)).collect()
    assert check(frame, TEAM_POWER_RANKINGS).good.height == frame.height == 30
    return {(row["team_id"], row["as_of_date"]): row for row in frame.iter_rows(named=True)}


def test_a_snapshot_is_known_from_the_next_morning_for_seven_days():
    """Regression 13: a snapshot taken later never appears earlier."""
    taken = MARCH + timedelta(days=1)
    elo = [
        {"season": 2025, "team_id": team, "elo": points, "as_of": taken}
        for team, points in ((A, 1500), (B, 1800), (C, 1400))
    ]
    rows = powers(fct_ratings_elo=elo)
    known = [rows[B, MARCH + timedelta(days=n)]["api_elo"] for n in range(10)]
    assert known == [None] * 2 + [1800.0] * 7 + [None]
    after = rows[B, MARCH + timedelta(days=2)]
    assert (after["api_elo_rank"], after["api_elo_date"], after["rating_systems"]) == (1, taken, 2)
    assert (after["power_rank"], rows[B, MARCH]["power_rank"]) == (1, 2)


def test_the_composite_of_our_rating_alone_is_its_standard_score():
    """Mean 0, sample standard deviation sqrt((81 + 9 + 144) / 2)."""
    row = powers()[A, MARCH]
    assert row["power_score"] == pytest.approx(9 / (234 / 2) ** 0.5)
    assert (row["power_rank"], row["rating_systems"]) == (1, 1)


def test_a_poll_is_known_from_the_morning_after_its_publication():
    """At 3 am UTC it is still the evening before in the East; a poll without a date is never known."""
    published = datetime(2025, 3, 4, 3, tzinfo=UTC)
    poll = {"season": 2025, "poll_type": "AP Top 25", "poll_date": published, "ranking": 4}
    rows = powers(fct_rankings=[poll | {"team_id": A}, poll | {"team_id": C, "poll_date": None, "ranking": 1}])
    assert [rows[A, MARCH + timedelta(days=n)]["ap_rank"] for n in range(4)] == [None, None, None, 4]
    assert rows[B, date(2025, 3, 4)]["ap_date"] == date(2025, 3, 3)
    assert rows[C, date(2025, 3, 10)]["ap_rank"] is None
