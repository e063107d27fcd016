"""Five-man lineups, by game and by team season. Both are fan-outs: thousands or hundreds of calls per season.

Every overlap of five stints has a row, including lineups with zero seconds or zero possessions, whose rates are null.
"""

from __future__ import annotations

from quality.boxscore import (
    ASSISTS,
    BLOCKS,
    POSSESSIONS,
    STEALS,
    TURNOVERS_PER_POSSESSION,
    UNIT_TRUE_SHOOTING,
    four_factors,
)
from quality.columns import FLOAT, INT, STRING, Field, ListOf, Record
from quality.dataset import SEASON_INJECTED, Each, Endpoint, Param, Pattern, silver_table
from quality.vocabulary import (
    CONFERENCE,
    COUNT,
    GAME_ID,
    PACE,
    RANGE_PARAMS,
    TEAM,
    TEAM_ID,
    column_of,
    count,
    fraction,
    percent,
    required,
    sometimes_null,
)

NO_POSSESSION = "the lineup has no possession"
NO_ATTEMPT = "there is no attempt"

PLAYER = Record((Field("name", STRING, "athlete's name"), Field("id", INT, "athlete", name="athlete_id")))


def _made_attempted(shots: str) -> tuple[Field, ...]:
    return (
        count("made", f"{shots} made", null=False),
        count("attempted", f"{shots} attempted", null=False),
        sometimes_null(percent("pct", f"share of {shots} made"), NO_ATTEMPT),
    )


def _shots(wire: str, shots: str, *kinds: Field) -> Field:
    return Field(wire, Record((*_made_attempted(shots), *kinds)), shots)


FOUR_FACTORS = Record(
    tuple(
        sometimes_null(item, NO_ATTEMPT) for item in four_factors(fraction("turnoverRatio", TURNOVERS_PER_POSSESSION))
    )
)
UNIT_STATS = Record(
    (
        required(POSSESSIONS),
        count("points", "points while the lineup was on the floor", null=False),
        required(BLOCKS),
        required(ASSISTS),
        required(STEALS),
        count("turnovers", "turnovers", null=False),
        count("defensiveRebounds", "defensive rebounds", null=False),
        count("offensiveRebounds", "offensive rebounds", null=False),
        sometimes_null(UNIT_TRUE_SHOOTING, NO_ATTEMPT),
        _shots("fieldGoals", "field goals"),
        _shots(
            "twoPointers",
            "two-point field goals",
            _shots("jumpers", "two-point jumpers"),
            _shots("layups", "layups"),
            _shots("dunks", "dunks"),
            _shots("tipIns", "tip-ins"),
        ),
        _shots("threePointers", "three-point field goals"),
        _shots("freeThrows", "free throws"),
        Field("fourFactors", FOUR_FACTORS, "the four factors"),
    )
)
LINEUP = Record(
    (
        TEAM_ID,
        TEAM,
        required(CONFERENCE),
        Field("idHash", STRING, "Lineup: the ids of its five athletes in ascending order, joined by -"),
        Field("athletes", ListOf(PLAYER), "The five athletes"),
        Field("totalSeconds", FLOAT, "Time of the lineup on the floor", unit="seconds", bounds=COUNT),
        sometimes_null(PACE, "the lineup has no time on the floor"),
        sometimes_null(Field("offenseRating", FLOAT, "Points scored per 100 possessions of the lineup"), NO_POSSESSION),
        sometimes_null(
            Field("defenseRating", FLOAT, "Points allowed per 100 possessions of the lineup"), NO_POSSESSION
        ),
        sometimes_null(Field("netRating", FLOAT, "Offensive minus defensive rating of the lineup"), NO_POSSESSION),
        Field("teamStats", UNIT_STATS, "Statistics of the team while the lineup was on the floor"),
        Field("opponentStats", UNIT_STATS, "Statistics of the opponent during that time"),
    )
)

LINEUPS = Endpoint(
    name="lineups",
    path="/lineups/game/{gameId}",
    description="Lineups of a game.",
    record=LINEUP,
    params=(Param("gameId", "integer", required=True, in_path=True),),
    pattern=Pattern.EACH,
    each=Each("gameId", "fct_games", "game_id", about=6_300),
    inject=(SEASON_INJECTED, column_of(GAME_ID)),
    first_season=2024,
    refresh_days=7,
    opt_in=True,
)

FCT_LINEUPS = silver_table(
    "fct_lineups",
    LINEUPS,
    "One row per game, team and lineup of five athletes.",
    key=("game_id", "team_id", "id_hash"),
    version=("game_id",),
)

LINEUPS_TEAM_SEASON = Endpoint(
    name="lineups_team_season",
    path="/lineups/team",
    description="Lineups of a team over a season.",
    record=LINEUP,
    params=(Param("season", "integer", required=True), Param("team", required=True), *RANGE_PARAMS),
    pattern=Pattern.EACH,
    each=Each("team", "dim_team_seasons", "school", about=365),
    inject=(SEASON_INJECTED,),
    first_season=2024,
    refresh_days=7,
    opt_in=True,
)

FCT_LINEUPS_TEAM_SEASON = silver_table(
    "fct_lineups_team_season",
    LINEUPS_TEAM_SEASON,
    "One row per season, team and lineup of five athletes.",
    key=("season", "team_id", "id_hash"),
    version=("season", "team_id"),
)
