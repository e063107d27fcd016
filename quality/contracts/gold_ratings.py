"""Team ratings by date and forecasts of games, from the results known on a morning. See docs/ratings.md."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from quality.clocks import MORNING
from quality.columns import BOOL, DATE, FLOAT, STRING, Bounds, Column, bounded, counted, known
from quality.contracts.game_players import FCT_GAME_PLAYERS
from quality.contracts.game_teams import FCT_GAME_TEAMS
from quality.contracts.games import FCT_GAMES
from quality.contracts.lines import FCT_LINES, LINES_READ
from quality.contracts.possessions import FCT_GAME_PBP, FCT_GAME_TEAMS_PBP, VARIANT
from quality.contracts.recruiting import FCT_RECRUITING_TEAMS
from quality.contracts.rosters import FCT_ROSTERS, FCT_ROSTERS_AT_OPENING
from quality.contracts.teams import DIM_TEAM_SEASONS
from quality.dataset import Derivation, Input, Table
from quality.nulls import Given, NullLimit
from quality.vocabulary import TEAM, column_of

PER_100 = "points per 100 possessions"
PREDICTIVE, MARKET, DESCRIPTIVE = "predictive", "market", "descriptive"
WITHOUT_GARBAGE = (f"{PREDICTIVE}_no_garbage_time", f"{DESCRIPTIVE}_no_garbage_time")
RATING_VARIANTS = (PREDICTIVE, MARKET, DESCRIPTIVE, *WITHOUT_GARBAGE)
FORECAST_VARIANTS = (PREDICTIVE, MARKET)
RATING_FLAGS = ("ok", "few_games", "no_games", "disconnected")
FORECAST_FLAGS = ("ok", "no_team", "same_team", "season_over", "season_out_of_range")

# What the model reads about a game: schedule, result, and the box scores of both teams.
GAMES = Input(
    FCT_GAMES,
    (
        *("season", "game_id", "game_date", "home_team_id", "home_team", "away_team_id", "away_team"),
        *("neutral_site", "has_result", "home_points", "away_points", "home_period_points"),
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
    FCT_GAME_PBP,
    ("season", "game_id", "is_pbp_usable", "rating_possessions", "rating_possessions_source"),
    history=True,
    optional=True,
)
LINES = Input(FCT_LINES, LINES_READ, history=True, optional=True)
FROM_PLAYS = Input(
    FCT_GAME_TEAMS_PBP,
    ("season", "game_id", "team_id", "variant", "points", "pbp_possessions"),
    history=True,
    optional=True,
)
MEMBERS = Input(DIM_TEAM_SEASONS, ("season", "team_id", "school"), history=True, optional=True)
# What is known before the first game of a season: rosters, boxes of last season by player, recruiting.
PRESEASON = (
    *(
        Input(table, ("season", "team_id", "source_id", "fetched_at"), history=True, optional=True)
        for table in (FCT_ROSTERS_AT_OPENING, FCT_ROSTERS)
    ),
    Input(
        FCT_GAME_PLAYERS,
        ("season", "game_date", "team_id", "athlete_source_id", "minutes", "game_score"),
        history=True,
        optional=True,
    ),
    Input(FCT_RECRUITING_TEAMS, ("year", "team_id", "rating", "fetched_at"), history=True, optional=True),
)


def _of_possessions(name: str, description: str, unit: str, low: float, high: float) -> Column:
    why = "if most results of the season so far have no possessions"
    return replace(bounded(name, description, unit, low, high), nullable=True, can_be_null=why)


def _forecast(name: str, description: str, unit: str, low: float, high: float) -> Column:
    return Column(
        name=name,
        dtype=FLOAT,
        description=description,
        unit=unit,
        bounds=Bounds(ge=low, le=high),
        nullable=True,
        can_be_null="if `flag` rules out a forecast, such as for a bracket game whose teams are not known yet",
    )


AS_OF_DATE = Column(
    name="as_of_date",
    dtype=DATE,
    description="Morning (US Eastern) that the row is valid for; only information from earlier dates is used",
)
FLAG = Column(name="flag", dtype=STRING, description="Quality of the row: ok, or the reason why it is limited")


def flag(values: tuple[str, ...], meaning: str) -> Column:
    """The column `flag`, with the meaning of each value."""
    return replace(FLAG, values=values, description=f"{FLAG.description}. {meaning}")


RATING_FLAG = flag(
    RATING_FLAGS,
    "few_games: fewer than 5 games that count; no_games: no game yet, the rating is the preseason expectation; "
    "disconnected: no chain of games connects the team with the largest group of teams",
)

NEED_POSSESSIONS = ("adjusted_offence", "adjusted_defence", "tempo")
COUNTED = Given(FCT_GAME_PBP.qualified, ("rating_possessions",), pl.col("rating_possessions").is_not_null())

TEAM_RATINGS_DAILY = Table(
    name="team_ratings_daily",
    layer="gold",
    clock=MORNING,
    description=(
        "One row per season, Division I team, date and variant: team strength on the morning of the date, from the "
        "first game day to the day after the last result. predictive: the strengths behind the forecasts; rankings, "
        "resumes and features use it. market: the same with the closing lines of earlier games, from the morning after "
        "the first of them. descriptive: this season's results with equal weight, without luck adjustment. The "
        "variants without garbage time begin on the morning after the first game with usable plays."
    ),
    columns=(
        DIM_TEAM_SEASONS.by_name["season"],
        DIM_TEAM_SEASONS.by_name["team_id"],
        column_of(TEAM, null=False),
        AS_OF_DATE,
        replace(VARIANT, values=RATING_VARIANTS),
        _of_possessions(
            "adjusted_offence", "Expected points scored against an average team at a neutral site", PER_100, 20, 220
        ),
        _of_possessions(
            "adjusted_defence", "Expected points allowed against an average team at a neutral site", PER_100, 20, 220
        ),
        bounded("net", "Adjusted offence minus adjusted defence; the mean over Division I is 0", PER_100, -150, 150),
        _of_possessions("tempo", "Expected possessions against an average team", "possessions per 40 minutes", 30, 130),
        bounded("uncertainty", "Standard deviation of net", PER_100, 0, 60),
        counted("rank", "Rank by net in Division I; 1 is best", low=1),
        bounded("win_expectancy", "Probability of beating an average team at a neutral site", "fraction 0-1", 0, 1),
        Column(
            name="strength_of_schedule",
            dtype=FLOAT,
            description="Mean net of the opponents played",
            unit=PER_100,
            bounds=Bounds(ge=-150, le=150),
            nullable=True,
            can_be_null="before the team's first game that counts",
        ),
        counted("games", "Results that count, which are those against Division I teams"),
        counted("other_games", "Results that do not count, which are those against teams outside Division I"),
        bounded("rated_possessions", "Possessions of the team in the games that count", "possessions", 0, 20_000),
        bounded(
            "home_advantage",
            "Expected home advantage of the team, as a margin; the same for all teams in the descriptive variants",
            PER_100,
            -40,
            40,
        ),
        RATING_FLAG,
    ),
    key=("season", "team_id", "as_of_date", "variant"),
    sort=("variant", "as_of_date", "rank", "team_id"),
    point_in_time="as_of_date",
    null_limits=(
        NullLimit("possessions", NEED_POSSESSIONS, "of a season with possessions", at_most=0.5, given=(COUNTED,)),
        NullLimit("schedule", ("strength_of_schedule",), "for teams with a game that counts", pl.col("games") > 0),
    ),
    derivation=Derivation(
        of=(GAMES, BOXES, MEMBERS, POSSESSIONS, FROM_PLAYS, LINES, *PRESEASON),
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
        "One row per game and variant, scheduled games included: the forecast of the morning of the game, or of today "
        "if the game is still to come. predictive: from results; market: also from the closing lines of earlier games, "
        "for games after the first of them. It has no outcomes; join silver.fct_games for them."
    ),
    columns=(
        *known(
            MORNING,
            *(
                FCT_GAMES.by_name[name]
                for name in (
                    *("season", "game_id", "game_date", "home_team_id", "home_team", "away_team_id", "away_team"),
                    "neutral_site",
                )
            ),
            replace(VARIANT, values=FORECAST_VARIANTS),
            AS_OF_DATE,
            _forecast("predicted_home_margin", "Expected margin of the home team", "points", -150, 150),
            _forecast("predicted_total", "Expected points of both teams", "points", 0, 500),
            _forecast("home_win_probability", "Probability that the home team wins", "fraction 0-1", 0, 1),
            _forecast(
                "margin_low_80", "Lower end of the central 80 % interval of the home margin", "points", -250, 250
            ),
            _forecast(
                "margin_high_80", "Upper end of the central 80 % interval of the home margin", "points", -250, 250
            ),
            _forecast("margin_sd", "Standard deviation of the home margin", "points", 0, 100),
            Column(name="home_is_known", dtype=BOOL, description="The home team has a result on an earlier date"),
            Column(name="away_is_known", dtype=BOOL, description="The away team has a result on an earlier date"),
            flag(
                FORECAST_FLAGS,
                "Without a forecast: no_team, a team is not known yet; same_team, both teams are the same; "
                "season_out_of_range, the season is not a valid year. season_over: the game is dated in a later season",
            ),
        ),
    ),
    key=("game_id", "variant"),
    sort=("variant", "game_date", "game_id"),
    point_in_time="game_date",
    null_limits=(NullLimit("forecast", FORECAST, "with flag ok", pl.col("flag") == "ok"),),
    derivation=Derivation(
        of=(GAMES, BOXES, MEMBERS, POSSESSIONS, LINES, *PRESEASON), make="tasks.gold.game_predictions:game_predictions"
    ),
)
