"""Games with result, forecast and line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from cbbd_etl._frames import GAMES, PREDICTIVE, chosen, of_season, optional
from cbbd_etl._lake import Place, Version, day, open_lake
from quality.calendar import EASTERN
from quality.contracts.lines import SOURCE_CONSENSUS
from tasks.errors import BadInput
from tasks.lake.damage import explaining
from tasks.lake.lake import Lake
from tasks.pbp.pregame import closing_spreads
from tasks.settings import load_settings
from tasks.sql.catalog import ranges

FACTS = (
    *("season", "game_id", "game_date", "start_at", "start_time_tbd", "status", "tournament", "neutral_site"),
    *("conference_game", "venue", "home_team_id", "home_team", "away_team_id", "away_team", "has_result"),
)
SCORES = ("home_points", "away_points")
FORECAST = ("predicted_home_margin", "margin_low_80", "margin_high_80", "predicted_total", "home_win_probability")
LINES = {"spread": pl.Float64, "over_under": pl.Float64, "is_line_suspect": pl.Boolean}
NEAR = 7  # days around a day without games in which the next games are looked for

TEAM_LINE = {  # column of box scores by its short name
    "field_goals_made": "team_stats_field_goals_made",
    "field_goals_attempted": "team_stats_field_goals_attempted",
    "threes_made": "team_stats_three_point_field_goals_made",
    "threes_attempted": "team_stats_three_point_field_goals_attempted",
    "free_throws_made": "team_stats_free_throws_made",
    "free_throws_attempted": "team_stats_free_throws_attempted",
    "rebounds": "team_stats_rebounds_total",
    "assists": "team_stats_assists",
    "steals": "team_stats_steals",
    "blocks": "team_stats_blocks",
    "turnovers": "team_stats_turnovers_total",
    "fouls": "team_stats_fouls_total",
}
PLAYER_LINE = (
    *("team", "name", "position", "starter", "minutes", "points", "rebounds_total", "assists", "steals", "blocks"),
    *("turnovers", "fouls", "field_goals_made", "field_goals_attempted", "three_point_field_goals_made"),
    *("three_point_field_goals_attempted", "free_throws_made", "free_throws_attempted"),
)


@dataclass(frozen=True)
class Game:
    """One game.

    Attributes:
        summary: one row, with the columns of `games`.
        teams: box score of each team, the home team first; no rows before the game.
        players: box score of each player, starters first; no rows before the game.
    """

    summary: pl.DataFrame
    teams: pl.DataFrame
    players: pl.DataFrame


def games(on: str | date | None = None, *, lake: Place = None) -> pl.DataFrame:
    """Games of a day with result, our forecast and the line, in the order of their tip-off.

    Args:
        on: the day, US Eastern. Default: today, else the next day with games, else the last one.
        lake: folder or `s3://bucket/prefix`.

    Returns:
        Facts of each game; home_points and away_points (null without a result); the forecast of the morning of the game
        (predicted_home_margin, its central 80 % interval, predicted_total in points, home_win_probability 0-1; null
        where gold is not built); spread (of the home team, points, negative if favoured) and over_under, closing,
        median of the providers; is_line_suspect: the spread of a provider has a doubtful sign or doubtful sides and is
        left out.

    Raises:
        BadInput: when the lake has no games on that day; the message names the nearest days that have some.
    """
    opened = open_lake(lake)
    with explaining(opened):
        days = Version.of(opened, GAMES).scan().select("season", "game_date").unique().collect()
        wanted = _chosen_day(sorted(set(days["game_date"]))) if on is None else day(on)
        found = days.filter(pl.col("game_date") == wanted)
        if found.is_empty():
            raise BadInput(f"there is no game on {wanted}; {_around(days, wanted)}")
        frames = [of_games(opened, season).filter(pl.col("game_date") == wanted) for season in sorted(found["season"])]
        return pl.concat([frame.collect() for frame in frames]).sort("start_at", "game_id")


def _chosen_day(days: list[date]) -> date:
    if not days:
        raise BadInput("the lake has no games yet; `cbbd-etl ingest` fetches a season")
    today = load_settings().clock()().astimezone(EASTERN).date()
    return next((found for found in days if found >= today), days[-1])


def _around(days: pl.DataFrame, wanted: date) -> str:
    every = sorted(set(days["game_date"]))
    near = [str(found) for found in every if abs(found - wanted) <= timedelta(NEAR)]
    seasons = ranges(sorted(set(days["season"])))
    return f"days with games near it: {', '.join(near)}" if near else f"seasons of the lake: {seasons}"


def schedule(season: int | None = None, *, lake: Place = None) -> pl.DataFrame:
    """All games of a season with result, our forecast and the line, in the order of their tip-off.

    Args:
        season: by the year it ends in; default: the newest one.
        lake: folder or `s3://bucket/prefix`.

    Returns:
        The columns of `games`.

    Raises:
        BadInput: when the lake has no games of the season.
    """
    opened = open_lake(lake)
    with explaining(opened):
        return of_games(opened, chosen(opened, season)).sort("start_at", "game_id").collect()


def of_games(lake: Lake, season: int) -> pl.LazyFrame:
    """All games of a season with result, forecast and line: the columns of `games`."""
    played = pl.when("has_result")
    found = of_season(lake, GAMES, season).select(*FACTS, *(played.then(name).alias(name) for name in SCORES))
    forecast = optional(lake, "gold.game_predictions", season)
    if forecast is None:
        found = found.with_columns(pl.lit(None, pl.Float64).alias(name) for name in FORECAST)
    else:
        forecast = forecast.filter(pl.col("variant") == PREDICTIVE).select("game_id", *FORECAST)
        found = found.join(forecast, "game_id", "left")
    lines = _lines(lake, season)
    if lines is None:
        return found.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in LINES.items())
    return found.join(lines, "game_id", "left")


def _lines(lake: Lake, season: int) -> pl.LazyFrame | None:
    """Median closing line of each game, from gold, else from silver; and whether a provider was left out."""
    market = optional(lake, "gold.market_lines_analysis", season)
    if market is not None:
        marks = [name for name in ("is_spread_sign_suspect", "is_sides_suspect") if name in market.collect_schema()]
        suspect = pl.any_horizontal(pl.col(name).fill_null(value=False) for name in marks)
        doubtful = market.group_by("game_id").agg(suspect.any().alias("is_line_suspect"))
        of_line = (pl.col("spread_close").alias("spread"), pl.col("total_close").alias("over_under"))
        return market.filter("is_consensus").select("game_id", *of_line).join(doubtful, "game_id")
    lines = optional(lake, "silver.fct_lines", season)
    if lines is None:
        return None
    every = lines.collect()
    totals = every.filter(pl.col("provider") != SOURCE_CONSENSUS).group_by("game_id").agg(pl.col("over_under").median())
    games = every.group_by("game_id").agg(pl.col("is_spread_sign_suspect").any().alias("is_line_suspect"))
    spreads = closing_spreads(every).rename({"closing": "spread"})
    return games.join(spreads, "game_id", "left").join(totals, "game_id", "left").select("game_id", *LINES).lazy()


def game(game_id: int, *, lake: Place = None) -> Game:
    """One game: result, forecast, line, box scores.

    Raises:
        BadInput: when the lake has no such game.
    """
    opened = open_lake(lake)
    with explaining(opened):
        of_game = pl.col("game_id") == game_id
        known = Version.of(opened, GAMES).scan().filter(of_game).select("season").collect()
        if known.is_empty():
            raise BadInput(f"there is no game {game_id}; `cbbd-etl slate DATE` lists the games of a day with their ids")
        season = chosen(opened, known.item())
        summary = of_games(opened, season).filter(of_game).collect()
        return Game(summary, _teams(opened, season, game_id), _players(opened, season, game_id))


def _teams(lake: Lake, season: int, game_id: int) -> pl.DataFrame:
    rows = optional(lake, "silver.fct_game_teams", season)
    named = [pl.col(column).alias(name) for name, column in TEAM_LINE.items()]
    if rows is None:
        return pl.DataFrame()
    found = rows.filter(pl.col("game_id") == game_id).sort("is_home", descending=True)
    return found.select("team_id", "team", *named).collect()


def _players(lake: Lake, season: int, game_id: int) -> pl.DataFrame:
    rows = optional(lake, "silver.fct_game_players", season)
    if rows is None:
        return pl.DataFrame()
    found = rows.filter(pl.col("game_id") == game_id)
    order = found.sort("is_home", "starter", "minutes", descending=True, nulls_last=True)
    return order.select("athlete_id", *PLAYER_LINE).collect()
