"""What was known of a game before its tip-off, from each team's side; and, apart from it, how it ended."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from quality.columns import BOOL, FLOAT, INT, Bounds, Column
from quality.contracts._gold_game_limits import game_limits
from quality.contracts.game_players import FCT_GAME_PLAYERS
from quality.contracts.game_teams import FCT_GAME_TEAMS
from quality.contracts.games import FCT_GAMES
from quality.contracts.gold_lines import (
    CHANCE,
    IS_LINE_FETCHED_EARLY,
    LINE_PROVIDERS,
    LINES_READ,
    NOT_QUOTED,
    TOTAL_CLOSE,
)
from quality.contracts.gold_ratings import AS_OF_DATE, GAME_PREDICTIONS, TEAM_RATINGS_DAILY, flag
from quality.contracts.lines import FCT_LINES
from quality.contracts.teams import DIM_TEAM_SEASONS
from quality.dataset import Derivation, Input, Table
from quality.nulls import NullLimit
from quality.vocabulary import IS_HOME, OPPONENT_ID, column_of

WINDOWS = {"season": None, "last_5": 5, "last_10": 10}  # games looked back on; None: all of the season so far
FACTORS = {
    "effective_field_goal_pct": "(FGM + 0.5 3PM) / FGA",
    "turnover_pct": "turnovers / (FGA + 0.44 FTA + turnovers)",
    "offensive_rebound_pct": "offensive rebounds / (own offensive + opponent's defensive rebounds)",
    "free_throw_rate": "FTA / FGA",
}
FEATURE_FLAGS = ("ok", "no_games", "no_rating", "no_team")
RATING_COLUMNS = ("adjusted_offence", "adjusted_defence", "net", "tempo", "uncertainty", "rank", "strength_of_schedule")
BOX = tuple(
    f"{side}_stats_{name}"
    for side in ("team", "opponent")
    for name in (
        *("field_goals_made", "field_goals_attempted", "three_point_field_goals_made", "free_throws_attempted"),
        *("turnovers_total", "rebounds_offensive", "rebounds_defensive"),
    )
)


def _window(name: str) -> str:
    count = WINDOWS[name]
    return "of the season so far" if count is None else f"of the last {count} games of the season"


def _maybe(name: str, description: str, unit: str | None, low: float, high: float, why: str) -> Column:
    bounds = Bounds(ge=low, le=high)
    return Column(
        name=name, dtype=FLOAT, description=description, unit=unit, bounds=bounds, nullable=True, can_be_null=why
    )


def _form() -> list[Column]:
    """Sums over the games with a box score, then the ratio: a long game weighs more than a short one."""
    found = []
    for window in WINDOWS:
        found.append(
            _maybe(f"{window}_margin", f"Mean margin {_window(window)}", "points", -200, 200, "before the first game")
        )
        for suffix, whose in (("", "Own"), ("_allowed", "Opponents'")):
            for factor, formula in FACTORS.items():
                high = 5 if factor == "free_throw_rate" else 1.5
                text = f"{whose} {formula}, {_window(window)}"
                found.append(
                    _maybe(f"{window}_{factor}{suffix}", text, "fraction 0-1", 0, high, "before the first box score")
                )
    return found


def _count(name: str, description: str, why: str = "") -> Column:
    null = bool(why)
    return Column(
        name=name, dtype=INT, description=description, bounds=Bounds(ge=0), nullable=null, can_be_null=why or None
    )


NO_RATING = "for a team without a rating that morning"
RATED = tuple(
    replace(column, nullable=True, can_be_null=f"{column.can_be_null or ''}, {NO_RATING}".removeprefix(", "))
    for column in (TEAM_RATINGS_DAILY.by_name[name] for name in RATING_COLUMNS)
)
TEAM_FEATURES = (
    Column(name="is_division_i", dtype=BOOL, description="The team belongs to Division I in the season"),
    _count("games_before", "Results of the team in the season on earlier dates"),
    _count("wins_before", "Games of these that the team won"),
    _count("rest_days", "Days since its latest result; 1 is the day before", "before the first game of the season"),
    _count("games_last_7_days", "Results on the seven dates before the game"),
    Column(
        name="elo_before",
        dtype=INT,
        description="The API's Elo rating after the team's latest result on an earlier date, of an earlier season too",
        unit="Elo points",
        bounds=Bounds(ge=0, le=4000),
        nullable=True,
        can_be_null="where no earlier game has one",
    ),
    *RATED,
    *_form(),
    _maybe(
        "returning_minutes_pct",
        "Share of last season's minutes by players seen in this season's box scores on earlier dates",
        "fraction 0-1",
        0,
        1,
        "before the first box score of the season, and without those of the season before",
    ),
)


def of_opponent(column: Column) -> Column:
    """The same fact of the other team."""
    text = f"Opponent: {column.description}"
    return replace(column, name=f"opponent_{column.name}", description=text)


_FORECAST = GAME_PREDICTIONS.by_name["predicted_total"]
TEAM_SPREAD = "spread of the team, negative when favoured: median of the providers"

GAME_PREDICTIONS_FEATURES = Table(
    name="game_predictions_features",
    layer="gold",
    description=(
        "Two rows per game, one per team, games to come included: what was known before the tip-off, from results of "
        "earlier dates only. How it ended is in gold.game_results_labels, lines by provider in "
        "gold.market_lines_analysis. A game that is put off is built again for its new date."
    ),
    columns=(
        *(FCT_GAMES.by_name[name] for name in ("season", "game_id", "game_date", "start_at", "start_time_tbd")),
        DIM_TEAM_SEASONS.by_name["team_id"],
        column_of(OPPONENT_ID),
        column_of(IS_HOME),
        FCT_GAMES.by_name["neutral_site"],
        FCT_GAMES.by_name["conference_game"],
        replace(AS_OF_DATE, nullable=True, can_be_null=NO_RATING),
        *TEAM_FEATURES,
        *(of_opponent(column) for column in TEAM_FEATURES),
        _maybe("predicted_margin", "Expected margin of the team", "points", -150, 150, _FORECAST.can_be_null or ""),
        _FORECAST,
        _maybe("win_probability", "Chance of the team to win", "fraction 0-1", 0, 1, _FORECAST.can_be_null or ""),
        LINE_PROVIDERS,
        IS_LINE_FETCHED_EARLY,
        _maybe("team_spread_open", f"Opening {TEAM_SPREAD}", "points", -100, 100, NOT_QUOTED),
        _maybe("team_spread_close", f"Last {TEAM_SPREAD}", "points", -100, 100, NOT_QUOTED),
        _maybe("total_open", "Opening total of both teams, median of the providers", "points", 0, 400, NOT_QUOTED),
        TOTAL_CLOSE,
        replace(
            _maybe("market_win_probability", "Chance of the team by the moneylines", "fraction 0-1", 0, 1, NOT_QUOTED),
            bounds=CHANCE,
        ),
        flag(
            FEATURE_FLAGS,
            "The worst of: no_team, a side is not drawn yet; no_rating, one of the teams has none, as one from outside "
            "the division; no_games, it is the first game of the season for one of them",
        ),
    ),
    key=("game_id", "team_id", "is_home"),
    sort=("game_date", "game_id", "is_home"),
    point_in_time="game_date",
    null_limits=game_limits(tuple(WINDOWS), tuple(FACTORS), RATING_COLUMNS),
    derivation=Derivation(
        of=(
            Input(
                FCT_GAMES,
                (
                    *("season", "game_id", "game_date", "start_at", "start_time_tbd", "neutral_site"),
                    *("conference_game", "home_team_id", "away_team_id", "has_result", "home_points", "away_points"),
                    *("home_team_elo_end", "away_team_elo_end"),
                ),
                history=True,
            ),
            Input(FCT_GAME_TEAMS, ("season", "game_id", "team_id", *BOX), optional=True),
            Input(
                FCT_GAME_PLAYERS,
                ("season", "game_id", "team_id", "game_date", "athlete_source_id", "minutes"),
                history=True,
                optional=True,
            ),
            Input(DIM_TEAM_SEASONS, ("season", "team_id"), optional=True),
            Input(TEAM_RATINGS_DAILY, ("season", "team_id", "as_of_date", "variant", *RATING_COLUMNS), optional=True),
            Input(
                GAME_PREDICTIONS,
                ("season", "game_id", "predicted_home_margin", "predicted_total", "home_win_probability"),
                optional=True,
            ),
            Input(FCT_LINES, LINES_READ, optional=True),
        ),
        make="tasks.gold.game_predictions_features:game_predictions_features",
    ),
)


def _label(name: str, description: str, unit: str | None = None, *, low: int = 0) -> Column:
    return Column(
        name=name,
        dtype=INT,
        description=description,
        unit=unit,
        bounds=Bounds(ge=low),
        nullable=True,
        can_be_null="until the game has a result",
    )


LABELS = ("label_points", "label_opponent_points", "label_margin", "label_total", "label_won")
GAME_RESULTS_LABELS = Table(
    name="game_results_labels",
    layer="gold",
    description=(
        "Two rows per game, one per team, with how it ended: what gold.game_predictions_features is to foretell, kept "
        "apart from it. Null until the game has a result; a postponed or cancelled game says so in `status`."
    ),
    columns=(
        *(FCT_GAMES.by_name[name] for name in ("season", "game_id", "game_date")),
        DIM_TEAM_SEASONS.by_name["team_id"],
        column_of(OPPONENT_ID),
        column_of(IS_HOME),
        FCT_GAMES.by_name["status"],
        FCT_GAMES.by_name["has_result"],
        _label("label_points", "Points of the team", "points"),
        _label("label_opponent_points", "Points of the opponent", "points"),
        _label("label_margin", "Own less opponent's points", "points", low=-250),
        _label("label_total", "Points of both teams", "points"),
        Column(
            name="label_won",
            dtype=BOOL,
            description="The team won",
            nullable=True,
            can_be_null="until the game has a result",
        ),
    ),
    key=("game_id", "team_id", "is_home"),
    sort=("game_date", "game_id", "is_home"),
    null_limits=(NullLimit("labels", LABELS, "of a game with a result", pl.col("has_result")),),
    derivation=Derivation(
        of=(
            Input(
                FCT_GAMES,
                (
                    *("season", "game_id", "game_date", "home_team_id", "away_team_id"),
                    *("status", "has_result", "home_points", "away_points"),
                ),
            ),
        ),
        make="tasks.gold.game_results_labels:game_results_labels",
    ),
)
