"""Views about players and line-ups, on a few rows."""

from __future__ import annotations

from datetime import date

from tests.unit.sql.test_views import rows_of


def test_leaderboard_ranks_by_season_without_those_who_hardly_played():
    """Trap: one game of ten points in four minutes leads a league; two teams of a player are two rows."""
    players = [(1, 10, 30.0, "few_minutes"), (2, 10, 20.0, "ok"), (2, 99, 20.0, "ok"), (3, 10, 15.0, "no_season_stats")]
    found = rows_of(
        "v_player_leaderboard",
        "season, athlete_id, team_id",
        player_season_impact=[
            *(
                {
                    "season": 2025,
                    "athlete_id": a,
                    "team_id": t,
                    "points_per_game": p,
                    "flag": flag,
                    "win_shares_total": w,
                }
                for (a, t, p, flag), w in zip(players, (3.0, None, 1.0, 2.0), strict=True)
            ),
            {"season": 2024, "athlete_id": 3, "team_id": 10, "points_per_game": 5.0, "flag": "ok"},
        ],
        dim_team_seasons=[{"season": 2025, "team_id": 10, "school": "Then"}],
        dim_teams=[{"team_id": 10, "school": "Now"}, {"team_id": 99, "school": "Elsewhere"}],
    )
    told = [
        (r["season"], r["athlete_id"], r["team"], r["points_per_game_rank"], r["win_shares_total_rank"]) for r in found
    ]
    assert told == [
        (2024, 3, "Now", 1, None),
        (2025, 1, "Then", None, None),
        (2025, 2, "Then", 1, None),
        (2025, 2, "Elsewhere", 1, 2),
        (2025, 3, "Then", 3, 1),
    ]


def test_leaderboard_has_the_impact_of_the_newest_morning():
    """Trap: an impact per morning makes a row per morning; who hardly played leads it."""
    ids = {"season": 2025, "team_id": 10}
    lines = [ids | {"athlete_id": n, "flag": flag} for n, flag in ((1, "few_minutes"), (2, "ok"), (3, "ok"), (4, "ok"))]
    days = [(1, 9.0, 5), (2, 1.0, 5), (2, 3.0, 6), (3, 4.0, 5)]
    found = rows_of(
        "v_player_leaderboard",
        "athlete_id",
        player_season_impact=lines,
        player_impact_adjusted=[
            ids | {"athlete_id": who, "net_impact": net, "as_of_date": date(2025, 1, day)} for who, net, day in days
        ],
    )
    assert [(r["net_impact"], r["net_impact_rank"]) for r in found] == [(9.0, None), (3.0, 2), (4.0, 1), (None, None)]


def test_lineups_are_ranked_by_size_without_those_with_little_time():
    rows = [
        ("1-2", 2, 8.0, "few_possessions"),
        ("1-3", 2, 5.0, "ok"),
        ("2-3", 2, 6.0, "ok"),
        ("1-2-3-4-5", 5, 1.0, "ok"),
    ]
    same = {"season": 2025, "team_id": 1, "lineup_net_per100": 10.0, "without_net_per100": 4.0}
    lineups = [
        same | {"lineup_id": name, "lineup_size": size, "shrunk_net_per100": net, "flag": flag}
        for name, size, net, flag in rows
    ]
    found = rows_of("v_lineups", "lineup_id", lineup_ratings=lineups)
    ranks = {r["lineup_id"]: (r["shrunk_net_rank"], r["with_less_without_per100"]) for r in found}
    assert ranks == {"1-2": (None, 6.0), "1-2-3-4-5": (1, 6.0), "1-3": (2, 6.0), "2-3": (1, 6.0)}


def test_teams_are_ranked_by_what_returns_and_arrives_where_it_is_known():
    """Trap: a team without an estimate comes first, because null sorts above every number."""
    teams = [
        {
            "team_id": 1,
            "returning_contribution": 3.0,
            "arriving_contribution": 1.0,
            "outlook_returning_minutes_pct": 0.4,
        },
        {
            "team_id": 2,
            "returning_contribution": None,
            "arriving_contribution": 9.0,
            "outlook_returning_minutes_pct": 0.9,
        },
        {
            "team_id": 3,
            "returning_contribution": 5.0,
            "arriving_contribution": 0.0,
            "outlook_returning_minutes_pct": None,
        },
    ]
    found = rows_of("v_roster_outlook", "team_id", roster_outlook=[{"season": 2025} | row for row in teams])
    ranks = [(r["carried_contribution"], r["carried_contribution_rank"], r["returning_minutes_rank"]) for r in found]
    assert ranks == [(4.0, 2, 2), (None, None, 1), (5.0, 1, None)]
