"""Seasons of players that are most alike by rates and role, with the rates in which they agree and differ."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from quality.clocks import FINAL
from quality.columns import INT, Bounds, Column, bounded, counted
from quality.contracts.gold_players import PLAYER_SEASON_IMPACT
from quality.dataset import Derivation, Input, Table

NEIGHBOURS = 5
ENOUGH_MINUTES = 200  # of a player season that is compared
# Rates of a profile, and their names for people. Each counts the same.
PROFILE = {
    "minutes_per_game": "minutes",
    "usage_pct": "usage",
    "points_per40": "points",
    "true_shooting_pct": "true shooting",
    "three_point_share": "share of threes",
    "free_throw_rate": "free throws",
    "rebounds_offensive_per40": "offensive rebounds",
    "rebounds_defensive_per40": "defensive rebounds",
    "assists_per40": "assists",
    "turnovers_per40": "turnovers",
    "steals_per40": "steals",
    "blocks_per40": "blocks",
    "fouls_per40": "fouls",
}
OWN = {name: PLAYER_SEASON_IMPACT.by_name[name] for name in ("season", "team_id", "team", "athlete_id", "name")}
LISTED = pl.List(pl.String())


def _similar(name: str) -> Column:
    own = OWN[name]
    return replace(own, name=f"similar_{name}", description=f"Of the similar season: {own.description}")


SIMILAR_PLAYER_SEASONS = Table(
    name="similar_player_seasons",
    layer="gold",
    clock=FINAL,
    description=(
        f"The {NEIGHBOURS} seasons of other players that are most alike, for every player season with "
        f"{ENOUGH_MINUTES} minutes: the nearest neighbours in this season so far and the earlier ones of the lake, by "
        f"{len(PROFILE)} rates in standard deviations of their own season."
    ),
    columns=(
        *OWN.values(),
        Column(name="similar_rank", dtype=INT, description="1 is the most similar season",
               bounds=Bounds(ge=1, le=NEIGHBOURS)),
        *(_similar(name) for name in OWN),
        bounded("profile_distance", "Root mean square difference of the rates", "standard deviations", 0, 100),
        Column(name="alike_rates", dtype=LISTED, description="At most three rates that are unusual in both seasons in "
               "the same direction, with + or -, and differ by at most half a standard deviation; the most unusual "
               "first"),
        Column(name="different_rates", dtype=LISTED, description="At most three rates that differ by more than half a "
               "standard deviation, with + where the similar season has more, the largest difference first"),
        counted("compared_player_seasons", "Player seasons that were compared", low=1),
    ),
    key=("season", "team_id", "athlete_id", "similar_rank"),
    sort=("season", "team_id", "athlete_id", "similar_rank"),
    derivation=Derivation(
        of=(
            Input(
                PLAYER_SEASON_IMPACT,
                (
                    *("season", "team_id", "team", "athlete_id", "name", "minutes", "minutes_per_game", "usage_pct"),
                    *("points_per40", "true_shooting_pct", "assists_per40", "turnovers_per40", "steals_per40"),
                    *("blocks_per40", "rebounds_offensive", "fouls"),
                    *("rebounds_total", "field_goals_attempted", "three_point_field_goals_attempted"),
                    "free_throws_attempted",
                ),
                history=True,
            ),
        ),
        make="tasks.gold.similar_player_seasons:similar_player_seasons",
    ),
)  # fmt: skip
