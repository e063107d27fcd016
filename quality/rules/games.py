"""Rules about the schedule and its results."""

from __future__ import annotations

import polars as pl

from quality.contracts.games import FCT_GAMES
from quality.contracts.teams import DIM_TEAMS
from quality.rules.base import HOLDS, Reads, Rule

UNKNOWN_TEAM = -1  # sent by the API for a team that is not known yet
UNPLAYED = ("scheduled", "postponed", "cancelled")


def in_season() -> pl.Expr:
    """Whether `start_at` is between 1 August and 31 July (UTC) of `season`, the period that its requests cover."""
    before, season = pl.col("season") - 1, pl.col("season")
    opens, closes = (pl.datetime(year, 8, 1, time_zone="UTC") for year in (before, season))
    return pl.col("start_at").is_between(opens, closes, closed="left")


def starts_in_its_season(games: pl.LazyFrame) -> pl.LazyFrame:
    """A game starts in its season."""
    return games.select("game_id", "season", "start_at", in_season().alias(HOLDS))


def label_names_both_years(games: pl.LazyFrame) -> pl.LazyFrame:
    """The label of season 2025 is 20242025."""
    label = pl.concat_str(pl.col("season") - 1, "season")
    return games.select("game_id", "season", "season_label", (pl.col("season_label") == label).alias(HOLDS))


def periods_add_up(games: pl.LazyFrame) -> pl.LazyFrame:
    """Points of each team = sum of its halves and overtimes, if these are known."""
    sides = [(f"{side}_points", f"{side}_period_points") for side in ("home", "away")]
    judged = games.filter("has_result", *(pl.col(parts).list.len() > 0 for _, parts in sides))
    equal = pl.all_horizontal(pl.col(points) == pl.col(parts).list.sum() for points, parts in sides)
    return judged.select("game_id", *(name for side in sides for name in side), equal.alias(HOLDS))


def winner_has_more_points(games: pl.LazyFrame) -> pl.LazyFrame:
    """The team with more points is the winner; basketball has no ties."""
    home, away = pl.col("home_points"), pl.col("away_points")
    agrees = (pl.col("home_winner") == (home > away)) & (pl.col("away_winner") == (away > home)) & (home != away)
    tie = (pl.col("status") == "final") & (home == away) & (home > 0)
    known = pl.col("home_winner").is_not_null() & pl.col("away_winner").is_not_null()
    judged = games.filter((pl.col("has_result") & known) | tie)
    return judged.select("game_id", "home_points", "away_points", "home_winner", "away_winner", agrees.alias(HOLDS))


def unplayed_has_no_result(games: pl.LazyFrame) -> pl.LazyFrame:
    """A game that is scheduled, postponed or cancelled has neither a winner nor points."""
    scoreless = pl.sum_horizontal("home_points", "away_points") == 0
    nobody_won = ~pl.any_horizontal(pl.col("home_winner", "away_winner").fill_null(value=False))
    judged = games.filter(pl.col("status").is_in(UNPLAYED))
    return judged.select(
        "game_id", "status", "home_points", "away_points", "home_winner", (scoreless & nobody_won).alias(HOLDS)
    )


def final_has_points(games: pl.LazyFrame) -> pl.LazyFrame:
    """A final game has a result."""
    return games.filter(pl.col("status") == "final").select("game_id", pl.col("has_result").alias(HOLDS))


def teams_are_known(games: pl.LazyFrame, teams: pl.LazyFrame) -> pl.LazyFrame:
    """Home and away are different teams, both in the list of all teams (opponents outside Division I included)."""
    known = teams.select(team_id="team_id", known=True)
    for side in ("home", "away"):
        named = known.rename({"team_id": f"{side}_team_id", "known": f"{side}_known"})
        games = games.join(named, on=f"{side}_team_id", how="left")
    home, away = pl.col("home_team_id"), pl.col("away_team_id")
    found = [
        pl.col(f"{side}_known").fill_null(value=False) | (pl.col(f"{side}_team_id") == UNKNOWN_TEAM)
        for side in ("home", "away")
    ]
    different = (home != away) | (home == UNKNOWN_TEAM)
    return games.select("game_id", "home_team_id", "away_team_id", pl.all_horizontal(*found, different).alias(HOLDS))


SIDES = ("home_points", "away_points")
WINNERS = ("home_winner", "away_winner")

GAME_RULES = (
    Rule(
        name="game_starts_in_its_season",
        description="A game starts between 1 August and 31 July of its season.",
        per="game",
        reads=(Reads(FCT_GAMES, ("game_id", "season", "start_at")),),
        judge=starts_in_its_season,
    ),
    Rule(
        name="season_label_names_both_years",
        description="The season label consists of the previous year and the season: 20242025 for 2025.",
        per="game",
        reads=(Reads(FCT_GAMES, ("game_id", "season", "season_label")),),
        judge=label_names_both_years,
    ),
    Rule(
        name="periods_add_up_to_score",
        description="The points of each team are the sum of its halves and overtimes.",
        per="game with period points",
        reads=(Reads(FCT_GAMES, ("game_id", "has_result", *SIDES, "home_period_points", "away_period_points")),),
        judge=periods_add_up,
        allowed=0.01,
    ),
    Rule(
        name="winner_has_more_points",
        description="The team marked as the winner has more points, and no game ends in a tie.",
        per="game with a winner or equal points",
        reads=(Reads(FCT_GAMES, ("game_id", "status", "has_result", *SIDES, *WINNERS)),),
        judge=winner_has_more_points,
        allowed=0.001,
    ),
    Rule(
        name="unplayed_game_has_no_result",
        description="A scheduled, postponed or cancelled game has no winner and no points.",
        per="game not played",
        reads=(Reads(FCT_GAMES, ("game_id", "status", *SIDES, *WINNERS)),),
        judge=unplayed_has_no_result,
        severity="warn",
        allowed=0.01,
    ),
    Rule(
        name="final_game_has_points",
        description="A final game has a result; has_result excludes placeholders of 0-0, ties and impossible scores.",
        per="final game",
        reads=(Reads(FCT_GAMES, ("game_id", "status", "has_result")),),
        judge=final_has_points,
        severity="warn",
        allowed=0.01,
    ),
    Rule(
        name="game_teams_are_known",
        description="Home and away team are in the list of teams and are different.",
        per="game",
        reads=(Reads(FCT_GAMES, ("game_id", "home_team_id", "away_team_id")), Reads(DIM_TEAMS, ("team_id",))),
        judge=teams_are_known,
        allowed=0.001,
    ),
)
