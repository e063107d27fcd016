"""Shots by kind, for teams and players. The API requires a team or a conference: one call per conference."""

from __future__ import annotations

from quality.columns import INT, STRING, Field, Record
from quality.dataset import Each, Endpoint, Param, Pattern, silver_table
from quality.vocabulary import (
    ATHLETE_ID,
    CONFERENCE,
    CONFERENCE_PARAM,
    PERCENT,
    RANGE_PARAMS,
    SEASON,
    SEASON_TYPE_PARAM,
    TEAM,
    TEAM_ID,
    TEAM_PARAM,
    count,
    percent,
    sometimes_null,
)

NO_SHOTS = "there is no tracked shot"
NO_ATTEMPTS = "there is no attempt"
BY_CONFERENCE = Each("conference", "dim_team_seasons", "conference", about=33)


def _shot(wire: str, shots: str, *, assists: bool = True) -> Field:
    fields = [
        count("made", f"{shots} made", null=False),
        count("attempted", f"{shots} attempted", null=False),
        sometimes_null(percent("pct", f"share of {shots} made", bounds=PERCENT), NO_ATTEMPTS),
    ]
    if assists:
        fields += [
            sometimes_null(percent("assistedPct", f"share of made {shots} that were assisted"), NO_ATTEMPTS),
            count("assisted", f"assisted {shots}", null=False),
        ]
    return Field(wire, Record(tuple(fields)), shots)


ATTEMPTS_BREAKDOWN = Record(
    tuple(
        sometimes_null(percent(wire, f"share of tracked shots that are {shots}"), NO_SHOTS)
        for wire, shots in (
            ("threePointJumpers", "three-point jumpers"),
            ("twoPointJumpers", "two-point jumpers"),
            ("tipIns", "tip-ins"),
            ("layups", "layups"),
            ("dunks", "dunks"),
        )
    )
)

SHOTS = (
    SEASON,
    TEAM_ID,
    TEAM,
    CONFERENCE,
    Field("trackedShots", INT, "Tracked shots: field goals attempted whose kind is known"),
    sometimes_null(percent("assistedPct", "Assisted field goals per tracked shot"), NO_SHOTS),
    sometimes_null(percent("freeThrowRate", "Free throw rate, FTA / FGA"), NO_SHOTS),
    _shot("dunks", "dunks"),
    _shot("layups", "layups"),
    _shot("tipIns", "tip-ins", assists=False),
    _shot("twoPointJumpers", "two-point jumpers"),
    _shot("threePointJumpers", "three-point jumpers"),
    _shot("freeThrows", "free throws", assists=False),
    Field("attemptsBreakdown", ATTEMPTS_BREAKDOWN, "share of each kind of shot"),
)
PARAMS = (
    Param("season", "integer", required=True),
    SEASON_TYPE_PARAM,
    TEAM_PARAM,
    CONFERENCE_PARAM,
    *RANGE_PARAMS,
)

STATS_TEAM_SHOOTING = Endpoint(
    name="stats_team_shooting_season",
    path="/stats/team/shooting/season",
    description="Shots of teams by kind over a season, one conference per request, as of the day of the call.",
    record=Record(SHOTS),
    params=PARAMS,
    pattern=Pattern.EACH,
    each=BY_CONFERENCE,
    first_season=2006,
    refresh_days=7,
    snapshots=True,
)

FCT_STATS_TEAM_SHOOTING = silver_table(
    "fct_stats_team_shooting_season",
    STATS_TEAM_SHOOTING,
    "One row per Division I team and day of capture: shots by kind as of that day.",
    key=("season", "team_id", "as_of"),
)

STATS_PLAYER_SHOOTING = Endpoint(
    name="stats_player_shooting_season",
    path="/stats/player/shooting/season",
    description="Shots of players by kind over a season, one conference per request, as of the day of the call.",
    record=Record((*SHOTS, ATHLETE_ID, Field("athleteName", STRING, "Athlete's name"))),
    params=PARAMS,
    pattern=Pattern.EACH,
    each=BY_CONFERENCE,
    first_season=2006,
    refresh_days=7,
    snapshots=True,
)

FCT_STATS_PLAYER_SHOOTING = silver_table(
    "fct_stats_player_shooting_season",
    STATS_PLAYER_SHOOTING,
    "One row per team, athlete and day of capture: shots by kind as of that day.",
    key=("season", "team_id", "athlete_id", "as_of"),
)
