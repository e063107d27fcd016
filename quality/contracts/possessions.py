"""Possessions, team box scores from plays, and whether the plays of a game are usable. See docs/possessions.md."""

from __future__ import annotations

from dataclasses import replace

from quality.columns import BOOL, FLOAT, INT, STRING, Bounds, Column
from quality.contracts.game_players import FCT_GAME_PLAYERS
from quality.contracts.game_teams import FCT_GAME_TEAMS
from quality.contracts.games import FCT_GAMES
from quality.contracts.plays import FCT_PLAYS, PLAYS_READ
from quality.contracts.win_probability import FCT_PLAY_WIN_PROBABILITY, GAME_COLUMNS
from quality.dataset import PROVENANCE, Derivation, Input, Partition, Table

VARIANTS = ("all", "no_garbage_time")
ENDS = ("field_goal", "free_throw", "turnover", "defensive_rebound", "period_end", "unrecorded")
STARTS = ("period_start", "steal", "field_goal", "free_throw", "turnover", "defensive_rebound", "unrecorded")
# In order of precedence: the first reason that applies is the flag.
PBP_FLAGS = (
    "not_final", "no_score", "tie", "unknown_team", "no_plays", "truncated", "sides_exchanged", "scores_missing",
    "points_differ", "other_teams", "scores_fall", "ends_missing", "possessions_uneven", "possessions_out_of_range",
    "box_differs", "ok",
)  # fmt: skip
POSSESSION_SOURCES = ("plays", "box")


def _count(name: str, description: str, high: float | None = None) -> Column:
    return Column(name=name, dtype=INT, description=description, bounds=Bounds(ge=0, le=high))


def _seconds(name: str, description: str) -> Column:
    return replace(_count(name, description), unit="seconds")


def _of_players(*names: str) -> tuple[Column, ...]:
    """Counts with the same meaning for a team as for a player."""
    return tuple(replace(FCT_GAME_PLAYERS.by_name[name], nullable=False, path=()) for name in names)


OF_THE_GAME = tuple(FCT_PLAYS.by_name[name] for name in ("game_id", "season", "game_date"))
ATTACK = (
    *_of_players(
        *("points", "field_goals_attempted", "field_goals_made"),
        *("three_point_field_goals_attempted", "three_point_field_goals_made"),
        *("free_throws_attempted", "free_throws_made", "assists", "turnovers"),
    ),
    _count("offensive_rebounds", "Offensive rebounds without dead-ball rebounds"),
    _count(
        "inferred_shots",
        "Made shots and free throws of which neither play type nor text says what was made; their points are the rise "
        "of the running score",
    ),
    _count("second_chance_points", "Second-chance points: points after an offensive rebound in the same possession"),
)
DEFENCE = (
    _count("defensive_rebounds", "Defensive rebounds without dead-ball rebounds"),
    *_of_players("steals", "blocks"),
)
VARIANT = Column(
    name="variant",
    dtype=STRING,
    description="Version of the row's numbers: the plays that count, or the form of the model",
    values=VARIANTS,
)

FCT_POSSESSIONS = Table(
    name="fct_possessions",
    layer="silver",
    description=(
        "One row per possession of every game with plays, including games whose plays are not usable: to exclude "
        "them, join silver.fct_game_pbp on `game_id` and filter on `is_pbp_usable`."
    ),
    columns=(
        *OF_THE_GAME,
        _count("possession_number", "Number of the possession in the game, counting both teams, from 1"),
        FCT_PLAYS.by_name["period"],
        Column(name="offence_team_id", dtype=INT, description="Team with the ball"),
        Column(name="defence_team_id", dtype=INT, description="Team without the ball"),
        _seconds("start_seconds_remaining", "Seconds left in the period at the start of the possession"),
        _seconds("end_seconds_remaining", "Seconds left in the period at the end of the possession"),
        _seconds("duration_seconds", "Length of the possession on the game clock"),
        Column(name="start_type", dtype=STRING, description="How the team gained possession", values=STARTS),
        Column(
            name="end_type",
            dtype=STRING,
            description="How the possession ended; unrecorded: the next play belongs to the other team, and no play "
            "records the change of possession",
            values=ENDS,
        ),
        _count(
            "offence_score_before", "Points of the team with the ball before the possession, according to the plays"
        ),
        _count(
            "defence_score_before", "Points of the team without the ball before the possession, according to the plays"
        ),
        Column(
            name="is_garbage_time",
            dtype=BOOL,
            description="Garbage time: the final stretch of the game, in which the lead stays safe until the end",
        ),
        *ATTACK,
        *DEFENCE,
        _count("offence_fouls", "Personal fouls of the team with the ball"),
        _count("offence_technical_fouls", "Technical fouls of the team with the ball"),
        _count("defence_fouls", "Personal fouls of the team without the ball"),
        _count("defence_technical_fouls", "Technical fouls of the team without the ball"),
        *PROVENANCE,
    ),
    key=("game_id", "possession_number"),
    partition=Partition.MONTH,
    month_column="game_date",
    sort=("game_date", "game_id", "possession_number"),
    derivation=Derivation(of=(PLAYS_READ,), make="tasks.pbp.possessions:possessions"),
)

