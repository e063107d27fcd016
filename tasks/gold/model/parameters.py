"""The numbers of the model, tuned on four seasons by walk-forward: docs/ratings.md has the search.

Margins are in points at the reference pace, totals in points of both teams per 100 possessions, tempo in possessions
per 40 minutes. Every standard deviation is of one team or one game.
"""

from __future__ import annotations

from dataclasses import dataclass

PACE = 68.0  # possessions per 40 minutes of an average game; only scales what is counted per possession
TOTAL = 140.0  # points of both teams in an average game: the forecast of the very first day
MINUTES = 40.0
THREE_PCT = 0.345  # three-point percentage of the division before any game has been seen


@dataclass(frozen=True)
class Process:
    """How one quality of teams varies: at the first sight of a team, from season to season, by day, and per game."""

    first_sd: float  # a team in the first season of the data
    outsider_mean: float  # a team never seen before that turns up away: mostly no member of Division I
    newcomer_mean: float  # a team never seen before that is host: mostly a new member
    outsider_sd: float
    carry: tuple[float, float, float]  # weights of last season, the season before, and last season's opposition
    carry_sd: float  # of what the carry-over does not know
    game_sd: float
    drift: float  # sd per square root of a day
    level_sd: float  # of the common level before any game
    level_season_sd: float  # how far it moves between seasons
    level_drift: float  # sd per square root of a day


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
    level_season_sd=0.5,
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

# Part of the three-point luck that is taken out of a margin, and points that an assist and a block are worth beyond the
# score, because they foretell more than the score does.
LUCK_THREE = 0.46
WORTH_ASSIST = 0.14
WORTH_BLOCK = 0.16
MARGIN_SCALE = 0.98
BOX_LIMIT = 25.0  # a box score that moves a margin by more is not believed
BARE_SCALE = 0.96  # of a margin without a box score
BARE_SD = 10.2
RESIDUAL_CAP = 35.0  # surprises are compressed smoothly towards this many points

OUTCOME_SD = 10.3  # of a result around what is expected of two teams whose strength is known exactly
WIN_SHARPNESS = 0.94  # of that spread, for who wins: near a tie results are denser than a normal distribution has them
FOUNDING_DAYS = 21  # every member has played by then: who appears later in the first season of the data is an outsider

# A team's own home edge on top of the common one: points, and how much of it lasts to the next season.
HOME_EDGE_SD = 1.6
HOME_EDGE_KEPT = 0.6

# Seasons' worth of teams and games that the numbers above count for when the data themselves teach the carry-over
# and the spread of results.
CARRY_TRUST = 1000.0
# Of a preseason quantity nothing is assumed: its weight starts at 0, and that counts for as many teams. Values further
# from the mean than the limit, in standard deviations, count as the limit. docs/decisions/0010 has what others gave.
PRESEASON_TRUST = 100.0
PRESEASON_LIMIT = 3.0
SPREAD_TRUST = 2500.0
# The static form has no drift: its expectation from earlier seasons is held more loosely, so that a finished season is
# described by its own games (the correlation with ratings without any prior rises from 0.996 to 0.999).
STATIC_LOOSENESS = 1.5
GAP_KEPT = 0.8  # of a rating, per season that a team did not play
