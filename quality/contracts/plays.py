"""Play-by-play: one row per recorded play."""

from __future__ import annotations

from dataclasses import replace

from quality.columns import BOOL, FLOAT, INT, STRING, TIMESTAMP, Bounds, Field, ListOf, Record
from quality.dataset import DATE_INJECTED, Endpoint, Input, Param, Pattern, silver_table
from quality.nulls import NullLimit
from quality.vocabulary import (
    CLOCK,
    CONFERENCE,
    COUNT,
    GAME_ID,
    GAME_SOURCE_ID,
    GAME_TYPE,
    OPPONENT,
    OPPONENT_CONFERENCE,
    OPPONENT_ID,
    OPPONENT_SEED,
    PERIOD,
    SEASON,
    SEASON_TYPE,
    SOURCE_ID,
    START_AT,
    TEAM,
    TEAM_ID,
    TEAM_SEED,
    TOURNAMENT,
    game_date,
    ident,
)


def _athlete(wire: str, role: str) -> Field:
    person = (
        Field("name", STRING, f"name of the {role}", True),
        Field("id", INT, f"athlete id of the {role}", True),
    )
    return Field(wire, Record(person), role)


PARTICIPANT = Record(
    (Field("name", STRING, "Athlete's name"), Field("id", INT, "Athlete id of the API (internal)", name="athlete_id"))
)
ON_FLOOR = Record((Field("team", STRING, "School name of the athlete's team"), *PARTICIPANT.fields))
SHOT = Record(
    (
        _athlete("shooter", "shooter"),
        Field("made", BOOL, "the shot was made"),
        Field("range", STRING, "kind of shot: rim, jumper, three_pointer or free_throw"),
        Field("assisted", BOOL, "the shot was assisted"),
        _athlete("assistedBy", "passer"),
        Field(
            "location",
            Record(
                (
                    Field("y", FLOAT, "y coordinate on the court", True, unit="tenths of a foot"),
                    Field("x", FLOAT, "x coordinate on the court", True, unit="tenths of a foot"),
                )
            ),
            "location of the shot",
        ).decor(),
    )
)

PLAYS = Endpoint(
    name="plays",
    path="/plays/date",
    description="Plays of all games that start on a UTC date, or at 00:00:00 of the next date.",
    record=Record(
        (
            ident("play_id", "Play id"),
            SOURCE_ID,
            GAME_ID,
            GAME_SOURCE_ID,
            replace(START_AT, wire="gameStartDate"),
            SEASON,
            SEASON_TYPE,
            replace(GAME_TYPE, nullable=False),
            TOURNAMENT,
            Field("playType", STRING, "Name of the play type; not unique, dim_play_types has the ids"),
            Field("isHomeTeam", BOOL, "The play belongs to the home team; null for timeouts and ends of periods", True),
            TEAM_ID.null(),
            TEAM.null(),
            CONFERENCE,
            TEAM_SEED,
            OPPONENT_ID.null(),
            OPPONENT.null(),
            OPPONENT_CONFERENCE,
            OPPONENT_SEED,
            PERIOD,
            CLOCK,
            Field("secondsRemaining", INT, "Seconds left in the period", unit="seconds", bounds=COUNT),
            Field("homeScore", INT, "Points of the home team after the play", bounds=COUNT),
            Field("awayScore", INT, "Points of the away team after the play", bounds=COUNT),
            Field(
                "homeWinProbability",
                FLOAT,
                "Win probability of the home team; 0 is sent as null",
                True,
                unit="fraction 0-1",
                bounds=Bounds(ge=0, le=1),
                decoration=True,
            ),
            Field("scoringPlay", BOOL, "Points were scored", True),
            Field("shootingPlay", BOOL, "A shot or free throw was taken", True),
            Field(
                "scoreValue",
                FLOAT,
                "Points that the shot is worth, made or missed: add it up over scoring plays only, over all shots the "
                "sum is about twice the points; 0 or null on 0.3 % of jump shots, sometimes wrong",
                True,
            ),
            Field("wallclock", TIMESTAMP, "Time of the play; probably US Eastern although marked as UTC", True).decor(),
            Field("playText", STRING, "Text of the play", True),
            Field("participants", ListOf(PARTICIPANT), "Athletes involved, at most two, in no particular order"),
            Field("onFloor", ListOf(ON_FLOOR), "Athletes on the floor, from 2024; more than ten at substitutions"),
            Field("shotInfo", SHOT, "Details of a shot or free throw", True),
        )
    ),
    params=(
        Param("date", "date-time", required=True),
        Param("shootingPlaysOnly", "boolean"),
        Param("utcOffset", "number"),
    ),
    pattern=Pattern.DATES,
    inject=(DATE_INJECTED,),
    first_season=2006,
)

FCT_PLAYS = replace(
    silver_table(
        "fct_plays",
        PLAYS,
        "One row per recorded play.",
        key=("play_id",),
        version=("game_id",),
        drop=("date",),
        derived=(game_date(),),
        sort=("start_at", "game_id", "period", "seconds_remaining", "play_id"),
        null_limits=(
            NullLimit("team_id", ("team_id",), at_most=0.05, reason="2.65 % are null: timeouts and ends of periods"),
            NullLimit("play_text", ("play_text",), at_most=0.01, reason="0.33 % are null"),
        ),
    ),
    month_column="game_date",
)

# What possessions and win probabilities read of a play.
PLAYS_READ = Input(
    FCT_PLAYS,
    (
        *("play_id", "game_id", "season", "game_date", "play_type", "team_id", "opponent_id", "period"),
        *("seconds_remaining", "home_score", "away_score", "scoring_play", "score_value", "play_text"),
        *("shot_info_made", "shot_info_range", "shot_info_assisted", "fetched_at", "raw_object"),
    ),
)
