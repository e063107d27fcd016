"""The leaderboard: totals, rates, shots by kind and adjusted efficiency of each team in one row. It requires tier 2.

Its percentages are sent as 0-100; its turnover ratio is a fraction (0-1).
"""

from __future__ import annotations

from quality.boxscore import (
    ASSISTS,
    BLOCKS,
    EFFECTIVE_FIELD_GOAL,
    KINDS_OF_SHOT,
    POSSESSIONS,
    STEALS,
    TRUE_SHOOTING,
    fouls,
    nested,
    points_by_origin,
    rebounds,
    total_points,
)
from quality.columns import FLOAT, INT, STRING, Field, Record
from quality.dataset import Endpoint, silver_table
from quality.vocabulary import (
    CONFERENCE_PARAM,
    COUNT,
    SEASON,
    SEASON_PARAM,
    TEAM,
    TEAM_ID,
    TEAM_PARAM,
    count,
    fraction,
    percent,
    required,
)

PER_100 = "points per 100 possessions"


def _attempted_made(wire: str, shots: str) -> Field:
    fields = (count("attempted", f"{shots} attempted", null=False), count("made", f"{shots} made", null=False))
    return Field(wire, Record(fields), f"{shots}: made, attempted")


def _rank(wire: str, what: str) -> Field:
    return Field(wire, FLOAT, f"rank by adjusted {what} rating; 1 is best", True, bounds=COUNT)


CONFERENCE = Record(
    (Field("id", INT, "conference id in the season", True), Field("abbreviation", STRING, "abbreviation", True))
)
TEAM_RECORD = Record(
    (
        count("games", "games played", null=False),
        count("wins", "games won", null=False),
        count("losses", "games lost", null=False),
    )
)
SUMMARY = Record(
    (
        Field("totalMinutes", FLOAT, "length of all games together", unit="minutes", bounds=COUNT),
        count("trackedShots", "field goals attempted whose kind is known", null=False, dtype=FLOAT),
        Field("pace", FLOAT, "possessions per 40 minutes", True, bounds=COUNT),
        Field("rawNetRating", FLOAT, "points scored minus points allowed, unadjusted", True, unit=PER_100),
    )
)
TURNOVERS = Record(
    (
        count("technical", "turnovers by technical foul", null=False),
        count("team", "turnovers charged to the team, not to a player", null=False, dtype=FLOAT),
        count("total", "turnovers", null=False, dtype=FLOAT),
    )
)
UNIT_STATS = Record(
    (
        Field("points", Record((*points_by_origin(null=False), total_points(null=False))), "points"),
        required(POSSESSIONS),
        Field("rawOffensiveRating", FLOAT, "points scored, unadjusted", True, unit=PER_100),
        percent("trueShootingPct", nested(TRUE_SHOOTING)),
        percent("effectiveFieldGoalPct", nested(EFFECTIVE_FIELD_GOAL)),
        fraction("turnoverRatio", "turnovers per possession"),
        percent("offensiveReboundPct", "offensive rebound percentage, as the API defines it"),
        percent("freeThrowRate", "free throw rate, FTA / FGA"),
        *(_attempted_made(wire, shots) for wire, shots in KINDS_OF_SHOT),
        rebounds(null=False),
        Field("turnovers", TURNOVERS, "turnovers"),
        Field("fouls", fouls(null=False), "fouls"),
        required(ASSISTS),
        required(BLOCKS),
        required(STEALS),
    )
)


def _shot(wire: str, shots: str, *, assisted: bool = True, pct: bool = False) -> Field:
    rates = [
        percent("assistedPct", f"share of made {shots} that were assisted"),
        percent("pct", f"share of {shots} made"),
    ]
    fields = [
        *(rates if pct else []),
        percent("rate", f"share of field goal attempts that are {shots}"),
        *([count("assisted", f"assisted {shots}", null=False, dtype=FLOAT)] if assisted else []),
        count("made", f"{shots} made", null=False),
        count("attempts", f"{shots} attempted", null=False, dtype=FLOAT),
    ]
    return Field(wire, Record(tuple(fields)), shots)


AT_RIM = Record(
    (
        percent("assistedPct", "share of made shots at the rim that were assisted"),
        percent("pct", "field goal percentage at the rim"),
        percent("rate", "share of field goal attempts at the rim"),
    )
)
FREE_THROWS = Record(
    (
        percent("rate", "free throw rate, FTA / FGA", null=False),
        count("made", "free throws made", null=False),
        count("attempts", "free throws attempted", null=False, dtype=FLOAT),
    )
)
DISTRIBUTION = Record(
    (
        percent("threeRate", "share of field goal attempts that are three-pointers"),
        percent("jumperRate", "share of field goal attempts that are jumpers"),
        percent("midrangeRate", "share of field goal attempts that are two-point jumpers"),
    )
)
SHOT_PROFILE = Record(
    (
        percent("assistedPct", "share of made field goals that were assisted", null=False),
        Field("atRim", AT_RIM, "shots at the rim"),
        _shot("dunk", "dunks"),
        _shot("layup", "layups"),
        _shot("tipIn", "tip-ins", assisted=False),
        _shot("twoPointJumper", "two-point jumpers", pct=True),
        _shot("threePointJumper", "three-point jumpers", pct=True),
        Field("freeThrows", FREE_THROWS, "free throws"),
        Field("distribution", DISTRIBUTION, "distribution of the team's shots"),
    )
)
RANKINGS = Record((_rank("net", "net"), _rank("defense", "defensive"), _rank("offense", "offensive")))
ADJUSTED_EFFICIENCY = Record(
    (
        Field("offensiveRating", FLOAT, "points scored, adjusted for opponents", True, unit=PER_100),
        Field("defensiveRating", FLOAT, "points allowed, adjusted for opponents", True, unit=PER_100),
        Field("netRating", FLOAT, "offensive minus defensive rating", True, unit=PER_100),
        Field("rankings", RANKINGS, "ranks"),
    )
)

STATS_TEAM_LEADERBOARD = Endpoint(
    name="stats_team_leaderboard",
    path="/stats/team/leaderboard",
    description="Leaderboard of teams, as of the day of the call.",
    record=Record(
        (
            SEASON,
            TEAM_ID,
            TEAM,
            Field("conference", CONFERENCE, "conference"),
            Field("record", TEAM_RECORD, "record"),
            Field("summary", SUMMARY, "summary"),
            Field("teamStats", UNIT_STATS, "Statistics of the team"),
            Field("opponentStats", UNIT_STATS, "Statistics of its opponents"),
            Field("shotProfile", SHOT_PROFILE, "shots by kind"),
            Field("adjustedEfficiency", ADJUSTED_EFFICIENCY, "adjusted efficiency", True),
        )
    ),
    params=(SEASON_PARAM, TEAM_PARAM, CONFERENCE_PARAM),
    min_tier=2,
    refresh_days=1,
    snapshots=True,
)

FCT_STATS_TEAM_LEADERBOARD = silver_table(
    "fct_stats_team_leaderboard",
    STATS_TEAM_LEADERBOARD,
    "One row per team and day of capture: the leaderboard as of that day.",
    key=("season", "team_id", "as_of"),
)
