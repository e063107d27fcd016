"""Betting lines beside results: line movement, implied probabilities and bet outcomes, from the home team's side."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from quality.clocks import FINAL, MORNING, TIP_OFF
from quality.columns import BOOL, FLOAT, INT, STRING, Bounds, Column, known
from quality.contracts.games import FCT_GAMES
from quality.contracts.gold_ratings import GAME_PREDICTIONS
from quality.contracts.lines import FCT_LINES, LINES_READ, SPREAD, TOTAL
from quality.dataset import Derivation, Input, Table
from quality.nulls import Given, NullLimit, with_values

CONSENSUS = "all providers"  # not "consensus", which is the name of a provider at the source
SPREAD_RESULTS = ("won", "lost", "push")
TOTAL_RESULTS = ("over", "under", "push")

CHANCE = Bounds(ge=0, le=1)
MOVE = Bounds(ge=-200, le=400)
MONEYLINE = Bounds(ge=-1_000_000, le=1_000_000)
NOT_QUOTED = "if no provider quoted it"


def _maybe(name: str, description: str, unit: str, bounds: Bounds, why: str = NOT_QUOTED) -> Column:
    return Column(
        name=name, dtype=FLOAT, description=description, unit=unit, bounds=bounds, nullable=True, can_be_null=why
    )


def _result(name: str, description: str, values: tuple[str, ...]) -> Column:
    why = "before the result, or without the line"
    return Column(name=name, dtype=STRING, description=description, values=values, nullable=True, can_be_null=why)


def _line(name: str, why: str = NOT_QUOTED, bounds: Bounds | None = None) -> Column:
    column = FCT_LINES.by_name[name]
    return replace(column, nullable=True, path=(), can_be_null=why, bounds=bounds or column.bounds)


# One in seven spreads is missing. Opening lines are usually sent only since 2026, moneylines only by some providers.
FEW_SPREADS, FEW_TOTALS, FEW_OPENINGS, FEW_MONEYLINES = 0.15, 0.3, 0.25, 0.8
SINCE_2026 = pl.col("season") >= 2026


def _both(first: str, second: str) -> pl.Expr:
    return pl.col(first).is_not_null() & pl.col(second).is_not_null()


def _price(side: str) -> pl.Expr:
    return pl.col(f"{side}_moneyline").abs() >= 100


SPREADS_SENT, TOTALS_SENT, SPREAD_OPENINGS_SENT, TOTAL_OPENINGS_SENT = (
    with_values(FCT_LINES.qualified, name) for name in ("spread", "over_under", "spread_open", "over_under_open")
)
MONEYLINES_SENT = with_values(FCT_LINES.qualified, "home_moneyline", "away_moneyline")
FORECASTS = Given(GAME_PREDICTIONS.qualified, ("game_id",))
LINE_LIMITS = (
    NullLimit("time_of_fetch", ("is_line_fetched_early",)),
    NullLimit("spreads", ("spread_close",), at_most=FEW_SPREADS, sent=(SPREADS_SENT,)),
    NullLimit("totals", ("total_close",), at_most=FEW_TOTALS, sent=(TOTALS_SENT,)),
    NullLimit("spread_openings", ("spread_open",), "since 2026", SINCE_2026, FEW_OPENINGS,
              sent=(SPREAD_OPENINGS_SENT,)),
    NullLimit("total_openings", ("over_under_open",), "since 2026", SINCE_2026, FEW_OPENINGS,
              sent=(TOTAL_OPENINGS_SENT,)),
    NullLimit("moneylines", ("home_moneyline", "away_moneyline"), "of a provider since 2026",
              SINCE_2026 & ~pl.col("is_consensus"), FEW_MONEYLINES, sent=(MONEYLINES_SENT,)),
    NullLimit("spread_move", ("spread_move",), "with both spreads", _both("spread_open", "spread_close")),
    NullLimit("total_move", ("total_move",), "with both totals", _both("over_under_open", "total_close")),
    NullLimit("chances", ("home_implied_probability", "bookmaker_margin_pct"), "of a provider with both moneylines",
              _price("home") & _price("away")),
    NullLimit("marks", ("is_spread_pick_em",), "with a spread", pl.col("spread_close").is_not_null()),
    NullLimit("sign", ("is_spread_sign_suspect",), "of a provider with a spread and both moneylines",
              ~pl.col("is_consensus") & pl.col("spread_close").is_not_null() & _price("home") & _price("away"), 0.3),
    NullLimit("sides", ("is_sides_suspect",), "of a provider with a spread",
              ~pl.col("is_consensus") & pl.col("spread_close").is_not_null(), 0.05, given=(FORECASTS,),
              sent=(FORECASTS,)),
    NullLimit("spread_result", ("cover_margin", "home_spread_result"), "with a result and a spread",
              pl.col("has_result") & pl.col("spread_close").is_not_null()),
    NullLimit("total_result", ("total_result",), "with a result and a total",
              pl.col("has_result") & pl.col("total_close").is_not_null()),
    NullLimit("moneyline_result", ("home_moneyline_result",), "with a result and implied probabilities",
              pl.col("has_result") & pl.col("home_implied_probability").is_not_null()),
)  # fmt: skip


LINE_PROVIDERS = Column(
    name="line_providers", dtype=INT, description="Number of providers behind the line", bounds=Bounds(ge=0)
)
# Its clock is `final`, because the source may be asked again after the game.
IS_LINE_FETCHED_EARLY = Column(
    name="is_line_fetched_early",
    dtype=BOOL,
    nullable=True,
    can_be_null="without a line",
    description=(
        "The line was fetched before the scheduled tip-off, so it may still have moved. False: it was fetched later, "
        "when the source's value is by definition the closing line"
    ),
)
TOTAL_CLOSE = _maybe(
    "total_close", "Closing total of both teams' points (the last one before tip-off)", "points", TOTAL
)

MARKET_LINES_ANALYSIS = Table(
    name="market_lines_analysis",
    layer="gold",
    description=(
        f"One row per game and provider, plus one row `{CONSENSUS}` (the median) per game with lines: opening and "
        "closing line, implied probabilities and bet outcomes. A game without lines has no row."
    ),
    columns=(
        *known(
            MORNING,
            *(
                FCT_GAMES.by_name[name]
                for name in ("season", "game_id", "game_date", "home_team_id", "home_team", "away_team_id", "away_team")
            ),
        ),
        *known(FINAL, FCT_GAMES.by_name["has_result"]),
        *known(
            TIP_OFF,
            FCT_LINES.by_name["provider"],
            Column(name="is_consensus", dtype=BOOL, description="The row is the median over the game's providers"),
            LINE_PROVIDERS,
        ),
        *known(FINAL, IS_LINE_FETCHED_EARLY),
        *known(
            TIP_OFF,
            _line("spread_open"),
            _maybe(
                "spread_close",
                "Closing spread of the home team (the last one before tip-off); 0 for a pick'em",
                "points",
                SPREAD,
            ),
            _maybe(
                "spread_move",
                "Closing minus opening spread; negative: the line moved towards the home team",
                "points",
                MOVE,
            ),
            _line("over_under_open"),
            TOTAL_CLOSE,
            _maybe("total_move", "Closing minus opening total", "points", MOVE),
            _line("home_moneyline", "if the provider did not quote it, and in the row of all providers", MONEYLINE),
            _line("away_moneyline", "if the provider did not quote it, and in the row of all providers", MONEYLINE),
            _maybe(
                "home_implied_probability",
                "Home win probability implied by both moneylines, without the bookmaker's margin (proportional method)",
                "fraction 0-1",
                CHANCE,
                "without both moneylines",
            ),
            _maybe(
                "bookmaker_margin_pct",
                "Bookmaker's margin: sum of both teams' quoted probabilities, minus 1",
                "fraction 0-1",
                Bounds(ge=-1, le=1),
                "without both moneylines",
            ),
            _line("is_spread_pick_em", "if no line allows a judgement"),
            _line("is_spread_sign_suspect", "without a spread and both moneylines, and in the row of all providers"),
            Column(
                name="is_sides_suspect",
                dtype=BOOL,
                nullable=True,
                can_be_null="without a spread or without our forecast, and in the row of all providers",
                description=(
                    "Our forecast of the morning fits the spread better by more than 10 points if its sides are "
                    "exchanged: the spread probably belongs to the other team. It is left out of the consensus"
                ),
            ),
        ),
        *known(
            FINAL,
            _maybe(
                "cover_margin",
                "Home margin plus closing spread",
                "points",
                Bounds(ge=-250, le=250),
                "without a result or a spread",
            ),
            _result("home_spread_result", "Outcome of a bet on the home team at the closing spread", SPREAD_RESULTS),
            _result("total_result", "Points of both teams compared with the closing total", TOTAL_RESULTS),
            _result(
                "home_moneyline_result",
                "Outcome of a moneyline bet on the home team",
                SPREAD_RESULTS,
            ),
        ),
    ),
    key=("game_id", "provider"),
    sort=("game_date", "game_id", "provider"),
    point_in_time="game_date",
    null_limits=LINE_LIMITS,
    derivation=Derivation(
        of=(
            Input(FCT_LINES, LINES_READ),
            Input(
                FCT_GAMES,
                (
                    *("season", "game_id", "game_date", "home_team_id", "home_team", "away_team_id", "away_team"),
                    *("has_result", "home_points", "away_points"),
                ),
            ),
            Input(GAME_PREDICTIONS, ("season", "game_id", "variant", "predicted_home_margin"), optional=True),
        ),
        make="tasks.gold.market_lines_analysis:market_lines_analysis",
    ),
)
