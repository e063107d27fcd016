"""Ratings of teams by date, and forecasts of games: what the results known on a morning tell. docs/ratings.md."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from quality.columns import BOOL, DATE, FLOAT, INT, STRING, Bounds, Column
from quality.contracts.game_players import FCT_GAME_PLAYERS
from quality.contracts.game_teams import FCT_GAME_TEAMS
from quality.contracts.games import FCT_GAMES
from quality.contracts.possessions import FCT_GAME_PBP, FCT_GAME_TEAMS_PBP, VARIANT
from quality.contracts.recruiting import FCT_RECRUITING_TEAMS
from quality.contracts.rosters import FCT_ROSTERS, FCT_ROSTERS_AT_OPENING
from quality.contracts.teams import DIM_TEAM_SEASONS
from quality.dataset import Derivation, Input, Table
from quality.nulls import NullLimit

PER_100 = "points per 100 possessions"
RATING_FLAGS = ("ok", "few_games", "no_games", "disconnected")
FORECAST_FLAGS = ("ok", "no_team", "same_team", "season_over", "season_out_of_range")

# What the model reads of a game: the schedule, its result, and the box score of both teams.
GAMES = Input(
    FCT_GAMES,
    (
        *("season", "game_id", "game_date", "home_team_id", "away_team_id", "neutral_site", "has_result"),
        *("home_points", "away_points", "home_period_points"),
    ),
    history=True,
)
BOXES = Input(
    FCT_GAME_TEAMS,
    (
        *("season", "game_id", "is_home"),
        *(
            f"team_stats_{name}"
            for name in (
                *("field_goals_attempted", "rebounds_offensive", "turnovers_total", "free_throws_attempted"),
                *("three_point_field_goals_made", "three_point_field_goals_attempted", "assists", "blocks"),
            )
        ),
    ),
    history=True,
    optional=True,
)
POSSESSIONS = Input(
    FCT_GAME_PBP, ("season", "game_id", "is_pbp_usable", "rating_possessions"), history=True, optional=True
)
FROM_PLAYS = Input(
    FCT_GAME_TEAMS_PBP,
    ("season", "game_id", "team_id", "variant", "points", "pbp_possessions"),
    history=True,
    optional=True,
)
MEMBERS = Input(DIM_TEAM_SEASONS, ("season", "team_id"), history=True, optional=True)
# What is known before a season's first game: who is there, who of them played last season and where, who is recruited.
PRESEASON = (
    *(
        Input(table, ("season", "team_id", "source_id", "fetched_at"), history=True, optional=True)
        for table in (FCT_ROSTERS_AT_OPENING, FCT_ROSTERS)
    ),
    Input(
        FCT_GAME_PLAYERS,
        ("season", "game_date", "team_id", "athlete_source_id", "minutes"),
        history=True,
        optional=True,
    ),
    Input(FCT_RECRUITING_TEAMS, ("year", "team_id", "rating", "fetched_at"), history=True, optional=True),
)


def _number(name: str, description: str, unit: str, low: float, high: float) -> Column:
    """A number that is always there; the bounds are those of the possible and keep infinity out."""
    return Column(name=name, dtype=FLOAT, description=description, unit=unit, bounds=Bounds(ge=low, le=high))


def _count(name: str, description: str, low: int = 0) -> Column:
    return Column(name=name, dtype=INT, description=description, bounds=Bounds(ge=low))


def _forecast(name: str, description: str, unit: str, low: float, high: float) -> Column:
    return Column(
        name=name,
        dtype=FLOAT,
        description=description,
        unit=unit,
        bounds=Bounds(ge=low, le=high),
        nullable=True,
        can_be_null="where `flag` says that the game cannot be placed, such as a bracket game without its teams",
    )


AS_OF_DATE = Column(
    name="as_of_date",
    dtype=DATE,
    description="Morning, US Eastern, whose knowledge the row is from: earlier dates only",
)
FLAG = Column(name="flag", dtype=STRING, description="What to mind: ok, or why the row is weak")


def flag(values: tuple[str, ...], meaning: str) -> Column:
    """What to mind of a row, and what each word stands for."""
    return replace(FLAG, values=values, description=f"{FLAG.description}. {meaning}")


RATING_FLAG = flag(
    RATING_FLAGS,
    "few_games: fewer than 5 that count; no_games: none yet, the rating is what was expected before the season; "
    "disconnected: no chain of games leads to the largest group of teams",
)

TEAM_RATINGS_DAILY = Table(
    name="team_ratings_daily",
    layer="gold",
    description=(
        "One row per season, Division I team, date and variant: strength as of the morning, from the first game day to "
        "the day after the last result; without garbage time, from the morning after the first game with usable plays."
    ),
    columns=(
        DIM_TEAM_SEASONS.by_name["season"],
        DIM_TEAM_SEASONS.by_name["team_id"],
        AS_OF_DATE,
        VARIANT,
        _number("adjusted_offence", "Points scored against an average team on neutral ground", PER_100, 20, 220),
        _number("adjusted_defence", "Points allowed against an average team on neutral ground", PER_100, 20, 220),
        _number("net", "Adjusted offence less adjusted defence; its mean over the division is 0", PER_100, -150, 150),
        _number("tempo", "Possessions against an average team", "possessions per 40 minutes", 30, 130),
        _number("uncertainty", "Standard deviation of net", PER_100, 0, 60),
        _count("rank", "Rank by net in the division, 1 is best", 1),
        _number("win_expectancy", "Chance to beat an average team on neutral ground", "fraction 0-1", 0, 1),
        Column(
            name="strength_of_schedule",
            dtype=FLOAT,
            description="Mean net of the opponents met",
            unit=PER_100,
            bounds=Bounds(ge=-150, le=150),
            nullable=True,
            can_be_null="before the first game that counts",
        ),
        _count("games", "Results that count: those against teams of the division"),
        _count("other_games", "Results that do not count: those against teams from outside the division"),
        _number("rated_possessions", "Possessions of the team in the games that count", "possessions", 0, 20_000),
        _number("home_advantage", "What the home floor is worth on average, in margin", PER_100, -40, 40),
        RATING_FLAG,
    ),
    key=("season", "team_id", "as_of_date", "variant"),
    sort=("variant", "as_of_date", "rank", "team_id"),
    point_in_time="as_of_date",
    null_limits=(
        NullLimit("schedule", ("strength_of_schedule",), "of a team with a game that counts", pl.col("games") > 0),
    ),
    derivation=Derivation(
        of=(GAMES, BOXES, MEMBERS, POSSESSIONS, FROM_PLAYS, *PRESEASON),
        make="tasks.gold.team_ratings_daily:team_ratings_daily",
    ),
)

FORECAST = (
    *("predicted_home_margin", "predicted_total", "home_win_probability"),
    *("margin_low_80", "margin_high_80", "margin_sd"),
)
GAME_PREDICTIONS = Table(
    name="game_predictions",
    layer="gold",
    description=(
        "One row per game, scheduled ones included: the forecast as made on its morning, or as of today where its day "
        "is still to come. No outcome is in it: join silver.fct_games."
    ),
    columns=(
        *(
            FCT_GAMES.by_name[name]
            for name in ("season", "game_id", "game_date", "home_team_id", "away_team_id", "neutral_site")
        ),
        AS_OF_DATE,
        _forecast("predicted_home_margin", "Expected home minus away points", "points", -150, 150),
        _forecast("predicted_total", "Expected points of both teams", "points", 0, 500),
        _forecast("home_win_probability", "Chance of the home team to win", "fraction 0-1", 0, 1),
        _forecast("margin_low_80", "Lower end of the middle 80 % of home margins", "points", -250, 250),
        _forecast("margin_high_80", "Upper end of the middle 80 % of home margins", "points", -250, 250),
        _forecast("margin_sd", "Standard deviation of the home margin", "points", 0, 100),
        Column(name="home_is_known", dtype=BOOL, description="The home team was seen on an earlier date"),
        Column(name="away_is_known", dtype=BOOL, description="The away team was seen on an earlier date"),
        flag(
            FORECAST_FLAGS,
            "Without a forecast: no_team, a side is not drawn yet; same_team, both sides are one; season_out_of_range, "
            "the season is no year. season_over: the game is dated in a later season",
        ),
    ),
    key=("game_id",),
    sort=("game_date", "game_id"),
    point_in_time="game_date",
    null_limits=(NullLimit("forecast", FORECAST, "of a game that can be placed: flag is ok", pl.col("flag") == "ok"),),
    derivation=Derivation(
        of=(GAMES, BOXES, MEMBERS, POSSESSIONS, *PRESEASON), make="tasks.gold.game_predictions:game_predictions"
    ),
)
