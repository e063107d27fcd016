"""Forecasts of seasons: expected records, places in the conference, titles. See docs/forecasts.md."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from quality.clocks import MORNING
from quality.columns import BOOL, INT, STRING, Bounds, Column, bounded
from quality.contracts.gold_ratings import AS_OF_DATE, BOXES, GAMES, POSSESSIONS, PRESEASON
from quality.contracts.gold_team_seasons import NO_CONFERENCE
from quality.contracts.gold_teams import CONFERENCE_RECORD, IN_CONFERENCE, MEMBERS_READ, TEAM_COLUMNS, TOTAL_RECORD
from quality.contracts.teams import DIM_TEAM_SEASONS
from quality.dataset import Derivation, Input, Table
from quality.nulls import NullLimit

CHANCE = "fraction 0-1"
# From the title backwards, so that a smaller field has the last rounds in common.
ROUNDS = ("champion", "final", "final_four", "elite_eight", "sweet_sixteen", "round_of_32", "round_of_64")
FIELD = pl.len().over("season", "as_of_date")  # teams of the field
SIMULATIONS = Column(
    name="simulations", dtype=INT, description="Number of simulations that the row comes from", bounds=Bounds(ge=1)
)
OPEN_GAMES = "regular-season games outside of tournaments"


def _in_conference(column: Column) -> Column:
    return replace(column, nullable=True, can_be_null=NO_CONFERENCE)


def _expected(name: str, what: str) -> tuple[Column, Column]:
    return (
        bounded(f"expected_{name}wins", f"Wins so far plus expected wins in the {what} that are left", "games", 0, 80),
        bounded(
            f"expected_{name}losses", f"Losses so far plus expected losses in the {what} that are left", "games", 0, 80
        ),
    )


# The schedule, and what the model reads about a game.
SCHEDULE = replace(GAMES, columns=(*GAMES.columns, "season_type", "game_type", "conference_game", "status"))
DRAW = replace(GAMES, columns=(*GAMES.columns, "tournament", "game_notes", "home_seed", "away_seed"))
HISTORY = Input(DIM_TEAM_SEASONS, MEMBERS_READ.columns, history=True)
PLACES = ("title_probability", "outright_title_probability", "expected_conference_rank")

SEASON_FORECAST = Table(
    name="season_forecast",
    layer="gold",
    clock=MORNING,
    description=(
        "One row per season, Division I team and morning, every seven days from the first game and on the newest "
        "morning: how the regular season is expected to end, from the predictive ratings of the morning. Places in the "
        "conference come from simulated seasons, in which strengths are uncertain and change with time."
    ),
    columns=(
        *TEAM_COLUMNS,
        replace(DIM_TEAM_SEASONS.by_name["conference_id"], can_be_null=NO_CONFERENCE),
        AS_OF_DATE,
        *TOTAL_RECORD,
        *_expected("", OPEN_GAMES),
        *CONFERENCE_RECORD,
        *_expected("conference_", "conference games"),
        _in_conference(
            bounded("title_probability", "Probability of the best conference record, also a shared one", CHANCE, 0, 1)
        ),
        _in_conference(
            bounded("outright_title_probability", "Probability of the best conference record alone", CHANCE, 0, 1)
        ),
        _in_conference(
            bounded("expected_conference_rank", "Mean rank in the conference; ties are broken at random", "rank", 1, 40)
        ),
        Column(
            name="conference_rank_probabilities",
            dtype=pl.List(pl.Float64()),
            description="Probability of each rank in the conference, from first to last; ties are broken at random",
            unit=CHANCE,
            nullable=True,
            can_be_null=NO_CONFERENCE,
        ),
        bounded(
            "expected_wins_above_bubble",
            "Wins above the bubble (see gold.team_resume) at the end of the regular season: so far, plus expected",
            "games",
            -80,
            80,
        ),
        SIMULATIONS,
    ),
    key=("season", "team_id", "as_of_date"),
    sort=("as_of_date", "conference", "expected_conference_rank", "team_id"),
    point_in_time="as_of_date",
    null_limits=(
        IN_CONFERENCE,
        NullLimit("conference_id", ("conference_id",), at_most=0.05),
        NullLimit(
            "places",
            (*PLACES, "conference_rank_probabilities"),
            "for teams of a conference",
            pl.col("conference_id").is_not_null(),
        ),
    ),
    derivation=Derivation(
        of=(
            SCHEDULE,
            BOXES,
            HISTORY,
            POSSESSIONS,
            *PRESEASON,
        ),
        make="tasks.gold.season_forecast:season_forecast",
    ),
)


def _round(name: str) -> Column:
    what = "winning the title" if name == "champion" else f"playing in the {name.replace('_', ' ')}"
    column = bounded(name, f"Probability of {what}", CHANCE, 0, 1)
    return replace(column, nullable=True, can_be_null="if the field is too small for this round")


BRACKET_FORECAST = Table(
    name="bracket_forecast",
    layer="gold",
    clock=MORNING,
    description=(
        "One row per season, morning and team of the NCAA tournament's field: how likely it is to play in each round, "
        "from simulated tournaments with the predictive ratings of the morning. Before the field is drawn, it is "
        "projected from gold.season_forecast: the favourite of each conference, then the best by expected wins above "
        "bubble, seeded by strength."
    ),
    columns=(
        *TEAM_COLUMNS[:3],
        AS_OF_DATE,
        Column(name="is_field_drawn", dtype=BOOL, description="The field is the drawn one, not a projection"),
        Column(name="region", dtype=STRING, description="Region of the bracket"),
        Column(name="seed", dtype=INT, description="Seed in the region; 1 is best", bounds=Bounds(ge=1, le=64)),
        *(_round(name) for name in reversed(ROUNDS)),
        SIMULATIONS,
    ),
    key=("season", "team_id", "as_of_date"),
    sort=("as_of_date", "region", "seed", "team_id"),
    point_in_time="as_of_date",
    null_limits=(
        *(
            NullLimit(name, (name,), f"in fields of {2**number} teams or more", 2**number <= FIELD)
            for number, name in enumerate(ROUNDS)
        ),
    ),
    derivation=Derivation(
        of=(
            Input(
                SEASON_FORECAST,
                ("team_id", "team", "conference_id", "as_of_date", "title_probability", "expected_wins_above_bubble"),
            ),
            DRAW,
            BOXES,
            HISTORY,
            POSSESSIONS,
            *PRESEASON,
        ),
        make="tasks.gold.bracket_forecast:bracket_forecast",
    ),
)
