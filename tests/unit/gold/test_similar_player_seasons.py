"""Similar seasons: the nearest by all rates, of other players, this season or earlier, and why."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from quality.contracts.gold_similar import ENOUGH_MINUTES, NEIGHBOURS, SIMILAR_PLAYER_SEASONS
from quality.validate import check
from tasks.gold.similar_player_seasons import similar_player_seasons

ITEM = SIMILAR_PLAYER_SEASONS.derivation.inputs[0]  # type: ignore[union-attr]
USUAL = {
    "minutes": 600.0, "minutes_per_game": 20.0, "usage_pct": 0.2, "points_per40": 15.0, "true_shooting_pct": 0.55,
    "assists_per40": 3.0, "turnovers_per40": 2.5, "steals_per40": 1.2, "blocks_per40": 0.8, "rebounds_offensive": 25,
    "fouls": 45, "rebounds_total": 100, "field_goals_attempted": 200, "three_point_field_goals_attempted": 70,
    "free_throws_attempted": 60,
}  # fmt: skip


def season_of(athlete: int, season: int = 2025, team: int = 1, **rates: Any) -> dict[str, Any]:
    who = {"season": season, "team_id": team, "team": "Alder", "athlete_id": athlete, "name": f"Player {athlete}"}
    return who | USUAL | rates


def crowd(size: int = 40, season: int = 2025, first: int = 100) -> list[dict[str, Any]]:
    """Players around the average."""
    rng = np.random.default_rng(season)
    return [
        season_of(first + k, season, 2, **{
            name: value * float(rng.normal(1, 0.15)) if isinstance(value, float) and name != "minutes" else value
            for name, value in USUAL.items()
        })
        for k in range(size)
    ]  # fmt: skip


def made(*rows: dict[str, Any], season: int = 2025) -> pl.DataFrame:
    frame = pl.DataFrame(list(rows), schema_overrides=ITEM.schema, infer_schema_length=None)
    frame = frame.select(list(ITEM.schema)).cast(dict(ITEM.schema))
    found = similar_player_seasons(frame.lazy(), season=season).select(list(SIMILAR_PLAYER_SEASONS.by_name)).collect()
    checked = check(found, SIMILAR_PLAYER_SEASONS)
    assert checked.quarantined.is_empty(), checked.report.by_rule
    return checked.good.sort(SIMILAR_PLAYER_SEASONS.key)


BIG = {"blocks_per40": 3.0, "three_point_field_goals_attempted": 0}


def test_two_blockers_find_each_other_and_blocks_explain_it():
    found = made(*crowd(), season_of(1, **BIG), season_of(2, **BIG, assists_per40=6.0)).filter(athlete_id=1)
    first = found.row(0, named=True)
    assert (found.height, first["similar_athlete_id"], first["compared_player_seasons"]) == (NEIGHBOURS, 2, 42)
    assert {"+blocks", "-share of threes"} <= set(first["alike_rates"])
    assert first["different_rates"] == ["+assists"]
    assert found["profile_distance"].is_sorted()


def test_earlier_seasons_count_and_later_ones_and_the_own_ones_do_not():
    """Trap: every player's most similar season was the player's own of last year."""
    rows = [*crowd(), *crowd(season=2024, first=200), season_of(1, **BIG), season_of(1, 2024, **BIG),
            season_of(3, 2024, **BIG)]  # fmt: skip
    near = made(*rows).filter(athlete_id=1, similar_rank=1).row(0, named=True)
    assert (near["similar_athlete_id"], near["similar_season"]) == (3, 2024)
    assert set(made(*rows)["season"]) == {2025}


def test_a_season_of_another_pace_is_compared_with_its_own_mean():
    """All of 2024 score half more; the one who stands out there is alike to the one who stands out now."""
    old = [row | {"points_per40": 1.5 * row["points_per40"]} for row in crowd(season=2024, first=200)]
    new = crowd()
    best = max(row["points_per40"] for row in new) + 5
    star, old_star = season_of(1, points_per40=best), season_of(2, 2024, points_per40=1.5 * best)
    plain_old = season_of(3, 2024, points_per40=best)
    near = made(*new, *old, star, old_star, plain_old).filter(athlete_id=1, similar_rank=1)
    assert near["similar_athlete_id"].item() == 2


@pytest.mark.parametrize("number", [0, 1, 3])
def test_few_players_have_few_neighbours(number: int):
    rows = [season_of(k) for k in range(number)]
    found = made(*rows, season_of(99, minutes=ENOUGH_MINUTES - 1.0))
    assert found.height == number * max(number - 1, 0)
    assert found["profile_distance"].is_finite().all()


def test_unknown_rates_and_no_shots_are_average():
    odd = {"true_shooting_pct": None, "usage_pct": None, "field_goals_attempted": 0}
    found = made(*crowd(), season_of(1, **odd)).filter(athlete_id=1)
    assert found.height == NEIGHBOURS
    assert found["profile_distance"].is_finite().all()


def test_an_athlete_of_two_teams_has_neighbours_for_each():
    found = made(*crowd(), season_of(1), season_of(1, team=3))
    mine = found.filter(athlete_id=1)
    assert mine.height == 2 * NEIGHBOURS
    assert 1 not in set(mine["similar_athlete_id"])
