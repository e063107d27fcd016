"""Betting lines beside results: movement, implied chances, and who was right. Home side throughout."""

from __future__ import annotations

from dataclasses import replace

from quality.columns import BOOL, FLOAT, INT, STRING, Bounds, Column
from quality.contracts.games import FCT_GAMES
from quality.contracts.lines import FCT_LINES, SPREAD, TOTAL
from quality.dataset import Derivation, Input, Table

CONSENSUS = "all providers"  # the source has a provider of its own that is called consensus
SPREAD_RESULTS = ("won", "lost", "push")
TOTAL_RESULTS = ("over", "under", "push")

LINES_READ = (
    *("season", "game_id", "provider", "start_at", "spread", "spread_open", "over_under", "over_under_open"),
    *("home_moneyline", "away_moneyline", "is_spread_pick_em", "is_spread_sign_suspect", "fetched_at"),
)
CHANCE = Bounds(ge=0, le=1)
COVER = Bounds(ge=-250, le=250)
MOVE = Bounds(ge=-200, le=400)
NOT_QUOTED = "where nobody quoted it"


def _maybe(name: str, description: str, unit: str, bounds: Bounds, why: str = NOT_QUOTED) -> Column:
    return Column(
        name=name, dtype=FLOAT, description=description, unit=unit, bounds=bounds, nullable=True, can_be_null=why
    )


def _result(name: str, description: str, values: tuple[str, ...]) -> Column:
    why = "before the result, and without the line"
    return Column(name=name, dtype=STRING, description=description, values=values, nullable=True, can_be_null=why)


def _line(name: str) -> Column:
    return replace(FCT_LINES.by_name[name], nullable=True, path=())


LINE_PROVIDERS = Column(
    name="line_providers", dtype=INT, description="Providers that the line rests on", bounds=Bounds(ge=0)
)
IS_LINE_FETCHED_EARLY = Column(
    name="is_line_fetched_early",
    dtype=BOOL,
    nullable=True,
    can_be_null="without a line",
    description=(
        "Fetched before the scheduled start: of a game to come, the line may still move. False: fetched later, when "
        "the source's number is by its definition the closing line"
    ),
)
TOTAL_CLOSE = _maybe("total_close", "Last total of both teams' points before the start", "points", TOTAL)

MARKET_LINES_ANALYSIS = Table(
    name="market_lines_analysis",
    layer="gold",
    description=(
        f"One row per game and provider, and one of `{CONSENSUS}` (the median) per game with lines: opening and "
        "closing line, implied chances, and what came of it. A game without lines has no row."
    ),
    columns=(
        *(FCT_GAMES.by_name[name] for name in ("season", "game_id", "game_date", "home_team_id", "away_team_id")),
        FCT_LINES.by_name["provider"],
        Column(name="is_consensus", dtype=BOOL, description="The row is the median of the game's providers"),
        LINE_PROVIDERS,
        IS_LINE_FETCHED_EARLY,
        _line("spread_open"),
        _maybe("spread_close", "Last spread of the home team before the start; 0 for a pick'em", "points", SPREAD),
        _maybe("spread_move", "Closing less opening spread; negative: towards the home team", "points", MOVE),
        _line("over_under_open"),
        TOTAL_CLOSE,
        _maybe("total_move", "Closing less opening total", "points", MOVE),
        _line("home_moneyline"),
        _line("away_moneyline"),
        _maybe(
            "home_implied_probability",
            "Chance of the home team by both moneylines, each side's share of their sum (proportional method)",
            "fraction 0-1",
            CHANCE,
            "without both moneylines",
        ),
        _maybe(
            "bookmaker_margin_pct",
            "Sum of both sides' chances as quoted, less 1",
            "fraction 0-1",
            Bounds(ge=-1, le=1),
            "without both moneylines",
        ),
        FCT_LINES.by_name["is_spread_pick_em"],
        FCT_LINES.by_name["is_spread_sign_suspect"],
        _maybe(
            "cover_margin",
            "Home margin plus closing spread",
            "points",
            Bounds(ge=-250, le=250),
            "without result or line",
        ),
        _result("home_spread_result", "What a bet on the home team at the closing spread came to", SPREAD_RESULTS),
        _result("total_result", "Points of both teams against the closing total", TOTAL_RESULTS),
        _result(
            "home_moneyline_result",
            "What a bet on the home team to win came to",
            SPREAD_RESULTS,
        ),
    ),
    key=("game_id", "provider"),
    sort=("game_date", "game_id", "provider"),
    derivation=Derivation(
        of=(
            Input(FCT_LINES, LINES_READ),
            Input(
                FCT_GAMES,
                (
                    *("season", "game_id", "game_date", "home_team_id", "away_team_id"),
                    *("has_result", "home_points", "away_points"),
                ),
            ),
        ),
        make="tasks.gold.market_lines_analysis:market_lines_analysis",
    ),
)
