"""Null limits of gold.game_predictions_features, the same for the team and for its opponent."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from quality.contracts.game_players import FCT_GAME_PLAYERS
from quality.contracts.game_teams import FCT_GAME_TEAMS
from quality.contracts.gold_lines import FEW_OPENINGS, FEW_SPREADS, FEW_TOTALS, SINCE_2026
from quality.contracts.gold_ratings import COUNTED, GAME_PREDICTIONS, NEED_POSSESSIONS, PREDICTIVE, TEAM_RATINGS_DAILY
from quality.nulls import Given, NullLimit

FEW = 0.1  # share of games without a box score or Elo rating at the source
SOME_GAMES = 3  # results after which a team has played in Division I and has a box score
RATINGS = Given(TEAM_RATINGS_DAILY.qualified, ("variant",), pl.col("variant") == PREDICTIVE)
BOXES = Given(FCT_GAME_TEAMS.qualified, ("game_id",))
FORECASTS = Given(GAME_PREDICTIONS.qualified, ("game_id",))
THIS_AND_LAST = tuple(Given(FCT_GAME_PLAYERS.qualified, ("game_id",), seasons=(away, away)) for away in (0, -1))


def game_limits(windows: tuple[str, ...], factors: tuple[str, ...], ratings: tuple[str, ...]) -> tuple[NullLimit, ...]:
    """Limits of gold.game_predictions_features; the arguments are the parts of its column names."""
    form = tuple(f"{window}_{factor}{side}" for window in windows for factor in factors for side in ("", "_allowed"))
    margins = tuple(f"{window}_margin" for window in windows)
    return (
        NullLimit("morning", ("as_of_date",), "for Division I teams", _member(""), given=(RATINGS,)),
        *_of_team("", "teams", margins, form, ratings),
        *_of_team("opponent_", "opponents", margins, form, ratings),
        *_forecast_and_market(),
    )


def _member(side: str) -> pl.Expr:
    return pl.col(f"{side}is_division_i")


def _of_team(
    side: str, whose: str, margins: tuple[str, ...], form: tuple[str, ...], ratings: tuple[str, ...]
) -> Iterator[NullLimit]:
    """Limits of the columns from earlier games and ratings, for one of the two teams."""

    def named(*names: str) -> tuple[str, ...]:
        return tuple(f"{side}{name}" for name in names)

    games, partly = pl.col(f"{side}games_before"), ("strength_of_schedule", *NEED_POSSESSIONS)
    always, counted = [name for name in ratings if name not in partly], (RATINGS, COUNTED)
    known = _member(side) & (games >= SOME_GAMES)
    after = f"for Division I {whose} with {SOME_GAMES} or more results"
    played = f"for {whose} with an earlier result"
    yield NullLimit(f"{side}ratings", named(*always), f"for Division I {whose}", _member(side), given=(RATINGS,))
    yield NullLimit(f"{side}possessions", named(*NEED_POSSESSIONS), after, known, 0.5, given=counted)
    yield NullLimit(f"{side}schedule", named("strength_of_schedule"), after, known, 0.01, given=(RATINGS,))
    yield NullLimit(f"{side}results", named("rest_days", *margins), played, games > 0)
    yield NullLimit(f"{side}elo", named("elo_before"), after, known, FEW)
    yield NullLimit(f"{side}form", named(*form), after, known, FEW, given=(BOXES,))
    yield NullLimit(f"{side}continuity", named("returning_minutes_pct"), after, known, FEW, given=THIS_AND_LAST)


def _forecast_and_market() -> Iterator[NullLimit]:
    placed = pl.col("flag").is_in(["ok", "no_games"]) & (pl.col("team_id") != pl.col("opponent_id"))
    quoted = pl.col("line_providers") > 0
    lines, recent = "of games with lines", "of games with lines since 2026"
    forecast = ("predicted_margin", "predicted_total", "win_probability")
    yield NullLimit("forecast", forecast, "of games between two rated teams", placed, given=(FORECASTS,))
    yield NullLimit("time_of_fetch", ("is_line_fetched_early",), lines, quoted)
    yield NullLimit("spreads", ("team_spread_close",), lines, quoted, FEW_SPREADS)
    yield NullLimit("totals", ("total_close",), lines, quoted, FEW_TOTALS)
    yield NullLimit("openings", ("team_spread_open", "total_open"), recent, quoted & SINCE_2026, FEW_OPENINGS)
    yield NullLimit("chances", ("market_win_probability",), recent, quoted & SINCE_2026, 0.5)
