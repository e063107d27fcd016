"""Margins as evidence of strength: the score without shooting luck, plus what the box score adds to a forecast.

Three-point percentages are 0.3 to 0.4 and depend little on lasting skill, so part of the points above the division's
average percentage is removed. Assists and blocks improve a forecast slightly beyond the score.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tasks.gold.model.arrays import Floats, Ints
from tasks.gold.model.games import Games
from tasks.gold.model.parameters import (
    BARE_SCALE,
    BARE_SD,
    BOX_LIMIT,
    LUCK_THREE,
    MARGIN_SCALE,
    PACE,
    RESIDUAL_CAP,
    THREE_PCT,
    WORTH_ASSIST,
    WORTH_BLOCK,
)

THREE_TRUST = 20_000.0  # the start value of the percentage counts like so many attempts
HOME_SHARE_TRUST = 500.0  # the start value of the home share, 0, counts like so many games
THREE_MEMORY = 40_000.0  # attempts from which older ones lose weight


class ThreePoint:
    """The division's three-point percentage from the games so far."""

    def __init__(self) -> None:
        self._made, self._tried = THREE_PCT * THREE_TRUST, THREE_TRUST

    @property
    def pct(self) -> float:
        """Made per attempt, 0 to 1."""
        return self._made / self._tried

    def learn(self, games: Games, rows: Ints) -> None:
        """Update with the games of a day. Rows without a box score are ignored."""
        made, tried = (games.box[f"home_{name}"][rows] + games.box[f"away_{name}"][rows] for name in ("fg3m", "fg3a"))
        known = np.isfinite(made + tried) & (tried >= made)
        fade = min(1.0, THREE_MEMORY / self._tried)
        self._made = self._made * fade + float(made[known].sum())
        self._tried = self._tried * fade + float(tried[known].sum())


@dataclass(frozen=True)
class Measured:
    """Measurements of one quantity per game, each with the variance of its error."""

    value: Floats
    variance: Floats

    def and_also(self, value: Floats, variance: Floats) -> Measured:
        """One measurement with the information of two independent ones. A value of NaN adds nothing."""
        more = np.where(np.isfinite(value), 1.0 / variance, 0.0)
        precision = 1.0 / self.variance + more
        return Measured((self.value / self.variance + more * np.nan_to_num(value)) / precision, 1.0 / precision)

    def take(self, rows: Ints) -> Measured:
        """The measurements of some of the games."""
        return Measured(self.value[rows], self.variance[rows])


def compressed(surprise: Floats) -> Floats:
    """Surprises, compressed smoothly, so that no single game or wrong score decides."""
    result: Floats = RESIDUAL_CAP * np.tanh(surprise / RESIDUAL_CAP)
    return result


def margin_evidence(games: Games, rows: Ints, three_pct: float, game_sd: float) -> tuple[Floats, Floats]:
    """Margins of some games as evidence of strength, and the standard deviation of each.

    With a box score the margin is adjusted for luck. Without one the margin is used with a larger deviation.
    """

    def edge(name: str) -> Floats:
        result: Floats = games.box[f"home_{name}"][rows] - games.box[f"away_{name}"][rows]
        return result

    margin = games.margin[rows]
    luck = 3.0 * LUCK_THREE * (edge("fg3m") - three_pct * edge("fg3a"))
    adjusted = MARGIN_SCALE * margin - luck + WORTH_ASSIST * edge("ast") + WORTH_BLOCK * edge("blk")
    plausible = np.abs(adjusted - margin) <= BOX_LIMIT
    return np.where(plausible, adjusted, BARE_SCALE * margin), np.where(plausible, game_sd, BARE_SD)


class HomeShare:
    """Average loss of the home side by the adjustment for luck. It is added back, to keep the home edge."""

    def __init__(self) -> None:
        self._games, self._sum = HOME_SHARE_TRUST, 0.0

    @property
    def points(self) -> float:
        """Points per game that is not at a neutral site."""
        return self._sum / self._games

    def learn(self, gap: Floats) -> None:
        """Update with margins minus adjusted margins of home games."""
        self._games += len(gap)
        self._sum += float(gap.sum())


def pace_scale(possessions: Floats) -> Floats:
    """Factor from a margin to the reference pace: margins grow with the root of possessions, like random walks."""
    scale = np.sqrt(PACE / possessions)
    return np.where(np.isfinite(scale), scale, 1.0)
