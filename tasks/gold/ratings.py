"""Team ratings and game forecasts from results alone: `solve`, `daily` and `walk_forward`.

All three take `games`, a frame with one row per game. Required columns: season (the year it ends in), game_id,
game_date (Date, US Eastern), home_team_id, away_team_id, neutral_site, home_points, away_points. Optional columns:
possessions (of a team, mean of both), minutes (40 without overtime), home_is_division_i and away_is_division_i (without
them membership is inferred from the games so far), and box columns home_*/away_*: fga, orb, tov and fta replace missing
possessions; fg3m, fg3a, ast and blk separate luck from strength in `walk_forward`. Team ids may be of any type.
Unusable rows are flagged, never dropped: docs/ratings.md describes the flags and the model.

All three also take `preseason`, a frame of what was known before the first game of each season: season, team_id and any
of returning_minutes_pct and returning_production_pct (shares, 0-1, of last season's minutes and of its game score above
reserves, by athletes who are still on the team), transfer_minutes and transfer_production (the same of last season at
other teams, by athletes who have joined) and recruiting_class_rating (points of the entering class). Null, NaN and a
missing row count as average. The weights of returning minutes and of the class start at what they were worth in real
seasons, the others at 0; all are learned from earlier seasons. They affect only net and margin.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal, get_args

import numpy as np
import polars as pl

from tasks.errors import BadInput
from tasks.gold.model.forecast import forecasts
from tasks.gold.model.games import Games, read_games
from tasks.gold.model.lines import read_lines
from tasks.gold.model.mornings import mornings
from tasks.gold.model.preseason import read_preseason
from tasks.gold.model.season import Past, SeasonRating
from tasks.gold.model.single import one_thread
from tasks.gold.model.table import day_of, described, rating_table, recall
from tasks.gold.model.walk import Walk

SUMMER_DAYS = 120  # longer than any break within a season, shorter than the summer
Variant = Literal["static", "predictive", "market", "descriptive"]


@one_thread
def solve(
    games: pl.DataFrame,
    as_of: date | None = None,
    prior: pl.DataFrame | None = None,
    *,
    preseason: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Static ratings of the last season in `games`, from games before `as_of` (None: all), with a prior from the past.

    If the last result is at least 120 days old at `as_of`, the ratings are the expectation for the next season.

    Returns one row per team: season, team_id, as_of_date, adjusted_offence and adjusted_defence (points per 100
    possessions scored and allowed against an average team at a neutral site), net (their difference; its mean over the
    division, weighted by possessions, is 0), tempo (possessions per 40 minutes), uncertainty (sd of net), games (those
    that count, with their possessions) and other_games, strength_of_schedule (mean net of opponents), rank,
    win_expectancy (against an average team, neutral), home_advantage (points per 100 possessions), is_division_i, flag.
    Offence, defence and tempo are null where most results have no possessions.

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
    day = None if as_of is None else day_of(as_of)
    ahead = 0 if day is None else _seasons_ahead(read, day)
    if ahead:
        past.close(SeasonRating(read, seasons[-1], past).until(None))
    rated = SeasonRating(read, seasons[-1] + ahead if seasons else 0, past).until(None)
    return rating_table([rated.standing(day)], read.teams)


@one_thread
def daily(
    games: pl.DataFrame,
    season: int,
    dates: Sequence[date] | None = None,
    prior: pl.DataFrame | None = None,
    *,
    preseason: pl.DataFrame | None = None,
    lines: pl.DataFrame | None = None,
    variant: Variant = "static",
) -> pl.DataFrame:
    """Ratings as of the morning of every date with games of a season (or of `dates`), in the columns of `solve`.

    One solution is updated from date to date, so a season takes a second instead of many.

    variant: `static`, the same numbers as `solve`; `descriptive`, the same with net shrunk to what holds in the next
    game; `predictive`, the strengths behind the forecasts of `walk_forward`; `market`, those with closing lines. In the
    last two, home_advantage is the team's own. lines: as in `walk_forward`; only `market` reads them.

    Raises:
        BadInput: as `solve` and `walk_forward`; the variant is unknown; or a prior is given with `predictive` or
            `market`, which need the games themselves.
    """
    if variant not in get_args(Variant):
        raise BadInput(f"There is no variant {variant!r} of the ratings; choose one of {', '.join(get_args(Variant))}.")
    read = read_games(games, _ids(prior))
    days = _days(read, season) if dates is None else [day_of(day) for day in sorted(dates)]
    if variant in ("predictive", "market"):
        if prior is not None:
            raise BadInput(f"The variant {variant} needs the games of earlier seasons; a prior cannot stand for them.")
        known = read_lines(lines if variant == "market" else None, games["game_id"], read)
        walk = Walk(read, read_preseason(preseason, read.teams), known)
        return rating_table(mornings(walk, season, days), read.teams)
    past = _past(read, preseason)
    earlier = [year for year in _seasons(read) if year < season]
    if prior is not None:
        recall(past, prior, read.teams, [*earlier, season][0])
    for year in earlier:
        past.close(SeasonRating(read, year, past).until(None))
    rated = SeasonRating(read, season, past)
    table = rating_table((rated.until(day).standing(day) for day in days), read.teams)
    return described(table) if variant == "descriptive" else table


@one_thread
def daily_and_forecasts(
    games: pl.DataFrame, season: int, dates: Sequence[date], *, preseason: pl.DataFrame | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`daily` with the variant `predictive`, and the forecasts of `walk_forward` up to the last date, in one pass.

    Games on the last date and later have null forecasts.
    """
    read = read_games(games)
    walk = Walk(read, read_preseason(preseason, read.teams))
    table = rating_table(mornings(walk, season, [day_of(day) for day in sorted(dates)]), read.teams)
    return table, forecasts(read, walk.out, games["game_id"])


@one_thread
def walk_forward(
    games: pl.DataFrame, *, preseason: pl.DataFrame | None = None, lines: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Forecasts of every game, from games on earlier dates only, in the order of `games`.

    Returns game_id, predicted_home_margin and predicted_total (points), home_win_probability, margin_low_80 and
    margin_high_80 (the middle 80 % of results), margin_sd, home_is_known and away_is_known (the team has a result on an
    earlier date), flag (the problem with the row, or `ok`). A row without teams, date or season has null forecasts.

    lines: closing lines, one row per game with game_id and home_spread (home perspective, negative = favoured), and
    optionally total; null or absent means no line. A line counts from the morning after its game, with its result.

    Raises:
        BadInput: a required column is missing, or `read_preseason` or `read_lines` refuses.
    """
    read = read_games(games)
    out = Walk(read, read_preseason(preseason, read.teams), read_lines(lines, games["game_id"], read)).run()
    return forecasts(read, out, games["game_id"])


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


def _days(games: Games, season: int) -> list[int]:
    """Every day with games of a season."""
    days: list[int] = np.unique(games.day[games.place & (games.season == season)]).tolist()
    return days
