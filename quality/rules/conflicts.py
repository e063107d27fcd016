"""Rules about facts that contradict each other: one fixture under two ids, results that cannot be, names spelled twice.

Every case that breaks one of `CONFLICT_RULES` is a row of ops.conflicts.
"""

from __future__ import annotations

import polars as pl

from quality.contracts.games import FCT_GAMES, MOST_POINTS
from quality.contracts.lines import FCT_LINES
from quality.rules.base import HOLDS, Reads, Rule
from quality.rules.games import GAME_RULES, UNKNOWN_TEAM

OFF = ("postponed", "cancelled")
SAME_FIXTURE = pl.duration(hours=12)  # two teams do not start two games against each other within half a day
LEAST_POINTS = 10  # no team scores less in a game that is played; a forfeit is recorded as 2-0
SIDES = ("home_team_id", "away_team_id")


def fixture_has_one_id(games: pl.LazyFrame) -> pl.LazyFrame:
    """Two teams have one game at a time. A game that was postponed or cancelled may have another one in its place."""
    known = games.filter(
        ~pl.col("status").is_in(OFF), pl.all_horizontal(pl.col(side) != UNKNOWN_TEAM for side in SIDES)
    )
    pair = [pl.min_horizontal(SIDES).alias("team_id"), pl.max_horizontal(SIDES).alias("opponent_id")]
    ordered = known.select("game_id", "start_at", *pair).sort("start_at", "game_id")
    before = pl.col("game_id", "start_at").shift().over("team_id", "opponent_id")
    judged = ordered.with_columns(before.name.prefix("other_"))
    apart = (pl.col("start_at") - pl.col("other_start_at") > SAME_FIXTURE).fill_null(value=True)
    return judged.select("game_id", "other_game_id", "team_id", "opponent_id", "start_at", apart.alias(HOLDS))


def opponents_differ(games: pl.LazyFrame) -> pl.LazyFrame:
    """A final game has two different teams; both are -1 if the source knows neither."""
    final = games.filter(pl.col("status") == "final")
    different = pl.col("home_team_id") != pl.col("away_team_id")
    return final.select("game_id", "home_team_id", "away_team_id", different.alias(HOLDS))


def score_is_plausible(games: pl.LazyFrame) -> pl.LazyFrame:
    """Both teams of a game with a result have points that a played game brings."""
    low, high = (among("home_points", "away_points") for among in (pl.min_horizontal, pl.max_horizontal))
    played = games.filter(pl.col("has_result") | (high > MOST_POINTS))
    possible = (low >= LEAST_POINTS) & (high <= MOST_POINTS)
    return played.select("game_id", "home_points", "away_points", possible.alias(HOLDS))


def provider_has_one_spelling(lines: pl.LazyFrame) -> pl.LazyFrame:
    """The names of providers differ in more than case, spaces and punctuation."""
    plain = pl.col("provider").str.to_lowercase().str.replace_all(r"[^a-z0-9]", "").alias("plain_name")
    names = lines.select("provider", plain).unique().sort("provider")
    spelled = names.group_by("plain_name").agg(pl.col("provider").str.join(" / ").alias("spellings"), pl.len())
    return spelled.select("plain_name", "spellings", (pl.col("len") == 1).alias(HOLDS))


OWN_RULES = (
    Rule(
        name="fixture_has_one_id",
        description="Two teams do not have two games within 12 hours; otherwise one fixture has two ids.",
        per="game",
        reads=(Reads(FCT_GAMES, ("game_id", "start_at", "status", *SIDES)),),
        judge=fixture_has_one_id,
        severity="warn",
        allowed=0.001,
    ),
    Rule(
        name="final_game_has_two_teams",
        description="A final game is between two different teams, and at least one of them is known.",
        per="final game",
        reads=(Reads(FCT_GAMES, ("game_id", "status", *SIDES)),),
        judge=opponents_differ,
        severity="warn",
        allowed=0.001,
    ),
    Rule(
        name="score_is_plausible",
        description=f"Both teams have {LEAST_POINTS} to {MOST_POINTS} points; a forfeit is sent as 2-0.",
        per="game with a result",
        reads=(Reads(FCT_GAMES, ("game_id", "has_result", "home_points", "away_points")),),
        judge=score_is_plausible,
        severity="warn",
        allowed=0.001,
    ),
    Rule(
        name="provider_has_one_spelling",
        description="The name of a provider is spelled in one way: not Draft Kings and DraftKings in one season.",
        per="provider",
        reads=(Reads(FCT_LINES, ("provider",)),),
        judge=provider_has_one_spelling,
        severity="warn",
    ),
)

TOLD_TOO = ("final_game_has_points", "winner_has_more_points", "game_teams_are_known")
CONFLICT_RULES: tuple[Rule, ...] = (*OWN_RULES, *(rule for rule in GAME_RULES if rule.name in TOLD_TOO))
