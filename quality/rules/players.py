"""Rules about player tables, checked on new rows. If one is broken, the previous version stays."""

from __future__ import annotations

import polars as pl

from quality.contracts.game_players import FCT_GAME_PLAYERS
from quality.contracts.games import FCT_GAMES
from quality.contracts.gold_impact import PLAYER_IMPACT_ADJUSTED
from quality.contracts.gold_outlook import ROSTER_OUTLOOK
from quality.contracts.gold_players import PLAYER_ON_OFF, PLAYER_SEASON_IMPACT
from quality.rules.base import HOLDS, Reads, Rule

CLOSE = 1e-6  # points per 100 possessions
SIDES = tuple(f"{side}_{what}_per100" for side in ("on", "off") for what in ("offence", "defence", "net"))


def points_are_within_the_boxes(impact: pl.LazyFrame, boxes: pl.LazyFrame, games: pl.LazyFrame) -> pl.LazyFrame:
    """No points are counted twice between box scores and seasons; a table as of an earlier date has fewer."""
    played = boxes.drop_nulls("athlete_id").join(games.filter("has_result"), on="game_id", how="semi")
    box = played.group_by("team_id").agg(box=pl.col("points").sum())
    both = impact.group_by("team_id").agg(players=pl.col("points").sum()).join(box, on="team_id", how="left")
    return both.with_columns((pl.col("players") <= pl.col("box")).alias(HOLDS))


def net_is_on_less_off(on_off: pl.LazyFrame) -> pl.LazyFrame:
    """Net on or off the floor is offence minus defence, and on/off is the difference of the two nets."""
    judged = on_off.drop_nulls("on_off_net_per100")
    gaps = [
        pl.col(f"{side}_offence_per100") - pl.col(f"{side}_defence_per100") - pl.col(f"{side}_net_per100")
        for side in ("on", "off")
    ]
    gaps.append(pl.col("on_net_per100") - pl.col("off_net_per100") - pl.col("on_off_net_per100"))
    return judged.with_columns(pl.all_horizontal(gap.abs() < CLOSE for gap in gaps).alias(HOLDS))


def impacts_sum_to_the_team(impact: pl.LazyFrame) -> pl.LazyFrame:
    """Five times the mean impact of a team's players, by minutes, is the team's net rating."""
    judged = impact.filter((pl.col("flag") != "no_team_rating") & (pl.col("minutes_share_pct") > 0))
    sums = judged.group_by("team_id", "as_of_date").agg(
        pl.col("team_net").first(), players=5 * (pl.col("net_impact") * pl.col("minutes_share_pct")).sum()
    )
    return sums.with_columns(((pl.col("players") - pl.col("team_net")).abs() < CLOSE).alias(HOLDS))


def outlook_adds_up_to_the_team(outlook: pl.LazyFrame) -> pl.LazyFrame:
    """What returns and what leaves is the net rating of the team."""
    judged = outlook.filter(pl.col("players_without_impact") == 0).drop_nulls(
        ["returning_contribution", "outlook_team_net"]
    )
    total = pl.col("returning_contribution") + pl.col("leaving_contribution")
    return judged.with_columns(((total - pl.col("outlook_team_net")).abs() < CLOSE).alias(HOLDS))


PLAYER_RULES: tuple[Rule, ...] = (
    Rule(
        name="season_points_are_within_boxes",
        description="The season points of a team's players do not exceed the points in its identified box scores.",
        per="team",
        reads=(
            Reads(PLAYER_SEASON_IMPACT, ("team_id", "points")),
            Reads(FCT_GAME_PLAYERS, ("game_id", "team_id", "athlete_id", "points")),
            Reads(FCT_GAMES, ("game_id", "has_result")),
        ),
        judge=points_are_within_the_boxes,
    ),
    Rule(
        name="on_off_is_on_less_off",
        description="On/off is net on the floor minus net off the floor, and each net is offence minus defence.",
        per="player",
        reads=(Reads(PLAYER_ON_OFF, ("team_id", "athlete_id", *SIDES, "on_off_net_per100")),),
        judge=net_is_on_less_off,
    ),
    Rule(
        name="impacts_sum_to_the_team",
        description="Five times the mean net impact of a team's players, by minutes, is the team's net rating.",
        per="team and morning",
        reads=(
            Reads(
                PLAYER_IMPACT_ADJUSTED,
                ("team_id", "as_of_date", "net_impact", "minutes_share_pct", "team_net", "flag"),
            ),
        ),
        judge=impacts_sum_to_the_team,
    ),
    Rule(
        name="outlook_adds_up_to_the_team",
        description="The contributions of a team's players who return and who leave sum to the team's net rating.",
        per="team",
        reads=(
            Reads(
                ROSTER_OUTLOOK,
                (
                    *("team_id", "returning_contribution", "leaving_contribution", "outlook_team_net"),
                    "players_without_impact",
                ),
            ),
        ),
        judge=outlook_adds_up_to_the_team,
    ),
)
