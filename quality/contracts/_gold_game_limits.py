"""Null limits of gold.game_predictions_features, the same for the team and for its opponent."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from quality.contracts.game_players import FCT_GAME_PLAYERS
from quality.contracts.game_teams import FCT_GAME_TEAMS
from quality.contracts.games import FCT_GAMES
from quality.contracts.gold_lines import (
    FEW_OPENINGS,
    FEW_SPREADS,
    FEW_TOTALS,
    MONEYLINES_SENT,
    SINCE_2026,
    SPREAD_OPENINGS_SENT,
    SPREADS_SENT,
    TOTAL_OPENINGS_SENT,
    TOTALS_SENT,
)
from quality.contracts.gold_ratings import COUNTED, GAME_PREDICTIONS, NEED_POSSESSIONS, PREDICTIVE, TEAM_RATINGS_DAILY
from quality.nulls import Given, NullLimit, with_values

FEW = 0.1  # share of games without a box score or Elo rating at the source
SOME_GAMES = 3  # results after which a team has played in Division I and has a box score
RATINGS = Given(TEAM_RATINGS_DAILY.qualified, ("variant",), pl.col("variant") == PREDICTIVE)
BOXES = Given(FCT_GAME_TEAMS.qualified, ("game_id",))
FORECASTS = Given(GAME_PREDICTIONS.qualified, ("game_id",))
ELO_SENT = with_values(FCT_GAMES.qualified, "home_team_elo_end")
THIS_AND_LAST = tuple(Given(FCT_GAME_PLAYERS.qualified, ("game_id",), seasons=(away, away)) for away in (0, -1))


def game_limits(
    windows: tuple[str, ...], factors: tuple[str, ...], ratings: tuple[str, ...], box: tuple[str, ...]
) -> tuple[NullLimit, ...]:
    """Limits of gold.game_predictions_features; the arguments are the parts of its column names.

    Args:
        box: columns of silver.fct_game_teams that the factors are computed from.
    """
    boxes = with_values(FCT_GAME_TEAMS.qualified, *box)
    form = tuple(f"{window}_{factor}{side}" for window in windows for factor in factors for side in ("", "_allowed"))
    margins = tuple(f"{window}_margin" for window in windows)
    return (
        NullLimit("morning", ("as_of_date",), "for Division I teams", _member(""), given=(RATINGS,)),
        *_of_team("", "teams", margins, form, ratings, boxes),
        *_of_team("opponent_", "opponents", margins, form, ratings, boxes),
        *_forecast_and_market(),
    )


def _member(side: str) -> pl.Expr:
    return pl.col(f"{side}is_division_i")


def _of_team(
    side: str, whose: str, margins: tuple[str, ...], form: tuple[str, ...], ratings: tuple[str, ...], boxes: Given
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
    yield NullLimit(f"{side}elo", named("elo_before"), after, known, FEW, sent=(ELO_SENT,))
    yield NullLimit(f"{side}form", named(*form), after, known, FEW, given=(BOXES,), sent=(boxes,))
    yield NullLimit(
        f"{side}continuity",
        named("returning_minutes_pct"),
        after,
        known,
        FEW,
        given=THIS_AND_LAST,
        sent=THIS_AND_LAST,
    )


def _forecast_and_market() -> Iterator[NullLimit]:
    placed = pl.col("flag").is_in(["ok", "no_games"]) & (pl.col("team_id") != pl.col("opponent_id"))
    quoted = pl.col("line_providers") > 0
    lines, recent = "of games with lines", "of games with lines since 2026"
    forecast = ("predicted_margin", "predicted_total", "win_probability")
    yield NullLimit("forecast", forecast, "of games between two rated teams", placed, given=(FORECASTS,))
    yield NullLimit("time_of_fetch", ("is_line_fetched_early",), lines, quoted)
    of_lines = (
        ("spreads", "team_spread_close", FEW_SPREADS, SPREADS_SENT),
        ("totals", "total_close", FEW_TOTALS, TOTALS_SENT),
    )
    of_recent = (
        ("spread_openings", "team_spread_open", FEW_OPENINGS, SPREAD_OPENINGS_SENT),
        ("total_openings", "total_open", FEW_OPENINGS, TOTAL_OPENINGS_SENT),
        ("chances", "market_win_probability", 0.5, MONEYLINES_SENT),
    )
    for name, column, share, sent in of_lines:
        yield NullLimit(name, (column,), lines, quoted, share, sent=(sent,))
    for name, column, share, sent in of_recent:
        yield NullLimit(name, (column,), recent, quoted & SINCE_2026, share, sent=(sent,))
