"""Fields of box scores: what games, seasons, line-ups and leaderboards count the same way.

Formulas of the API: effective field goal % = (FGM + 0.5 3PM) / FGA; true shooting % = points / (2 (FGA + 0.44 FTA));
free throw rate = FTA / FGA; offensive rebound % = offensive / own rebounds (not the usual definition).
"""

from __future__ import annotations

from dataclasses import replace

from quality.columns import FLOAT, Field, Record
from quality.vocabulary import COUNT, PERCENT, count, percent

EFFECTIVE_FIELD_GOAL = "(FGM + 0.5 3PM) / FGA"
TRUE_SHOOTING = "Points / (2 (FGA + 0.44 FTA))"

KINDS_OF_SHOT = (
    ("fieldGoals", "field goals"),
    ("twoPointFieldGoals", "two-point field goals"),
    ("threePointFieldGoals", "three-point field goals"),
    ("freeThrows", "free throws"),
)


def made_attempted(wire: str, shots: str) -> Field:
    """An object {pct, attempted, made} of one kind of shot."""
    fields = (
        percent("pct", f"share of {shots} made", bounds=PERCENT),
        count("attempted", f"{shots} attempted"),
        count("made", f"{shots} made"),
    )
    return Field(wire, Record(fields), f"{shots}: made, attempted, share")


def made_first(shooting: Field) -> Field:
    """The same object as season overviews send it: {made, attempted, pct}."""
    assert isinstance(shooting.type, Record)
    return replace(shooting, type=Record(shooting.type.fields[::-1]))


SHOOTING = tuple(made_attempted(wire, shots) for wire, shots in KINDS_OF_SHOT)


def rebounds(null: bool = True) -> Field:
    """The object {total, defensive, offensive}."""
    fields = (
        count("total", "all rebounds", null, FLOAT),
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
    """How points came about."""
    return (
        count("fastBreak", "points on fast breaks", null, FLOAT),
        count("offTurnovers", "points after the opponent's turnovers", null, FLOAT),
        count("inPaint", "points in the paint", null, FLOAT),
    )


def total_points(null: bool = True) -> Field:
    """Points of a team."""
    return count("total", "points", null, FLOAT)


def four_factors(turnover_ratio: Field) -> Record:
    """The four factors; only the turnover ratio has another scale here and there."""
    return Record(
        (
            percent("freeThrowRate", "free throws attempted per field goal attempted"),
            percent("offensiveReboundPct", "offensive rebounds per own rebound (not the usual definition)"),
            turnover_ratio,
            percent("effectiveFieldGoalPct", "(FGM + 0.5 3PM) / FGA"),
        )
    )


TURNOVERS_PER_POSSESSION = "turnovers per possession"
ASSISTS = count("assists", "assists")
BLOCKS = count("blocks", "blocked shots")
STEALS = count("steals", "steals")
POSSESSIONS = count("possessions", "possessions, as the API estimates them")
UNIT_RATING = Field("rating", FLOAT, "points per 100 possessions", True, bounds=COUNT)
UNIT_TRUE_SHOOTING = percent("trueShooting", "points / (2 (FGA + 0.44 FTA))")

PLAYER_USAGE = percent("usage", "Share of the team's possessions used while on the floor")
PLAYER_RATINGS = (
    Field("offensiveRating", FLOAT, "Points produced per 100 possessions", True),
    Field("defensiveRating", FLOAT, "Points allowed per 100 possessions", True),
    Field("netRating", FLOAT, "Offensive minus defensive rating", True, unit="points per 100 possessions"),
)
PLAYER_EFFECTIVE_FIELD_GOAL = percent("effectiveFieldGoalPct", EFFECTIVE_FIELD_GOAL)
PLAYER_FREE_THROW_RATE = percent("freeThrowRate", "Free throws attempted per field goal attempted")
PLAYER_OFFENSIVE_REBOUND = percent("offensiveReboundPct", "Share of available offensive rebounds taken")
PLAYER_ASSISTS_TURNOVERS = Field("assistsTurnoverRatio", FLOAT, "Assists per turnover", True, bounds=COUNT)
PLAYER_POINTS = count("points", "Points scored")
PLAYER_TURNOVERS = count("turnovers", "Turnovers")
PLAYER_FOULS = count("fouls", "Personal fouls", dtype=FLOAT)
PLAYER_ASSISTS = count("assists", "Assists")
PLAYER_STEALS = count("steals", "Steals")
PLAYER_BLOCKS = count("blocks", "Blocked shots")
PLAYER_MINUTES = Field("minutes", FLOAT, "Minutes played", True, unit="minutes", bounds=COUNT)
