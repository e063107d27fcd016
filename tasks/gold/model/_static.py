"""The static form: a ridge regression on one season's games, all with equal weight, around the prior expectation.

The ridge is the posterior of the same Gaussian model without drift, solved by Cholesky from its normal equations.
Qualities are per 100 possessions (net and style) and per 40 minutes (tempo). Net is offence minus defence and style is
offence plus defence. With equal noise in both teams' points the two are independent, so one ridge on offence and
defence becomes two ridges of half the size.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tasks.gold.model._field import LEVEL, Block, TeamField
from tasks.gold.model.arrays import Floats, Ints
from tasks.gold.model.games import Games
from tasks.gold.model.parameters import BARE_SD, MARGIN, PACE, STATIC_LOOSENESS, TEMPO, TOTAL, TOTALS, Process

PER_100 = 100.0 / PACE


@dataclass(frozen=True)
class Ridge:
    """How one quality is observed: its process, the sign of the away team, and the prior of the level."""

    name: str
    process: Process
    sign: float
    level: float
    level_variance: float

    @property
    def flat(self) -> bool:
        """Whether the level has no prior, so that a constant in all results changes only the level."""
        return not np.isfinite(self.level_variance)


def _per_100(process: Process) -> Process:
    """A process in points at the reference pace, converted to points per 100 possessions."""
    scaled = {
        name: getattr(process, name) * PER_100
        for name in ("first_sd", "outsider_mean", "newcomer_mean", "outsider_sd", "carry_sd", "level_sd")
    }
    return replace(process, **scaled, game_sd=BARE_SD * PER_100)


def _loose(process: Process) -> Process:
    return replace(process, carry_sd=process.carry_sd * STATIC_LOOSENESS)


NET = Ridge("net", _loose(_per_100(MARGIN)), -1.0, 0.0, (MARGIN.level_sd * PER_100) ** 2)
STYLE = Ridge("style", _loose(TOTALS), 1.0, TOTAL * PER_100, float("inf"))
PACING = Ridge("tempo", _loose(TEMPO), 1.0, PACE, 100.0)
RIDGES = (NET, STYLE, PACING)


@dataclass(frozen=True)
class Evidence:
    """Observations of one quality from some games: results, and the variance of each."""

    block: Block
    result: Floats
    noise: Floats


def evidence(ridge: Ridge, games: Games, rows: Ints, slots: tuple[Ints, Ints]) -> Evidence:
    """Results of games in the ridge's unit, weighted by possessions. Tempo needs games with known possessions."""
    possessions = games.possessions[rows]
    known = np.isfinite(possessions)
    if ridge.name == "tempo":
        rows, slots = rows[known], (slots[0][known], slots[1][known])
        ones = np.ones(len(rows))
        return Evidence(Block(*slots, ones, ridge.sign), games.pace[rows], ridge.process.game_sd**2 * ones)
    played = np.where(known, possessions, PACE * games.minutes[rows] / 40.0)
    noise = ridge.process.game_sd**2 * PACE / played
    if ridge.name == "net":
        at_home = (~games.neutral[rows]).astype(float)
        return Evidence(Block(*slots, at_home, ridge.sign), games.margin[rows] * 100.0 / played, noise)
    total = (games.home_points + games.away_points)[rows] * 100.0 / played
    return Evidence(Block(*slots, np.ones(len(rows)), ridge.sign), total, noise)


def posterior(
    ridge: Ridge, seen: Evidence, prior_teams: tuple[Floats, Floats], prior_level: float, capacity: int
) -> TeamField:
    """Field after one update with all games.

    prior_teams: mean and variance of the teams in slots 1, 2, ...; prior_level: mean of slot 0. capacity: maximum
    number of teams, including those that are added later.
    """
    mean, variance = prior_teams
    size = len(mean) + 1
    prior = np.r_[prior_level, mean]
    precision = np.r_[1.0 / ridge.level_variance, 1.0 / variance]
    if ridge.flat and not len(seen.block):
        precision[LEVEL] = 1.0
    normal, right = np.diag(precision), precision * prior
    _accumulate(normal, right, seen)
    root = np.linalg.inv(np.linalg.cholesky(normal))
    field = TeamField(prior_level, 1.0, max(capacity, size - 1))
    field.size = size
    field.cov[:] = root.T @ root
    field.mean[:] = root.T @ (root @ right)
    return field


def _accumulate(normal: Floats, right: Floats, seen: Evidence) -> None:
    """Add X'WX and X'Wy of games; each game has three slots."""
    block, weight = seen.block, 1.0 / seen.noise
    columns = (
        (block.home, np.ones(len(block))),
        (block.away, np.full(len(block), block.sign)),
        (np.full(len(block), LEVEL), block.common),
    )
    for slot, value in columns:
        np.add.at(right, slot, weight * value * seen.result)
        for other, factor in columns:
            np.add.at(normal, (slot, other), weight * value * factor)
