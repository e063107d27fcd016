"""Team ratings and game forecasts from results alone: `solve`, `daily` and `walk_forward`.

All three take `games`, a frame with one row per game. Required columns: season (the year it ends in), game_id,
game_date (Date, US Eastern), home_team_id, away_team_id, neutral_site, home_points, away_points. Optional columns:
possessions (of a team, mean of both), minutes (40 without overtime), home_is_division_i and away_is_division_i (without
them membership is inferred from the games so far), and box columns home_*/away_*: fga, orb, tov and fta replace missing
possessions; fg3m, fg3a, ast and blk separate luck from strength in `walk_forward`. Team ids may be of any type.
Unusable rows are flagged, never dropped: docs/ratings.md describes the flags and the model.

All three also take `preseason`, a frame of what was known before the first game of each season: season, team_id and any
of returning_minutes_pct (share, 0-1, of last season's minutes by athletes who are still on the team), transfer_minutes
(last season's minutes at other teams by athletes who have joined) and recruiting_class_rating (points of the entering
class). Null, NaN and a missing row count as average. The weight of each quantity starts at 0 and is learned from
earlier seasons. It affects only net and margin.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl

from tasks.gold.model.games import Games, read_games
from tasks.gold.model.outcome import QUANTILE_80, win_probability
from tasks.gold.model.parameters import WIN_SHARPNESS
from tasks.gold.model.preseason import read_preseason
from tasks.gold.model.season import Past, SeasonRating
from tasks.gold.model.single import one_thread
from tasks.gold.model.table import EPOCH, rating_table, recall
from tasks.gold.model.walk import Walk

SUMMER_DAYS = 120  # longer than any break within a season, shorter than the summer


@one_thread
def solve(
    games: pl.DataFrame,
    as_of: date | None = None,
    prior: pl.DataFrame | None = None,
    *,
    preseason: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Ratings of the last season in `games`, from games before `as_of` (None: all), with earlier seasons as prior.

    If the last result is at least 120 days old at `as_of`, the ratings are the expectation for the next season.

    Returns one row per team: season, team_id, as_of_date, adjusted_offence and adjusted_defence (points per 100
    possessions scored and allowed against an average team at a neutral site), net (their difference; its mean over the
    division, weighted by possessions, is 0), tempo (possessions per 40 minutes), uncertainty (sd of net), games (those
    that count, with their possessions) and other_games, strength_of_schedule (mean net of opponents), rank,
    win_expectancy (against an average team, neutral), home_advantage (points per 100 possessions), is_division_i, flag.

    prior: final ratings of an earlier season as returned by this function, for when `games` does not include it.

    Raises:
        BadInput: a required column is missing, the prior is not of an earlier season, or `read_preseason` refuses.
    """
    read = read_games(games if as_of is None else games.filter(pl.col("game_date") < as_of), _ids(prior))
    past, seasons = _past(read, preseason), _seasons(read)
    if prior is not None:
        recall(past, prior, read.teams, seasons[0] if seasons else None)
    for season in seasons[:-1]:
        past.close(SeasonRating(read, season, past).until(None))
    day = None if as_of is None else (as_of - EPOCH).days
    ahead = 0 if day is None else _seasons_ahead(read, day)
    if ahead:
        past.close(SeasonRating(read, seasons[-1], past).until(None))
    rated = SeasonRating(read, seasons[-1] + ahead if seasons else 0, past).until(None)
    return rating_table(rated, day)


@one_thread
def daily(
    games: pl.DataFrame,
    season: int,
    dates: Sequence[date] | None = None,
    prior: pl.DataFrame | None = None,
    *,
    preseason: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Ratings of `solve` as of the morning of every date with games of a season (or of `dates`), in one frame.

    One solution is updated from date to date, so a season takes a second instead of many.

    Raises:
        BadInput: as `solve`.
    """
    read = read_games(games, _ids(prior))
    past = _past(read, preseason)
    earlier = [year for year in _seasons(read) if year < season]
    if prior is not None:
        recall(past, prior, read.teams, [*earlier, season][0])
    for year in earlier:
        past.close(SeasonRating(read, year, past).until(None))
    rated = SeasonRating(read, season, past)
    if dates is None:
        days = np.unique(read.day[read.place & (read.season == season)]).tolist()
    else:
        days = [(day - EPOCH).days for day in sorted(dates)]
    tables = [rating_table(rated.until(day), day) for day in days]
    return pl.concat(tables) if tables else rating_table(rated.until(None), None).clear()


@one_thread
def walk_forward(games: pl.DataFrame, *, preseason: pl.DataFrame | None = None) -> pl.DataFrame:
    """Forecasts of every game, from games on earlier dates only, in the order of `games`.

    Returns game_id, predicted_home_margin and predicted_total (points), home_win_probability, margin_low_80 and
    margin_high_80 (the middle 80 % of results), margin_sd, home_is_known and away_is_known (the team has a result on an
    earlier date), flag (the problem with the row, or `ok`). A row without teams, date or season has null forecasts.

    Raises:
        BadInput: a required column is missing, or `read_preseason` refuses.
    """
    read = read_games(games)
    out = Walk(read, read_preseason(preseason, read.teams)).run()
    sd = np.sqrt(out["margin_variance"]) * out["spread"]
    late = read.place & (out["in_season"] == 0)
    frame = pl.DataFrame(
        {
            "row": read.rows,
            "predicted_home_margin": out["margin"],
            "predicted_total": out["total"],
            "home_win_probability": win_probability(out["margin"], sd * WIN_SHARPNESS),
            "margin_low_80": out["margin"] - QUANTILE_80 * sd,
            "margin_high_80": out["margin"] + QUANTILE_80 * sd,
            "margin_sd": sd,
            "home_is_known": out["home_known"] > 0,
            "away_is_known": out["away_known"] > 0,
            "flag": pl.Series(np.where(late, "season_over", read.flag).tolist(), dtype=pl.String),
        }
    ).sort("row")
    return frame.with_columns(pl.col(pl.Float64).fill_nan(None)).select(games["game_id"], pl.exclude("row"))


def _seasons_ahead(games: Games, day: int) -> int:
    """Number of seasons from the last result to a day."""
    results = games.day[games.place & games.learn]
    idle = day - int(results.max()) if len(results) else 0
    return max(1, round(idle / 365)) if idle >= SUMMER_DAYS else 0


def _past(games: Games, preseason: pl.DataFrame | None) -> Past:
    return Past(len(games.teams), read_preseason(preseason, games.teams))


def _ids(prior: pl.DataFrame | None) -> pl.Series | None:
    return None if prior is None else prior["team_id"]


def _seasons(games: Games) -> list[int]:
    return [int(season) for season in np.unique(games.season[games.place])]
