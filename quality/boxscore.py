"""Box-score fields that games, seasons, lineups and leaderboards share.

Formulas of the API: effective field goal percentage = (FGM + 0.5 x 3PM) / FGA; true shooting percentage = points /
(2 x (FGA + 0.44 x FTA)); free throw rate = FTA / FGA; offensive rebound percentage = offensive rebounds / own rebounds,
which is not the usual definition.
"""

from __future__ import annotations

from dataclasses import replace

from quality.columns import FLOAT, Field, Record
from quality.vocabulary import COUNT, PERCENT, count, percent

EFFECTIVE_FIELD_GOAL = "Effective field goal percentage, (FGM + 0.5 x 3PM) / FGA"
TRUE_SHOOTING = "True shooting percentage, points / (2 x (FGA + 0.44 x FTA))"
USAGE = "Usage rate, the share of the team's possessions that the player used while on the floor"

OFFENSIVE_REBOUND = "offensive rebounds / own rebounds (not the usual definition)"

KINDS_OF_SHOT = (
    ("fieldGoals", "field goals"),
    ("twoPointFieldGoals", "two-point field goals"),
    ("threePointFieldGoals", "three-point field goals"),
    ("freeThrows", "free throws"),
)


def nested(text: str) -> str:
    """A description as part of a nested object, whose name comes before it."""
    return text[0].lower() + text[1:]


def made_attempted(wire: str, shots: str) -> Field:
    """The object {pct, attempted, made} for one kind of shot."""
    fields = (
        percent("pct", f"share of {shots} made", bounds=PERCENT),
        count("attempted", f"{shots} attempted"),
        count("made", f"{shots} made"),
    )
    return Field(wire, Record(fields), f"{shots}: made, attempted, percentage")


def made_first(shooting: Field) -> Field:
    """The same object in the order of season overviews: {made, attempted, pct}."""
    assert isinstance(shooting.type, Record)
    return replace(shooting, type=Record(shooting.type.fields[::-1]))


SHOOTING = tuple(made_attempted(wire, shots) for wire, shots in KINDS_OF_SHOT)


def rebounds(null: bool = True) -> Field:
    """The object {total, defensive, offensive}."""
    fields = (
        count("total", "total rebounds", null, FLOAT),
        count("defensive", "defensive rebounds", null, FLOAT),
        count("offensive", "offensive rebounds", null, FLOAT),
    )
    return Field("rebounds", Record(fields), "rebounds")


REBOUNDS = rebounds()

TURNOVERS = Record(
    (
        count("teamTotal", "turnovers charged to the team, not to a player", dtype=FLOAT),
        count("total", "turnovers", dtype=FLOAT),
    )
)


def fouls(null: bool = True) -> Record:
    """Fouls of a team by kind."""
    return Record(
        (
            count("flagrant", "flagrant fouls", null),
            count("technical", "technical fouls", null),
            count("total", "fouls", null, FLOAT),
        )
    )


def points_by_origin(null: bool = True) -> tuple[Field, Field, Field]:
    """Points by origin."""
    return (
        count("fastBreak", "fast-break points", null, FLOAT),
        count("offTurnovers", "points off turnovers", null, FLOAT),
        count("inPaint", "points in the paint", null, FLOAT),
    )


def total_points(null: bool = True) -> Field:
    """Points of a team."""
    return count("total", "total points", null, FLOAT)


def four_factors(turnover_ratio: Field) -> Record:
    """The four factors. Only the scale of the turnover ratio differs between endpoints."""
    return Record(
        (
            percent("freeThrowRate", "free throw rate, FTA / FGA"),
            percent("offensiveReboundPct", OFFENSIVE_REBOUND),
            turnover_ratio,
            percent("effectiveFieldGoalPct", nested(EFFECTIVE_FIELD_GOAL)),
        )
    )


TURNOVERS_PER_POSSESSION = "turnovers per possession"
ASSISTS = count("assists", "assists")
BLOCKS = count("blocks", "blocked shots")
STEALS = count("steals", "steals")
POSSESSIONS = count("possessions", "possessions, estimated by the API")
UNIT_RATING = Field("rating", FLOAT, "points per 100 possessions", True, bounds=COUNT, decoration=True)
UNIT_TRUE_SHOOTING = percent("trueShooting", nested(TRUE_SHOOTING))

PLAYER_USAGE = percent("usage", USAGE)
PLAYER_RATINGS = (
    Field("offensiveRating", FLOAT, "Points produced per 100 possessions", True, decoration=True),
    Field("defensiveRating", FLOAT, "Points allowed per 100 possessions", True, decoration=True),
    Field("netRating", FLOAT, "Offensive minus defensive rating", True, unit="points per 100 possessions").decor(),
)
PLAYER_EFFECTIVE_FIELD_GOAL = percent("effectiveFieldGoalPct", EFFECTIVE_FIELD_GOAL)
PLAYER_FREE_THROW_RATE = percent("freeThrowRate", "Free throw rate, FTA / FGA")
PLAYER_OFFENSIVE_REBOUND = percent("offensiveReboundPct", OFFENSIVE_REBOUND.capitalize())
PLAYER_ASSISTS_TURNOVERS = Field(
    "assistsTurnoverRatio", FLOAT, "Assists per turnover", True, bounds=COUNT, decoration=True
)
PLAYER_POINTS = count("points", "Points scored")
PLAYER_TURNOVERS = count("turnovers", "Turnovers")
PLAYER_FOULS = count("fouls", "Personal fouls", dtype=FLOAT)
PLAYER_ASSISTS = count("assists", "Assists")
PLAYER_STEALS = count("steals", "Steals")
PLAYER_BLOCKS = count("blocks", "Blocked shots")
PLAYER_MINUTES = Field("minutes", FLOAT, "Minutes played", True, unit="minutes", bounds=COUNT)