FCT_GAME_TEAMS_PBP = Table(
    name="fct_game_teams_pbp",
    layer="silver",
    description="One row per game with plays, team and variant: the team's box score, computed from plays.",
    columns=(
        *OF_THE_GAME,
        FCT_GAME_TEAMS.by_name["team_id"],
        FCT_GAME_TEAMS.by_name["opponent_id"],
        VARIANT,
        _count("pbp_possessions", "Possessions of the team, counted from the plays"),
        _seconds("offence_seconds", "Total length of the team's possessions on the game clock"),
        *ATTACK,
        *DEFENCE,
        _count("personal_fouls", "Personal fouls without technical fouls"),
        _count("technical_fouls", "Technical fouls"),
        *PROVENANCE,
    ),
    key=("game_id", "team_id", "variant"),
    partition=Partition.MONTH,
    month_column="game_date",
    sort=("game_date", "game_id", "team_id", "variant"),
    derivation=Derivation(of=(FCT_POSSESSIONS,), make="tasks.pbp.box:team_boxes"),
)


def _known(name: str, description: str, unit: str | None = None) -> Column:
    return Column(
        name=name, dtype=FLOAT, description=description, unit=unit, nullable=True, bounds=Bounds(ge=0, le=300)
    )


BOX_COUNTS = ("field_goals_attempted", "rebounds_offensive", "turnovers_total", "free_throws_attempted")
FCT_GAME_PBP = Table(
    name="fct_game_pbp",
    layer="silver",
    description=(
        "One row per scheduled game: whether its plays are usable, why not, possessions for ratings, and what the win "
        "probability shows: excitement, biggest swing, comeback."
    ),
    columns=(
        *(FCT_GAMES.by_name[name] for name in ("game_id", "season", "game_date", "home_team_id", "away_team_id")),
        Column(name="is_pbp_usable", dtype=BOOL, description="The plays of the game pass every check"),
        Column(
            name="pbp_flag",
            dtype=STRING,
            description="ok, or the first reason why the plays are not usable",
            values=PBP_FLAGS,
        ),
        Column(
            name="pbp_reasons",
            dtype=STRING,
            description="All reasons why the plays are not usable, separated by spaces; empty if there are none",
        ),
        _count("recorded_plays", "Rows in silver.fct_plays for the game"),
        _count(
            "other_team_plays", "Plays of a team that is neither the home nor the away team; possessions ignore them"
        ),
        _count(
            "falling_scores",
            "Plays with a score of a team that is lower than at an earlier time of the game; possessions add up made "
            "shots instead",
        ),
        FCT_POSSESSIONS.by_name["inferred_shots"],
        _count("home_pbp_points", "Points of the home team, summed over its possessions"),
        _count("away_pbp_points", "Points of the away team, summed over its possessions"),
        _count("home_pbp_possessions", "Possessions of the home team, counted from the plays"),
        _count("away_pbp_possessions", "Possessions of the away team, counted from the plays"),
        _count("unrecorded_ends", "Possessions whose end no play records"),
        _count("garbage_time_possessions", "Possessions of both teams in garbage time"),
        _known(
            "box_possessions",
            "Possessions per team from the box score: FGA - ORB + TO + 0.475 x FTA, mean of both teams",
        ),
        _known(
            "rating_possessions", "Possessions per team for ratings: from usable plays, otherwise from the box score"
        ),
        Column(
            name="rating_possessions_source",
            dtype=STRING,
            description="Source of rating_possessions; null if neither plays nor box score is usable",
            nullable=True,
            values=POSSESSION_SOURCES,
        ),
        *GAME_COLUMNS,
    ),
    key=("game_id",),
    sort=("game_date", "game_id"),
    derivation=Derivation(
        of=(
            Input(
                FCT_GAMES,
                (
                    *("game_id", "season", "game_date", "home_team_id", "away_team_id", "status", "has_result"),
                    *("home_points", "away_points", "home_period_points"),
                ),
            ),
            Input(FCT_PLAYS, ("game_id", "team_id", "period", "seconds_remaining", "home_score", "away_score")),
            Input(
                FCT_POSSESSIONS,
                (
                    *("game_id", "period", "offence_team_id", "defence_team_id", "points", "field_goals_attempted"),
                    *("offensive_rebounds", "turnovers", "free_throws_attempted", "end_type", "is_garbage_time"),
                    "inferred_shots",
                ),
            ),
            Input(
                FCT_GAME_TEAMS,
                ("game_id", "team_id", *(f"team_stats_{name}" for name in BOX_COUNTS)),
                optional=True,
            ),
            Input(
                FCT_PLAY_WIN_PROBABILITY,
                (
                    *("game_id", "play_id", "play_number", "win_probability_flag", "pregame_home_margin"),
                    *("pregame_source", "model_home_win_probability", "home_win_probability_added"),
                    "api_home_win_probability",
                ),
                optional=True,
            ),
        ),
        make="tasks.pbp.game_pbp:game_pbp",
        by_game=True,
    ),
)
