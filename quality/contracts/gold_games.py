"""Features of games, known before tip-off, and their outcomes as labels in a separate table. One row per team."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from quality.boxscore import nested
from quality.clocks import FINAL, MORNING, TIP_OFF
from quality.columns import BOOL, FLOAT, INT, Bounds, Column, known
from quality.contracts._gold_game_limits import game_limits
from quality.contracts.game_players import FCT_GAME_PLAYERS
from quality.contracts.game_teams import FCT_GAME_TEAMS
from quality.contracts.games import FCT_GAMES, MOST_POINTS
from quality.contracts.gold_lines import (
    CHANCE,
    IS_LINE_FETCHED_EARLY,
    LINE_PROVIDERS,
    NOT_QUOTED,
    TOTAL_CLOSE,
)
from quality.contracts.gold_ratings import AS_OF_DATE, GAME_PREDICTIONS, TEAM_RATINGS_DAILY, flag
from quality.contracts.lines import FCT_LINES, LINES_READ
from quality.contracts.teams import DIM_TEAM_SEASONS
from quality.dataset import Derivation, Input, Table
from quality.nulls import NullLimit
from quality.vocabulary import IS_HOME, OPPONENT_ID, column_of

WINDOWS = {"season": None, "last_5": 5, "last_10": 10}  # number of latest games; None: the whole season so far
FACTORS = {
    "effective_field_goal_pct": "effective field goal percentage, (FGM + 0.5 x 3PM) / FGA",
    "turnover_pct": "turnover percentage, turnovers / (FGA + 0.44 x FTA + turnovers)",
    "offensive_rebound_pct": "offensive rebound percentage, ORB / (ORB + the other side's DRB)",
    "free_throw_rate": "free throw rate, FTA / FGA",
}
NO_GAME = "before the team's first game of the season"
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
    return "over the season so far" if count is None else f"over the last {count} games of the season"


def _maybe(name: str, description: str, unit: str | None, low: float, high: float, why: str) -> Column:
    bounds = Bounds(ge=low, le=high)
    return Column(
        name=name, dtype=FLOAT, description=description, unit=unit, bounds=bounds, nullable=True, can_be_null=why
    )


def _form() -> list[Column]:
    """Ratios of sums over the games with a box score, so that a long game weighs more than a short one."""
    found = []
    for window in WINDOWS:
        found.append(
            _maybe(f"{window}_margin", f"Mean margin {_window(window)}", "points", -MOST_POINTS, MOST_POINTS, NO_GAME)
        )
        for suffix, whose in (("", "Team's"), ("_allowed", "Opponents'")):
            for factor, formula in FACTORS.items():
                high = 5 if factor == "free_throw_rate" else 1.5
                text = f"{whose} {formula}, {_window(window)}"
                found.append(
                    _maybe(
                        f"{window}_{factor}{suffix}", text, "fraction 0-1", 0, high, "before the team's first box score"
                    )
                )
    return found


def _count(name: str, description: str, why: str = "") -> Column:
    null = bool(why)
    return Column(
        name=name, dtype=INT, description=description, bounds=Bounds(ge=0), nullable=null, can_be_null=why or None
    )


NO_RATING = "if the team has no rating that morning"
RATED = tuple(
    replace(column, nullable=True, can_be_null=f"{column.can_be_null or ''}, or {NO_RATING}".removeprefix(", or "))
    for column in (TEAM_RATINGS_DAILY.by_name[name] for name in RATING_COLUMNS)
)
TEAM_FEATURES = (
    Column(name="is_division_i", dtype=BOOL, description="The team is in Division I in the season"),
    _count("games_before", "Results of the team on earlier dates of the season"),
    _count("wins_before", "Wins of the team on earlier dates of the season"),
    _count("rest_days", "Days since the team's latest result; 1 means it played the day before", NO_GAME),
    _count("games_last_7_days", "Results of the team in the seven days before the game"),
    Column(
        name="elo_before",
        dtype=INT,
        description="The API's Elo rating after the team's latest result on an earlier date, earlier seasons included",
        unit="Elo points",
        bounds=Bounds(ge=0, le=4000),
        nullable=True,
        can_be_null="if no earlier game has an Elo rating",
    ),
    *RATED,
    *_form(),
    _maybe(
        "returning_minutes_pct",
        "Share of last season's minutes that belongs to players in this season's box scores of earlier dates",
        "fraction 0-1",
        0,
        1,
        "before the team's first box score of the season, or without box scores of the previous season",
    ),
)


def of_opponent(column: Column) -> Column:
    """The same column for the opponent."""
    text = f"Opponent: {nested(column.description)}"
    return replace(column, name=f"opponent_{column.name}", description=text)


_FORECAST = GAME_PREDICTIONS.by_name["predicted_total"]
TEAM_SPREAD = "spread of the team, negative if favoured; median of the providers"

GAME_PREDICTIONS_FEATURES = Table(
    name="game_predictions_features",
    layer="gold",
    description=(
        "Two rows per game, one per team, games to come included: everything known before tip-off. A column with the "
        "clock morning uses results of earlier dates only; the lines are known at tip-off. The views "
        "v_features_morning and v_features_tip_off select the columns of each clock. Outcomes are in "
        "gold.game_results_labels, lines by provider in gold.market_lines_analysis. A postponed game is rebuilt for "
        "its new date."
    ),
    columns=(
        *known(
            MORNING,
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
            _maybe(
                "win_probability", "Probability that the team wins", "fraction 0-1", 0, 1, _FORECAST.can_be_null or ""
            ),
        ),
        *known(TIP_OFF, LINE_PROVIDERS),
        *known(FINAL, IS_LINE_FETCHED_EARLY),
        *known(
            TIP_OFF,
            _maybe("team_spread_open", f"Opening {TEAM_SPREAD}", "points", -100, 100, NOT_QUOTED),
            _maybe("team_spread_close", f"Closing {TEAM_SPREAD}", "points", -100, 100, NOT_QUOTED),
            _maybe(
                "total_open",
                "Opening total of both teams' points; median of the providers",
                "points",
                0,
                400,
                NOT_QUOTED,
            ),
            TOTAL_CLOSE,
            replace(
                _maybe(
                    "market_win_probability", "Win probability implied by moneylines", "fraction 0-1", 0, 1, NOT_QUOTED
                ),
                bounds=CHANCE,
            ),
        ),
        *known(
            MORNING,
            flag(
                FEATURE_FLAGS,
                "The most serious of: no_team, a team is not known yet; no_rating, one of the teams has no rating, "
                "such as a team from outside Division I; no_games, it is the first game of the season for one of the "
                "teams",
            ),
        ),
    ),
    key=("game_id", "team_id", "is_home"),
    sort=("game_date", "game_id", "is_home"),
    point_in_time="game_date",
    null_limits=game_limits(tuple(WINDOWS), tuple(FACTORS), RATING_COLUMNS, BOX),
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
                ("season", "game_id", "variant", "predicted_home_margin", "predicted_total", "home_win_probability"),
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


LABEL_FLAGS = ("ok", "no_result", "tie", "points_out_of_range")
LABELS = ("label_points", "label_opponent_points", "label_margin", "label_total", "label_won")
GAME_RESULTS_LABELS = Table(
    name="game_results_labels",
    layer="gold",
    description=(
        "Two rows per game, one per team, with the outcome: the targets for gold.game_predictions_features, kept "
        "separate from the features. Labels are null until the game has a result; `status` shows postponed and "
        "cancelled games, and `flag` finals whose score is impossible."
    ),
    columns=(
        *known(
            MORNING,
            *(FCT_GAMES.by_name[name] for name in ("season", "game_id", "game_date")),
            DIM_TEAM_SEASONS.by_name["team_id"],
            column_of(OPPONENT_ID),
            column_of(IS_HOME),
        ),
        *known(
            FINAL,
            FCT_GAMES.by_name["status"],
            FCT_GAMES.by_name["has_result"],
            _label("label_points", "Points of the team", "points"),
            _label("label_opponent_points", "Points of the opponent", "points"),
            _label("label_margin", "Points of the team minus points of the opponent", "points", low=-250),
            _label("label_total", "Points of both teams", "points"),
            Column(
                name="label_won",
                dtype=BOOL,
                description="The team won",
                nullable=True,
                can_be_null="until the game has a result",
            ),
            flag(
                LABEL_FLAGS,
                "no_result: the game is not final, or has no points; tie: it is final with equal points, which "
                "basketball does not have; points_out_of_range: it is final with more than "
                f"{MOST_POINTS} points of a team",
            ),
        ),
    ),
    key=("game_id", "team_id", "is_home"),
    sort=("game_date", "game_id", "is_home"),
    point_in_time="game_date",
    null_limits=(NullLimit("labels", LABELS, "of games with a result", pl.col("has_result")),),
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
