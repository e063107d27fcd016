"""Parameters of the model, tuned on four seasons by walk-forward: see docs/ratings.md.

Margins are in points at the reference pace, totals in points of both teams per 100 possessions, tempo in possessions
per 40 minutes. Every standard deviation is for one team or one game.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

PACE = 68.0  # possessions per 40 minutes of an average game; only a scale for values per possession
TOTAL = 140.0  # points of both teams in an average game: the forecast for the very first day
MINUTES = 40.0
# The usual scale of possessions is that of public ratings, which count team rebounds that box scores and plays lack.
# One possession by the box-score formula (FGA - ORB + TO + 0.475 FTA), or counted from plays, is so many of them. The
# API's own count is 0.84 below the formula's, and the count from plays 0.7: docs/ratings.md.
USUAL_PER_BOX = 0.959
USUAL_PER_PLAYS = 0.9685
THREE_PCT = 0.345  # start value of the division's three-point percentage


@dataclass(frozen=True)
class Process:
    """Variation of one quality: for a new team, from season to season, by day, and per game."""

    first_sd: float  # of a team in the first season of the data
    outsider_mean: float  # of a new team that first plays away: usually not a member of Division I
    newcomer_mean: float  # of a new team that first plays at home: usually a new member
    outsider_sd: float
    carry: tuple[float, float, float]  # weights of last season, the season before, and last season's opposition
    carry_sd: float  # around the carried-over expectation
    game_sd: float
    drift: float  # sd per square root of a day
    level_sd: float  # of the common level before any game
    level_season_sd: float  # of its change between seasons
    level_drift: float  # sd per square root of a day
    looseness: float = 1.0  # factor on the sd of the carried-over expectation


MARGIN = Process(
    first_sd=11.0,
    outsider_mean=-20.0,
    newcomer_mean=-7.0,
    outsider_sd=9.0,
    carry=(0.70, 0.10, 0.42),
    carry_sd=4.6,
    game_sd=9.0,
    drift=0.16,
    level_sd=4.0,
    level_season_sd=0.8,  # wide enough to follow a season of empty arenas within weeks
    level_drift=0.0,
)
TOTALS = Process(
    first_sd=8.0,
    outsider_mean=0.0,
    newcomer_mean=0.0,
    outsider_sd=8.0,
    carry=(0.55, 0.13, 0.0),
    carry_sd=5.0,
    game_sd=21.0,
    drift=0.3,
    level_sd=5.0,
    level_season_sd=5.0,
    level_drift=0.25,
)
TEMPO = Process(
    first_sd=3.0,
    outsider_mean=0.0,
    newcomer_mean=0.0,
    outsider_sd=3.0,
    carry=(0.58, 0.15, 0.0),
    carry_sd=1.4,
    game_sd=3.9,
    drift=0.1,
    level_sd=3.0,
    level_season_sd=3.0,
    level_drift=0.2,
)

# The sequential form with closing lines. A line is one more measurement of the expected margin (and total), learned
# with the result. From the morning after the first line the margin follows `MARKET`: what the market knows of line-ups
# and rosters is worth more than what was known last week or last season.
MARKET = replace(MARGIN, game_sd=8.5, drift=0.3, looseness=1.3)
LINE_SD = 6.0
TOTAL_LINE_SD = 15.0  # per 100 possessions
SIDES_MARGIN = 10.0  # a line is suspect if exchanging its sides brings it closer to the forecast by more than this
LINE_RANGE = 70.0  # points; a spread beyond it counts as unknown
TOTAL_RANGE = (60.0, 300.0)

# Share of three-point luck that is removed from a margin, and the points that an assist and a block add to it, because
# they improve a forecast beyond the score.
LUCK_THREE = 0.46
WORTH_ASSIST = 0.14
WORTH_BLOCK = 0.16
MARGIN_SCALE = 0.98
BOX_LIMIT = 25.0  # a box score that changes a margin by more is ignored
BARE_SCALE = 0.96  # scale of a margin without a box score
BARE_SD = 10.2
RESIDUAL_CAP = 35.0  # surprises are compressed smoothly towards this many points

OUTCOME_SD = 10.3  # of a result around its expectation, if the strength of both teams were known exactly
MISMATCH = 0.035  # variance added per squared point of expected margin
SHARPNESS, SHARPNESS_SD = 0.95, 0.03  # factor on the spread for win probability, and its uncertainty
FOUNDING_DAYS = 21  # every member has played by then; a team that appears later in the first season is an outsider

# A team's own home edge in addition to the common one: points, and the share that is kept for the next season.
HOME_EDGE_SD = 1.6
HOME_EDGE_KEPT = 0.75

# The start values count like so many teams (carry-over) or games (spread of results) when they are updated with data.
CARRY_TRUST = 1000.0
# Start values of the weights of preseason quantities, in points at the reference pace per standard deviation (others
# start at 0). They count like so many teams. Values beyond the limit, in standard deviations from the mean, count as
# the limit. docs/decisions/0015 compares other choices.
PRESEASON_START = {"returning_minutes_pct": 1.3, "recruiting_class_rating": 0.7}
OPPOSITION_BESIDE_CLASS = 0.5  # factor on last season's opposition for a team whose recruiting class is known
PRESEASON_TRUST = 100.0
PRESEASON_LIMIT = 3.0
TOTAL_SLOPE = 0.95  # start value of the share of a total's distance from the average that holds
TOTAL_TRUST = 200_000.0  # the start value counts like so many squared points: some 2,500 games
TOTAL_MEMORY = 6_000.0  # games from which older ones lose weight
SPREAD_TRUST = 2500.0
MISMATCH_TRUST = 7000.0  # weight of the start value; a season of games has about as much
# The static form has no drift. Its prior from earlier seasons is weaker, so that a finished season is described by its
# own games (the correlation with ratings without any prior rises from 0.996 to 0.999).
STATIC_LOOSENESS = 1.5
DESCRIPTIVE_SHRINK = 0.89  # of net: the slope of the next game's margin on the static ratings is 1 with it
GAP_KEPT = 0.8  # share of a rating that is kept per season in which a team did not play
