"""Rules about box scores: two mirrored rows per game, and the same points wherever they are counted."""

from __future__ import annotations

import polars as pl

from quality.contracts.game_players import FCT_GAME_PLAYERS
from quality.contracts.game_teams import FCT_GAME_TEAMS
from quality.contracts.games import FCT_GAMES
from quality.rules.base import HOLDS, Reads, Rule

OWN, OPPONENT = "team_stats_", "opponent_stats_"
POINTS = "team_stats_points_total"
MADE = ("two_point_field_goals_made", "three_point_field_goals_made", "free_throws_made")
TEAM_MADE = tuple(OWN + name for name in MADE)
SCORE = ("game_id", "has_result", "home_team_id", "away_team_id", "home_points", "away_points")
MIRRORED = tuple(
    column.name.removeprefix(OWN)
    for column in FCT_GAME_TEAMS.columns
    if column.name.startswith(OWN)
    and column.dtype.is_numeric()
    and OPPONENT + column.name.removeprefix(OWN) in FCT_GAME_TEAMS.by_name
)


def two_rows_of_opponents(boxes: pl.LazyFrame) -> pl.LazyFrame:
    """A game has two rows for teams that are each other's opponents, one of them the home team."""
    facing = pl.col("team_id").sort() == pl.col("opponent_id").sort()
    games = boxes.group_by("game_id").agg(
        rows=pl.len(), home_rows=pl.col("is_home").sum(), opponents=facing.all() & (pl.col("team_id").n_unique() == 2)
    )
    holds = (pl.col("rows") == 2) & (pl.col("home_rows") == 1) & pl.col("opponents")
    return games.with_columns(holds.alias(HOLDS))


def rows_mirror(boxes: pl.LazyFrame) -> pl.LazyFrame:
    """The opponent columns of a team's row equal the team columns of the opponent's row."""
    own = boxes.select("game_id", "team_id", "opponent_id", pl.col("^opponent_stats_.*$"))
    other = boxes.select("game_id", pl.col("team_id").alias("opponent_id"), pl.col("^team_stats_.*$"))
    pairs = own.join(other, on=["game_id", "opponent_id"])
    unequal = [pl.when(pl.col(OPPONENT + name).ne_missing(pl.col(OWN + name))).then(pl.lit(name)) for name in MIRRORED]
    differing = pl.concat_str(unequal, separator=" ", ignore_nulls=True)
    return pairs.select("game_id", "team_id", differing.alias("differing")).with_columns(
        (pl.col("differing") == "").alias(HOLDS)
    )


def box_is_the_score(boxes: pl.LazyFrame, games: pl.LazyFrame) -> pl.LazyFrame:
    """Points in the team's box score = points of the team in the game; a team that did not play in the game fails."""
    played = boxes.filter(pl.col(POINTS).is_not_null()).join(games.filter("has_result"), on="game_id")
    at_home, away = pl.col("team_id") == pl.col("home_team_id"), pl.col("team_id") == pl.col("away_team_id")
    score = pl.when(at_home).then("home_points").when(away).then("away_points")
    compared = played.select("game_id", "team_id", pl.col(POINTS).alias("box"), score.alias("score"))
    return compared.with_columns((pl.col("box") == pl.col("score")).alias(HOLDS))


def _add_up(rows: pl.LazyFrame, key: tuple[str, ...], made: tuple[str, ...], points: str) -> pl.LazyFrame:
    twos, threes, free = (pl.col(name) for name in made)
    judged = rows.drop_nulls([*made, points])
    compared = judged.select(*key, counted=2 * twos + 3 * threes + free, points=points)
    return compared.with_columns((pl.col("counted") == pl.col("points")).alias(HOLDS))


def team_shots_add_up(boxes: pl.LazyFrame) -> pl.LazyFrame:
    """2 x two-pointers + 3 x three-pointers + free throws = points, per team and game."""
    return _add_up(boxes, ("game_id", "team_id"), TEAM_MADE, POINTS)


def player_shots_add_up(players: pl.LazyFrame) -> pl.LazyFrame:
    """2 x two-pointers + 3 x three-pointers + free throws = points, per player and game."""
    return _add_up(players, ("game_id", "athlete_source_id"), MADE, "points")


def players_sum_to_team(players: pl.LazyFrame, boxes: pl.LazyFrame) -> pl.LazyFrame:
    """Points of a team's players = points of the team."""
    key = ["game_id", "team_id"]
    summed = players.group_by(key).agg(players=pl.col("points").sum())
    compared = summed.join(boxes.select(*key, team=POINTS).drop_nulls(), on=key)
    return compared.with_columns((pl.col("players") == pl.col("team")).alias(HOLDS))


BOX_RULES = (
    Rule(
        name="two_box_rows_per_game",
        description="A game has exactly two team box scores, for each other's opponents, one of them at home.",
        per="game with boxes",
        reads=(Reads(FCT_GAME_TEAMS, ("game_id", "team_id", "opponent_id", "is_home")),),
        judge=two_rows_of_opponents,
        allowed=0.001,
    ),
    Rule(
        name="box_rows_mirror",
        description="The opponent columns of a row equal the team columns of the opponent's row, nulls included.",
        per="game and team",
        reads=(
            Reads(
                FCT_GAME_TEAMS,
                ("game_id", "team_id", "opponent_id", *(side + name for side in (OWN, OPPONENT) for name in MIRRORED)),
            ),
        ),
        judge=rows_mirror,
        allowed=0.001,
    ),
    Rule(
        name="box_points_are_the_score",
        description="The points in a team's box score equal the team's points in the game.",
        per="game and team",
        reads=(Reads(FCT_GAME_TEAMS, ("game_id", "team_id", POINTS)), Reads(FCT_GAMES, SCORE)),
        judge=box_is_the_score,
        allowed=0.01,
    ),
    Rule(
        name="team_shots_add_up_to_points",
        description="2 x two-pointers + 3 x three-pointers + free throws made equals the points of the team.",
        per="game and team",
        reads=(Reads(FCT_GAME_TEAMS, ("game_id", "team_id", *TEAM_MADE, POINTS)),),
        judge=team_shots_add_up,
        allowed=0.01,
    ),
    Rule(
        name="player_shots_add_up_to_points",
        description="2 x two-pointers + 3 x three-pointers + free throws made equals the points of the player.",
        per="game and player",
        reads=(Reads(FCT_GAME_PLAYERS, ("game_id", "athlete_source_id", *MADE, "points")),),
        judge=player_shots_add_up,
        allowed=0.01,
    ),
    Rule(
        name="players_points_are_team_points",
        description="The points of a team's players sum to the team's points; the API omits some players.",
        per="game and team",
        reads=(
            Reads(FCT_GAME_PLAYERS, ("game_id", "team_id", "points")),
            Reads(FCT_GAME_TEAMS, ("game_id", "team_id", POINTS)),
        ),
        judge=players_sum_to_team,
        severity="warn",
        allowed=0.05,
    ),
)
