"""Win probability after each play, and what it shows about a game. docs/win-probability.md has the model."""

from __future__ import annotations

from quality.columns import FLOAT, INT, STRING, Bounds, Column
from quality.contracts.games import FCT_GAMES
from quality.contracts.lines import FCT_LINES
from quality.contracts.plays import FCT_PLAYS, PLAYS_READ
from quality.dataset import PROVENANCE, Derivation, Input, Partition, Table
from quality.nulls import NullLimit

FRACTION = "fraction 0-1"
# In order of precedence: the first reason that applies is the flag.
WIN_PROBABILITY_FLAGS = (
    "unknown_game", "no_result", "clock_impossible", "score_unknown", "other_team", "score_out_of_order",
    "result_differs", "ok",
)  # fmt: skip
# In order of preference.
PREGAME_SOURCES = ("closing_line", "elo", "home_edge")
NO_PROBABILITY = "the flag is not ok"


def _fraction(name: str, description: str, can_be_null: str) -> Column:
    return Column(
        name=name, dtype=FLOAT, description=description, unit=FRACTION, nullable=True, can_be_null=can_be_null,
        bounds=Bounds(ge=0, le=1),
    )  # fmt: skip


PREGAME_MARGIN = Column(
    name="pregame_home_margin",
    dtype=FLOAT,
    description="Expected margin of the home team as known at tip-off; docs/win-probability.md has the formula",
    unit="points",
    nullable=True,
    can_be_null="the game has no plays or is not in the schedule",
    bounds=Bounds(ge=-60, le=60),
)
PREGAME_SOURCE = Column(
    name="pregame_source",
    dtype=STRING,
    description="Source of pregame_home_margin: the median closing spread, the difference of Elo ratings before the "
    "game, or the home edge alone",
    nullable=True,
    can_be_null="the game has no plays or is not in the schedule",
    values=PREGAME_SOURCES,
)

FCT_PLAY_WIN_PROBABILITY = Table(
    name="fct_play_win_probability",
    layer="silver",
    description="One row per recorded play: win probability of the home team after it, from score, clock, possession "
    "and strength before the game; beside it the API's own value.",
    columns=(
        *(FCT_PLAYS.by_name[name] for name in ("play_id", "game_id", "season", "game_date")),
        Column(
            name="play_number",
            dtype=INT,
            description="Place of the play in the game, from 1: by clock, then by the order of docs/possessions.md",
            bounds=Bounds(ge=1),
        ),
        Column(
            name="win_probability_flag",
            dtype=STRING,
            description="ok, or the first reason why the play has no win probability",
            values=WIN_PROBABILITY_FLAGS,
        ),
        Column(
            name="seconds_left",
            dtype=INT,
            description="Seconds left in regulation, or in the overtime period",
            unit="seconds",
            nullable=True,
            can_be_null="the clock or the period is impossible",
            bounds=Bounds(ge=0, le=2400),
        ),
        Column(
            name="home_lead",
            dtype=INT,
            description="Points of the home team minus points of the away team, after the play",
            unit="points",
            nullable=True,
            can_be_null="the score is unknown",
            bounds=Bounds(ge=-300, le=300),
        ),
        Column(
            name="possession_team_id",
            dtype=INT,
            description="Team with the ball after the play",
            nullable=True,
            can_be_null="it is unknown: before the first possession of a period, after a missed shot, or without an "
            "ok flag",
        ),
        PREGAME_MARGIN,
        PREGAME_SOURCE,
        _fraction(
            "model_home_win_probability",
            "Win probability of the home team after the play, by our model; 0 or 1 after the last play of a final game",
            NO_PROBABILITY,
        ),
        Column(
            name="home_win_probability_added",
            dtype=FLOAT,
            description="Change of model_home_win_probability since the previous play that has one, or since tip-off; "
            "over a final game the sum is the result minus the probability at tip-off",
            unit=FRACTION,
            nullable=True,
            can_be_null=NO_PROBABILITY,
            bounds=Bounds(ge=-1, le=1),
        ),
        _fraction(
            "api_home_win_probability",
            "Win probability of the home team after the play, by the API",
            "the API has none, or it is 0, which the API sends as null",
        ),
        *PROVENANCE,
    ),
    key=("play_id",),
    partition=Partition.MONTH,
    month_column="game_date",
    sort=("game_date", "game_id", "play_number"),
    null_limits=(
        NullLimit(
            "model_home_win_probability",
            ("model_home_win_probability", "home_win_probability_added"),
            at_most=0.1,
            reason="plays whose score or clock contradicts the others, and games whose plays stop early",
        ),
    ),
    derivation=Derivation(
        of=(
            Input(FCT_PLAYS, (*PLAYS_READ.columns, "home_win_probability")),
            Input(
                FCT_GAMES,
                (
                    *("game_id", "game_date", "home_team_id", "away_team_id", "neutral_site", "status", "has_result"),
                    *("home_points", "away_points", "home_team_elo_start", "away_team_elo_start"),
                ),
                same_days="game_date",
            ),
            Input(
                FCT_LINES,
                ("game_id", "game_date", "provider", "spread", "is_spread_pick_em", "is_spread_sign_suspect"),
                optional=True,
                same_days="game_date",
            ),
        ),
        make="tasks.pbp.win_probability:win_probability",
        version=2,
    ),
)

NO_PLAYS = "no play of the game has a win probability"
NOT_OVER = "the game has no result, or no play of it has a win probability"

# One row per game, in silver.fct_game_pbp.
GAME_COLUMNS = (
    Column(
        name="win_probability_plays",
        dtype=INT,
        description="Plays with a win probability; the other recorded plays have a flag in "
        "silver.fct_play_win_probability",
        bounds=Bounds(ge=0),
    ),
    PREGAME_MARGIN,
    PREGAME_SOURCE,
    _fraction("tip_off_home_win_probability", "Win probability of the home team at tip-off, by our model", NO_PLAYS),
    Column(
        name="excitement_index",
        dtype=FLOAT,
        description="Sum of the absolute changes of win probability over the plays of a game, per 40 minutes",
        nullable=True,
        can_be_null=NOT_OVER,
        bounds=Bounds(ge=0, le=500),
    ),
    _fraction("biggest_swing", "Largest absolute change of win probability on one play", NOT_OVER),
    Column(
        name="biggest_swing_play_id",
        dtype=INT,
        description="Play with the biggest swing, the earliest of equal ones",
        nullable=True,
        can_be_null=NOT_OVER,
    ),
    _fraction(
        "winner_lowest_win_probability",
        "Lowest win probability of the winner, tip-off included: a small value is a comeback",
        NOT_OVER,
    ),
    _fraction(
        "win_probability_difference",
        "Mean absolute difference between our win probability and the API's, over plays with both",
        "no play of the game has both",
    ),
)
